"""Copies a SQLite store before a migration changes it. Copies nothing else, and never the store it came from."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path


def backup_path(database: Path, revision: str) -> Path:
    """Where the copy of a store of this revision goes: beside it."""
    return database.with_name(f"{database.name}.before-migration-from-{revision}")


def save(database: Path, revision: str) -> Path:
    """Copy the store with SQLite's online backup; the copy is whole or it is not there. Returns its path.

    An older copy of the same revision is replaced. Raises OSError or sqlite3.Error, and leaves nothing behind then.
    """
    target = backup_path(database, revision)
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        part.touch(mode=0o640)
        with (
            closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(part)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        _sync(part)
        part.replace(target)
        _sync(target.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return target


def _sync(path: Path) -> None:
    """What a power cut must not undo is on the disk."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
