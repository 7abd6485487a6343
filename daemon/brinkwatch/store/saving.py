"""Saves a whole store to a file and brings it back: SQLite by its backup interface, PostgreSQL by its own tools."""

import os
import shutil
import sqlite3
import subprocess
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from brinkwatch.store.database import Database, StoreError, refuse_newer
from brinkwatch.store.opening import restore
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
        _dump(database, target)
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
    _call(database, "pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", "--dbname",
          _name(database), str(source))  # fmt: skip
    database.migrate()
    try:
        with database.begin() as connection:
            settle_restored(connection, now)
    except sa.exc.SQLAlchemyError as error:
        raise StoreError(f"restored, but it cannot be used: {words(error)}") from None
    return None


def _dump(database: Database, target: Path) -> None:
    part = target.with_name(f"{target.name}.part")
    part.touch(mode=0o640)
    try:
        _call(database, "pg_dump", "--format=custom", "--no-owner", "--file", str(part), _name(database))
        # Reading the table of contents tells a whole archive from half of one.
        _call(database, "pg_restore", "--list", str(part))
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _revision_in(database: Database, source: Path) -> str | None:
    """The schema's revision in an archive: the one row of its table, in COPY's form."""
    text = _call(database, "pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(source))
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("COPY "):
            return next(lines, "").strip() or None
    raise StoreError(f"{source} is no backup of Brinkwatch")


def _name(database: Database) -> str:
    return str(database.engine.url.database or "")


def _call(database: Database, tool: str, *arguments: str) -> str:
    """Run one of PostgreSQL's tools; the password goes through its environment, where others cannot see it."""
    found = shutil.which(tool)
    if found is None:
        raise StoreError(f"{tool} is not installed: it comes with PostgreSQL's client (Debian: postgresql-client)")
    url = database.engine.url
    given = {"PGHOST": url.host, "PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password}
    env = {**os.environ, **{name: str(value) for name, value in given.items() if value is not None}}
    done = subprocess.run([found, *arguments], env=env, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        reason = " ".join((done.stderr or done.stdout).split())[:300]
        raise StoreError(f"{tool} failed: {reason}")
    return done.stdout
