"""Decides which notification of each channel goes next, and when. Touches no clock, store or network.

A lane is one channel of one receiver. Its notifications go one at a time, in the order in which they were decided. Only
one that keeps failing for a reason of its own is gone past, and then not by its own story.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from brinkwatch.delivery.receiver import Kind
from brinkwatch.store.outbox import State, Waiting

Lane = tuple[str, str]
"""Receiver and channel."""

FIRST_BACKOFF = timedelta(seconds=1)
LONGEST_BACKOFF = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now. `next_at` is when the first of those that must wait is due; None if nothing waits."""

    ready: tuple[Waiting, ...]
    superseded: tuple[int, ...]
    next_at: datetime | None


def plan(rows: Sequence[Waiting], now: datetime, free_at: Mapping[Lane, datetime], busy: Collection[Lane] = ()) -> Plan:
    """Choose at most one notification for each lane that is not busy.

    `rows` is everything unsettled, oldest first; `free_at` is when a lane may be used again.
    """
    superseded = superseded_edits(rows)
    lanes: dict[Lane, list[Waiting]] = {}
    for row in rows:
        if row.id not in superseded:
            lanes.setdefault((row.receiver, row.channel), []).append(row)
    ready: list[Waiting] = []
    waits: list[datetime] = []
    for lane, queue in lanes.items():
        if lane in busy:
            continue
        chosen, at = next_of(queue, now, free_at.get(lane, now))
        if chosen is not None:
            ready.append(chosen)
        elif at is not None:
            waits.append(at)
    return Plan(tuple(ready), tuple(sorted(superseded)), min(waits, default=None))


def next_of(queue: Sequence[Waiting], now: datetime, free_at: datetime) -> tuple[Waiting | None, datetime | None]:
    """The notification of one lane that goes now, or when the next will be due."""
    passed: set[str | None] = set()
    soonest: datetime | None = None
    for row in queue:
        if row.story in passed:
            continue
        due = max(row.next_attempt_at, free_at)
        if due <= now:
            return row, None
        soonest = due if soonest is None else min(soonest, due)
        if row.state is not State.FAILED:
            break
        if row.story is not None:
            passed.add(row.story)
    return None, soonest


def superseded_edits(rows: Sequence[Waiting]) -> set[int]:
    """Edits that need not be made, as a later one of the same message waits as well. The newest shows all."""
    newest: dict[tuple[str, str, str | None], int] = {}
    superseded: set[int] = set()
    for row in reversed(rows):
        if row.kind != Kind.UPDATE:
            continue
        message = (row.receiver, row.channel, row.story)
        if message in newest and row.state is not State.SENDING:
            superseded.add(row.id)
        newest.setdefault(message, row.id)
    return superseded


def backoff(attempts: int) -> timedelta:
    """How long to wait after so many attempts (1, 2, …): doubling from a second to five minutes."""
    doublings = min(max(attempts, 1) - 1, 16)
    return min(FIRST_BACKOFF * (1 << doublings), LONGEST_BACKOFF)
