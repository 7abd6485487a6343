"""The folder of backups beside a SQLite store: names, the newest good one, which are too many."""

import sqlite3
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import structlog

from brinkwatch.store.sqlite_file import BadFile, check, copy, never, stamp

DAILY, MANUAL, BEFORE = "daily", "manual", "before"
BEFORE_KEPT = 3
"""Of the backups that an upgrade makes before it changes the schema."""
log = structlog.get_logger(__name__)


def folder_of(path: Path) -> Path:
    """Where the backups of a database are."""
    return path.parent / "backups"


def name_of(kind: str, now: datetime, revision: str | None = None, ending: str = ".db") -> str:
    """The name of a backup. `revision`: the schema that an upgrade goes to."""
    return f"{kind}-{f'{revision}-' if revision else ''}{stamp(now)}{ending}"


def surplus(names: Iterable[str], kind: str, keep: int, ending: str = ".db") -> list[str]:
    """Those of a kind that are too many, the oldest. The time is the last part of a name."""
    of_kind = [name for name in names if name.startswith(f"{kind}-") and name.endswith(ending)]
    of_kind.sort(key=lambda name: name.rsplit("-", 1)[-1])
    return of_kind[: max(len(of_kind) - keep, 0)]


def make(
    path: Path,
    kind: str,
    now: datetime,
    *,
    keep: int,
    revision: str | None = None,
    stopped: Callable[[], bool] = never,
) -> Path:
    """Make a backup in the folder, then remove those of its kind beyond `keep`, which is at least 1.

    Raises BadFile, Stopped, OSError, sqlite3.Error.
    """
    folder = folder_of(path)
    folder.mkdir(mode=0o750, exist_ok=True)
    target = folder / name_of(kind, now, revision)
    copy(path, target, full=kind != BEFORE, stopped=stopped)
    for name in surplus((found.name for found in folder.iterdir()), kind, keep):
        (folder / name).unlink(missing_ok=True)
    return target


def newest_good(path: Path) -> Path | None:
    """The newest backup that is sound, whatever its kind."""
    folder = folder_of(path)
    found = folder.glob("*-*.db") if folder.is_dir() else ()
    for backup in sorted(found, key=lambda found: found.name.rsplit("-", 1)[-1], reverse=True):
        try:
            check(backup)
        except (BadFile, sqlite3.Error, OSError) as error:
            log.warning("a backup is not sound and is passed over", backup=str(backup), error=str(error))
            continue
        return backup
    return None
