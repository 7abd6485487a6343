"""One poll: fetch, parse, and what it means for the feed and its items. Two transactions, the network in between."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

import structlog

from brinkwatch.config.settings import FeedSettings
from brinkwatch.engine.intake import enter, intake
from brinkwatch.engine.remember import Settled, due, remember
from brinkwatch.engine.rules import Rules
from brinkwatch.engine.together import Together
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


@dataclass(frozen=True, slots=True)
class Brought:
    """What one poll brought, before it is written down. `digest` is that of the body."""

    feed: FeedSettings
    state: FeedState
    fetched: Fetched
    parsed: ParsedFeed | NotAFeed | None
    digest: bytes | None

    @property
    def entries(self) -> int:
        return len(self.parsed.entries) if isinstance(self.parsed, ParsedFeed) else 0


Written = tuple[Settled, Counter[Outcome]]
"""What a poll came to for its feed, and for its entries."""


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
        self._together: Together[Brought, Written] = Together(self._settle)

    def claim(self, connection: Connection, states: Sequence[FeedState]) -> None:
        """Store when feeds are next due, before they are fetched: neither a crash nor a restart makes all due."""
        polling, now = self.rules.settings.polling, self.clock()
        feeds.set_due(connection, {state.id: due(polling, self.rules.feed(state.id), state, now) for state in states})

    async def poll(self, state: FeedState) -> None:
        """Poll one feed. Whatever the server does becomes the feed's standing."""
        feed = self.rules.feed(state.id)
        address = moved.address(feed.url, moved.Moved(state.moved_to, state.moved_streak))
        known = Known(state.etag, state.last_modified, state.validators_for)
        fetched = await self.fetcher.fetch(feed, known, address)
        digest = hashlib.blake2b(fetched.body, digest_size=16).digest() if fetched.body else None
        if digest is not None and digest == state.body_digest and not state.failures and state.seeded_at:
            # Many servers know no conditional requests. What was read before need not be read again.
            fetched = replace(fetched, kind=FetchKind.NOT_MODIFIED, body=b"")
        parsed = await self._parse(fetched)
        fetched = replace(fetched, body=b"")  # nobody reads it again, and many wait
        done, counts = await self._together.put(Brought(feed, state, fetched, parsed, digest))
        self.metrics.polled(done.visit.status, fetched.took, counts)
        _tell(feed.id, done, counts)
        if counts[Outcome.PENDING]:
            self.polled()

    async def close(self) -> None:
        await self._together.close()
        await self.workers.close()
        await self.fetcher.close()

    async def _parse(self, fetched: Fetched) -> ParsedFeed | NotAFeed | None:
        if fetched.kind is not FetchKind.DOCUMENT:
            return None
        try:
            return await self.workers.parse(fetched.body, content_type=fetched.content_type, url=fetched.final_url)
        except NotAFeed as error:
            return error

    def _settle(self, group: Sequence[Brought]) -> Sequence[Written | Exception]:
        """What each of these polls came to. One that cannot be stored is refused, and costs the others nothing."""
        try:
            return self._write(group)
        except UNAVAILABLE:
            raise
        except Exception:
            if len(group) > 1:
                return [outcome for one in group for outcome in self._settle_alone(one)]
            log.critical("entries cannot be stored", feed=group[0].feed.id, exc_info=True)
            refused = replace(group[0], parsed=NotAFeed("hostile", "its entries cannot be stored"), digest=None)
            return self._write([refused])

    def _settle_alone(self, one: Brought) -> Sequence[Written | Exception]:
        try:
            return self._settle([one])
        except Exception as error:  # noqa: BLE001 - its poll is told
            return [error]

    def _write(self, group: Sequence[Brought]) -> list[Written]:
        """Items, ledger, validators and standing, in one transaction."""
        now = self.clock()
        # That nothing was new need not outlive a power cut.
        with self.database.begin(durable=any(one.parsed is not None for one in group)) as connection:
            counts = [self._take_in(connection, one, now) for one in group]
            done = [self._remember(one, each, now) for one, each in zip(group, counts, strict=True)]
            feeds.save(connection, [each.state for each in done])
            enter(connection, {one.feed.id: each for one, each in zip(group, counts, strict=True)}, now)
            polls.count(
                connection,
                [
                    polls.ended(one.feed.id, each.visit.status, one.fetched.took, one.entries, now)
                    for one, each in zip(group, done, strict=True)
                ],
            )
            polls.changed(connection, [each.change for each in done if each.change is not None])
            for one in group:
                wait = one.fetched.retry_after if one.fetched.status in REFUSALS else None
                if wait and (host := urlsplit(one.fetched.final_url).hostname):
                    feeds.refuse_host(connection, host, now + min(wait, RETRY_AFTER_CAP))
        return list(zip(done, counts, strict=True))

    def _take_in(self, connection: Connection, one: Brought, now: datetime) -> Counter[Outcome]:
        if not isinstance(one.parsed, ParsedFeed):
            return Counter()
        return intake(
            connection, one.feed.id, one.parsed.entries, now,
            first_poll=one.state.seeded_at is None,
            max_alert_age=self.rules.settings.max_alert_age,
            publisher=one.feed.publisher,
            feed_title=one.parsed.title,
            last_read=one.state.last_ok_at,
            full_text=one.feed.full_text,
        )  # fmt: skip

    def _remember(self, one: Brought, counts: Counter[Outcome], now: datetime) -> Settled:
        polling = self.rules.settings.polling
        return remember(polling, one.feed, one.state, one.fetched, one.parsed, counts, now, one.digest)


def _tell(feed: str, done: Settled, counts: Counter[Outcome]) -> None:
    """Lines for people: each change of state, and what has lasted as a notice. The rest is in the store, at `debug`."""
    if done.change is not None:
        log.info("feed health", feed=feed, health=done.change.health, was=done.change.was, error=done.change.error)
    if done.notice is not None:
        tell = log.info if done.notice in SOUND else log.warning
        tell("feed notice", feed=feed, health=done.notice.value, error=done.standing.error)
    if done.moved_now:
        log.warning("feed has moved", feed=feed, to=done.moved_now, mend="set its `url` to this address")
    if counts[Outcome.PENDING] or counts[Outcome.SEEDED]:
        log.info("polled", feed=feed, **{outcome.value: number for outcome, number in counts.items()})
    else:
        log.debug("polled", feed=feed, status=done.visit.status)
