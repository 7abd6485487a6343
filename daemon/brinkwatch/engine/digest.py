"""Tells in one line what was passed over because it was there before, or too old. The words are pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from brinkwatch.alerts.decision import Action, Decision, Reason
from brinkwatch.alerts.words import plural
from brinkwatch.delivery.receiver import Kind
from brinkwatch.outcomes import Outcome
from brinkwatch.store import decisions, ledger, outbox
from brinkwatch.store.database import Connection

WORDS = {
    Outcome.SEEDED: "{items} from before the first poll of {feeds}",
    Outcome.STALE: "{items} from {feeds} older than the alert age",
}


def line(passed: Mapping[Outcome, tuple[int, int]]) -> str:
    """One line for people; `passed` gives (items, feeds) for each outcome."""
    parts = [
        WORDS[outcome].format(items=plural(items, "item"), feeds=plural(feeds, "feed"))
        for outcome, (items, feeds) in sorted(passed.items())
    ]
    return "Passed over without an alert: " + "; ".join(parts) + "."


def digest(
    connection: Connection, channels: Sequence[str], receivers: Sequence[str], now: datetime, wait: timedelta
) -> str | None:
    """Write one line to each channel once something has waited for `wait`; returns the line."""
    passed = ledger.take_passed_over(connection, now - wait)
    if not passed:
        return None
    text = line(passed)
    for channel in dict.fromkeys(channels):
        key = f"digest:{now.isoformat()}:{channel}"
        row = decisions.record(
            connection, key, Decision(Action.DIGEST, Reason.PASSED_OVER), at=now, item=None, story=None, route=None,
            channel=channel, tier=None, signals={},
        )  # fmt: skip
        for receiver in receivers:
            outbox.put(
                connection, key=f"{key}:{receiver}", decision=row, story=None, receiver=receiver, channel=channel,
                kind=Kind.NOTICE.value, card=None, text=text, next_attempt_at=now, created_at=now,
            )  # fmt: skip
    return text
