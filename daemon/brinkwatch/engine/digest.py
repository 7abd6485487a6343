"""Tells in one line what was passed over, because it was there before or too old, and what a budget held back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from brinkwatch.alerts.budget import HOUR, line_at
from brinkwatch.alerts.budget import line as budget_line
from brinkwatch.alerts.decision import Action, Decision, Reason
from brinkwatch.alerts.words import plural
from brinkwatch.config.alerting import Budget
from brinkwatch.delivery.receiver import Kind
from brinkwatch.outcomes import Outcome
from brinkwatch.store import decisions, ledger, outbox
from brinkwatch.store.database import Connection

OLDEST_HELD = timedelta(days=1)  # a line about what was held back longer ago helps nobody
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
    connection: Connection,
    channels: Sequence[str],
    receivers: Sequence[str],
    now: datetime,
    wait: timedelta,
    budget: Budget | None = None,
) -> str | None:
    """Write one line to each channel once something has waited for `wait` and every channel has room for it; returns
    the line."""
    if budget is not None and any(_full(connection, channel, budget, now) for channel in channels):
        return None
    passed = ledger.take_passed_over(connection, now - wait)
    if not passed:
        return None
    text = line(passed)
    for channel in dict.fromkeys(channels):
        _tell(connection, channel, Reason.PASSED_OVER, text, receivers, now)
    return text


def held_back(
    connection: Connection,
    channels: Iterable[str],
    receivers: Sequence[str],
    now: datetime,
    wait: timedelta,
    budget: Budget,
) -> list[str]:
    """Write to each channel one line about the stories that its budget has held back, once the first of them has waited
    for `wait`, and at most one in an hour; returns the lines."""
    lines = []
    for channel in dict.fromkeys(channels):
        per_hour = budget.of(channel)
        if per_hour is None or _full(connection, channel, budget, now):
            continue
        held = decisions.held_back(connection, channel, now - OLDEST_HELD)
        last = decisions.last_budget_line(connection, channel)
        rested = last is None or now - last >= HOUR
        if held and rested and now - min(one.at for one in held) >= wait:
            lines.append(budget_line(held, per_hour))
            _tell(connection, channel, Reason.BUDGET, lines[-1], receivers, now)
    return lines


def _full(connection: Connection, channel: str, budget: Budget, now: datetime) -> bool:
    return line_at(decisions.told_at(connection, channel, now - HOUR), budget.of(channel), now) is not None


def _tell(
    connection: Connection, channel: str, reason: Reason, text: str, receivers: Sequence[str], now: datetime
) -> None:
    word = "digest" if reason is Reason.PASSED_OVER else reason.value
    key = f"{word}:{now.isoformat()}:{channel}"
    row = decisions.record(
        connection, key, Decision(Action.DIGEST, reason), at=now, item=None, story=None, route=None,
        channel=channel, tier=None, signals={},
    )  # fmt: skip
    for receiver in receivers:
        outbox.put(
            connection, key=f"{key}:{receiver}", decision=row, story=None, receiver=receiver, channel=channel,
            kind=Kind.NOTICE.value, card=None, text=text, next_attempt_at=now, created_at=now,
        )  # fmt: skip
