"""One poll: fetch, parse, and what it means for the feed and its items. Two transactions, the network in between."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from brinkwatch.config.settings import FeedSettings
from brinkwatch.engine.intake import intake
from brinkwatch.engine.rules import Rules
from brinkwatch.feeds.cadence import next_due
from brinkwatch.feeds.entry import ParsedFeed
from brinkwatch.feeds.fetch import Fetcher
from brinkwatch.feeds.fetched import Fetched, FetchKind, Known
from brinkwatch.feeds.health import Health, Standing, keeps_validators, stand, visit
from brinkwatch.feeds.notafeed import NotAFeed
from brinkwatch.feeds.worker import ParseWorkers
from brinkwatch.outcomes import Outcome
from brinkwatch.store import feeds
from brinkwatch.store.database import UNAVAILABLE, Database
from brinkwatch.store.feeds import FeedState

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
    ) -> None:
        self.database = database
        self.fetcher = fetcher
        self.workers = workers
        self.rules = rules
        self.clock = clock
        self.polled: Callable[[], None] = lambda: None

    async def poll(self, state: FeedState) -> None:
        """Poll one feed. Whatever the server does becomes the feed's standing."""
        feed = self.rules.feed(state.id)
        # Stored before the fetch: neither a crash nor a restart makes all feeds due at once.
        with self.database.begin() as connection:
            feeds.update(connection, feed.id, next_due=self._due(feed, state.failures))
        fetched = await self.fetcher.fetch(feed, Known(state.etag, state.last_modified, state.validators_for))
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
        poll = visit(fetched, parsed)
        before = Standing(
            Health(state.health), state.health_since, state.failures, state.last_status, state.last_error
        )  # fmt: skip
        after = stand(before, poll, now)
        counts: Counter[Outcome] = Counter()
        with self.database.begin() as connection:
            values: dict[str, object] = {}
            if isinstance(parsed, ParsedFeed):
                counts = intake(
                    connection, feed.id, parsed.entries, now,
                    first_poll=state.seeded_at is None,
                    max_alert_age=self.rules.settings.max_alert_age,
                    publisher=feed.publisher,
                    feed_title=parsed.title,
                    last_read=state.last_ok_at,
                )  # fmt: skip
                values = {
                    "etag": fetched.etag,
                    "last_modified": fetched.last_modified,
                    "validators_for": fetched.final_url,
                    "seeded_at": state.seeded_at or now,
                }
            elif not keeps_validators(poll):
                values = {"etag": None, "last_modified": None, "validators_for": None}
            if poll.error is None:
                values["last_ok_at"] = now
            feeds.update(
                connection, feed.id,
                next_due=self._due(feed, after.failures, fetched, parsed),
                last_poll_at=now,
                last_status=after.status,
                last_error=after.error,
                failures=after.failures,
                health=after.health.value,
                health_since=after.since,
                **values,
            )  # fmt: skip
        if after.health is not before.health:
            log.info("feed health", feed=feed.id, health=after.health.value, was=before.health.value, error=after.error)
        if counts[Outcome.PENDING] or counts[Outcome.SEEDED]:
            log.info("polled", feed=feed.id, **{outcome.value: number for outcome, number in counts.items()})
        else:
            log.debug("polled", feed=feed.id, status=after.status)
        return counts

    def _due(
        self,
        feed: FeedSettings,
        failures: int,
        fetched: Fetched | None = None,
        parsed: ParsedFeed | NotAFeed | None = None,
    ) -> datetime:
        polling = self.rules.settings.polling
        hints = [fetched.hint] if fetched else []
        if isinstance(parsed, ParsedFeed) and parsed.ttl_seconds:
            hints.append(timedelta(seconds=parsed.ttl_seconds))
        return next_due(
            feed.id,
            self.clock(),
            interval=feed.interval or polling.interval,
            min_interval=polling.min_interval,
            max_backoff=polling.max_backoff,
            failures=failures,
            hint=max((hint for hint in hints if hint), default=None),
            retry_after=fetched.retry_after if fetched else None,
        )
