"""Queries on polls: how feeds' health changed, and the sums of a day. Single polls are not kept."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from brinkwatch.store.ledger import add_up
from brinkwatch.store.tables import health_changes, poll_days

CHANGES_KEPT = 50
"""Per feed; a feed that flaps must not fill the disk."""


@dataclass(frozen=True, slots=True)
class HealthChange:
    """One change of how a feed stands."""

    feed: str
    at: datetime
    health: str
    was: str
    error: str | None


@dataclass(frozen=True, slots=True)
class PollDay:
    """The polls of one feed and day that ended alike."""

    feed: str
    day: str
    status: str
    count: int
    took: timedelta
    """All of them together."""
    entries: int
    """In the documents that were read."""


# Made once: to build a statement takes SQLAlchemy longer than to run it.
_INSERT_CHANGE = health_changes.insert()
_OLDEST_KEPT = (
    sa.select(health_changes.c.id)
    .where(health_changes.c.feed == sa.bindparam("of"))
    .order_by(health_changes.c.id.desc())
    .offset(CHANGES_KEPT)
    .limit(1)
)


def changed(connection: sa.Connection, changes: Sequence[HealthChange]) -> None:
    """Keep these changes, and of each feed's older ones the last few."""
    if not changes:
        return
    connection.execute(_INSERT_CHANGE, [asdict(change) for change in changes])
    table = health_changes
    for change in changes:
        if change.was == "new":  # its first
            continue
        last = connection.execute(_OLDEST_KEPT, {"of": change.feed}).scalar()
        if last is not None:
            connection.execute(table.delete().where(table.c.feed == change.feed, table.c.id <= last))


def history(connection: sa.Connection, feed: str) -> list[HealthChange]:
    """The last changes of a feed, newest first."""
    table = health_changes
    rows = connection.execute(sa.select(table).where(table.c.feed == feed).order_by(table.c.id.desc()))
    return [HealthChange(row.feed, row.at, row.health, row.was, row.error) for row in rows]


def count(connection: sa.Connection, ended: Iterable[PollDay]) -> None:
    """Add polls to the sums of their days."""
    rows = [
        {
            "feed": one.feed, "day": one.day, "status": one.status, "count": one.count,
            "milliseconds": one.took // timedelta(milliseconds=1), "entries": one.entries,
        }
        for one in ended
    ]  # fmt: skip
    if rows:
        connection.execute(add_up(connection, poll_days, "count", "milliseconds", "entries"), rows)


def ended(feed: str, status: str, took: timedelta, entries: int, now: datetime) -> PollDay:
    """One poll that ended at `now`, as a sum of one."""
    return PollDay(feed, now.astimezone(UTC).date().isoformat(), status, 1, took, entries)


def entries_before(connection: sa.Connection, day: str) -> int:
    """Of all documents that were read before a day (ISO)."""
    return int(
        connection.execute(sa.select(sa.func.sum(poll_days.c.entries)).where(poll_days.c.day < day)).scalar() or 0
    )


def days(connection: sa.Connection, since: str) -> Sequence[PollDay]:
    """The sums of each feed and day from the day `since` (ISO) on."""
    rows = connection.execute(
        sa.select(poll_days)
        .where(poll_days.c.day >= since)
        .order_by(poll_days.c.day, poll_days.c.feed, poll_days.c.status)
    )
    return [
        PollDay(
            row.feed, row.day, row.status, row._mapping["count"], timedelta(milliseconds=row.milliseconds), row.entries
        )
        for row in rows
    ]
