"""Queries on how the daemon stands: what does not go out, what was given up, and how much happened."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from brinkwatch.store.outbox import OPEN_STATES, State, since_redriven
from brinkwatch.store.tables import decisions, deliveries, items, outbox, unfinished


@dataclass(frozen=True, slots=True)
class Stuck:
    """A notification that has been tried in vain.

    `since`: its first attempt. `alone`: the others of its channel go past it. `trying`: it is being sent just now.
    """

    id: int
    key: str
    receiver: str
    channel: str
    error: str
    alone: bool
    trying: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A notification that nobody gets unless somebody acts."""

    id: int
    key: str
    receiver: str
    channel: str
    error: str
    created_at: datetime


def stuck(connection: sa.Connection) -> list[Stuck]:
    """What waits and has been tried, oldest first."""
    since = sa.func.min(deliveries.c.at).label("since")
    rows = connection.execute(
        sa.select(outbox.c.id, outbox.c.key, outbox.c.receiver, outbox.c.channel, outbox.c.state, since)
        .add_columns(sa.func.coalesce(outbox.c.error, _last_error(), "no_answer").label("error"))
        .join_from(outbox, deliveries, deliveries.c.notification == outbox.c.id)
        .where(unfinished, outbox.c.state.in_(OPEN_STATES), since_redriven())
        .group_by(outbox.c.id)
        .order_by(outbox.c.id)
    )
    return [
        Stuck(r.id, r.key, r.receiver, r.channel, r.error, r.state == State.FAILED, r.state == State.SENDING, r.since)
        for r in rows
    ]  # fmt: skip


def _last_error() -> sa.ScalarSelect[str]:
    """What the last attempt on a notification ended with that had an error."""
    attempts = deliveries.alias()
    return (
        sa.select(attempts.c.error)
        .where(attempts.c.notification == outbox.c.id, attempts.c.error.is_not(None))
        .order_by(attempts.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def last_sent(connection: sa.Connection, receiver: str, channel: str) -> datetime | None:
    """When the newest message that people have in a channel was found to be there."""
    newest = (
        sa.select(sa.func.max(outbox.c.id))
        .where(outbox.c.receiver == receiver, outbox.c.channel == channel, outbox.c.state == State.SENT)
        .scalar_subquery()
    )
    found: datetime | None = connection.execute(
        sa.select(sa.func.max(deliveries.c.at)).where(deliveries.c.notification == newest)
    ).scalar_one()
    return found


def waits(connection: sa.Connection, receiver: str, channel: str) -> bool:
    """Whether anything in a channel is unsettled."""
    here = (outbox.c.receiver == receiver, outbox.c.channel == channel, unfinished, outbox.c.state.in_(OPEN_STATES))
    return connection.execute(sa.select(outbox.c.id).where(*here).limit(1)).first() is not None


def given_up(connection: sa.Connection) -> list[GivenUp]:
    """What was given up and the operators were not told of, oldest first."""
    columns = [outbox.c[name] for name in ("id", "key", "receiver", "channel", "error", "created_at")]
    rows = connection.execute(
        sa.select(*columns)
        .where(unfinished, outbox.c.state == State.DEAD, outbox.c.told_at.is_(None))
        .order_by(outbox.c.id)
    )
    return [GivenUp(**row._mapping) for row in rows]


def told_given_up(connection: sa.Connection, ids: Collection[int], now: datetime) -> None:
    """Remember that the operators were told of these."""
    connection.execute(outbox.update().where(outbox.c.id.in_(tuple(ids))).values(told_at=now))


def newest(connection: sa.Connection, prefix: str) -> datetime | None:
    """When the last notification was made whose key begins so."""
    postgresql = connection.dialect.name == "postgresql"
    key = sa.collate(outbox.c.key, "C") if postgresql else outbox.c.key  # SQLite: a range of the index, as LIKE is not
    after = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    statement = sa.select(sa.func.max(outbox.c.created_at)).where(key >= prefix, key < after)
    found: datetime | None = connection.execute(statement).scalar_one()
    return found


def known(connection: sa.Connection, keys: Collection[str]) -> set[str]:
    """Which of these notifications there are."""
    return set(connection.execute(sa.select(outbox.c.key).where(outbox.c.key.in_(tuple(keys)))).scalars())


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


def count_given_up(connection: sa.Connection, but: str | None = None) -> int:
    """How much was given up and not tried again; without what was given up because of the error `but`."""
    statement = sa.select(sa.func.count()).where(unfinished, outbox.c.state == State.DEAD)
    if but is not None:
        statement = statement.where(outbox.c.error.is_distinct_from(but))
    return int(connection.execute(statement).scalar_one())
