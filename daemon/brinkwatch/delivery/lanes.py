"""Decides which notification of each channel goes next, and when. Touches no clock, store or network.

A lane is one channel of one receiver. Its notifications go one at a time, in the order in which they were decided. Only
one that keeps failing for a reason of its own is gone past, and then not by its own story.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from brinkwatch.store.outbox import State, Waiting

Lane = tuple[str, str]
"""Receiver and channel."""

FIRST_BACKOFF = timedelta(seconds=1)
LONGEST_BACKOFF = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now. `next_at` is when the first of those that must wait is due; None if nothing waits."""

    ready: tuple[Waiting, ...]
    superseded: tuple[Waiting, ...]
    next_at: datetime | None


def plan(rows: Sequence[Waiting], now: datetime, free_at: Mapping[Lane, datetime], busy: Collection[Lane] = ()) -> Plan:
    """Choose at most one notification for each lane that is not busy.

    `rows` is what can be next in each lane, oldest first; `free_at` is when a lane may be used again. An edit is
    superseded by a later one of the same message, which shows all; unless it may have been made already.
    """
    superseded = tuple(row for row in rows if row.overtaken and row.state in {State.PENDING, State.FAILED})
    lanes: dict[Lane, list[Waiting]] = {}
    for row in rows:
        if row not in superseded:
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
    return Plan(tuple(ready), superseded, min(waits, default=None))


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


def backoff(attempts: int) -> timedelta:
    """How long to wait after so many attempts (1, 2, …): doubling from a second to five minutes."""
    doublings = min(max(attempts, 1) - 1, 16)
    return min(FIRST_BACKOFF * (1 << doublings), LONGEST_BACKOFF)
