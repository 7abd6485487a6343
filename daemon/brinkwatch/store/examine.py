"""Looks at a database without changing it: does it open, is it whole, which revision is it? Migrates nothing."""

from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from brinkwatch.ops.doctor import StoreFacts
from brinkwatch.store.database import MIGRATIONS, UNREADABLE

MOST_PROBLEMS = 10


def examine(url: str | None, state_dir: Path) -> StoreFacts:
    """Look at `url`, or at `brinkwatch.db` in `state_dir`. Never raises."""
    path = state_dir / "brinkwatch.db"
    kind = "PostgreSQL" if url and url.startswith("postgres") else "SQLite"
    if url is None:
        if not path.exists():
            return StoreFacts(kind, exists=False)
        url = f"sqlite:///file:{path}?mode=ro&uri=true"
    try:
        engine = sa.create_engine(url, connect_args={} if kind == "SQLite" else {"connect_timeout": 5})
    except (sa.exc.ArgumentError, ImportError) as error:
        return StoreFacts(kind, error=f"store.url cannot be used: {type(error).__name__}")
    try:
        with engine.connect() as connection:
            return _look(connection, kind)
    except sa.exc.DatabaseError as error:
        words = str(error.orig).splitlines()[0]
        if kind == "SQLite" and ("malformed" in words or "not a database" in words):
            return StoreFacts(kind, problems=(words,))
        return StoreFacts(kind, error=f"it cannot be opened: {words}")
    except UNREADABLE as error:
        return StoreFacts(kind, error=f"it cannot be opened: {type(error).__name__}")
    finally:
        engine.dispose()


def _look(connection: sa.Connection, kind: str) -> StoreFacts:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    script = ScriptDirectory.from_config(config)
    revision = MigrationContext.configure(connection).get_current_revision()
    known = revision is None or revision in {each.revision for each in script.walk_revisions()}
    problems: list[str] = []
    if kind == "SQLite":
        rows = connection.exec_driver_sql(f"PRAGMA integrity_check({MOST_PROBLEMS})")
        problems = [str(row[0]) for row in rows if row[0] != "ok"]
        problems += [f"a row of {row[0]} refers to none of {row[2]}" for row in
                     connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(MOST_PROBLEMS)]  # fmt: skip
    return StoreFacts(kind, True, None, revision, script.get_current_head(), known, tuple(problems))
