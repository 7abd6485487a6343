"""Reads a row of the outbox as a message to send, and writes down what came of it. Knows no platform."""

from datetime import datetime, timedelta
from typing import Any

from brinkwatch.alerts.card import Card
from brinkwatch.delivery.outcome import Outcome, Tried, outcome
from brinkwatch.delivery.receiver import Attempt, Kind, Message, Verdict
from brinkwatch.store import outbox
from brinkwatch.store.outbox import Connection, Notification, State

CRITICAL = "critical"
UNREADABLE = "unreadable"


def take(
    connection: Connection, notification: int, now: datetime, settle_after: timedelta, *, looking: bool
) -> Message | None:
    """The message of a row, which is marked as being sent unless it is only looked for.

    A reply or an edit of a story whose first message never came through takes that message's place. None: the row
    holds no card that this version can read, and is given up.
    """
    row = outbox.get(connection, notification)
    try:
        card = Card.from_json(dict(row.card)) if row.card else None
        kind = Kind(row.kind)
    except (KeyError, TypeError, ValueError):
        outbox.record(connection, row.id, now, Verdict.REJECTED, UNREADABLE)
        outbox.mark(connection, row.id, state=State.DEAD, error=UNREADABLE)
        return None
    thread = None
    if row.story is not None and kind in {Kind.REPLY, Kind.UPDATE}:
        thread = outbox.thread(connection, row.story, row.receiver, row.channel)
        kind = kind if thread else Kind.POST
    parent, channel_id = thread or (None, None)
    after = outbox.last_reference(connection, row.receiver, row.channel, Kind.UPDATE) if looking else None
    if not looking:
        # Should this process die or fail to write the answer, the row is looked for after that time.
        due = now + settle_after
        outbox.mark(connection, row.id, state=State.SENDING, attempts=row.attempts + 1, next_attempt_at=due, error=None)
    return Message(
        key=row.key,
        kind=kind,
        channel=channel_id or row.channel,
        card=card,
        text=row.text,
        parent=parent,
        broadcast=row.broadcast and kind is Kind.REPLY,
        after=after,
        created_at=row.created_at,
    )


def settle(
    connection: Connection,
    message: Message,
    attempt: Attempt,
    notification: int,
    now: datetime,
    settle_after: timedelta,
    *,
    looked: bool,
) -> Outcome:
    """Write down what came of an attempt or a look-up, and all that follows from it, in one transaction."""
    row = outbox.get(connection, notification)
    result = outcome(attempt, _tried(connection, row, message, looked), now, settle_after)
    outbox.record(connection, row.id, now, result.verdict, attempt.error)
    changes: dict[str, Any] = {"state": result.state, "error": result.error}
    if result.due is not None:
        changes["next_attempt_at"] = result.due
    if result.state is State.SENT:
        changes |= {"reference": attempt.reference, "channel_id": attempt.channel_id}
        if row.story is not None and message.kind is Kind.POST and attempt.reference is not None:
            outbox.start_thread(connection, row.story, row.receiver, row.channel, attempt.reference, attempt.channel_id)
    outbox.mark(connection, row.id, **changes)
    if result.hold and result.due is not None:
        outbox.hold(connection, row.receiver, row.channel, result.due)
    return result


def _tried(connection: Connection, row: Notification, message: Message, looked: bool) -> Tried:
    return Tried(
        attempts=row.attempts,
        unclear=outbox.count_attempts(connection, row.id, "unclear") if looked else 0,
        critical=message.card is not None and message.card.tier == CRITICAL,
        looked=looked,
    )
