"""Opens the database, brings it to the present schema, and hands out transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from io import TextIOWrapper
from pathlib import Path
from threading import RLock
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.pool import StaticPool

Connection = sa.Connection
"""What other parts hold while they call the store's functions within one transaction."""

DAEMON_LOCK = 0x6272696E  # "brin": the advisory lock of PostgreSQL that the daemon holds
MIGRATIONS = Path(__file__).parent / "migrations"


class StoreError(Exception):
    """The store cannot be used; the text says why and what mends it."""


# What the store itself is to blame for, and what passes: never the fault of the item at hand.
UNAVAILABLE = (sa.exc.OperationalError, sa.exc.InterfaceError)


class Database:
    """One database: SQLite (WAL) or PostgreSQL. Safe to use from several threads; writes are one at a time."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._writing = RLock()
        self._claim: TextIOWrapper | sa.Connection | None = None

    @classmethod
    def open(cls, url: str | None, state_dir: Path) -> "Database":
        """Open `url`, or `brinkwatch.db` in `state_dir`, and migrate it. Raises StoreError."""
        if url is None:
            path = state_dir / "brinkwatch.db"
            try:
                state_dir.mkdir(parents=True, exist_ok=True, mode=0o750)
                path.touch(mode=0o640, exist_ok=True)
            except OSError as error:
                raise StoreError(f"cannot write to the state directory {state_dir}: {error.strerror}") from None
            url = f"sqlite:///{path}"
        try:
            engine = sa.create_engine(url, connect_args=_connect_args(url), pool_pre_ping=True)
        except (sa.exc.ArgumentError, ImportError) as error:
            raise StoreError(f"store.url cannot be used: {type(error).__name__}") from None
        if engine.dialect.name == "sqlite":
            sa.event.listen(engine, "connect", _sqlite_pragmas)
        database = cls(engine)
        try:
            database.migrate()
        except sa.exc.SQLAlchemyError as error:
            reason = str(getattr(error, "orig", error)).splitlines()[0]
            raise StoreError(f"the database cannot be opened: {reason}") from None
        return database

    @classmethod
    def throwaway(cls) -> "Database":
        """A fresh store in memory, gone with the process."""
        engine = sa.create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        from brinkwatch.store.tables import metadata

        metadata.create_all(engine)
        return cls(engine)

    def migrate(self) -> None:
        """Bring the schema to the newest revision. A store that a newer version wrote is refused."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        script = ScriptDirectory.from_config(config)
        with self.engine.begin() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
            if current is not None and current not in {revision.revision for revision in script.walk_revisions()}:
                raise StoreError(
                    f"the database is at revision {current}, which this version does not know: "
                    "it was written by a newer Brinkwatch. Install that version, or restore a backup."
                )
            if current != script.get_current_head():
                config.attributes["connection"] = connection
                command.upgrade(config, "head")

    @contextmanager
    def begin(self, *, durable: bool = True) -> Iterator[sa.Connection]:
        """One transaction; committed at the end, rolled back on any error.

        What is not `durable` outlives the process, yet a power cut may undo it, up to the next durable commit: for
        what may be done again without harm. It spares the disk.
        """
        hurry = durable or self.engine.dialect.name != "sqlite"
        with self._writing, self.engine.connect() as connection, _at_ease(connection, hurry=hurry), connection.begin():
            if not durable and self.engine.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")
            yield connection

    def claim(self) -> None:
        """Make this process the store's only daemon until `close`: two would send all twice. Raises StoreError."""
        if self.engine.dialect.name == "postgresql":
            connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._claim = connection
            free = bool(connection.execute(sa.select(sa.func.pg_try_advisory_lock(DAEMON_LOCK))).scalar_one())
        else:
            free = self._lock_file(Path(f"{self.engine.url.database}.lock"))
        if not free:
            self.close()
            raise StoreError("another daemon runs on this store; stop it first")

    def _lock_file(self, path: Path) -> bool:
        try:
            self._claim = path.open("w", encoding="utf-8")
            flock(self._claim, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            raise StoreError(f"{path} cannot be locked: {error.strerror}") from None
        return True

    def close(self) -> None:
        if self._claim is not None:
            self._claim.close()
            self._claim = None
        self.engine.dispose()


def _connect_args(url: str) -> dict[str, Any]:
    """How long to wait: for another writer of SQLite, or for a PostgreSQL server that does not answer."""
    return {"timeout": 30} if url.startswith("sqlite") else {"connect_timeout": 5}


def _sqlite_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    # NORMAL in WAL mode: a power cut may undo the last commits but never corrupts; a killed process loses nothing.
    # An alert must not go out twice after a power cut, so commits are made durable.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@contextmanager
def _at_ease(connection: sa.Connection, *, hurry: bool) -> Iterator[None]:
    """SQLite: a commit that does not wait for the disk."""
    driver = connection.connection.driver_connection
    if hurry or driver is None:
        yield
        return
    driver.execute("PRAGMA synchronous=NORMAL")
    try:
        yield
    finally:
        driver.execute("PRAGMA synchronous=FULL")
