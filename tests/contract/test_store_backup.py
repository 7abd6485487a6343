"""Backups: made while the store is written, sound, and brought back without telling anybody anything twice."""

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from brinkwatch.items.item import ItemIntent, ItemRow
from brinkwatch.outcomes import Outcome
from brinkwatch.store import backups, feeds, items, ledger, outbox
from brinkwatch.store.backups import surplus
from brinkwatch.store.database import Database, StoreError
from brinkwatch.store.opening import open_for_daemon
from brinkwatch.store.saving import bring_back, save
from brinkwatch.store.sqlite_file import BadFile, Stopped, check, copy
from fakes import postgres
from fakes.cards import put

NOW = datetime(2026, 6, 1, 3, 20, tzinfo=UTC)


def fill(database: Database, first: int, number: int) -> None:
    """In one transaction: items, and their number in the ledger."""
    intents = [
        ItemIntent(Outcome.SEEDED, ItemRow(f"guid:{n}", None, None, f"Title {n}", "x" * 500, NOW, 1))
        for n in range(first, first + number)
    ]
    with database.begin() as connection:
        items.write(connection, "feed", intents, NOW)
        ledger.count(connection, "feed", {Outcome.SEEDED: number}, NOW)


@contextmanager
def written_meanwhile(database: Database) -> Iterator[None]:
    """A thread that keeps writing, as the daemon does."""
    over = threading.Event()

    def write() -> None:
        first = 1_000_000
        while not over.is_set():
            fill(database, first, 3)
            first += 3

    thread = threading.Thread(target=write)
    thread.start()
    yield
    over.set()
    thread.join()


def balance(path: Path) -> tuple[int, int]:
    """Items there are, and items that the ledger says there are: what was written in one transaction."""
    with closing(sqlite3.connect(path)) as connection:
        there = connection.execute("select count(*) from items").fetchone()[0]
        return there, connection.execute("select sum(count) from ledger").fetchone()[0]


def test_a_backup_made_while_the_store_is_written_is_one_moment_of_it(tmp_path: Path) -> None:
    database = Database.open(None, tmp_path)
    fill(database, 0, 4_000)
    target = tmp_path / "elsewhere" / "saved.db"
    with written_meanwhile(database):
        rows = save(database, target)
    database.close()
    there, counted = balance(target)
    assert there == counted >= 4_000
    assert rows is not None
    assert rows > there
    assert check(target, full=True)
    assert sorted(path.name for path in target.parent.iterdir()) == ["saved.db"]  # one file, nothing half-made


def test_a_file_that_is_there_is_not_overwritten_without_force(tmp_path: Path) -> None:
    database = Database.open(None, tmp_path)
    target = tmp_path / "precious"
    target.write_text("precious")
    with pytest.raises(StoreError, match="--force"):
        save(database, target)
    assert target.read_text() == "precious"
    save(database, target, force=True)
    assert check(target)
    with pytest.raises(StoreError, match="the store itself"):
        save(database, tmp_path / "brinkwatch.db", force=True)


def test_a_backup_that_is_broken_off_leaves_nothing(tmp_path: Path) -> None:
    database = Database.open(None, tmp_path)
    fill(database, 0, 30_000)
    assert database.path is not None
    with pytest.raises(Stopped):
        copy(database.path, tmp_path / "saved.db", stopped=lambda: True)
    assert not list(tmp_path.glob("saved*"))


def test_a_backup_where_nothing_can_be_written_says_so(tmp_path: Path) -> None:
    database = Database.open(None, tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="no backup was made"):
        save(database, tmp_path / "file" / "saved.db")


def test_what_is_brought_back_is_what_was_saved_and_the_former_store_is_kept(tmp_path: Path) -> None:
    database = Database.open(None, tmp_path)
    fill(database, 0, 10)
    save(database, tmp_path / "saved.db")
    fill(database, 10, 5)
    database.close()
    other = Database.connect(None, tmp_path)
    other.claim()
    former = bring_back(other, tmp_path / "saved.db", NOW)
    other.close()
    assert former is not None
    assert balance(tmp_path / "brinkwatch.db") == (10, 10)
    assert balance(former) == (15, 15)


def test_restoring_where_there_is_no_store_yet_makes_one(tmp_path: Path) -> None:
    database = Database.open(None, tmp_path / "one")
    fill(database, 0, 10)
    save(database, tmp_path / "saved.db")
    other = Database.connect(None, tmp_path / "two")
    other.claim()
    assert bring_back(other, tmp_path / "saved.db", NOW) is None
    other.close()
    assert balance(tmp_path / "two" / "brinkwatch.db") == (10, 10)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda path: path.write_bytes(b"no database" * 1000), "is not sound"),
        (lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]), "is not sound"),
        (lambda path: path.write_bytes(b""), "none of Brinkwatch"),
        (lambda path: path.unlink(), "is no file"),
        (lambda path: _sql(path, "drop table alembic_version"), "none of Brinkwatch"),
        (lambda path: _sql(path, "update alembic_version set version_num = '9999'"), "newer Brinkwatch"),
    ],
    ids=["other file", "half a file", "empty", "missing", "other database", "newer"],
)
def test_what_cannot_be_restored_is_refused_and_the_store_stays(tmp_path: Path, spoil, why: str) -> None:  # type: ignore[no-untyped-def]
    database = Database.open(None, tmp_path)
    fill(database, 0, 300)
    save(database, tmp_path / "saved.db")
    database.close()
    spoil(tmp_path / "saved.db")
    with pytest.raises(StoreError, match=why):
        bring_back(Database.connect(None, tmp_path), tmp_path / "saved.db", NOW)
    assert balance(tmp_path / "brinkwatch.db") == (300, 300)
    assert not list(tmp_path.glob("*replaced*"))
    assert not list(tmp_path.glob("*restoring*"))


def _sql(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()


def older(folder: Path) -> Path:
    """A store as version 0.1 made it, with some rows."""
    from alembic import command

    from brinkwatch.store.database import _alembic

    path = folder / "brinkwatch.db"
    folder.mkdir(exist_ok=True)
    engine = sa.create_engine(f"sqlite:///{path}")
    config = _alembic()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        connection.exec_driver_sql("insert into ledger values ('feed', '2026-01-01', 'seeded', 7)")
    engine.dispose()
    return path


def test_an_older_backup_is_upgraded_as_it_comes_back(tmp_path: Path) -> None:
    source = older(tmp_path / "old")
    database = Database.connect(None, tmp_path / "new")
    bring_back(database, source, NOW)
    database.close()
    again = Database.open(None, tmp_path / "new")
    again.expect_current()
    with again.read() as connection:
        assert ledger.totals(connection) == {Outcome.SEEDED: 7}


def test_an_upgrade_makes_a_backup_first_and_keeps_the_last_three(tmp_path: Path) -> None:
    path = older(tmp_path)
    folder = backups.folder_of(path)
    folder.mkdir()
    for day in range(1, 5):
        (folder / f"before-0002-202601{day:02}T000000Z.db").touch()
    database, aside = open_for_daemon(None, tmp_path, lambda: NOW)
    database.close()
    assert aside is None
    kept = sorted(found.name for found in folder.iterdir())
    assert kept[:2] == ["before-0002-20260103T000000Z.db", "before-0002-20260104T000000Z.db"]
    assert len(kept) == 3
    with closing(sqlite3.connect(folder / kept[2])) as connection:
        assert connection.execute("select version_num from alembic_version").fetchone() == ("0002",)


def test_a_long_start_says_again_and_again_that_it_goes_on(tmp_path: Path) -> None:
    older(tmp_path)
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1

    open_for_daemon(None, tmp_path, lambda: NOW, step)[0].close()
    assert steps > 0


def test_a_store_that_needs_no_upgrade_and_a_new_one_get_no_backup(tmp_path: Path) -> None:
    for _ in range(2):
        database, _aside = open_for_daemon(None, tmp_path, lambda: NOW)
        database.close()
    assert not backups.folder_of(tmp_path / "brinkwatch.db").exists()


def test_an_upgrade_without_a_backup_is_refused(tmp_path: Path) -> None:
    path = older(tmp_path)
    backups.folder_of(path).write_text("in the way")
    with pytest.raises(StoreError, match="no backup of it can be made"):
        open_for_daemon(None, tmp_path, lambda: NOW)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("select version_num from alembic_version").fetchone() == ("0002",)


def test_an_upgrade_that_fails_halfway_leaves_the_store_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = older(tmp_path)
    from alembic import op

    made = []

    def fail(*args: object, **kwargs: object) -> None:
        made.append(args)
        raise sa.exc.OperationalError("create index", {}, sqlite3.OperationalError("disk full"))

    monkeypatch.setattr(op, "create_index", fail)
    with pytest.raises(StoreError, match="disk full"):
        open_for_daemon(None, tmp_path, lambda: NOW)
    assert made
    monkeypatch.undo()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("select count(*) from sqlite_schema where name = 'tombstones'").fetchone() == (0,)
    database, _ = open_for_daemon(None, tmp_path, lambda: NOW)
    database.close()


def test_looking_in_changes_no_schema(tmp_path: Path) -> None:
    older(tmp_path)
    with pytest.raises(StoreError, match="brinkwatch run"):
        Database.connect(None, tmp_path).expect_current()


def test_after_a_restore_feeds_seed_and_what_was_to_be_sent_is_looked_for_first(tmp_path: Path) -> None:
    database = Database.open(None, tmp_path)
    with database.begin() as connection:
        feeds.enrol(connection, {"a": ("https://one.example/", NOW)})
        feeds.update(connection, "a", seeded_at=NOW, etag='"1"')
    put(database, "unsent")
    save(database, tmp_path / "saved.db")
    database.close()
    bring_back(Database.connect(None, tmp_path), tmp_path / "saved.db", NOW)
    again = Database.open(None, tmp_path)
    with again.read() as connection:
        state = feeds.get(connection, "a")
        (row,) = outbox.unsettled(connection)
    assert state is not None
    assert (state.seeded_at, state.etag) == (None, None)
    assert row.state == "ambiguous"


NAMES = st.lists(
    st.builds(
        "{}-{}.db".format,
        st.sampled_from(["daily", "manual", "before-0007"]),
        st.datetimes().filter(lambda at: at.year > 1000).map(lambda at: f"{at:%Y%m%dT%H%M%SZ}"),
    ),
    unique=True,
)


@given(NAMES, st.integers(0, 5))
def test_the_newest_of_a_kind_are_kept_and_others_are_left_alone(names: list[str], keep: int) -> None:
    gone = set(surplus(names, "daily", keep))
    daily = sorted(name for name in names if name.startswith("daily"))
    assert gone == set(daily[: max(len(daily) - keep, 0)])


def run(*arguments: str, config: Path, path: str | None = None) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **({"PATH": path} if path is not None else {})}
    command = [sys.executable, "-m", "brinkwatch", *arguments, "--config", str(config)]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=120)


def test_the_commands_save_and_bring_back_and_refuse_beside_a_daemon(tmp_path: Path) -> None:
    config = tmp_path / "brinkwatch.yaml"
    config.write_text(f"state_dir: {tmp_path}/state\n")
    nothing = run("backup", config=config)
    assert (nothing.returncode, "no state yet" in nothing.stderr) == (1, True)
    database = Database.open(None, tmp_path / "state")
    fill(database, 0, 10)
    database.claim()
    made = run("backup", config=config)
    assert made.returncode == 0, made.stderr
    assert "checked" in made.stdout
    (backup,) = (tmp_path / "state" / "backups").iterdir()
    refused = run("restore", str(backup), config=config)
    assert (refused.returncode, "another daemon" in refused.stderr) == (2, True)
    fill(database, 10, 10)
    database.close()
    done = run("restore", str(backup), config=config)
    assert done.returncode == 0, done.stderr
    assert "kept as" in done.stdout
    assert balance(tmp_path / "state" / "brinkwatch.db") == (10, 10)


def test_a_daemon_of_an_older_version_refuses_a_newer_store_with_the_reason(tmp_path: Path) -> None:
    config = tmp_path / "brinkwatch.yaml"
    config.write_text(f"state_dir: {tmp_path}/state\n")
    Database.open(None, tmp_path / "state").close()
    _sql(tmp_path / "state" / "brinkwatch.db", "update alembic_version set version_num = '9999'")
    refused = run("run", config=config)
    assert refused.returncode == 2
    assert "newer Brinkwatch" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not list((tmp_path / "state").glob("*corrupt*"))


@pytest.mark.postgres
def test_postgresql_goes_by_its_own_tools(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = postgres.binaries()
    assert tools is not None
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    database = Database.open(postgres_url, tmp_path)
    fill(database, 0, 10)
    put(database, "unsent")
    target = tmp_path / "saved.dump"
    assert save(database, target) is None
    fill(database, 10, 10)
    bring_back(database, target, NOW)
    with database.read() as connection:
        assert ledger.totals(connection) == {Outcome.SEEDED: 10}
        assert [row.state for row in outbox.unsettled(connection)] == ["ambiguous"]
    with database.begin() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '9999'"))
    save(database, tmp_path / "newer.dump")
    with pytest.raises(StoreError, match="newer Brinkwatch"):
        bring_back(database, tmp_path / "newer.dump", NOW)
    (tmp_path / "other").write_text("no archive")
    with pytest.raises(StoreError, match="pg_restore failed"):
        bring_back(database, tmp_path / "other", NOW)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError, match="pg_dump is not installed"):
        save(database, tmp_path / "third.dump")
    database.close()


@pytest.mark.postgres
def test_an_upgrade_of_postgresql_makes_a_dump_first_or_says_that_there_is_none(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = postgres.binaries()
    assert tools is not None
    asked: list[str] = []

    def migrate(database: Database, before: Callable[[str, str], None]) -> None:
        asked.append("migrate")
        before("0001", "0002")

    Database.open(postgres_url, tmp_path).close()
    monkeypatch.setattr(Database, "migrate", migrate)
    path = os.environ["PATH"]
    for day, there in enumerate((f"{tools}:{path}",) * 4 + (str(tmp_path),)):
        monkeypatch.setenv("PATH", there)
        with capture_logs() as logs:
            database, aside = open_for_daemon(postgres_url, tmp_path, lambda day=day: NOW + timedelta(days=day))
        database.close()
        assert aside is None
        (line,) = logs
        assert ("pg_dump is not installed" in line.get("reason", "")) is (there == str(tmp_path))
    made = sorted(found.name for found in (tmp_path / "backups").iterdir())
    assert len(made) == backups.BEFORE_KEPT
    assert made[-1] == backups.name_of(backups.BEFORE, NOW + timedelta(days=3), "0002", ".dump")
    assert (tmp_path / "backups" / made[0]).read_bytes().startswith(b"PGDMP")
    assert len(asked) == 5


def test_a_check_that_is_broken_off_says_so(tmp_path: Path) -> None:
    database = Database.open(None, tmp_path)
    fill(database, 0, 20_000)
    assert database.path is not None
    assert not check(database.path, full=True, stopped=lambda: True)
    assert check(database.path)


def test_a_look_at_some_tables_leaves_the_others_alone(tmp_path: Path) -> None:
    database = Database.open(None, tmp_path)
    fill(database, 0, 2_000)
    database.close()
    path = tmp_path / "brinkwatch.db"
    with closing(sqlite3.connect(path)) as connection:
        root = connection.execute("select rootpage from sqlite_schema where name = 'items'").fetchone()[0]
    content = bytearray(path.read_bytes())
    content[(root - 1) * 4096 : root * 4096] = b"\xff" * 4096
    path.write_bytes(content)
    assert check(path, tables=("feeds", "stories", "no_such_table"))
    with pytest.raises(BadFile):
        check(path, tables=("feeds", "items"))


def test_damage_is_found(tmp_path: Path) -> None:
    database = Database.open(None, tmp_path)
    fill(database, 0, 2_000)
    database.close()
    path = tmp_path / "brinkwatch.db"
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 20_000] = b"\xff" * 20_000
    path.write_bytes(content)
    with pytest.raises(BadFile):
        check(path)
