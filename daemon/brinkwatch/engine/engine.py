"""The stages of one machine, wired to a store, the network and a clock. `cycle` does what is due; nothing sleeps."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from shutil import disk_usage
from urllib.parse import urlsplit

import structlog

from brinkwatch.alerts.operators import refused_configuration
from brinkwatch.config.settings import Settings
from brinkwatch.delivery.outbox import Outbox
from brinkwatch.engine import times
from brinkwatch.engine.articles import Articles
from brinkwatch.engine.care import Care
from brinkwatch.engine.digest import digest, held_back
from brinkwatch.engine.notices import Notices
from brinkwatch.engine.pipeline import Pipeline
from brinkwatch.engine.poll import Poller
from brinkwatch.engine.rules import Rules
from brinkwatch.engine.storenotice import StoreNotice
from brinkwatch.engine.storewatch import StoreWatch
from brinkwatch.feeds.article import available
from brinkwatch.feeds.cadence import phase
from brinkwatch.items.item import ItemText
from brinkwatch.ops.metrics import Metrics
from brinkwatch.ops.progress import Progress
from brinkwatch.signals.classifier import Classifier
from brinkwatch.store import decisions, feeds, items
from brinkwatch.store.database import UNAVAILABLE, Connection, Database

FIRST_POLLS_WITHIN = timedelta(seconds=30)  # a new installation reads all its feeds soon, yet not all at once
FIRST_POLL_ROOM = timedelta(milliseconds=50)  # … and thousands no faster than they can be started
AHEAD = 50  # those first in line may have to wait for their host
log = structlog.get_logger(__name__)


class Engine:
    """Polls, assesses, relates, decides and delivers. Each method may be called at any time and again.

    `clock` gives the present as an aware datetime.
    """

    def __init__(
        self,
        database: Database,
        pipeline: Pipeline,
        poller: Poller,
        outbox: Outbox,
        clock: Callable[[], datetime],
        metrics: Metrics | None = None,
    ) -> None:
        self.metrics = metrics or Metrics()
        self.configured_at = clock()
        self.config_refused: str | None = None
        """Why the file as it is now was not taken up; None: it was."""
        self.database = database
        self.pipeline = pipeline
        self.poller = poller
        self.outbox = outbox
        self.clock = clock
        self.notices = Notices(database, outbox.receivers)
        self.watch = StoreWatch(clock)
        self._store_notice = StoreNotice(self.notices)
        self.care = Care(database, clock)
        self.articles = Articles(database, poller.fetcher, poller.workers, clock)
        self.progress = pipeline.progress = outbox.progress = Progress()
        self.stopping = False
        self._polls: dict[str, asyncio.Task[None]] = {}
        self._more = False
        self._thinking = asyncio.Lock()

    @property
    def settings(self) -> Settings:
        return self.pipeline.rules.settings

    @property
    def polling(self) -> list[str]:
        """The feeds that are being visited now."""
        return sorted(self._polls)

    def try_model(self) -> None:
        """Have the models read one item, so that what is ready can read. Raises what they raise."""
        texts = [ItemText("Border talks were held", "")]
        self.pipeline.classifier.assess(texts, ["en"], self.pipeline.rules.lowest)
        self.pipeline.embedder.embed(texts)

    def restore(self) -> None:
        """Take up what an earlier process left: open stories, unsettled sends, and the feeds' due times."""
        now = self.clock()
        with self.database.begin() as connection:
            moved = times.mend(connection, self.settings, now)
        if moved:
            log.warning("the clock was ahead in an earlier run: moments that lie ahead are taken as now", moved=moved)
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

    def apply(self, settings: Settings, classifier: Classifier | None = None) -> None:
        """Use new settings, and another classifier, from the next decision on. What is kept in the store stays.

        Raises what the store raises; then nothing has changed.
        """
        rules = Rules(settings, (classifier or self.pipeline.classifier).thresholds)
        self.enrol(settings)  # first: it alone can fail
        if classifier is not None:
            self.pipeline.classifier = classifier
        self.pipeline.apply(rules)
        self.poller.rules = rules
        self.configured_at, self.config_refused = self.clock(), None
        self.metrics.configured(self.configured_at, self.pipeline.classifier.name)

    def refuse(self, why: str) -> None:
        """The configuration file was read again and cannot be used; the old settings stay."""
        self.config_refused = why
        self.metrics.refused()

    def clock_set_back(self, by: timedelta) -> None:
        """Move what is due with the clock: it was meant as a span from then. (The outbox sees to its own.)"""
        with self.database.begin() as connection:
            feeds.shift_due(connection, -by)
            decisions.shift_timers(connection, -by)

    def start_due_polls(self) -> int:
        """Start a poll of each feed that is due, one to a host at a time; returns how many.

        The next of the same host waits in the store: a host that hangs takes up one place, not all.
        """
        if self.stopping or not self._has_room():
            return 0
        try:
            self.articles.start(self.pipeline.rules)
            return self._start_polls()
        except UNAVAILABLE as error:
            self.watch.failed("poll", error)
            return 0

    def _start_polls(self) -> int:
        started = self._claim_due()
        for state in started:
            self._polls[state.id] = asyncio.create_task(self._poll(state), name=f"poll {state.id}")
        return len(started)

    def _claim_due(self) -> list[feeds.FeedState]:
        # While the store is in trouble one poll at a time finds out whether that is over.
        room = (1 if self.watch.trouble else self.settings.polling.concurrency) - len(self._polls)
        if room <= 0 or self.stopping:
            return []
        with self.database.read() as connection:
            chosen = self._choose(connection, room)
            claimed = feeds.states(connection, chosen)
        self._more = len(chosen) == room
        if claimed:
            with self.database.begin(durable=False) as connection:
                self.poller.claim(connection, claimed)
        return claimed

    def _choose(self, connection: Connection, room: int) -> list[str]:
        """As many due feeds as there is room for, each of another host that is not being asked, the latest first."""
        known, now = self.pipeline.rules.feeds, self.clock()
        for limit in (room + len(self._polls) + AHEAD, None):
            due = feeds.due(connection, now, limit)
            busy = {_host(known[feed].url) for feed in self._polls if feed in known}
            chosen: list[str] = []
            for feed, url in due:
                free = feed in known and not known[feed].paused and feed not in self._polls
                if free and _host(url) not in busy:
                    busy.add(_host(url))
                    chosen.append(feed)
                    if len(chosen) == room:
                        return chosen
            if limit is None or len(due) < limit:
                break  # that was all; else those first in line wait for a host, and one further back need not
        return chosen

    def _has_room(self) -> bool:
        """Whether the disk has room for what polls bring. (A server's disk is the server's own matter.)"""
        path = self.database.path
        return path is None or self.watch.room(disk_usage(path.parent).free, self.settings.store.min_free)

    async def _poll(self, state: feeds.FeedState) -> None:
        try:
            with self.progress.piece("poll"):
                await self.poller.poll(state)
            self.watch.worked("poll")
        except UNAVAILABLE as error:
            self.watch.failed("poll", error)
        except Exception:
            log.critical("poll failed unexpectedly", feed=state.id, exc_info=True)
        finally:
            self._polls.pop(state.id, None)
        if self._more and len(self._polls) <= self.settings.polling.concurrency // 2:
            # Those that found no room do not wait for the next tick, nor does each ask the store by itself.
            try:
                self._start_polls()
            except UNAVAILABLE as error:
                self.watch.failed("poll", error)
            except Exception:
                log.critical("what is due cannot be looked up", exc_info=True)  # the next tick tries again

    async def polls(self) -> None:
        """Wait until no poll is under way."""
        while self._polls:
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
                self.progress.moved("think")
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
        now = self.clock()
        self._store_notice.tell(self.settings, self.watch, now)
        self.notices.tell(self.settings, now)

    def tell_configuration(self, problems: str, mark: str) -> None:
        """Tell the operators of a configuration that was refused, once for each `mark`."""
        self.notices.say(self.settings, f"configuration:{mark}", refused_configuration(problems), self.clock())

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
        with self.database.read() as connection:
            timers = decisions.timers(connection)
            waiting = sum(items.waiting(connection).values())
        return len(self._polls) + waiting + timers + self.outbox.open()

    async def close(self, within: timedelta) -> None:
        """Finish or abandon what is in flight; nothing abandoned is lost, as the store knows it is unfinished."""
        self.stopping = self.care.stopping = True
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
        return self._thinking.locked() or self.care.busy

    async def _thought(self) -> None:
        async with self._thinking:
            pass


@lru_cache(maxsize=20_000)
def _host(url: str) -> str | None:
    return urlsplit(url).hostname
