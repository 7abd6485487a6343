"""Keeps an engine going: APScheduler's ticks, what one stage wakes in the next, and an orderly end."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from brinkwatch.config.settings import Settings
from brinkwatch.engine.engine import Engine
from brinkwatch.engine.heartbeat import Heartbeat
from brinkwatch.engine.supervise import Supervision
from brinkwatch.ops.notify import Notifier
from brinkwatch.signals.classifier import Classifier
from brinkwatch.store.database import UNAVAILABLE, Damaged
from brinkwatch.store.opening import suspect

TICK_SECONDS = 1.0
STATUS_SECONDS = 15.0
REST_SECONDS = 5.0  # after a stage failed
CARE_SECONDS = 60.0  # between two looks whether the store's daily care is due
CLOCK_STEP = timedelta(seconds=1)  # a smaller step back is the clock being kept right
STOP_WITHIN = timedelta(seconds=8)  # systemd and people give ten
log = structlog.get_logger(__name__)


class Daemon:
    """Runs until `stop` is called.

    The scheduler only looks what is due; due times live in the store, so a late tick loses nothing. Thinking and
    delivering are loops that sleep until something wakes them.
    """

    def __init__(self, engine: Engine, *, tick_seconds: float = TICK_SECONDS, notifier: Notifier | None = None) -> None:
        self.engine = engine
        self.tick_seconds = tick_seconds
        self.scheduler = AsyncIOScheduler(timezone=UTC)
        self.notifier = notifier or Notifier()
        self._supervision = Supervision(self.notifier)
        self._ticked = asyncio.Event()
        self.started = asyncio.Event()
        self._wakes = {"think": asyncio.Event(), "deliver": asyncio.Event()}
        self._loops: list[asyncio.Task[None]] = []
        self._heartbeat = Heartbeat()

    async def start(self) -> None:
        """Take up what an earlier process left, and begin. Raises StoreError and the like before anything is sent."""
        self.engine.restore()
        await asyncio.to_thread(self.engine.try_model)
        self.engine.poller.polled = self._polled
        self.engine.articles.read = self._polled
        self._loops = [
            asyncio.create_task(self._loop("think", self._think), name="think"),
            asyncio.create_task(self._loop("deliver", self._deliver), name="deliver"),
            asyncio.create_task(self._watch_clock(), name="clock"),
        ]
        self.every(self.tick_seconds, self._tick, "tick")
        self.every(max(self.tick_seconds, 5.0), self._digest, "digest")
        self.every(max(self.tick_seconds, 5.0), self._tell_operators, "operators")
        self.every(self.tick_seconds, self._beat, "heartbeat")
        self.every(CARE_SECONDS, self._care, "care")
        self.every(max(self.tick_seconds, STATUS_SECONDS), self._tell_status, "status")
        self.scheduler.start()
        await self._ticked.wait()
        self.started.set()
        log.info("ready", feeds=len(self.engine.settings.feeds), model=self.engine.pipeline.classifier.name)
        self.notifier.ready()

    async def stop(self) -> None:
        """Finish or safely abandon what is in flight, within ten seconds."""
        log.info("stopping")
        self.notifier.stopping()
        if self.scheduler.running:
            self.scheduler.remove_all_jobs()
            await asyncio.sleep(0)  # a job that has just been started ends by itself
            self.scheduler.shutdown(wait=False)
        self.engine.stopping = True
        await self.engine.close(STOP_WITHIN)
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        self.engine.database.close()
        log.info("stopped")

    async def run(self, stop: asyncio.Event) -> None:
        """Start, wait for `stop`, end. Raises Damaged where the store cannot be used any more: the next start mends."""
        await self.start()
        damaged = self.engine.watch.damaged
        waits = [asyncio.create_task(event.wait()) for event in (stop, damaged)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await self.stop()
        if damaged.is_set():
            if self.engine.database.path is not None:
                suspect(self.engine.database.path)
            raise Damaged(f"{self.engine.watch.trouble}; the next start sets it aside and goes on with a backup")

    def apply(self, settings: Settings, classifier: Classifier | None = None) -> None:
        """Use new settings, and another classifier, from the next decision on."""
        self.engine.apply(settings, classifier)
        self._wake("think")

    async def idle(self) -> None:
        """Wait until nothing is under way: no poll, no item between stages, no story's wait, no unsettled send."""
        while self.engine.pending():  # noqa: ASYNC110 - what ends a wait may be another process's clock: there is no event for it
            await asyncio.sleep(self.tick_seconds / 4)

    def _polled(self) -> None:
        self.engine.articles.start(self.engine.pipeline.rules)
        self._wake("think")

    def _wake(self, stage: str) -> None:
        self.engine.progress.asked(stage)
        self._wakes[stage].set()

    def every(self, seconds: float, job: Callable[[], Awaitable[None]], name: str) -> None:
        """Run a job of the one scheduler; may be called before `start`."""
        # The defaults would drop a tick that is a second late, and run each missed one.
        self.scheduler.add_job(
            job, "interval", seconds=seconds, id=name, coalesce=True, max_instances=1, misfire_grace_time=60,
            next_run_time=datetime.now(UTC),
        )  # fmt: skip

    # APScheduler runs a plain function in a thread, a coroutine function on the loop.
    async def _tick(self) -> None:
        try:
            with self._noted("tick"):
                self.engine.start_due_polls()
        finally:
            # Also after a failure: a restart mends what hangs, not a full disk.
            self._ticked.set()
            self._supervision.ticked(self.engine.progress, self.engine.settings)
        self._wake("think")
        self._wake("deliver")

    async def _digest(self) -> None:
        with self._noted("digest"):
            self.engine.digest()

    async def _tell_operators(self) -> None:
        with self._noted("operators"):
            self.engine.tell_operators()

    async def _tell_status(self) -> None:
        with self.engine.database.read() as connection:
            self._supervision.tell(connection, self.engine.settings)

    async def _care(self) -> None:
        with self._noted("care"):
            await self.engine.care.when_due(self.engine.settings)

    async def _beat(self) -> None:
        """A healthy cycle: each stage ended well the last time it ran, and what was sent could be written down."""
        well = not self.engine.progress.failing() and self.engine.outbox.unwritten is None
        if well and self.engine.watch.trouble is None:
            await self._heartbeat.beat(self.engine.settings.heartbeat, datetime.now(UTC))

    @contextmanager
    def _noted(self, stage: str) -> Iterator[None]:
        """Remember how a stage's round ended. A store in trouble is told once, not each time."""
        try:
            with self.engine.progress.round(stage):
                yield
        except UNAVAILABLE as error:
            self.engine.watch.failed(stage, error)
        else:
            self.engine.watch.worked(stage)

    async def _think(self) -> None:
        if await self.engine.think():
            self._wake("deliver")

    async def _deliver(self) -> None:
        again = await self.engine.deliver()
        if again is not None:
            wait = (again - self.engine.clock()).total_seconds()
            if wait < self.tick_seconds:  # else a tick comes first
                asyncio.get_running_loop().call_later(max(wait, 0.01), self._wake, "deliver")

    async def _loop(self, stage: str, work: Callable[[], Awaitable[None]]) -> None:
        wake = self._wakes[stage]
        while True:
            await wake.wait()
            wake.clear()
            self.engine.progress.answered(stage)
            try:
                with self._noted(stage):
                    await work()
                if stage in self.engine.progress.failing():
                    await asyncio.sleep(REST_SECONDS)
            except Exception:
                # What failed is still marked unfinished in the store; a later tick tries again.
                log.critical("stage failed unexpectedly", exc_info=True)
                await asyncio.sleep(REST_SECONDS)

    async def _watch_clock(self) -> None:
        """The scheduler and what is due in the store would wait until a clock that was set back is where it was."""
        last = datetime.now(UTC)
        while True:
            await asyncio.sleep(self.tick_seconds)
            now = datetime.now(UTC)
            if now < last - CLOCK_STEP:
                self.clock_set_back(last - now)
            last = now

    def clock_set_back(self, by: timedelta) -> None:
        log.warning("the clock was set back", seconds=by.total_seconds())
        for job in self.scheduler.get_jobs():
            job.modify(next_run_time=datetime.now(UTC))
        try:
            self.engine.clock_set_back(by)
        except Exception:
            log.critical("what is due was not moved with the clock", exc_info=True)
