"""Queries on how everything stands, cheap enough to be asked every few seconds on a store of millions of items."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from brinkwatch.outcomes import AFTER_PENDING, Outcome, Stage
from brinkwatch.store.outbox import OPEN_STATES, State
from brinkwatch.store.tables import decisions, feeds, items, ledger, outbox, poll_days, stories


@dataclass(frozen=True, slots=True)
class OutboxState:
    """How many notifications are not settled, by state, and since when the oldest waits."""

    counts: Mapping[str, int]
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class LastAlert:
    """The notification that reached people last. `at`: when it was decided."""

    at: datetime
    channel: str
    receiver: str
    text: str


def queue(connection: sa.Connection) -> dict[str, int]:
    """How many items wait for each stage."""
    rows = connection.execute(
        sa.select(items.c.stage, sa.func.count()).where(items.c.stage != Stage.DONE).group_by(items.c.stage)
    )
    found = {row[0]: int(row[1]) for row in rows}
    return {stage.value: found.get(stage.value, 0) for stage in Stage if stage is not Stage.DONE}


def unsent(connection: sa.Connection, receivers: Collection[str] | None = None) -> OutboxState:
    """What waits for these receivers (None: for any), and what was given up, whoever was to get it."""
    mine = sa.true() if receivers is None else outbox.c.receiver.in_(tuple(receivers))
    rows = connection.execute(
        sa.select(outbox.c.state, sa.func.count().label("number"), sa.func.min(outbox.c.created_at).label("oldest"))
        .where(outbox.c.state.in_((*OPEN_STATES, State.DEAD)), sa.or_(mine, outbox.c.state == State.DEAD))
        .group_by(outbox.c.state)
    ).all()
    counts = {state.value: 0 for state in (*OPEN_STATES, State.DEAD)} | {row.state: int(row.number) for row in rows}
    waiting = [row.oldest for row in rows if row.state != State.DEAD]
    return OutboxState(counts, min(waiting, default=None))


def next_due(connection: sa.Connection, ids: Collection[str]) -> datetime | None:
    """When the next of these feeds is due."""
    wanted = set(ids)
    rows = connection.execute(sa.select(feeds.c.id, feeds.c.next_due).where(feeds.c.next_due.is_not(None)))
    return min((row.next_due for row in rows if row.id in wanted), default=None)


def last_poll(connection: sa.Connection) -> tuple[str, datetime, str | None] | None:
    """The feed that was polled last, when, and how that ended."""
    row = connection.execute(
        sa.select(feeds.c.id, feeds.c.last_poll_at, feeds.c.last_status)
        .where(feeds.c.last_poll_at.is_not(None))
        .order_by(feeds.c.last_poll_at.desc())
        .limit(1)
    ).one_or_none()
    return (row.id, row.last_poll_at, row.last_status) if row else None


def open_stories(connection: sa.Connection, since: datetime) -> int:
    """How many stories have had an item since then."""
    statement = sa.select(sa.func.count()).select_from(stories).where(stories.c.last_at >= since)
    return int(connection.execute(statement).scalar_one())


def last_decision(connection: sa.Connection) -> int:
    """The number of the newest decision; 0: there is none."""
    return int(connection.execute(sa.select(sa.func.max(decisions.c.id))).scalar() or 0)


def decisions_after(connection: sa.Connection, number: int) -> dict[str, int]:
    """How many decisions newer than this one have each reason."""
    rows = connection.execute(
        sa.select(decisions.c.reason, sa.func.count()).where(decisions.c.id > number).group_by(decisions.c.reason)
    )
    return {row[0]: int(row[1]) for row in rows}


def last_alert(connection: sa.Connection, kinds: Collection[str]) -> LastAlert | None:
    """The newest notification of these kinds that people have."""
    row = connection.execute(
        sa.select(outbox.c.created_at, outbox.c.channel, outbox.c.receiver, outbox.c.text)
        .where(outbox.c.state == State.SENT, outbox.c.kind.in_(tuple(kinds)))
        .order_by(outbox.c.id.desc())
        .limit(1)
    ).one_or_none()
    return LastAlert(row.created_at, row.channel, row.receiver, row.text) if row else None


def ledger_off(connection: sa.Connection) -> int:
    """How many entries are not accounted for, by the two sums of `engine.balance`, added up in the database."""
    return sum(off_at_polls(connection).values()) + _off_after(connection)


def off_at_polls(connection: sa.Connection, before: str | None = None) -> dict[str, int]:
    """Feed → by how many entries its days do not add up; of the days before `before` (ISO), or of all."""
    after = [outcome.value for outcome in AFTER_PENDING]
    told = (
        sa.select(ledger.c.feed, ledger.c.day, sa.func.sum(ledger.c.count).label("number"))
        .where(ledger.c.outcome.not_in(after), sa.true() if before is None else ledger.c.day < before)
        .group_by(ledger.c.feed, ledger.c.day)
        .subquery()
    )
    seen = (
        sa.select(poll_days.c.feed, poll_days.c.day, sa.func.sum(poll_days.c.entries).label("number"))
        .where(sa.true() if before is None else poll_days.c.day < before)
        .group_by(poll_days.c.feed, poll_days.c.day)
        .subquery()
    )
    off = sa.func.abs(seen.c.number - sa.func.coalesce(told.c.number, 0))
    same = sa.and_(seen.c.feed == told.c.feed, seen.c.day == told.c.day)
    statement = (
        sa.select(seen.c.feed, sa.func.sum(off))
        .select_from(seen.outerjoin(told, same))
        .where(off > 0)
        .group_by(seen.c.feed)
    )
    return {row[0]: int(row[1]) for row in connection.execute(statement)}


def _off_after(connection: sa.Connection) -> int:
    sign = sa.case(
        (ledger.c.outcome == Outcome.PENDING.value, 1),
        (ledger.c.outcome.in_([outcome.value for outcome in AFTER_PENDING]), -1),
        else_=0,
    )
    rows = connection.execute(sa.select(ledger.c.feed, sa.func.sum(sign * ledger.c.count)).group_by(ledger.c.feed))
    left = {row[0]: int(row[1]) for row in rows}
    # What is pending has a stage to go: the few such rows have an index of their own.
    waiting = connection.execute(
        sa.select(items.c.feed, sa.func.count())
        .where(items.c.stage != Stage.DONE, items.c.outcome == Outcome.PENDING.value)
        .group_by(items.c.feed)
    )
    for feed, number in waiting:
        left[feed] = left.get(feed, 0) - int(number)
    return sum(map(abs, left.values()))
