"""The store cannot be written while feeds are polled: polling pauses and says why, nothing is lost or half-written, and
it goes on by itself. A small disk where one may be mounted, and real locks."""

import os
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs
from world import World

from brinkwatch.cli.status import read
from brinkwatch.config.settings import Operators, Store
from brinkwatch.signals.classifier import Classifier, Embedder
from brinkwatch.store.database import UNAVAILABLE

BUILDUP = "Two brigades of tanks moved to the border"
MINUTE = timedelta(minutes=1)
Trouble = Callable[[World], Callable[[], None]]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of eight megabytes; skips where it may not be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small disk")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=False)


@pytest.fixture
async def small(disk: Path, keywords: Classifier, embedder: Embedder) -> AsyncIterator[World]:
    """A daemon on the small disk that polls down to the last byte."""
    async with World(disk, keywords, embedder, store=Store(min_free=0)) as made:

        def checkout(connection: sqlite3.Connection, *_: object) -> None:
            connection.execute("PRAGMA busy_timeout=50")  # else the test waits as long as the daemon would

        sa.event.listen(made.running.database.engine, "checkout", checkout)
        yield made


async def minutes(world: World, number: int) -> None:
    """What the daemon does, minute by minute: each stage by itself, whatever becomes of the others."""
    for _ in range(number):
        world.now += MINUTE
        try:
            await world.running.cycle()
        except UNAVAILABLE as error:
            world.running.watch.failed("cycle", error)
        else:
            world.running.watch.worked("cycle")


def fill(folder: Path, leave: int = 0) -> Callable[[], None]:
    """Fill a disk; what is returned makes room again."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):  # no space is left
        while os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize > leave:
            file.write(b"x" * 4096)
    return filler.unlink


def full(world: World) -> Callable[[], None]:
    return fill(world.folder)


def locked(world: World) -> Callable[[], None]:
    other = sqlite3.connect(world.folder / "brinkwatch.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return other.close


def read_only(world: World) -> Callable[[], None]:
    def remount(how: str) -> None:
        world.running.database.engine.dispose()
        subprocess.run(["mount", "-o", f"remount,{how}", str(world.folder)], check=True)

    remount("ro")
    return lambda: remount("rw")


@pytest.mark.parametrize(
    ("begin", "said"),
    [(full, "the disk is full"), (locked, "locked by another program"), (read_only, "read-only|permissions")],
    ids=["full", "locked", "read-only"],
)
async def test_nothing_is_lost_doubled_or_half_written_and_it_goes_on_by_itself(
    small: World, begin: Trouble, said: str
) -> None:
    await small.seed()
    small.serve("wire", small.item(1, BUILDUP))
    with capture_logs() as logs:
        end = begin(small)
        await minutes(small, 30)
        trouble = small.running.watch.trouble
        assert trouble is not None
        assert any(word in trouble for word in said.split("|"))
        assert small.seen == []
        visits = small.server.visits.total()
        end()
        await minutes(small, 30)
    assert small.running.watch.trouble is None
    assert small.server.visits.total() > visits
    assert [message.replies for message in small.seen] == [[]]
    assert read(small.running.database).balanced
    told = [line["event"] for line in logs if line["event"].startswith("the store is")]
    assert told == ["the store is in trouble", "the store is in order again"]


async def test_polling_pauses_before_the_disk_is_full(disk: Path, keywords: Classifier, embedder: Embedder) -> None:
    async with World(disk, keywords, embedder, store=Store(min_free=2_000_000)) as world:
        await world.seed()
        world.serve("wire", world.item(1, BUILDUP))
        make_room = fill(disk, leave=1_500_000)
        visits = world.server.visits.total()
        await minutes(world, 30)
        assert world.server.visits.total() == visits
        assert world.running.watch.trouble is not None
        assert "store.min_free" in world.running.watch.trouble
        make_room()
        await minutes(world, 30)
        assert world.running.watch.trouble is None
        assert len(world.seen) == 1


async def test_what_waits_to_be_sent_goes_out_while_polling_pauses(
    disk: Path, keywords: Classifier, embedder: Embedder
) -> None:
    async with World(disk, keywords, embedder, store=Store(min_free=2_000_000)) as world:
        await world.seed()
        world.serve("wire", world.item(1, BUILDUP))
        while ("none", "waiting") not in world.reasons():
            await minutes(world, 1)
        fill(disk, leave=1_500_000)
        await minutes(world, 3)
        assert world.running.watch.trouble is not None
        assert len(world.seen) == 1


@asynccontextmanager
async def operated(disk: Path, keywords: Classifier, embedder: Embedder, min_free: int) -> AsyncIterator[World]:
    """A daemon with an operators' channel, that has read its feeds once."""
    about = {"store": Store(min_free=min_free), "operators": Operators(channel="#ops")}
    async with World(disk, keywords, embedder, channels=("alerts", "ops"), **about) as world:
        await world.seed()
        yield world


def told(world: World) -> list[str]:
    """What the operators' channel got, but for the daily line."""
    return [seen.text for seen in world.slack.people_see("ops") if not seen.text.startswith("Brinkwatch is running")]


async def test_operators_hear_of_a_disk_that_runs_short_while_it_does_and_of_its_end_also_over_a_restart(
    disk: Path, keywords: Classifier, embedder: Embedder
) -> None:
    async with operated(disk, keywords, embedder, min_free=2_000_000) as world:
        make_room = fill(disk, leave=1_500_000)
        await minutes(world, 2)
        assert told(world) == []  # it may pass by itself
        await minutes(world, 30)
        (begun,) = told(world)
        assert "runs short" in begun
        await world.halt()
        world.boot()
        await minutes(world, 30)
        assert told(world) == [begun]
        make_room()
        await minutes(world, 30)
        (_, over) = told(world)
        assert "in order again" in over


async def test_operators_hear_of_a_store_that_could_not_be_written_once_it_works_again(
    disk: Path, keywords: Classifier, embedder: Embedder
) -> None:
    async with operated(disk, keywords, embedder, min_free=0) as world:
        world.serve("wire", world.item(1, BUILDUP))
        with capture_logs() as logs:
            make_room = fill(disk)
            await minutes(world, 30)
            assert told(world) == []
            assert [line["reason"] for line in logs if line["event"] == "the store is in trouble"] == [
                "the disk is full"
            ]
            make_room()
            await minutes(world, 30)
        (line,) = told(world)
        assert "the disk is full" in line


async def test_trouble_that_passes_at_once_is_told_to_nobody(
    disk: Path, keywords: Classifier, embedder: Embedder
) -> None:
    async with operated(disk, keywords, embedder, min_free=2_000_000) as world:
        make_room = fill(disk, leave=1_500_000)
        await minutes(world, 1)
        assert world.running.watch.trouble is not None
        make_room()
        await minutes(world, 10)
        assert told(world) == []
