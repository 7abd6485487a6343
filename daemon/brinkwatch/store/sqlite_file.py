"""A SQLite file as a file: checked, copied while it is written, set aside. Knows nothing of what is in the tables."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from brinkwatch.store.trouble import DAMAGED, code

COMPANIONS = ("", "-wal", "-shm")
STEPS = 20_000
"""Of SQLite's virtual machine between two looks at the clock: a few milliseconds."""


class BadFile(Exception):  # noqa: N818 - it names what the file is
    """The file is no sound database; the text says why."""


class Stopped(Exception):  # noqa: N818 - it says what happened
    """Whoever asked for the work does not want it any more."""


def never() -> bool:
    """Work that is done to its end."""
    return False


PAGES = 2_000
"""Copied between two looks whether to go on. The moment that is copied stays the same: a transaction holds it."""


def stamp(now: datetime) -> str:
    """A moment as part of a file name, which sorts by time."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def check(path: Path, *, tables: Sequence[str] = (), full: bool = False, stopped: Callable[[], bool] = never) -> bool:
    """Look for damage; False: `stopped` said so before all was seen.

    Without `tables` all of the file is read. `full` compares the indexes with their tables as well, which takes much
    longer. Before version 3.41 SQLite asks `stopped` only between tables. Raises BadFile, and sqlite3.Error where it
    cannot be looked at.
    """
    kind = "integrity" if full else "quick"
    try:
        with closing(_open(path)) as connection:
            connection.set_progress_handler(stopped, STEPS)
            there = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
            asked = [f"PRAGMA {kind}_check({name})" for name in tables if name in there]
            found = [
                row for pragma in asked or [f"PRAGMA {kind}_check(5)"] for row in connection.execute(pragma).fetchall()
            ]
    except sqlite3.OperationalError as error:
        if code(error) == sqlite3.SQLITE_INTERRUPT:
            return False
        raise
    except sqlite3.DatabaseError as error:
        if code(error) in DAMAGED:
            raise BadFile(str(error)) from None
        raise
    problems = [str(row[0]) for row in found if row[0] != "ok"]
    if problems:
        raise BadFile(" ".join(problems[0].split())[:300])
    return True


def revision(path: Path) -> str | None:
    """The schema's revision; None: it has none. Raises BadFile for what is no database."""
    try:
        with closing(_open(path)) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        return None
    except sqlite3.DatabaseError as error:
        raise BadFile(str(error)) from None
    return str(row[0]) if row else None


def counts(connection: sqlite3.Connection) -> dict[str, int]:
    """How many rows each table has."""
    names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 - a name of the schema
        for (name,) in names.fetchall()
    }


def copy(source: Path, target: Path, *, full: bool = True, stopped: Callable[[], bool] = never) -> dict[str, int]:
    """Copy a database that may be written meanwhile, as it is at one moment; returns how many rows each table has.

    The copy appears under its name only once it is whole, sound and on the disk. `full` is that of `check`. Raises
    BadFile where the copy is not sound, Stopped, OSError and sqlite3.Error.
    """

    def go_on(*_: int) -> None:
        if stopped():
            raise Stopped

    part = target.with_name(f"{target.name}.part")
    for companion in COMPANIONS:  # of an attempt that was killed
        part.with_name(part.name + companion).unlink(missing_ok=True)
    try:
        with closing(_open(source)) as old, closing(sqlite3.connect(part, isolation_level=None)) as new:
            # The open transaction holds the moment; in WAL mode no writer waits for it.
            old.execute("BEGIN")
            were = counts(old)
            old.backup(new, pages=PAGES, progress=go_on)
            new.execute("PRAGMA journal_mode=DELETE")  # one file, whole without companions
        if not check(part, full=full, stopped=stopped):
            raise Stopped
        with closing(_open(part)) as new:
            are = counts(new)
        if were != are:
            raise BadFile("the copy does not hold the same number of rows")
        shutil.copymode(source, part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
        sync(target.parent)
    finally:
        for companion in COMPANIONS:
            part.with_name(part.name + companion).unlink(missing_ok=True)
    return were


def move(path: Path, to: Path) -> None:
    """Move a database that nobody has open, with what SQLite keeps beside it."""
    for companion in reversed(COMPANIONS):  # the file last: until then all of it is found under the old name
        beside = path.with_name(path.name + companion)
        if beside.exists():
            beside.replace(to.with_name(to.name + companion))
    sync(path.parent)


def sync(folder: Path) -> None:
    """Make a change of names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _open(path: Path) -> sqlite3.Connection:
    """Open a file that is there; SQLite would make one. The path may hold characters that mean something in a URI."""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=30)
    connection.execute("PRAGMA query_only=ON")
    return connection
