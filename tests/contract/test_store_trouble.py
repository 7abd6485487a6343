"""The store cannot be written while messages go out: nothing is sent twice or lost, and it goes on by itself.

Real SQLite files and real errors: a lock that another program holds, a read-only connection, and, where the tests may
mount a small disk of their own, a full one and a read-only one.
"""

import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from brinkwatch.delivery.outbox import Outbox
from brinkwatch.delivery.receiver import Attempt, Message
from brinkwatch.delivery.slack.receiver import SlackReceiver
from brinkwatch.store.database import Database, why
from fakes.cards import put
from fakes.outboxes import Clock, drain_all, outbox_of
from fakes.slack import FakeSlack

pytestmark = pytest.mark.usefixtures("quiet")
Trouble = Callable[[], Callable[[], None]]
"""Begins when it is called; what it returns ends it."""


@pytest.fixture
def quiet() -> Iterator[None]:
    """Hundreds of tracebacks take longer to draw than the tests take."""
    with capture_logs():
        yield


class Strikes:
    """The Slack receiver; trouble begins in the middle of its first send: after Slack took the message."""

    def __init__(self, inner: SlackReceiver, begin: Trouble) -> None:
        self.name, self.spacing, self.inner, self.begin = inner.name, inner.spacing, inner, begin
        self.end: Callable[[], None] | None = None

    async def send(self, message: Message) -> Attempt:
        attempt = await self.inner.send(message)
        if self.end is None:
            self.end = self.begin()
        return attempt

    async def find(self, message: Message) -> Attempt:
        return await self.inner.find(message)

    def mend(self, error: str) -> str | None:
        return self.inner.mend(error)

    async def close(self) -> None:
        await self.inner.close()


@contextmanager
def disk(folder: Path) -> Iterator[Path]:
    """A disk of one megabyte and a half; skips where it may not be mounted."""
    place = folder / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1536k", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=False)


WORDS = {
    "locked": "database is locked",
    "read-only": "attempt to write a readonly database",
    "disk full": "database or disk is full",
    "read-only disk": "unable to open database file",
}


@pytest.fixture(params=list(WORDS))
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Database, Trouble]]:
    """A store, and a trouble that can befall it."""
    if "disk" not in request.param:
        yield from _store(tmp_path, request.param)
        return
    with disk(tmp_path) as place:
        yield from _store(place, request.param)


def _store(folder: Path, what: str) -> Iterator[tuple[Database, Trouble]]:
    database = Database.open(None, folder)
    state = {"query_only": 0}

    def checkout(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA busy_timeout=50")  # else the test waits as long as the daemon would
        connection.execute(f"PRAGMA query_only={state['query_only']}")

    sa.event.listen(database.engine, "checkout", checkout)

    def locked() -> Callable[[], None]:
        other = sqlite3.connect(folder / "brinkwatch.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        return other.close

    def read_only() -> Callable[[], None]:
        state["query_only"] = 1
        return lambda: state.update(query_only=0)

    def full() -> Callable[[], None]:
        filler = folder / "filler"
        with filler.open("wb", buffering=0) as file, suppress(OSError):  # no space is left
            while file.write(b"x" * 4096):
                pass
        return filler.unlink

    def read_only_disk() -> Callable[[], None]:
        def remount(how: str) -> None:
            database.engine.dispose()
            subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], check=True)

        remount("ro")
        return lambda: remount("rw")

    troubles: dict[str, Trouble] = {
        "locked": locked, "read-only": read_only, "disk full": full, "read-only disk": read_only_disk,
    }  # fmt: skip
    yield database, troubles[what]
    database.close()


async def minutes_of_trouble(outbox: Outbox, clock: Clock) -> set[str | None]:
    """What the daemon does meanwhile: it tries again and again. Returns what its heartbeat stops for."""
    reasons = set()
    for _ in range(20):
        try:
            await outbox.drain()
            reasons.add(outbox.unwritten)
        except sa.exc.OperationalError as error:  # the daemon logs it, and its stage counts as failed
            reasons.add(why(error))
        clock.advance(timedelta(seconds=10))
    return reasons


async def test_trouble_before_a_send_lets_nothing_out_and_all_goes_once_it_is_over(
    house: tuple[Database, Trouble], request: pytest.FixtureRequest
) -> None:
    database, begin = house
    clock = Clock()
    async with FakeSlack(clock=clock.seconds) as slack:
        keys = [put(database, f"k{n}", story=f"s{n}") for n in range(3)]
        outbox = outbox_of(database, SlackReceiver(slack.token, slack.url), clock)
        end = begin()
        reasons = await minutes_of_trouble(outbox, clock)
        assert slack.keys() == []
        assert reasons == {WORDS[request.node.callspec.params["house"]]}
        end()
        await drain_all(outbox, clock)
        await outbox.close()
        assert slack.keys() == keys
        assert outbox.unwritten is None


@pytest.mark.parametrize("restarted", [False, True])
async def test_trouble_between_slacks_answer_and_the_store_doubles_nothing(
    house: tuple[Database, Trouble], restarted: bool
) -> None:
    database, begin = house
    clock = Clock()
    async with FakeSlack(clock=clock.seconds) as slack:
        keys = [put(database, f"k{n}", story=f"s{n}") for n in range(3)]
        receiver = Strikes(SlackReceiver(slack.token, slack.url), begin)
        outbox = outbox_of(database, receiver, clock)
        assert None not in await minutes_of_trouble(outbox, clock)
        assert slack.keys() == keys[:1]
        assert receiver.end is not None
        receiver.end()
        if restarted:
            outbox = outbox_of(database, receiver, clock)
        await drain_all(outbox, clock)
        await outbox.close()
        assert slack.keys() == keys
