"""Turns the bytes of one document into a `ParsedFeed`, or says what they are instead. Touches no network and no clock.

May be slow or hungry on hostile input: the daemon calls it in a worker process only (`worker.py`).
"""

import html
import io
import re
import warnings
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

import feedparser

from brinkwatch.feeds import plainrss
from brinkwatch.feeds.asks import Asks, asked
from brinkwatch.feeds.charset import prepare
from brinkwatch.feeds.entry import Entry, ParsedFeed
from brinkwatch.feeds.jsonfeed import looks_like_json, parse_json
from brinkwatch.feeds.notafeed import NotAFeed
from brinkwatch.feeds.page import describe_page, is_page

MAX_ENTRIES = 2_000
MAX_TEXT = 400_000
_TAG = re.compile(r"<[^<>]*>")
_FIRST_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?![A-Za-z])")


def parse(body: bytes, *, content_type: str | None, url: str) -> ParsedFeed:
    """Parse RSS, RDF, Atom or JSON Feed. `url` is where the document came from; relative links are resolved against it.

    An ill-formed feed gives what is whole of it, with `problems`. Raises NotAFeed, and nothing else.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _parse(body, content_type, url)
    except NotAFeed:
        raise
    except (MemoryError, RecursionError):
        raise NotAFeed("hostile", "the document takes too much memory to be read") from None
    except Exception as error:  # noqa: BLE001 - feedparser raises whatever its depths raise; a document must not
        raise NotAFeed("unreadable", f"the document cannot be read ({type(error).__name__})") from None


def _parse(body: bytes, content_type: str | None, url: str) -> ParsedFeed:
    if not body.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise NotAFeed("empty", "the document is empty")
    if looks_like_json(body):
        return parse_json(body, url)
    if is_page(body):
        raise describe_page(body, url)
    data, charset = prepare(body, content_type)
    document = plainrss.read(data, charset) or _feedparser(data, charset)
    if not document.version and not document.entries:
        raise describe_page(body, url)
    return _parsed(document, url, asked(data))


def _feedparser(data: bytes, charset: str | None) -> Any:
    headers = {"content-type": f"application/xml; charset={charset}" if charset else "application/xml"}
    # As a stream: bytes by themselves feedparser would first try to open as the name of a file.
    stream = io.BytesIO(data)
    return feedparser.parse(stream, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)


def _parsed(document: Any, url: str, asks: Asks) -> ParsedFeed:
    feed = document.feed
    problems = list(_problems(document))
    entries = tuple(_entry(entry, url) for entry in document.entries[:MAX_ENTRIES])
    if len(document.entries) > MAX_ENTRIES:
        problems.append(f"the document has {len(document.entries):,} entries; the first {MAX_ENTRIES:,} were read")
    return ParsedFeed(
        format=document.version or "unknown",
        title=_text(feed, "title")[:1_000],
        language=_language(dict.get(feed, "language")),
        entries=entries,
        problems=tuple(problems),
        ttl_seconds=asks.seconds,
        skip_hours=asks.skip_hours,
        skip_days=asks.skip_days,
    )


def _problems(document: Any) -> Iterable[str]:
    """What is wrong with the document and may have cost something, in words."""
    if not document.bozo:
        return
    error = document.bozo_exception
    if isinstance(error, feedparser.CharacterEncodingOverride):
        yield "the text is not in the encoding that the document declares"
    elif isinstance(error, feedparser.CharacterEncodingUnknown):
        yield "the encoding of the text is unknown"
    elif not isinstance(error, feedparser.NonXMLContentType):
        line = getattr(error, "getLineNumber", lambda: None)()
        place = f" (line {line})" if line else ""
        yield f"the XML is not well-formed{place}; what could be read of it was kept"


def _entry(entry: Any, url: str) -> Entry:
    summary = _text(entry, "summary")
    if not _TAG.sub("", summary).strip():
        summary = _content(entry) or summary
    return Entry(
        guid=_line(dict.get(entry, "id")),
        link=_link(entry, url),
        title=_text(entry, "title"),
        summary=summary,
        published=_moment(entry, "published", "created"),
        updated=_moment(entry, "updated"),
        author=_line(dict.get(entry, "author")),
        language=_language((dict.get(entry, "title_detail") or {}).get("language")),
    )


def _text(holder: Any, name: str) -> str:
    """A text as HTML, whatever the feed says that it is."""
    value = dict.get(holder, name)
    if not isinstance(value, str):
        return ""
    detail = dict.get(holder, f"{name}_detail") or {}
    value = value[:MAX_TEXT]
    return html.escape(value, quote=False) if detail.get("type") == "text/plain" else value


def _content(entry: Any) -> str:
    """The longest content that is text."""
    texts = [
        html.escape(part["value"], quote=False) if part.get("type") == "text/plain" else part["value"]
        for part in dict.get(entry, "content") or ()
        if isinstance(part.get("value"), str) and str(part.get("type", "")).startswith(("text/", "application/xhtml"))
    ]
    return max(texts, key=len, default="")[:MAX_TEXT]


def _link(entry: Any, url: str) -> str | None:
    """The address of the article: absolute, http or https.

    feedparser has applied `xml:base` already, but knows no document address: what is still relative is so to `url`.
    """
    candidates = [dict.get(entry, "link")]
    candidates += [link.get("href") for link in dict.get(entry, "links") or () if link.get("rel") == "alternate"]
    for candidate in candidates:
        try:
            target = urljoin(url, (_line(candidate) or "").strip())
        except ValueError:
            continue
        if candidate and re.match(r"https?://[^/\s]", target, re.IGNORECASE):
            return target
    return None


def _moment(entry: Any, *names: str) -> datetime | None:
    """The first of these dates that can be read, as aware UTC."""
    for name in names:
        parts = dict.get(entry, f"{name}_parsed")
        if parts:
            year, month, day, hour, minute, second = parts[:6]
            try:
                return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
            except (ValueError, OverflowError, TypeError):
                continue
    return None


def _language(value: Any) -> str | None:
    """ISO 639 code of a language tag such as `en-gb`."""
    match = _FIRST_LANGUAGE.match(value.strip()) if isinstance(value, str) else None
    return match[0].lower() if match else None


def _line(value: Any) -> str | None:
    """A value that is one line without control characters; None if nothing is left."""
    if not isinstance(value, str):
        return None
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]+", "", value).strip()[:4_000] or None
