"""What SQLite needs done from time to time: space given back, statistics, the size. PostgreSQL sees to itself."""

from datetime import datetime

import sqlalchemy as sa

from brinkwatch.store.database import Database
from brinkwatch.store.ledger import upsert
from brinkwatch.store.tables import care

PAGES = 500
"""Given back in one step: some milliseconds in which others wait."""
SPARE = 0.02
"""The share of free pages that is left as it is, to be used again."""
SMALL = 500 * 10**6
"""Bytes up to which a database from before space was given back in steps is rewritten once."""


def used_bytes(database: Database) -> int | None:
    """What the tables and indexes of a SQLite file take; None for PostgreSQL."""
    if database.path is None:
        return None
    with database.read() as connection:
        return (_number(connection, "page_count") - _number(connection, "freelist_count")) * _number(
            connection, "page_size"
        )


def shrink(database: Database) -> bool:
    """Give one step of free pages back to the disk; whether there is more to give back."""
    if database.path is None:
        return False
    with database.begin() as connection:
        pages, free = _number(connection, "page_count"), _number(connection, "freelist_count")
        if free <= pages * SPARE or _number(connection, "auto_vacuum") != 2:
            return False
        # SQLite makes a step of each page, and `execute` would make one step only.
        connection.connection.cursor().executescript(f"PRAGMA incremental_vacuum({PAGES})")
    return True


def rewrite(database: Database) -> bool:
    """Rewrite a small SQLite file that cannot give space back in steps, so that it can; whether it was done."""
    path = database.path
    if path is None or path.stat().st_size > SMALL:
        return False
    with database.begin() as connection:
        if _number(connection, "auto_vacuum") == 2:
            return False
        connection.exec_driver_sql("PRAGMA auto_vacuum=INCREMENTAL")
        connection.exec_driver_sql("VACUUM")
    return True


def optimize(database: Database) -> None:
    """Renew the statistics by which queries are planned."""
    if database.path is None:
        return
    with database.begin() as connection:
        # A look at some hundreds of rows of each index: see https://www.sqlite.org/lang_analyze.html#approx
        connection.exec_driver_sql("PRAGMA analysis_limit=400")
        connection.exec_driver_sql("PRAGMA optimize").fetchall()


def last_done(connection: sa.Connection) -> dict[str, datetime]:
    """When each part of the care was last done."""
    return {row.part: row.at for row in connection.execute(sa.select(care))}


def done(connection: sa.Connection, part: str, now: datetime) -> None:
    """Remember that a part of the care was done."""
    statement = upsert(connection, care).values(part=part, at=now)
    connection.execute(statement.on_conflict_do_update(index_elements=["part"], set_={"at": now}))


def _number(connection: sa.Connection, pragma: str) -> int:
    return int(connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one())
