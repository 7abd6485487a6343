"""Opens the database, brings it to the present schema, and hands out transactions."""

import sqlite3
from collections.abc import Callable, Iterator
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

from brinkwatch.store.trouble import DAMAGED, code, words

Connection = sa.Connection
"""What other parts hold while they call the store's functions within one transaction."""

DAEMON_LOCK = 0x6272696E  # "brin": the advisory lock of PostgreSQL that the daemon holds
FILE_NAME = "brinkwatch.db"
MIGRATIONS = Path(__file__).parent / "migrations"


class StoreError(Exception):
    """The store cannot be used; the text says why and what mends it."""


class Damaged(Exception):  # noqa: N818 - it says what happened
    """SQLite met damage in its file while working."""


# What the store itself is to blame for: never the fault of the item at hand.
UNAVAILABLE = (sa.exc.OperationalError, sa.exc.InterfaceError, Damaged)
# All that reading can raise, also from a file that is damaged.
UNREADABLE = (sa.exc.SQLAlchemyError, Damaged, OSError)


def why(error: BaseException) -> str:
    """A few words for people on what went wrong: the database's own, without statements and values."""
    return str(getattr(error, "orig", None) or type(error).__name__).splitlines()[0]


class Database:
    """One database: SQLite (WAL) or PostgreSQL. Safe to use from several threads; writes are one at a time."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._writing = RLock()
        self._claim: TextIOWrapper | sa.Connection | None = None

    @classmethod
    def open(cls, url: str | None, state_dir: Path) -> "Database":
        """Open `url`, or `brinkwatch.db` in `state_dir`, and migrate it. Raises StoreError."""
        database = cls.connect(url, state_dir)
        database.migrate()
        return database

    @classmethod
    def connect(cls, url: str | None, state_dir: Path) -> "Database":
        """Make ready to open, as `open` does, without looking into it yet. Raises StoreError."""
        if url is None:
            path = state_dir / FILE_NAME
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
            sa.event.listen(engine, "handle_error", _name_damage)
        return cls(engine)

    @classmethod
    def throwaway(cls) -> "Database":
        """A fresh store in memory, gone with the process."""
        engine = sa.create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        from brinkwatch.store.tables import metadata

        metadata.create_all(engine)
        return cls(engine)

    @property
    def path(self) -> Path | None:
        """The file of a SQLite database; None for one in memory, and for PostgreSQL."""
        name = self.engine.url.database
        return Path(name) if self.engine.dialect.name == "sqlite" and name else None

    def migrate(self, before: Callable[[str, str], None] | None = None) -> None:
        """Bring the schema to the newest revision. `before` is called first if a store that holds something is changed,
        with its revision and the new one. Raises StoreError, also for a store that a newer version wrote."""
        try:
            script = script_directory()
            with self.engine.connect() as connection:
                current = MigrationContext.configure(connection).get_current_revision()
            head = script.get_current_head() or ""
            refuse_newer(current)
            if current == head:
                return
            if current is not None and before is not None:
                before(current, head)
            config = _alembic()
            with self.engine.begin() as connection:
                if connection.dialect.name == "sqlite":  # all or nothing: the driver would begin at the first row only
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except (sa.exc.SQLAlchemyError, Damaged, sqlite3.Error) as error:
            raise StoreError(f"the database cannot be opened: {words(error)}") from None

    def expect_current(self) -> None:
        """For whoever only looks in beside the daemon, whose part it is to change the schema. Raises StoreError."""
        try:
            with self.engine.connect() as connection:
                current = MigrationContext.configure(connection).get_current_revision()
        except (sa.exc.SQLAlchemyError, Damaged) as error:
            raise StoreError(f"the database cannot be opened: {words(error)}") from None
        refuse_newer(current)
        if current != script_directory().get_current_head():
            raise StoreError("an older Brinkwatch wrote this store; `brinkwatch run` of this version upgrades it")

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

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One moment of the store, to be read only; waits for no writer, and none waits for it."""
        if isinstance(self.engine.pool, StaticPool):  # one connection for all: there is nothing beside the writer
            with self.begin() as connection:
                yield connection
            return
        with self.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                yield connection
                return
            connection.exec_driver_sql("PRAGMA query_only=ON")
            try:
                connection.exec_driver_sql("BEGIN")  # Python's driver would begin at the first write only
                yield connection
            finally:
                connection.rollback()
                connection.exec_driver_sql("PRAGMA query_only=OFF")
                connection.rollback()

    def claim(self) -> None:
        """Make this process the store's only daemon until `close`: two would send all twice. Raises StoreError."""
        if self.engine.dialect.name == "postgresql":
            connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._claim = connection
            free = bool(connection.execute(sa.select(sa.func.pg_try_advisory_lock(DAEMON_LOCK))).scalar_one())
        else:
            free = self._lock_file(lock_of(Path(str(self.engine.url.database))))
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


def lock_of(path: Path) -> Path:
    """What a daemon on a SQLite file holds locked. (Not in `path` itself: SQLite has its own locks there.)"""
    return path.with_name(f"{path.name}.lock")


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def script_directory() -> ScriptDirectory:
    """The migrations that this version knows."""
    return ScriptDirectory.from_config(_alembic())


def refuse_newer(revision: str | None) -> None:
    """Raises StoreError for a schema that this version does not know."""
    if revision is not None and revision not in {known.revision for known in script_directory().walk_revisions()}:
        raise StoreError(
            f"the database is at revision {revision}, which this version does not know: "
            "it was written by a newer Brinkwatch. Install that version, or restore a backup that an older one made."
        )


def _connect_args(url: str) -> dict[str, Any]:
    """How long to wait: for another writer of SQLite, or for a PostgreSQL server that does not answer."""
    return {"timeout": 30} if url.startswith("sqlite") else {"connect_timeout": 5}


def _name_damage(context: sa.engine.ExceptionContext) -> None:
    if code(context.original_exception) in DAMAGED:
        raise Damaged(words(context.original_exception)) from context.original_exception


def _sqlite_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    if not cursor.execute("PRAGMA page_count").fetchone()[0]:
        # What is deleted is given back in small steps. On a database that holds something it changes nothing, and would
        # wait for whoever writes.
        cursor.execute("PRAGMA auto_vacuum=INCREMENTAL")
    for pragma in (
        "journal_mode=WAL",
        # NORMAL in WAL mode: a power cut may undo the last commits but never corrupts; a killed process loses nothing.
        # An alert must not go out twice after a power cut, so commits are made durable.
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        # The write-ahead log grows while a backup reads; afterwards it shrinks to this again.
        "journal_size_limit=67108864",
    ):
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
