"""When the watchdog is fed, and what the line of status says. Virtual time."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from brinkwatch.config.settings import Settings
from brinkwatch.engine.daemon import Daemon
from brinkwatch.engine.storewatch import StoreWatch
from brinkwatch.engine.supervise import STUCK_AFTER, Supervision, read, words
from brinkwatch.feeds.health import Health
from brinkwatch.ops.progress import Progress
from brinkwatch.store import feeds
from brinkwatch.store.database import Database
from fakes.manager import Listener

WATCHDOG = 120.0


class World:
    """A supervision, a progress and the clock of both."""

    def __init__(self, watchdog: float | None = WATCHDOG) -> None:
        self.now = 1000.0
        self.progress = Progress(lambda: self.now)
        self.listener = Listener(watchdog)
        self.supervision = Supervision(self.listener, lambda: self.now)
        self.settings = Settings()

    def tick(self, seconds: float = 1.0) -> bool:
        """One tick; whether the watchdog was fed by it."""
        self.now += seconds
        before = len(self.listener.told)
        self.supervision.ticked(self.progress, self.settings)
        return "WATCHDOG=1" in self.listener.told[before:]


@pytest.fixture
def world() -> World:
    return World()


def test_the_watchdog_is_fed_in_time_and_not_at_every_tick(world: World) -> None:
    fed = [world.tick() for _ in range(240)]
    moments = [number for number, each in enumerate(fed) if each]
    assert moments[0] == 0
    assert max(b - a for a, b in pairwise(moments)) <= WATCHDOG / 2
    assert len(moments) < 20


@pytest.mark.parametrize("stage", ["poll", "assess", "relate", "decide", "deliver"])
def test_a_stage_that_hangs_stops_the_feeding_until_it_goes_on(world: World, stage: str) -> None:
    hangs = world.progress.piece(stage)
    hangs.__enter__()
    assert world.tick(STUCK_AFTER.total_seconds() - 1), "not yet"
    world.tick(world.settings.polling.timeout.total_seconds() + 2)
    assert not any(world.tick(30) for _ in range(20))
    hangs.__exit__(None, None, None)
    assert world.tick()


def test_a_loop_that_takes_up_nothing_stops_the_feeding(world: World) -> None:
    fed = []
    for _ in range(40):
        world.progress.asked("think")
        fed.append(world.tick(30))
    assert fed[0]
    assert not any(fed[-20:])


def test_a_poll_may_take_as_long_as_its_timeout_says(world: World) -> None:
    world.settings = Settings.model_validate({"polling": {"timeout": "10m"}})
    with world.progress.piece("poll"):
        assert world.tick(STUCK_AFTER.total_seconds() + 300)
        assert not world.tick(400)


def test_nobody_is_fed_who_does_not_watch() -> None:
    world = World(watchdog=None)
    assert not any(world.tick(30) for _ in range(10))


def test_the_line_says_how_feeds_and_queue_stand() -> None:
    health = {"a": Health.OK, "b": Health.FAILING, "c": Health.NEW, "d": Health.QUIET}
    at = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
    assert words(health, 3, 1, at) == (
        "4 feeds: 2 ok, 1 not ok, 1 not read yet; 3 items and 1 message wait; last alert 2026-01-31 12:00 UTC"
    )
    assert words({}, 0, 0, None) == "0 feeds: 0 ok; 0 items and 0 messages wait; no alert yet"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    database = Database.open(None, tmp_path)
    yield database
    database.close()


def test_the_line_is_sent_when_it_changes(store: Database) -> None:
    now = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
    settings = Settings.model_validate({"feeds": [{"id": "a", "url": "https://a.example/"}]})
    listener = Listener()
    supervision = Supervision(listener)
    with store.begin() as connection:
        feeds.enrol(connection, {"a": ("https://a.example/", now), "gone": ("https://b.example/", now)})
        supervision.tell(connection, settings)
        supervision.tell(connection, settings)
        feeds.update(connection, "a", health="ok")
        supervision.tell(connection, settings)
        assert read(connection, settings).startswith("1 feed: 1 ok;")
    assert [line.split(";")[0] for line in listener.told] == [
        "STATUS=1 feed: 0 ok, 1 not read yet",
        "STATUS=1 feed: 1 ok",
    ]


async def test_ready_comes_after_the_store_the_model_and_the_first_tick() -> None:
    order: list[str] = []

    class Told(Listener):
        def _send(self, *lines: str) -> None:
            order.extend(lines)

    engine: Any = SimpleNamespace(
        restore=lambda: order.append("store"),
        try_model=lambda: order.append("model"),
        start_due_polls=lambda: order.append("tick"),
        poller=SimpleNamespace(), articles=SimpleNamespace(), progress=Progress(), stopping=False,
        settings=Settings(), clock=lambda: datetime.now(UTC), close=_nothing, deliver=_nothing, think=_nothing,
        digest=lambda: None, tell_operators=lambda: None, outbox=SimpleNamespace(unwritten=None),
        watch=StoreWatch(), care=SimpleNamespace(when_due=_nothing),
        pipeline=SimpleNamespace(classifier=SimpleNamespace(name="m")),
        database=Database.throwaway(),
    )  # fmt: skip
    daemon = Daemon(engine, notifier=Told())
    await asyncio.wait_for(daemon.start(), 10)
    await daemon.stop()
    told = [what for what in order if not what.startswith("STATUS")]
    assert told[:3] == ["store", "model", "tick"]
    assert told.index("READY=1") > told.index("tick")
    assert told[-1] == "STOPPING=1"


async def test_a_tick_that_fails_feeds_the_watchdog_all_the_same() -> None:
    """A restart does not mend a full disk."""
    listener = Listener()

    def broken() -> None:
        raise OSError("disk full")

    engine: Any = SimpleNamespace(start_due_polls=broken, progress=Progress(), settings=Settings(), watch=StoreWatch())
    with pytest.raises(OSError, match="disk full"):
        await Daemon(engine, notifier=listener)._tick()
    assert listener.told == ["WATCHDOG=1"]


async def _nothing(*_: timedelta) -> None:
    return None
