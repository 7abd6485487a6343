"""Queries on the ledger: how many entries ended how, per feed and day, and what no digest line has told yet."""

from collections.abc import Mapping
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from brinkwatch.outcomes import Outcome
from brinkwatch.store.tables import digests, items, ledger


def upsert(connection: sa.Connection, table: sa.Table) -> "sqlite.Insert | postgresql.Insert":
    """An INSERT that can say ON CONFLICT in the database at hand."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def count(connection: sa.Connection, feed: str, counts: Mapping[Outcome, int], now: datetime) -> None:
    """Add to the day's sums of a feed."""
    day = now.astimezone(UTC).date().isoformat()
    for outcome, number in counts.items():
        if number:
            statement = upsert(connection, ledger).values(feed=feed, day=day, outcome=outcome.value, count=number)
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["feed", "day", "outcome"], set_={"count": ledger.c.count + number}
                )
            )


def totals(connection: sa.Connection) -> dict[Outcome, int]:
    """The sum of each outcome over all feeds and days."""
    rows = connection.execute(sa.select(ledger.c.outcome, sa.func.sum(ledger.c.count)).group_by(ledger.c.outcome))
    return {Outcome(outcome): int(number) for outcome, number in rows}


def rows(connection: sa.Connection) -> list[tuple[str, str, Outcome, int]]:
    """(feed, day, outcome, number), by day and feed."""
    found = connection.execute(sa.select(ledger).order_by(ledger.c.day, ledger.c.feed, ledger.c.outcome))
    return [(row.feed, row.day, Outcome(row.outcome), int(row._mapping["count"])) for row in found]


def waiting(connection: sa.Connection) -> dict[str, int]:
    """How many items of each feed are pending still."""
    found = connection.execute(
        sa.select(items.c.feed, sa.func.count()).where(items.c.outcome == Outcome.PENDING.value).group_by(items.c.feed)
    )
    return {row[0]: int(row[1]) for row in found}


def pass_over(connection: sa.Connection, feed: str, outcome: Outcome, number: int, now: datetime) -> None:
    """Remember for the next digest line that `number` items of `feed` were passed over."""
    if not number:
        return
    row = connection.execute(sa.select(digests).where(digests.c.outcome == outcome.value)).one_or_none()
    if row is None:
        connection.execute(digests.insert().values(outcome=outcome.value, count=number, feeds=[feed], since=now))
        return
    connection.execute(
        digests.update()
        .where(digests.c.outcome == outcome.value)
        .values(count=row._mapping["count"] + number, feeds=sorted({*row.feeds, feed}))
    )


def take_passed_over(connection: sa.Connection, before: datetime) -> dict[Outcome, tuple[int, int]]:
    """Take out what was passed over since before `before`: outcome → (items, feeds)."""
    rows = connection.execute(sa.select(digests).where(digests.c.since <= before)).all()
    if not rows:
        return {}
    connection.execute(digests.delete().where(digests.c.outcome.in_([row.outcome for row in rows])))
    return {Outcome(row.outcome): (row._mapping["count"], len(row.feeds)) for row in rows}
