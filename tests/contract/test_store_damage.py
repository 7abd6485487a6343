"""A damaged database is set aside, and the daemon goes on: on a backup, else anew. Real files with real damage."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from brinkwatch.items.item import ItemIntent, ItemRow
from brinkwatch.outcomes import Outcome
from brinkwatch.signals.catalogue import SIGNALS
from brinkwatch.store import backups, feeds, items
from brinkwatch.store.database import UNAVAILABLE, Damaged, Database, StoreError
from brinkwatch.store.opening import SUSPECT, open_for_daemon, suspect
from brinkwatch.store.sqlite_file import BadFile, check

NOW = datetime(2026, 6, 1, 3, 20, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def filled(folder: Path, number: int = 2_000) -> Path:
    """A store with so many items and one feed that has been read."""
    database = Database.open(None, folder)
    rows = [ItemRow(f"guid:{n}", None, None, f"Title {n}", "x" * 500, NOW, 1) for n in range(number)]
    with database.begin() as connection:
        items.write(connection, "feed", [ItemIntent(Outcome.SEEDED, row) for row in rows], NOW)
        feeds.enrol(connection, {"feed": ("https://one.example/", NOW)})
        feeds.update(connection, "feed", seeded_at=NOW)
    database.close()
    assert database.path is not None
    return database.path


def scribble(path: Path, share: float, length: int = 20_000) -> None:
    content = bytearray(path.read_bytes())
    start = int(len(content) * share)
    content[start : start + length] = b"\xff" * min(length, len(content) - start)
    path.write_bytes(content)


DAMAGE: dict[str, Callable[[Path], None]] = {
    "the header": lambda path: scribble(path, 0, 4_096),
    "the middle": lambda path: scribble(path, 0.5),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "another file": lambda path: path.write_bytes(b"this is no database at all" * 500),
}


def item_count(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(sa.text("select count(*) from items")).scalar_one())


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_without_a_backup_the_store_begins_anew_and_the_damaged_one_is_kept(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    path = filled(tmp_path)
    damage(path)
    spoilt = path.read_bytes()
    database, aside = open_for_daemon(None, tmp_path, lambda: NOW)
    assert aside is not None
    assert (aside.backup, aside.aside.name) == (None, "brinkwatch.db.corrupt-20260601T032000Z")
    assert aside.aside.read_bytes() == spoilt
    assert item_count(database) == 0
    database.close()
    again, none = open_for_daemon(None, tmp_path, lambda: LATER)  # no loop
    assert none is None
    again.close()


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_the_newest_sound_backup_takes_its_place_and_its_feeds_seed(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    path = filled(tmp_path)
    good = backups.make(path, backups.DAILY, NOW - timedelta(days=2), keep=3)
    newer = backups.make(path, backups.DAILY, NOW - timedelta(days=1), keep=3)
    scribble(newer, 0.5)
    damage(path)
    database, aside = open_for_daemon(None, tmp_path, lambda: NOW)
    assert aside is not None
    assert aside.backup == good
    assert item_count(database) == 2_000
    with database.read() as connection:
        state = feeds.get(connection, "feed")
    assert state is not None
    assert state.seeded_at is None
    assert good.exists()
    database.close()


def test_the_companions_go_with_the_file(tmp_path: Path) -> None:
    path = filled(tmp_path)
    wal = path.with_name("brinkwatch.db-wal")
    wal.write_bytes(b"left by a crash")
    scribble(path, 0, 4_096)
    database, aside = open_for_daemon(None, tmp_path, lambda: NOW)
    database.close()
    assert aside is not None
    assert not wal.exists() or wal.read_bytes() != b"left by a crash"


def test_a_second_daemon_sets_nothing_aside(tmp_path: Path) -> None:
    path = filled(tmp_path)
    first, _ = open_for_daemon(None, tmp_path, lambda: NOW)
    scribble(path, 0, 4_096)
    with pytest.raises(StoreError, match="another daemon"):
        open_for_daemon(None, tmp_path, lambda: NOW)
    assert not list(tmp_path.glob("*corrupt*"))
    first.close()


def test_damage_met_while_working_is_the_stores_fault_and_the_next_start_looks_at_all(tmp_path: Path) -> None:
    path = filled(tmp_path)
    database, _ = open_for_daemon(None, tmp_path, lambda: NOW)
    scribble(path, 0.3, 200_000)
    with pytest.raises(Damaged) as met, database.read() as connection:
        connection.execute(sa.text("select sum(length(summary)) from items")).all()
    assert isinstance(met.value, UNAVAILABLE)
    database.close()
    suspect(path)
    again, aside = open_for_daemon(None, tmp_path, lambda: LATER)
    again.close()
    assert aside is not None
    assert not path.with_name(path.name + SUSPECT).exists()


def test_a_false_alarm_sets_nothing_aside(tmp_path: Path) -> None:
    path = filled(tmp_path)
    suspect(path)
    database, aside = open_for_daemon(None, tmp_path, lambda: NOW)
    assert aside is None
    assert item_count(database) == 2_000
    assert not path.with_name(path.name + SUSPECT).exists()
    database.close()


def _index_over(path: Path, column: str) -> None:
    """Have SQLite believe that the index of `first_seen` is one of another column."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma writable_schema=on")
        sql = f"CREATE INDEX ix_items_first_seen ON items ({column})"
        connection.execute("update sqlite_schema set sql = ? where name = 'ix_items_first_seen'", [sql])
        connection.commit()


def test_an_index_that_contradicts_its_table_is_found_by_the_look_at_all(tmp_path: Path) -> None:
    path = filled(tmp_path, 100)
    _index_over(path, "changed_at")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("update items set changed_at = 9 where id = 8")
        connection.commit()
    _index_over(path, "first_seen")
    assert check(path)  # what a start sees
    with pytest.raises(BadFile):
        check(path, full=True)
    suspect(path)
    database, aside = open_for_daemon(None, tmp_path, lambda: NOW)
    database.close()
    assert aside is not None


async def test_the_daemon_ends_on_damage_so_that_its_next_start_mends(tmp_path: Path) -> None:
    from brinkwatch.app import build_engine, present
    from brinkwatch.config.settings import Settings
    from brinkwatch.engine.daemon import Daemon

    path = filled(tmp_path)
    database, _ = open_for_daemon(None, tmp_path, present)
    engine = build_engine(Settings(), database, Nothing(), Nothing(), {})  # type: ignore[arg-type]
    daemon = Daemon(engine, tick_seconds=0.05)
    task = asyncio.create_task(daemon.run(asyncio.Event()))
    await asyncio.sleep(0)
    engine.watch.failed("think", Damaged("the database is damaged"))
    with pytest.raises(Damaged, match="next start"):
        await asyncio.wait_for(task, 20)
    assert path.with_name(path.name + SUSPECT).exists()


class Nothing:
    """Models that see nothing in any item."""

    name = "nothing"
    thresholds = dict.fromkeys(SIGNALS, 0.5)

    def assess(self, *asked: object) -> list[object]:
        del asked
        return []

    def embed(self, *asked: object) -> list[object]:
        del asked
        return []
