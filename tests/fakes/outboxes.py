"""An outbox on a clock that a test moves, and a process that can be killed in the middle of a send."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from brinkwatch.delivery.outbox import Outbox
from brinkwatch.delivery.receiver import Attempt, Message, Receiver, Verdict
from brinkwatch.store.database import Database
from fakes.cards import NOW


class Clock:
    """A wall clock that can be set, and the time that really passes beside it."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now
        self.passed = NOW

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        """What a server's own clock shows."""
        return self.passed.timestamp()

    def advance(self, by: timedelta) -> None:
        self.now += by
        self.passed += by

    def set(self, by: timedelta) -> None:
        """Somebody sets the clock."""
        self.now += by


class Killed:
    """A receiver whose process dies in the middle of a send: after it went out if `sent`, else before."""

    def __init__(self, inner: Receiver, *, sent: bool) -> None:
        self.name = inner.name
        self.spacing = inner.spacing
        self.inner = inner
        self.sent = sent

    async def send(self, message: Message) -> Attempt:
        if self.sent:
            await self.inner.send(message)
        raise asyncio.CancelledError

    async def find(self, message: Message) -> Attempt:
        return await self.inner.find(message)

    def mend(self, error: str) -> str | None:
        return self.inner.mend(error)

    async def close(self) -> None: ...


class Scripted:
    """A receiver that answers as told, then with yes; keeps what it was given."""

    def __init__(self, *attempts: Attempt, spacing: timedelta = timedelta(0)) -> None:
        self.name = "slack"
        self.spacing = spacing
        self.attempts = list(attempts)
        self.found = Attempt(Verdict.RETRY)
        self.sent: list[Message] = []
        self.looked: list[Message] = []

    async def send(self, message: Message) -> Attempt:
        self.sent.append(message)
        return self.attempts.pop(0) if self.attempts else Attempt(Verdict.SENT, f"ref-{message.key}", "C1")

    async def find(self, message: Message) -> Attempt:
        self.looked.append(message)
        return self.found

    def mend(self, error: str) -> str | None:
        return None

    async def close(self) -> None: ...

    @property
    def keys(self) -> list[str]:
        return [message.key for message in self.sent]


def outbox_of(database: Database, receiver: Receiver | Mapping[str, Receiver], clock: Clock) -> Outbox:
    """A process that starts: what an earlier one left is taken up. The test's clock stands still while a request is
    under way, however long the machine takes."""
    receivers = receiver if isinstance(receiver, Mapping) else {"slack": receiver}
    made = Outbox(database, receivers, clock, patience=60.0)
    made.recover()
    return made


async def drain_all(outbox: Outbox, clock: Clock, steps: int = 400) -> None:
    """Call the outbox whenever it asks for it, until nothing waits."""
    for _ in range(steps):
        due = await outbox.drain()
        if due is None:
            return
        clock.advance(max(due - clock(), timedelta(milliseconds=1)))
    raise AssertionError(f"{outbox.open()} notifications still wait after {steps} steps")
