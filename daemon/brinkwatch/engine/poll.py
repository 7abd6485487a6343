"""One poll: fetch, parse, and what it means for the feed and its items. Two transactions, the network in between."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

import structlog

from brinkwatch.config.settings import FeedSettings
from brinkwatch.engine.intake import intake
from brinkwatch.engine.remember import Settled, due, remember
from brinkwatch.engine.rules import Rules
from brinkwatch.feeds import moved
from brinkwatch.feeds.cadence import RETRY_AFTER_CAP
from brinkwatch.feeds.entry import ParsedFeed
from brinkwatch.feeds.fetch import Fetcher
from brinkwatch.feeds.fetched import Fetched, FetchKind, Known
from brinkwatch.feeds.notafeed import NotAFeed
from brinkwatch.feeds.notice import SOUND
from brinkwatch.feeds.worker import ParseWorkers
from brinkwatch.ops.metrics import Metrics
from brinkwatch.outcomes import Outcome
from brinkwatch.store import feeds, polls
from brinkwatch.store.database import UNAVAILABLE, Connection, Database
from brinkwatch.store.feeds import FeedState

REFUSALS = (429, 503)
log = structlog.get_logger(__name__)


class Poller:
    """Visits feeds. `polled` is called after each poll that brought something to assess."""

    def __init__(
        self,
        database: Database,
        fetcher: Fetcher,
        workers: ParseWorkers,
        rules: Rules,
        clock: Callable[[], datetime],
        metrics: Metrics | None = None,
    ) -> None:
        self.metrics = metrics or Metrics()
        self.database = database
        self.fetcher = fetcher
        self.workers = workers
        self.rules = rules
        self.clock = clock
        self.polled: Callable[[], None] = lambda: None

    def claim(self, connection: Connection, state: FeedState) -> None:
        """Store when a feed is next due, before it is fetched: neither a crash nor a restart makes all due at once."""
        feed = self.rules.feed(state.id)
        feeds.update(connection, feed.id, next_due=due(self.rules.settings.polling, feed, state, self.clock()))

    async def poll(self, state: FeedState) -> None:
        """Poll one feed. Whatever the server does becomes the feed's standing."""
        feed = self.rules.feed(state.id)
        address = moved.address(feed.url, moved.Moved(state.moved_to, state.moved_streak))
        known = Known(state.etag, state.last_modified, state.validators_for)
        fetched = await self.fetcher.fetch(feed, known, address)
        parsed = await self._parse(fetched)
        try:
            # In a thread: cleaning the texts of a large document takes a second.
            counts = await asyncio.to_thread(self._settle, feed, state, fetched, parsed)
        except UNAVAILABLE:
            raise
        except Exception:
            log.critical("entries cannot be stored", feed=feed.id, exc_info=True)
            refused = NotAFeed("hostile", "its entries cannot be stored")
            counts = await asyncio.to_thread(self._settle, feed, state, fetched, refused)
        if counts[Outcome.PENDING]:
            self.polled()

    async def close(self) -> None:
        await self.workers.close()
        await self.fetcher.close()

    async def _parse(self, fetched: Fetched) -> ParsedFeed | NotAFeed | None:
        if fetched.kind is not FetchKind.DOCUMENT:
            return None
        try:
            return await self.workers.parse(fetched.body, content_type=fetched.content_type, url=fetched.final_url)
        except NotAFeed as error:
            return error

    def _settle(
        self, feed: FeedSettings, state: FeedState, fetched: Fetched, parsed: ParsedFeed | NotAFeed | None
    ) -> Counter[Outcome]:
        """Items, ledger, validators and standing, in one transaction."""
        now = self.clock()
        counts: Counter[Outcome] = Counter()
        with self.database.begin() as connection:
            if isinstance(parsed, ParsedFeed):
                counts = intake(
                    connection, feed.id, parsed.entries, now,
                    first_poll=state.seeded_at is None,
                    max_alert_age=self.rules.settings.max_alert_age,
                    publisher=feed.publisher,
                    feed_title=parsed.title,
                    last_read=state.last_ok_at,
                    full_text=feed.full_text,
                )  # fmt: skip
            done = remember(self.rules.settings.polling, feed, state, fetched, parsed, counts, now)
            feeds.update(connection, feed.id, **done.values)
            entries = len(parsed.entries) if isinstance(parsed, ParsedFeed) else 0
            polls.count(connection, feed.id, done.visit.status, fetched.took, entries, now)
            if done.change is not None:
                polls.changed(connection, done.change)
            if fetched.retry_after and fetched.status in REFUSALS and (host := urlsplit(fetched.final_url).hostname):
                feeds.refuse_host(connection, host, now + min(fetched.retry_after, RETRY_AFTER_CAP))
        self.metrics.polled(done.visit.status, fetched.took, counts)
        _tell(feed.id, done)
        if counts[Outcome.PENDING] or counts[Outcome.SEEDED]:
            log.info("polled", feed=feed.id, **{outcome.value: number for outcome, number in counts.items()})
        else:
            log.debug("polled", feed=feed.id, status=done.visit.status)
        return counts

    """Lines for people: each change of state, and what has lasted as a notice. The rest is in the store, at `debug`."""


def _tell(feed: str, done: Settled) -> None:
    """Lines for people: of what has lasted. The rest is in the store, and at `debug`."""
    if done.change is not None:
        log.info("feed health", feed=feed, health=done.change.health, was=done.change.was, error=done.change.error)
    if done.notice is not None:
        tell = log.info if done.notice in SOUND else log.warning
        tell("feed notice", feed=feed, health=done.notice.value, error=done.standing.error)
    if done.moved_now:
        log.warning("feed has moved", feed=feed, to=done.moved_now, mend="set its `url` to this address")
