"""Takes the text of an article out of its web page. Slow on hostile pages: called in a worker process only."""

import importlib.util

from brinkwatch.feeds.notafeed import NotAFeed

LONGEST = 100_000
"""Characters; longer texts are cut."""
SHORTEST = 200
"""A page that yields less is a notice, a login or a teaser."""


def available() -> bool:
    """Whether the extra `fulltext` is installed."""
    return importlib.util.find_spec("trafilatura") is not None


def article_text(body: bytes) -> str:
    """The article's paragraphs, a line each. Raises NotAFeed where there is no article, and nothing else."""
    try:
        import trafilatura

        found = trafilatura.extract(
            body, output_format="txt", include_comments=False, include_tables=False, with_metadata=False
        )
    except MemoryError:
        raise NotAFeed("hostile", "the page takes too much memory to be read") from None
    except Exception as error:  # noqa: BLE001 - a page must not end what reads it
        raise NotAFeed("unreadable", f"the page cannot be read ({type(error).__name__})") from None
    text = (found or "").strip()
    if len(text) < SHORTEST:
        raise NotAFeed("empty", "the page holds no article that can be found")
    return text[:LONGEST]
