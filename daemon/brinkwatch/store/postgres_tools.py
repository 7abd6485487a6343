"""PostgreSQL's own tools: an archive of a whole database. Knows nothing of what is in the tables."""

import os
import shutil
import subprocess
from pathlib import Path

from brinkwatch.store.database import Database, StoreError


def dump(database: Database, target: Path) -> None:
    """Write an archive of a database that may be in use. Raises StoreError and OSError."""
    part = target.with_name(f"{target.name}.part")
    part.touch(mode=0o640)
    try:
        call(database, "pg_dump", "--format=custom", "--no-owner", "--file", str(part), name_of(database))
        # Reading the table of contents tells a whole archive from half of one.
        call(database, "pg_restore", "--list", str(part))
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def name_of(database: Database) -> str:
    """What the tools call it."""
    return str(database.engine.url.database or "")


def call(database: Database, tool: str, *arguments: str) -> str:
    """What one of PostgreSQL's tools says. Raises StoreError.

    The password goes through its environment, where others cannot see it.
    """
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
