"""Queries on the ledger: how many entries ended how, per feed and day, and what no digest line has told yet."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from brinkwatch.outcomes import Outcome
from brinkwatch.store.tables import digests, items, ledger


def upsert(connection: sa.Connection, table: sa.Table) -> "sqlite.Insert | postgresql.Insert":
    """An INSERT that can say ON CONFLICT in the database at hand."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def count(connection: sa.Connection, feed: str, counts: Mapping[Outcome, int], now: datetime) -> None:
    """Add to the day's sums of a feed."""
    count_all(connection, {feed: counts}, now)


def count_all(connection: sa.Connection, counts: Mapping[str, Mapping[Outcome, int]], now: datetime) -> None:
    """Add to the day's sums of these feeds."""
    day = now.astimezone(UTC).date().isoformat()
    added = [
        {"feed": feed, "day": day, "outcome": outcome.value, "count": number}
        for feed, by_outcome in counts.items()
        for outcome, number in by_outcome.items()
        if number
    ]
    if added:
        connection.execute(add_up(connection, ledger, "count"), added)


@cache
def _add_up(dialect: str, table: sa.Table, *columns: str) -> "sqlite.Insert | postgresql.Insert":
    statement = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    sums = {name: table.c[name] + statement.excluded[name] for name in columns}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=sums)


def add_up(connection: sa.Connection, table: sa.Table, *columns: str) -> "sqlite.Insert | postgresql.Insert":
    """An INSERT of many rows that adds these columns up where a row is there already. Made once each."""
    return _add_up(connection.dialect.name, table, *columns)


def totals(connection: sa.Connection) -> dict[Outcome, int]:
    """The sum of each outcome over all feeds and days."""
    rows = connection.execute(sa.select(ledger.c.outcome, sa.func.sum(ledger.c.count)).group_by(ledger.c.outcome))
    return {Outcome(outcome): int(number) for outcome, number in rows}


def sums_before(connection: sa.Connection, day: str) -> list[tuple[str, Outcome, int]]:
    """(feed, outcome, number) of all days before one (ISO) together."""
    number = sa.func.sum(ledger.c.count)
    columns = (ledger.c.feed, ledger.c.outcome)
    found = connection.execute(sa.select(*columns, number).where(ledger.c.day < day).group_by(*columns))
    return [(row[0], Outcome(row[1]), int(row[2])) for row in found]


def rows(connection: sa.Connection, since: str = "") -> list[tuple[str, str, Outcome, int]]:
    """(feed, day, outcome, number), by day and feed, from the day `since` (ISO) on."""
    of_days = sa.select(ledger).where(ledger.c.day >= since)
    found = connection.execute(of_days.order_by(ledger.c.day, ledger.c.feed, ledger.c.outcome))
    return [(row.feed, row.day, Outcome(row.outcome), int(row._mapping["count"])) for row in found]


def waiting(connection: sa.Connection) -> dict[str, int]:
    """How many items of each feed are pending still."""
    found = connection.execute(
        sa.select(items.c.feed, sa.func.count()).where(items.c.outcome == Outcome.PENDING.value).group_by(items.c.feed)
    )
    return {row[0]: int(row[1]) for row in found}


def pass_over(connection: sa.Connection, outcome: Outcome, numbers: Mapping[str, int], now: datetime) -> None:
    """Remember for the next digest line how many items of these feeds were passed over."""
    passed = {feed: number for feed, number in numbers.items() if number}
    if not passed:
        return
    row = connection.execute(sa.select(digests).where(digests.c.outcome == outcome.value)).one_or_none()
    number = sum(passed.values())
    if row is None:
        values = {"outcome": outcome.value, "count": number, "feeds": sorted(passed), "since": now}
        connection.execute(digests.insert().values(values))
        return
    connection.execute(
        digests.update()
        .where(digests.c.outcome == outcome.value)
        .values(count=row._mapping["count"] + number, feeds=sorted({*row.feeds, *passed}))
    )


def take_passed_over(connection: sa.Connection, before: datetime) -> dict[Outcome, tuple[int, int]]:
    """Take out what was passed over since before `before`: outcome → (items, feeds)."""
    rows = connection.execute(sa.select(digests).where(digests.c.since <= before)).all()
    if not rows:
        return {}
    connection.execute(digests.delete().where(digests.c.outcome.in_([row.outcome for row in rows])))
    return {Outcome(row.outcome): (row._mapping["count"], len(row.feeds)) for row in rows}
