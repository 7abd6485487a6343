"""Decides what becomes of a notification after an attempt or a look-up. Touches no clock, store or network.

What may have been seen is never sent again before it was looked for. Where a look-up can never answer (no permission to
read the channel), it is asked three times; then a message about a critical story is sent once more, as one too many is
better than none, and any other is given up.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from brinkwatch.delivery.lanes import backoff
from brinkwatch.delivery.receiver import Attempt, Verdict
from brinkwatch.store.outbox import State

# A day at one try a minute.
MAX_ATTEMPTS = 1_440
# From then on the others of the channel need not wait for one that fails for a reason of its own.
OWN_FAULT_AFTER = 3
UNCLEAR_LOOKUPS = 3


@dataclass(frozen=True, slots=True)
class Tried:
    """What is known of a notification besides its last attempt. `attempts` includes that one; `unclear` counts
    look-ups that could not tell, before this one; `looked`: the attempt was a look-up; `edit`: it makes no message."""

    attempts: int
    unclear: int
    critical: bool
    looked: bool
    edit: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the notification stands from now on. `hold`: its whole channel waits until then."""

    state: State
    verdict: str
    error: str | None = None
    due: datetime | None = None
    hold: bool = False


def outcome(attempt: Attempt, tried: Tried, now: datetime, settle_after: timedelta) -> Outcome:
    """The first rule that applies gives the answer."""
    if attempt.verdict is Verdict.SENT:
        return Outcome(State.SENT, "found" if tried.looked else "sent")
    if attempt.verdict is Verdict.GONE:
        # Nobody misses an edit of what was deleted. A reply becomes the story's first message: it is news.
        return Outcome(State.SUPERSEDED if tried.edit else State.PENDING, "gone", attempt.error, now)
    if attempt.verdict is Verdict.REJECTED:
        return Outcome(State.DEAD, "rejected", attempt.error)
    if tried.looked:
        return _looked_up(attempt, tried, now)
    if attempt.verdict is Verdict.AMBIGUOUS:
        return Outcome(State.AMBIGUOUS, "ambiguous", attempt.error, now + settle_after)
    if tried.attempts >= MAX_ATTEMPTS:
        return Outcome(State.DEAD, "retry", attempt.error)
    if attempt.retry_after is not None:
        due = now + (attempt.retry_after or backoff(tried.attempts))
        return Outcome(State.PENDING, "retry", attempt.error, due, hold=True)
    state = State.FAILED if tried.attempts >= OWN_FAULT_AFTER else State.PENDING
    return Outcome(state, "retry", attempt.error, now + backoff(tried.attempts))


def _looked_up(attempt: Attempt, tried: Tried, now: datetime) -> Outcome:
    if attempt.verdict is Verdict.RETRY:
        return Outcome(State.PENDING, "absent", attempt.error, now)
    if attempt.retry_after is not None:
        return Outcome(State.AMBIGUOUS, "asked", attempt.error, now + (attempt.retry_after or backoff(tried.attempts)))
    unclear = tried.unclear + 1
    if unclear % UNCLEAR_LOOKUPS:
        return Outcome(State.AMBIGUOUS, "unclear", attempt.error, now + backoff(unclear))
    if tried.critical and unclear == UNCLEAR_LOOKUPS:
        return Outcome(State.PENDING, "unclear", "sent again", now)
    return Outcome(State.DEAD, "unclear", "ambiguous")
