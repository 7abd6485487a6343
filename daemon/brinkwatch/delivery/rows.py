"""Reads a row of the outbox as a message to send, and writes down what came of it. Knows no platform."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from brinkwatch.alerts.card import Card
from brinkwatch.delivery.outcome import Outcome, Tried, outcome
from brinkwatch.delivery.receiver import Attempt, Kind, Message, Verdict
from brinkwatch.store import outbox
from brinkwatch.store.outbox import Connection, Notification, State

CRITICAL = "critical"
UNREADABLE = "unreadable"
EXPIRED = "expired"
# From then on a message says that it is late: readers take what Slack shows for new.
LATE_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A row that was given up without an attempt."""

    error: str


def take(
    connection: Connection, notification: int, now: datetime, settle_after: timedelta, *, looking: bool
) -> Message | Dropped:
    """The message of a row, which is marked as being sent unless it is only looked for.

    A story has one first message in a channel: what comes before there is one becomes it, and a first message that
    comes after there is one (it was given up, and tried again) goes into its thread. What is too late is given up,
    unless it corrects a message that people see; so is a row that holds no card that this version can read.
    """
    row = outbox.get(connection, notification)
    try:
        card = Card.from_json(dict(row.card)) if row.card else None
        kind = Kind(row.kind)
    except (KeyError, TypeError, ValueError):
        return _drop(connection, row, now, UNREADABLE)
    thread = outbox.thread(connection, row.story, row.receiver, row.channel) if row.story is not None else None
    parent, channel_id = thread or (None, None)
    if looking:
        parent = row.sent_to  # it lies where it was sent, wherever it would go now
    if row.story is not None:
        kind = _form(kind, parent)
    if not looking:
        if row.expires_at is not None and now > row.expires_at and kind is not Kind.UPDATE:
            return _drop(connection, row, now, EXPIRED)
        # Should this process die or fail to write the answer, the row is looked for after that time.
        due = now + settle_after
        after = row.sent_after or outbox.last_reference(connection, row.receiver, row.channel, Kind.UPDATE)
        outbox.mark(
            connection, row.id, state=State.SENDING, attempts=row.attempts + 1, next_attempt_at=due, sent_to=parent,
            sent_after=after,
        )  # fmt: skip
    return Message(
        key=row.key,
        kind=kind,
        channel=channel_id or row.channel,
        card=card,
        text=row.text,
        parent=parent,
        broadcast=row.broadcast and kind is Kind.REPLY,
        after=row.sent_after if looking else None,
        created_at=row.created_at,
        late=kind in {Kind.POST, Kind.REPLY} and now - row.created_at > LATE_AFTER,
    )


def _form(kind: Kind, parent: str | None) -> Kind:
    """What a notification of a story is for its channel, whatever it was meant to be."""
    if parent is None:
        return Kind.POST
    return Kind.REPLY if kind is Kind.POST else kind


def _drop(connection: Connection, row: Notification, now: datetime, error: str) -> Dropped:
    outbox.record(connection, row.id, now, error, error)
    outbox.mark(connection, row.id, state=State.DEAD, error=error)
    return Dropped(error)


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
    if attempt.verdict is Verdict.GONE and row.story is not None:
        outbox.end_thread(connection, row.story, row.receiver, row.channel)
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
        edit=message.kind is Kind.UPDATE,
    )
