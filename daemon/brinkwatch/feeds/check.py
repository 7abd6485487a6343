"""Fetches and parses a feed once and says what would come of it. Stores nothing and alerts nobody."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from brinkwatch.config.duration import format_duration
from brinkwatch.config.settings import FeedSettings
from brinkwatch.feeds.cadence import HINT_CAP
from brinkwatch.feeds.entry import ParsedFeed
from brinkwatch.feeds.fetch import Fetcher
from brinkwatch.feeds.fetched import Fetched, FetchKind, Known
from brinkwatch.feeds.health import Standing, Visit, stand, visit
from brinkwatch.feeds.notafeed import NotAFeed
from brinkwatch.feeds.worker import ParseWorkers

HOSTILE = "hostile"
"""The state of a document that could not be read within bounds; the other states are those of health."""


@dataclass(frozen=True, slots=True)
class Check:
    """What a look at a feed found. `problems` and `suggestions` are short sentences for people."""

    state: str
    format: str | None
    entries: int
    problems: tuple[str, ...]
    suggestions: tuple[str, ...] = ()
    feed: ParsedFeed | None = None
    """The document itself, if it could be read."""


async def check_feed(feed: FeedSettings, fetcher: Fetcher, workers: ParseWorkers) -> Check:
    """Visit the feed's address as the daemon would, once."""
    fetched = await fetcher.fetch(feed, Known())
    parsed: ParsedFeed | NotAFeed | None = None
    if fetched.kind is FetchKind.DOCUMENT:
        parsed = await _parse(fetched.body, fetched.content_type, fetched.final_url, workers)
    return _judge(visit(fetched, parsed), parsed, tuple(_suggest(fetched, parsed)))


async def check_document(body: bytes, url: str, workers: ParseWorkers) -> Check:
    """Look at a document that is here already. `url` is what relative links in it count from; may be empty."""
    parsed = await _parse(body, None, url, workers)
    poll = (
        Visit(parsed.kind, parsed.words) if isinstance(parsed, NotAFeed) else Visit("ok", damaged=bool(parsed.problems))
    )
    return _judge(poll, parsed, ())


async def _parse(body: bytes, content_type: str | None, url: str, workers: ParseWorkers) -> ParsedFeed | NotAFeed:
    try:
        return await workers.parse(body, content_type=content_type, url=url)
    except NotAFeed as answer:
        return answer


def _judge(poll: Visit, parsed: ParsedFeed | NotAFeed | None, suggestions: tuple[str, ...]) -> Check:
    state = HOSTILE if poll.status == HOSTILE else stand(Standing(), poll, datetime.now(UTC)).health.value
    if isinstance(parsed, ParsedFeed):
        problems = parsed.problems if parsed.entries else (*parsed.problems, "the feed has no entries")
        return Check(state, parsed.format, len(parsed.entries), problems, suggestions, parsed)
    return Check(state, None, 0, (f"{poll.status}: {poll.error}",), suggestions)


def _suggest(fetched: Fetched, parsed: ParsedFeed | NotAFeed | None) -> Iterator[str]:
    if fetched.moved_to:
        yield f"the address has moved for good: set url: {fetched.moved_to}"
    hint = fetched.hint or timedelta(0)
    if isinstance(parsed, ParsedFeed) and parsed.ttl_seconds:
        hint = max(hint, timedelta(seconds=parsed.ttl_seconds))
    if hint > timedelta(minutes=10):
        asked = format_duration(timedelta(seconds=round(min(hint, HINT_CAP).total_seconds())))
        yield f"the publisher asks for at least {asked} between visits; that is kept whatever `interval` says"
