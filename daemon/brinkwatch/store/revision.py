"""Knows which revisions of the schema this version can use, and reads a SQLite file's own. Changes nothing."""

import os
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

from alembic.script import ScriptDirectory

from brinkwatch.store.fault import StoreError

MIGRATIONS = Path(__file__).parent / "migrations"


@cache
def head() -> str:
    """The newest revision."""
    return str(ScriptDirectory(str(MIGRATIONS)).get_current_head())


@cache
def known() -> frozenset[str]:
    """Every revision that can be brought to the newest."""
    return frozenset(revision.revision for revision in ScriptDirectory(str(MIGRATIONS)).walk_revisions())


def refuse_unknown(revision: str | None) -> None:
    """Raises StoreError for a store that a newer version wrote."""
    if revision is not None and revision not in known():
        raise StoreError(
            f"the database is at revision {revision}, which this version does not know: "
            "it was written by a newer Brinkwatch. Install that version, or restore a backup."
        )


def revision_of(path: Path) -> str | None:
    """The revision of a SQLite store, which a daemon may be using; None: there is none yet. Raises StoreError.

    Whoever reads leaves no file behind that the daemon's own user could not use.
    """
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        if "no such table" in str(error):
            return None
        raise StoreError(f"{path} cannot be read: {error}") from None
    finally:
        _give_back(path)
    return str(row[0]) if row else None


def _give_back(path: Path) -> None:
    """What SQLite keeps beside the store belongs to whoever owns the store."""
    if os.geteuid() != 0:
        return
    owner = path.stat()
    for suffix in ("-wal", "-shm"):
        beside = path.with_name(path.name + suffix)
        if beside.exists() and beside.stat().st_uid != owner.st_uid:
            os.chown(beside, owner.st_uid, owner.st_gid)
