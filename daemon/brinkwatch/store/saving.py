"""Saves a whole store to a file and brings it back: SQLite by its backup interface, PostgreSQL by its own tools."""

import sqlite3
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from brinkwatch.store.database import Database, StoreError, refuse_newer
from brinkwatch.store.opening import restore
from brinkwatch.store.postgres_tools import call, dump, name_of
from brinkwatch.store.restored import settle_restored
from brinkwatch.store.sqlite_file import BadFile, copy
from brinkwatch.store.trouble import words


def save(database: Database, target: Path, *, force: bool = False) -> int | None:
    """Copy a store that may be in use to a file; returns how many rows it has, None where they are not counted.

    Raises StoreError.
    """
    if target.exists() and not force:
        raise StoreError(f"{target} is there already; --force overwrites it")
    if database.path is not None and target.resolve() == database.path.resolve():
        raise StoreError(f"{target} is the store itself")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        if database.path is not None:
            return sum(copy(database.path, target).values())
        dump(database, target)
    except (BadFile, sqlite3.Error, OSError) as error:
        raise StoreError(f"no backup was made: {error}") from None
    return None


def bring_back(database: Database, source: Path, now: datetime) -> Path | None:
    """Put a backup in the place of a store that is claimed; returns where the former one is kept, if it is. Raises
    StoreError, and then nothing was changed."""
    if database.path is not None:
        return restore(source, database.path, now)
    if not source.is_file():
        raise StoreError(f"{source} is no file")
    refuse_newer(_revision_in(database, source))
    call(database, "pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", "--dbname",
         name_of(database), str(source))  # fmt: skip
    database.migrate()
    try:
        with database.begin() as connection:
            settle_restored(connection, now)
    except sa.exc.SQLAlchemyError as error:
        raise StoreError(f"restored, but it cannot be used: {words(error)}") from None
    return None


def _revision_in(database: Database, source: Path) -> str | None:
    """The schema's revision in an archive: the one row of its table, in COPY's form."""
    text = call(database, "pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(source))
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("COPY "):
            return next(lines, "").strip() or None
    raise StoreError(f"{source} is no backup of Brinkwatch")
