"""The stages of one machine, wired to a store, the network and a clock. `cycle` does what is due; nothing sleeps."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog

from brinkwatch.config.settings import Settings
from brinkwatch.delivery.outbox import Outbox
from brinkwatch.engine.articles import Articles
from brinkwatch.engine.digest import digest, held_back
from brinkwatch.engine.notices import Notices
from brinkwatch.engine.pipeline import Pipeline
from brinkwatch.engine.poll import Poller
from brinkwatch.engine.rules import Rules
from brinkwatch.feeds.article import available
from brinkwatch.feeds.cadence import phase
from brinkwatch.store import decisions, feeds, items
from brinkwatch.store.database import Database

FIRST_POLLS_WITHIN = timedelta(seconds=30)  # a new installation reads all its feeds soon, yet not all at once
FIRST_POLL_ROOM = timedelta(milliseconds=50)  # … and thousands no faster than they can be started
log = structlog.get_logger(__name__)


class Engine:
    """Polls, assesses, relates, decides and delivers. Each method may be called at any time and again.

    `clock` gives the present as an aware datetime.
    """

    def __init__(
        self, database: Database, pipeline: Pipeline, poller: Poller, outbox: Outbox, clock: Callable[[], datetime]
    ) -> None:
        self.database = database
        self.pipeline = pipeline
        self.poller = poller
        self.outbox = outbox
        self.clock = clock
        self.notices = Notices(database, outbox.receivers)
        self.articles = Articles(database, poller.fetcher, poller.workers, clock)
        self.stopping = False
        self._polls: dict[str, asyncio.Task[None]] = {}
        self._thinking = asyncio.Lock()

    @property
    def settings(self) -> Settings:
        return self.pipeline.rules.settings

    def restore(self) -> None:
        """Take up what an earlier process left: open stories, unsettled sends, and the feeds' due times."""
        now = self.clock()
        stories = self.pipeline.restore(now)
        interrupted = self.outbox.recover()
        self.enrol(self.settings)
        with self.database.begin() as connection:
            waiting = items.waiting(connection)
            refusing = feeds.refusing_hosts(connection, now)
        for host, until in refusing.items():
            self.poller.fetcher.leave_alone(host, until - now)
        log.info("restored", stories=stories, interrupted=interrupted, waiting=waiting)

    def enrol(self, settings: Settings) -> None:
        """Make the store know every configured feed. A new one is first visited within half a minute, or a
        few where there are thousands."""
        now = self.clock()
        soon = min(FIRST_POLLS_WITHIN, settings.polling.interval or FIRST_POLLS_WITHIN)
        soon = max(soon, len(settings.feeds) * FIRST_POLL_ROOM)
        if any(feed.full_text for feed in settings.feeds) and not available():
            log.warning("whole articles cannot be read", mend="pip install 'brinkwatch[fulltext]'")
        with self.database.begin() as connection:
            feeds.enrol(connection, {feed.id: (feed.url, now + phase(feed.id, soon)) for feed in settings.feeds})

    def apply(self, settings: Settings) -> None:
        """Use new settings from the next decision on. What is kept in the store stays."""
        rules = Rules(settings, self.pipeline.classifier.thresholds)
        self.enrol(settings)  # first: it alone can fail
        self.pipeline.apply(rules)
        self.poller.rules = rules

    def clock_set_back(self, by: timedelta) -> None:
        """Move what is due with the clock: it was meant as a span from then. (The outbox sees to its own.)"""
        with self.database.begin() as connection:
            feeds.shift_due(connection, -by)
            decisions.shift_timers(connection, -by)

    def start_due_polls(self) -> int:
        """Start a poll of each feed that is due, one to a host at a time; returns how many.

        The next of the same host waits in the store: a host that hangs takes up one place, not all.
        """
        known = {name: feed for name, feed in self.pipeline.rules.feeds.items() if not feed.paused}
        if not self.stopping:
            self.articles.start(self.pipeline.rules)
        room = self.settings.polling.concurrency - len(self._polls)
        if room <= 0 or self.stopping:
            return 0
        with self.database.begin() as connection:
            due = feeds.due(connection, [feed for feed in known if feed not in self._polls], self.clock())
            busy = {urlsplit(known[feed].url).hostname for feed in self._polls if feed in known}
            started: list[feeds.FeedState] = []
            for state in due:
                host = urlsplit(state.url).hostname
                if len(started) < room and host not in busy:
                    busy.add(host)
                    self.poller.claim(connection, state)
                    started.append(state)
        for state in started:
            self._polls[state.id] = asyncio.create_task(self._poll(state), name=f"poll {state.id}")
        return len(started)

    async def _poll(self, state: feeds.FeedState) -> None:
        try:
            await self.poller.poll(state)
        except Exception:
            log.critical("poll failed unexpectedly", feed=state.id, exc_info=True)
        finally:
            self._polls.pop(state.id, None)

    async def polls(self) -> None:
        """Wait until the polls now under way have ended."""
        await asyncio.gather(*self._polls.values())

    async def think(self) -> int:
        """Assess, relate and decide all that waits; returns how much was done. Runs in a thread, one at a time."""
        done = 0
        async with self._thinking:
            while not self.stopping:
                step = await asyncio.to_thread(self.pipeline.step, self.clock())
                if not step:
                    break
                done += step
        return done

    async def deliver(self) -> datetime | None:
        """Send what is due; returns when there is more to do, None when nothing waits."""
        return await self.outbox.drain()

    def digest(self) -> None:
        """Tell what was passed over or held back, once it has waited long enough to be one line."""
        alerting, now, receivers = self.settings.alerting, self.clock(), self.pipeline.receivers
        channels = [route.channel for route in self.settings.routes]
        all_channels = [route.channel for route in self.pipeline.rules.routes]
        with self.database.begin() as connection:
            lines = held_back(connection, all_channels, receivers, now, alerting.digest_wait, alerting.budget)
            passed = digest(connection, channels, receivers, now, alerting.digest_wait, alerting.budget)
        for text in [*lines, *filter(None, [passed])]:
            log.info("digest", text=text)

    def tell_operators(self) -> None:
        """Tell what only they can mend, once each, and once a day how the daemon stands."""
        self.notices.tell(self.settings, self.clock())

    async def cycle(self) -> datetime | None:
        """Everything that is due now, once through; returns when there is more to deliver."""
        while self.start_due_polls():
            await self.polls()
        while self.articles.start(self.pipeline.rules):
            await self.articles.finish()
        await self.think()
        self.digest()
        self.tell_operators()
        return await self.deliver()

    def pending(self) -> int:
        """How much is under way or waits: polls, items between stages, waits of stories, unsettled sends."""
        with self.database.begin() as connection:
            timers = decisions.timers(connection)
            waiting = sum(items.waiting(connection).values())
        return len(self._polls) + waiting + timers + self.outbox.open()

    async def close(self, within: timedelta) -> None:
        """Finish or abandon what is in flight; nothing abandoned is lost, as the store knows it is unfinished."""
        self.stopping = True
        for task in self._polls.values():
            task.cancel()
        await asyncio.gather(self.articles.close(), *self._polls.values(), return_exceptions=True)
        try:
            async with asyncio.timeout(within.total_seconds()):
                await asyncio.gather(self._thought(), self.outbox.close())
        except TimeoutError:
            log.warning("stopped before all was finished; it goes on at the next start")
        await self.poller.close()

    @property
    def thinking(self) -> bool:
        """Whether a thread is still at work; after `close` it is abandoned, and only the end of the process ends it."""
        return self._thinking.locked()

    async def _thought(self) -> None:
        async with self._thinking:
            pass
