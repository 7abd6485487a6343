"""Opens the store for the daemon: alone on it, looked over, a damaged file set aside, a backup before an upgrade."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from brinkwatch.store import backups
from brinkwatch.store.database import Database, StoreError, refuse_newer
from brinkwatch.store.postgres_tools import dump
from brinkwatch.store.restored import settle_restored
from brinkwatch.store.sqlite_file import BadFile, check, copy, move, revision, stamp
from brinkwatch.store.trouble import words

WHOLE = 64 * 10**6
"""Bytes of a file that a start looks at whole; of a larger one, at the tables it needs to begin with. The rest is seen
once a week, and by the next start after SQLite met damage."""
FIRST = ("alembic_version", "feeds", "hosts", "stories", "told", "threads", "digests", "care")
SUSPECT = ".suspect"
DUMP = ".dump"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SetAside:
    """A damaged database was put away. `backup` None: there was no good one, and the store begins anew."""

    reason: str
    aside: Path
    backup: Path | None


def open_for_daemon(
    url: str | None, state_dir: Path, clock: Callable[[], datetime], step: Callable[[], None] = lambda: None
) -> tuple[Database, SetAside | None]:
    """The store as its only daemon, and what was set aside to get there. Raises StoreError.

    `step` is called again and again while a large file is looked over or copied, which may take many minutes.
    """

    def go_on() -> bool:
        step()
        return False

    database = Database.connect(url, state_dir)
    database.claim()
    try:
        aside = None
        if database.path is not None:
            aside = _sound(database.path, clock(), go_on)
            database.migrate(before=partial(_backup_first, database.path, clock(), go_on))
            if aside is not None and aside.backup is not None:
                with database.begin() as connection:
                    settle_restored(connection, clock())
        else:
            database.migrate(before=partial(_dump_first, database, state_dir, clock()))
    except BaseException:
        database.close()
        raise
    return database, aside


def suspect(path: Path) -> None:
    """Have all of a database looked at by the next start, however long that takes."""
    mark = path.with_name(path.name + SUSPECT)
    try:
        mark.touch()
    except OSError as error:
        log.warning("the next start is not told to look for damage", error=error.strerror)


def _sound(path: Path, now: datetime, go_on: Callable[[], bool]) -> SetAside | None:
    """Look a database over, and put a damaged one out of the way, with the newest good backup in its place."""
    mark = path.with_name(path.name + SUSPECT)
    thorough = mark.exists()
    if thorough:
        log.warning("SQLite met damage in the last run: all of the database is looked at now", path=str(path))
    try:
        whole = thorough or path.stat().st_size <= WHOLE
        check(path, tables=() if whole else FIRST, full=thorough, stopped=go_on)
        mark.unlink(missing_ok=True)
        return None
    except BadFile as error:
        reason = str(error)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"the database cannot be opened: {words(error)}") from None
    aside = path.with_name(f"{path.name}.corrupt-{stamp(now)}")
    try:
        backup = backups.newest_good(path)
        move(path, aside)
        if backup is not None:
            copy(backup, path)
        else:
            path.touch(mode=0o640)
        mark.unlink(missing_ok=True)
    except (sqlite3.Error, BadFile, OSError) as error:
        raise StoreError(
            f"the database is damaged ({reason}) and nothing could be put in its place: {error}. Is the disk full?"
        ) from None
    log.critical(
        "the database is damaged and was set aside", reason=reason, aside=str(aside),
        now_in_use=str(backup) if backup else "an empty database",
    )  # fmt: skip
    return SetAside(reason, aside, backup)


def _backup_first(path: Path, now: datetime, go_on: Callable[[], bool], current: str, head: str) -> None:
    try:
        made = backups.make(path, backups.BEFORE, now, keep=backups.BEFORE_KEPT, revision=head, stopped=go_on)
    except (BadFile, sqlite3.Error, OSError) as error:
        raise StoreError(
            f"the database is to be upgraded from revision {current} to {head}, but no backup of it can be made first: "
            f"{error}"
        ) from None
    log.info("backup before the upgrade", backup=str(made), revision=current)


def _dump_first(database: Database, state_dir: Path, now: datetime, current: str, head: str) -> None:
    """A server's upgrade is one transaction, and its backups are the server's own matter: without ours it goes on."""
    folder = state_dir / "backups"
    target = folder / backups.name_of(backups.BEFORE, now, head, DUMP)
    try:
        folder.mkdir(parents=True, mode=0o750, exist_ok=True)
        dump(database, target)
        names = (found.name for found in folder.iterdir())
        for name in backups.surplus(names, backups.BEFORE, backups.BEFORE_KEPT, DUMP):
            (folder / name).unlink(missing_ok=True)
    except (StoreError, OSError) as error:
        log.warning("no backup is made before the upgrade", reason=str(error), revision=current, to=head)
        return
    log.info("backup before the upgrade", backup=str(target), revision=current)


def restore(source: Path, path: Path, now: datetime) -> Path | None:
    """Put a backup in the place of a store that no daemon uses; returns where the former one is, if there was one.

    All that can fail is done on a copy first: checking, upgrading, settling. Raises StoreError.
    """
    if not source.is_file():
        raise StoreError(f"{source} is no file")
    copied = path.with_name(f"{path.name}.restoring")
    former = path.with_name(f"{path.name}.replaced-{stamp(now)}")
    try:
        check(source, full=True)
        found = revision(source)
        if found is None:
            raise StoreError(f"{source} is a database, but none of Brinkwatch")
        refuse_newer(found)
        copy(source, copied)
        database = Database.connect(f"sqlite:///{copied}", path.parent)
        try:
            database.migrate()
            with database.begin() as connection:
                settle_restored(connection, now)
        finally:
            database.close()
        had_one = path.exists() and path.stat().st_size > 0
        if had_one:
            move(path, former)
        move(copied, path)
    except BadFile as error:
        raise StoreError(f"{source} is not sound: {error}") from None
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"{source} cannot be restored: {error}") from None
    return former if had_one else None
