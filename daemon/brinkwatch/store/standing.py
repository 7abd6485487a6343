"""Queries on how the daemon stands: what does not go out, what was given up, and how much happened."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from brinkwatch.store.outbox import OPEN_STATES, State
from brinkwatch.store.tables import decisions, deliveries, items, outbox, unfinished


@dataclass(frozen=True, slots=True)
class Stuck:
    """A notification that has been tried in vain. `since`: its first attempt, `last`: its latest. `alone`: the others
    of its channel go past it."""

    id: int
    key: str
    receiver: str
    channel: str
    error: str
    alone: bool
    since: datetime
    last: datetime


def stuck(connection: sa.Connection, before: datetime) -> list[Stuck]:
    """What waits with an error and was first tried at or before `before`, oldest first."""
    return _tried(connection, OPEN_STATES, sa.func.min(deliveries.c.at) <= before)


def given_up(connection: sa.Connection, after: datetime | None) -> list[Stuck]:
    """What was given up later than `after` (None: ever), oldest first."""
    late = sa.true() if after is None else sa.func.max(deliveries.c.at) > after
    return _tried(connection, (State.DEAD,), late)


def _tried(connection: sa.Connection, states: Collection[State], having: sa.ColumnElement[bool]) -> list[Stuck]:
    columns = [outbox.c[name] for name in ("id", "key", "receiver", "channel", "error", "state")]
    first, last = sa.func.min(deliveries.c.at), sa.func.max(deliveries.c.at)
    rows = connection.execute(
        sa.select(*columns, first.label("first"), last.label("last"))
        .join_from(outbox, deliveries, deliveries.c.notification == outbox.c.id)
        .where(unfinished, outbox.c.state.in_(states), outbox.c.error.is_not(None))
        .group_by(outbox.c.id)
        .having(having)
        .order_by(outbox.c.id)
    )
    return [
        Stuck(r.id, r.key, r.receiver, r.channel, r.error, r.state == State.FAILED, r.first, r.last) for r in rows
    ]  # fmt: skip


def known(connection: sa.Connection, keys: Collection[str]) -> set[str]:
    """Which of these notifications there are."""
    return set(connection.execute(sa.select(outbox.c.key).where(outbox.c.key.in_(tuple(keys)))).scalars())


def newest(connection: sa.Connection, prefix: str) -> datetime | None:
    """When the last notification was made whose key begins so."""
    statement = sa.select(sa.func.max(outbox.c.created_at)).where(outbox.c.key.startswith(prefix, autoescape=True))
    found: datetime | None = connection.execute(statement).scalar_one()
    return found


def items_since(connection: sa.Connection, since: datetime) -> int:
    """How many items were first seen since then."""
    statement = sa.select(sa.func.count()).select_from(items).where(items.c.first_seen >= since)
    return int(connection.execute(statement).scalar_one())


def told_since(connection: sa.Connection, since: datetime) -> dict[str, int]:
    """How many decisions of each action were made since then."""
    rows = connection.execute(
        sa.select(decisions.c.action, sa.func.count().label("number"))
        .where(decisions.c.at >= since)
        .group_by(decisions.c.action)
    )
    return {row.action: int(row.number) for row in rows}


def last_told(connection: sa.Connection) -> datetime | None:
    """When the last message about a story that was sent had been decided."""
    statement = (
        sa.select(outbox.c.created_at)
        .where(outbox.c.kind.in_(("post", "reply")), outbox.c.state == State.SENT)
        .order_by(outbox.c.id.desc())
        .limit(1)
    )
    found: datetime | None = connection.execute(statement).scalar_one_or_none()
    return found


def unsent(connection: sa.Connection) -> int:
    """How many messages wait to be sent, whatever for."""
    statement = sa.select(sa.func.count()).where(outbox.c.state.in_(OPEN_STATES))
    return int(connection.execute(statement).scalar_one())


def count_given_up(connection: sa.Connection) -> int:
    """How much was given up and not tried again."""
    statement = sa.select(sa.func.count()).where(unfinished, outbox.c.state == State.DEAD)
    return int(connection.execute(statement).scalar_one())
