"""Queries on the outbox: what is to be sent, what was sent, and each attempt."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from brinkwatch.store.ledger import upsert
from brinkwatch.store.tables import deliveries, outbox, shifted, threads, unfinished

Connection = sa.Connection
"""What `Database.begin` hands out, for callers that know no SQL."""


class State(StrEnum):
    """How a notification stands."""

    PENDING = "pending"
    """To be sent; those after it in its channel wait for it."""
    SENDING = "sending"
    """Committed before the request goes out; found after a crash, it may have been seen."""
    AMBIGUOUS = "ambiguous"
    """May have been seen; to be looked for before anything is sent again."""
    FAILED = "failed"
    """Refused several times for a reason of its own; tried again later, and others may go past it."""
    SENT = "sent"
    SUPERSEDED = "superseded"
    """An edit that a later edit of the same message made needless."""
    DEAD = "dead"
    """Given up; `error` says why."""
    DROPPED = "dropped"
    """Given up, and somebody said that nobody wants it any more."""


REDRIVEN = "redriven"
"""Among the attempts on a notification: from here on it counts as new."""
OPEN_STATES = (State.PENDING, State.SENDING, State.AMBIGUOUS, State.FAILED)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What has to be known of an unsettled notification to choose the next one. `overtaken`: it is an edit, and a later
    one of the same message waits as well."""

    id: int
    story: str | None
    receiver: str
    channel: str
    kind: str
    state: State
    next_attempt_at: datetime
    overtaken: bool = False


@dataclass(frozen=True, slots=True)
class Notification:
    """One row of the outbox.

    After `expires_at` it is too late to send it. `sent_to` is the reference of the thread that it was last sent to,
    None for the channel itself; `sent_after` that of a message which was there before it was first sent. `told_at` is
    when the operators were told that it was given up.
    """

    id: int
    key: str
    decision: int | None
    story: str | None
    receiver: str
    channel: str
    kind: str
    card: Mapping[str, Any] | None
    text: str
    broadcast: bool
    state: str
    attempts: int
    next_attempt_at: datetime
    created_at: datetime
    expires_at: datetime | None
    sent_to: str | None
    sent_after: str | None
    told_at: datetime | None
    reference: str | None
    channel_id: str | None
    error: str | None


def put(connection: sa.Connection, **values: Any) -> None:
    """Add a notification unless its key is there already."""
    connection.execute(upsert(connection, outbox).values(state=State.PENDING, **values).on_conflict_do_nothing())


def count_waiting(connection: sa.Connection, receivers: Collection[str]) -> int:
    """How many are not yet settled for these receivers."""
    statement = sa.select(sa.func.count()).where(
        unfinished, outbox.c.state.in_(OPEN_STATES), outbox.c.receiver.in_(tuple(receivers))
    )
    return int(connection.execute(statement).scalar_one())


def get(connection: sa.Connection, notification: int) -> Notification:
    """One notification; raises NoResultFound."""
    row = connection.execute(sa.select(outbox).where(outbox.c.id == notification)).one()
    return Notification(**row._mapping)


def mark(connection: sa.Connection, notification: int, **values: Any) -> None:
    connection.execute(outbox.update().where(outbox.c.id == notification).values(**values))


def supersede(connection: sa.Connection, edit: Waiting) -> None:
    """Settle the edits of a message that the newest makes needless. One that may have been made is left."""
    same = (
        outbox.c.story == edit.story,
        outbox.c.receiver == edit.receiver,
        outbox.c.channel == edit.channel,
        outbox.c.kind == edit.kind,
    )
    newest = sa.select(sa.func.max(outbox.c.id)).where(*same, outbox.c.state.in_(OPEN_STATES)).scalar_subquery()
    needless = outbox.c.state.in_((State.PENDING, State.FAILED))
    connection.execute(outbox.update().where(*same, needless, outbox.c.id < newest).values(state=State.SUPERSEDED))


def hold(connection: sa.Connection, receiver: str, channel: str, until: datetime) -> None:
    """Let a whole channel wait: nothing unsettled in it is due before `until`."""
    connection.execute(
        outbox.update()
        .where(
            outbox.c.receiver == receiver,
            outbox.c.channel == channel,
            unfinished,
            outbox.c.state.in_(OPEN_STATES),
            outbox.c.next_attempt_at < until,
        )
        .values(next_attempt_at=until)
    )


def shift_waits(connection: sa.Connection, by: timedelta) -> None:
    """Move every wait, because the clock was set by so much."""
    moved = shifted(outbox.c.next_attempt_at, by)
    connection.execute(outbox.update().where(unfinished, outbox.c.state.in_(OPEN_STATES)).values(next_attempt_at=moved))


def record(connection: sa.Connection, notification: int, at: datetime, verdict: str, error: str | None) -> None:
    """Add one attempt."""
    connection.execute(deliveries.insert().values(notification=notification, at=at, verdict=verdict, error=error))


def count_attempts(connection: sa.Connection, notification: int, verdict: str) -> int:
    """How many attempts on a notification ended so, since it was taken up again if it was."""
    statement = sa.select(sa.func.count()).where(
        deliveries.c.notification == notification, deliveries.c.verdict == verdict, since_redriven()
    )
    return int(connection.execute(statement).scalar_one())


def since_redriven() -> sa.ColumnElement[bool]:
    """Of `deliveries`: the attempts that count."""
    earlier = deliveries.alias()
    again = sa.select(sa.func.max(earlier.c.id)).where(
        earlier.c.notification == deliveries.c.notification, earlier.c.verdict == REDRIVEN
    )
    return deliveries.c.id > sa.func.coalesce(again.scalar_subquery(), 0)


def last_attempts(connection: sa.Connection, since: datetime) -> dict[tuple[str, str], datetime]:
    """When each (receiver, channel) was last tried, of those tried since then."""
    rows = connection.execute(
        sa.select(outbox.c.receiver, outbox.c.channel, deliveries.c.at)
        .join_from(deliveries, outbox, deliveries.c.notification == outbox.c.id)
        .where(deliveries.c.at >= since)
        .order_by(deliveries.c.at)
    )
    return {(row.receiver, row.channel): row.at for row in rows}  # the last of each


def interrupted(connection: sa.Connection) -> int:
    """Called at start: what was being sent when the process died may have been seen. Returns how many."""
    result = connection.execute(
        outbox.update()
        .where(unfinished, outbox.c.state == State.SENDING)
        .values(state=State.AMBIGUOUS, error="interrupted")
    )
    return result.rowcount


def thread(connection: sa.Connection, story: str, receiver: str, channel: str) -> tuple[str, str | None] | None:
    """(reference, channel id) of a story's first message in a channel."""
    row = connection.execute(
        sa.select(threads.c.reference, threads.c.channel_id).where(
            threads.c.story == story, threads.c.receiver == receiver, threads.c.channel == channel
        )
    ).one_or_none()
    return (row.reference, row.channel_id) if row else None


def start_thread(
    connection: sa.Connection, story: str, receiver: str, channel: str, reference: str, channel_id: str | None
) -> None:
    statement = upsert(connection, threads).values(
        story=story, receiver=receiver, channel=channel, reference=reference, channel_id=channel_id
    )
    connection.execute(statement.on_conflict_do_nothing())


def end_thread(connection: sa.Connection, story: str, receiver: str, channel: str) -> None:
    """A story's first message is not there any more: the next message becomes the first."""
    connection.execute(
        threads.delete().where(threads.c.story == story, threads.c.receiver == receiver, threads.c.channel == channel)
    )


def last_reference(connection: sa.Connection, receiver: str, channel: str, edits: str) -> str | None:
    """The reference of the last message known to be in a channel; `edits` is the kind that makes no message."""
    reference: str | None = connection.execute(
        sa.select(outbox.c.reference)
        .where(
            outbox.c.receiver == receiver,
            outbox.c.channel == channel,
            outbox.c.state == State.SENT,
            outbox.c.kind != edits,
            outbox.c.reference.is_not(None),
        )
        .order_by(outbox.c.id.desc())
        .limit(1)
    ).scalar()
    return reference


def dead(connection: sa.Connection) -> list[Notification]:
    """What was given up, oldest first."""
    rows = connection.execute(sa.select(outbox).where(unfinished, outbox.c.state == State.DEAD).order_by(outbox.c.id))
    return [Notification(**row._mapping) for row in rows]


def unsettled(connection: sa.Connection) -> list[Notification]:
    """What waits and what was given up, whatever the receiver, oldest first."""
    states = (*OPEN_STATES, State.DEAD)
    rows = connection.execute(sa.select(outbox).where(unfinished, outbox.c.state.in_(states)).order_by(outbox.c.id))
    return [Notification(**row._mapping) for row in rows]


def counts(connection: sa.Connection) -> dict[tuple[str, str], int]:
    """How many notifications there are by (kind, state)."""
    rows = connection.execute(sa.select(outbox.c.kind, outbox.c.state, sa.func.count()).group_by("kind", "state"))
    return {(kind, state): number for kind, state, number in rows}


def sent(connection: sa.Connection, kinds: Sequence[str]) -> int:
    """How many notifications of these kinds people have."""
    statement = sa.select(sa.func.count()).where(outbox.c.state == State.SENT, outbox.c.kind.in_(kinds))
    return int(connection.execute(statement).scalar_one())
