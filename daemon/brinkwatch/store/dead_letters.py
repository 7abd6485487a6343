"""What people do with notifications that were given up: have them tried again, or drop them."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from brinkwatch.store.outbox import REDRIVEN, Notification, State, dead, mark, record
from brinkwatch.store.tables import outbox


def redrive(
    connection: sa.Connection, ids: Collection[int] | None, now: datetime, *, unseen: bool = False
) -> dict[int, State]:
    """Take up what was given up (None: all of it) as if it were new; returns the state of each from now on.

    What may have been seen is looked for first, unless somebody knows that it is `unseen`. An edit made after a later
    one would undo it: it stays unmade. What was too late is sent all the same: somebody wants it.
    """
    states: dict[int, State] = {}
    for row in _chosen(connection, ids):
        maybe_seen = row.error == State.AMBIGUOUS and not unseen
        state = State.AMBIGUOUS if maybe_seen else State.PENDING
        states[row.id] = State.SUPERSEDED if _overtaken(connection, row) else state
        mark(
            connection, row.id, state=states[row.id], attempts=0, next_attempt_at=now, expires_at=None, told_at=None,
            error=None,
        )  # fmt: skip
        record(connection, row.id, now, REDRIVEN, None)
    return states


def drop(connection: sa.Connection, ids: Collection[int] | None, now: datetime) -> list[int]:
    """Say of what was given up (None: of all of it) that nobody wants it; returns which it was."""
    chosen = [row.id for row in _chosen(connection, ids)]
    for number in chosen:
        mark(connection, number, state=State.DROPPED)
        record(connection, number, now, State.DROPPED, None)
    return chosen


def _chosen(connection: sa.Connection, ids: Collection[int] | None) -> list[Notification]:
    return [row for row in dead(connection) if ids is None or row.id in ids]


def _overtaken(connection: sa.Connection, row: Notification) -> bool:
    """Whether people see a later edit of the same message."""
    if row.kind != "update":
        return False
    later = sa.select(sa.func.count()).where(
        outbox.c.receiver == row.receiver,
        outbox.c.channel == row.channel,
        outbox.c.story == row.story,
        outbox.c.kind == row.kind,
        outbox.c.state == State.SENT,
        outbox.c.id > row.id,
    )
    return bool(connection.execute(later).scalar_one())
