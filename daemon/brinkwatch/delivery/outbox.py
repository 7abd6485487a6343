"""Sends what the outbox holds, each once and in order, and settles what may have been seen already.

Every step is committed before the next is taken, so that a process killed anywhere loses nothing and sends nothing
twice: `sending` before a request goes out, `sent` only after the receiver said so. What is in between is looked for
before it is sent again. Which notification goes next is `lanes.plan`. Sleeps never: says when to be called again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import structlog

from brinkwatch.delivery.lanes import Lane, Plan, plan
from brinkwatch.delivery.receiver import Attempt, Message, Receiver, Verdict
from brinkwatch.delivery.rows import Dropped, settle, take
from brinkwatch.ops.metrics import Metrics
from brinkwatch.ops.progress import Progress
from brinkwatch.store import outbox
from brinkwatch.store.database import Database, why
from brinkwatch.store.heads import heads
from brinkwatch.store.outbox import State, Waiting

# A request that was given up here may still arrive there: a look-up before that proves nothing.
SETTLE_AFTER = timedelta(seconds=5)
# A slow receiver does not hold up the others: `drain` comes back and the request goes on.
# No longer than Slack's rest between two messages of a channel, or the others would lose some of their time.
PATIENCE_SECONDS = 1.0
# After the store could not be written.
STORE_REST = timedelta(seconds=5)
RECEIVER_REST = timedelta(minutes=1)
# A smaller step back is the clock being kept right.
CLOCK_STEP = timedelta(seconds=1)
log = structlog.get_logger(__name__)


class Outbox:
    """The outbox of one process. `clock` gives the present as an aware datetime.

    Channels go side by side; within one there is one message at a time, at the receiver's spacing.
    """

    def __init__(
        self,
        database: Database,
        receivers: Mapping[str, Receiver],
        clock: Callable[[], datetime],
        *,
        settle_after: timedelta = SETTLE_AFTER,
        patience: float = PATIENCE_SECONDS,
        metrics: Metrics | None = None,
    ) -> None:
        self.metrics = metrics or Metrics()
        self.database = database
        self.receivers = dict(receivers)
        self.clock = clock
        self.settle_after = settle_after
        self.patience = patience
        self.progress = Progress()
        self._free_at: dict[Lane, datetime] = {}
        self._running: dict[Lane, asyncio.Task[None]] = {}
        self._last_now: datetime | None = None
        self._closing = False
        self.unwritten: str | None = None
        """Why the store could not be written the last time; None while it can."""

    def recover(self) -> int:
        """Take up what an earlier process left. Returns how many messages it was sending when it ended."""
        now = self._now()
        longest = max((receiver.spacing for receiver in self.receivers.values()), default=timedelta(0))
        with self.database.begin() as connection:
            interrupted = outbox.interrupted(connection)
            last = outbox.last_attempts(connection, now - longest)
        for lane, at in last.items():
            if lane[0] in self.receivers:
                self._free_at[lane] = min(at, now) + self.receivers[lane[0]].spacing
        return interrupted

    def open(self) -> int:
        """How many notifications are not yet settled."""
        with self.database.read() as connection:
            return outbox.count_waiting(connection, self.receivers)

    async def drain(self) -> datetime | None:
        """Send what is due. Returns when there is more to do; None when nothing waits.

        Requests that take longer than `patience` go on in the background. Raises what the store raises; then nothing
        was sent that the store does not know of.
        """
        while not self._closing:
            self.progress.moved("deliver")
            now = self._now()
            found, taken = self._take(now)
            started = [self._start(row, message) for row, message in taken if not isinstance(message, Dropped)]
            if started:
                await asyncio.wait(started, timeout=self.patience)
            elif not found.superseded and not taken:
                again = now + timedelta(seconds=self.patience) if self._running else None
                return min(filter(None, (found.next_at, again)), default=None)
        return None

    async def close(self) -> None:
        """Wait for what is under way, and start nothing more. What is cancelled while waiting is settled at the next
        start."""
        self._closing = True
        try:
            await asyncio.gather(*self._running.values(), return_exceptions=True)
        finally:
            for receiver in self.receivers.values():
                await receiver.close()

    def _take(self, now: datetime) -> tuple[Plan, list[tuple[Waiting, Message | Dropped]]]:
        """What to do now, and what goes out: all of it marked in one transaction, before the first request."""
        with self.database.read() as connection:
            found = plan(heads(connection, self.receivers), now, self._free_at, self._running)
        if not found.ready and not found.superseded:
            return found, []
        try:
            with self.database.begin() as connection:
                found = plan(heads(connection, self.receivers), now, self._free_at, self._running)
                for edit in found.superseded:
                    outbox.supersede(connection, edit)
                # What stands behind a superseded edit may come first now: look again.
                taken = [] if found.superseded else [
                    (row, take(connection, row.id, now, self.settle_after, looking=_maybe_seen(row)))
                    for row in found.ready
                ]  # fmt: skip
        except Exception as error:
            self.unwritten = why(error)
            raise
        if taken:
            self.unwritten = None
        for row, message in taken:
            if isinstance(message, Dropped):
                log.error("delivery given up", notification=row.id, channel=row.channel, error=message.error)
        return found, taken

    def _start(self, row: Waiting, message: Message) -> asyncio.Task[None]:
        lane = (row.receiver, row.channel)
        self._free_at[lane] = self.clock() + self.receivers[row.receiver].spacing
        self._running[lane] = asyncio.create_task(self._work(row, message), name=f"deliver {row.id}")
        return self._running[lane]

    async def _work(self, row: Waiting, message: Message) -> None:
        lane = (row.receiver, row.channel)
        receiver = self.receivers[row.receiver]
        looking = _maybe_seen(row)
        try:
            with self.progress.piece("deliver"):
                attempt = await _ask(receiver.find(message) if looking else receiver.send(message), looking)
            with self.database.begin() as connection:
                result = settle(connection, message, attempt, row.id, self.clock(), self.settle_after, looked=looking)
            self.unwritten = None
            reached = message.created_at if result.state is State.SENT else None
            self.metrics.delivered(row.receiver, result.verdict, self.clock() - reached if reached else None)
            (log.error if result.state is State.DEAD else log.info)(
                "delivery given up" if result.state is State.DEAD else "delivery", story=row.story, key=message.key,
                kind=message.kind.value, channel=row.channel, outcome=result.verdict, error=attempt.error,
            )  # fmt: skip
        except Exception as error:
            self.unwritten = why(error)
            # The store could not be written. What it knows is true all the same; this is taken up again from there.
            log.critical("delivery was not recorded", notification=row.id, channel=row.channel, exc_info=True)
            self._free_at[lane] = self.clock() + STORE_REST
        finally:
            self._running.pop(lane, None)

    def _now(self) -> datetime:
        """The present. When the clock was set back, waits are moved with it: they were meant as spans."""
        now = self.clock()
        if self._last_now is not None and now < self._last_now - CLOCK_STEP:
            by = now - self._last_now
            with self.database.begin() as connection:
                outbox.shift_waits(connection, by)
            self._free_at = {lane: at + by for lane, at in self._free_at.items()}
        self._last_now = now
        return now


def _maybe_seen(row: Waiting) -> bool:
    return row.state in {State.AMBIGUOUS, State.SENDING}


async def _ask(answer: Awaitable[Attempt], looking: bool) -> Attempt:
    """The receiver's answer. One that raises against its contract may have sent the message all the same."""
    try:
        return await answer
    except Exception as error:
        log.critical("receiver failed unexpectedly", exc_info=True)
        return Attempt(Verdict.AMBIGUOUS, error=type(error).__name__, retry_after=RECEIVER_REST if looking else None)
