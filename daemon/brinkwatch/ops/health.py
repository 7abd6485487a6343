"""Decides whether the daemon lives and whether it is ready, each with reasons in words. Pure.

Alive: its event loop and its stages go on; whoever restarts it on a "no" is right. Ready: what is polled now would also
arrive; a "no" is for people, as a restart mends nothing of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

LATE_TICK = timedelta(seconds=60)
"""The scheduler looks for due feeds every second."""
LATE_OUTBOX = timedelta(minutes=10)
"""A notification that has waited so long is held up; what waits for Slack's rate limit has not."""


@dataclass(frozen=True, slots=True)
class Held:
    """Notifications of one channel that do not go out. `mend`: what a person can do, where that is known."""

    receiver: str
    channel: str
    error: str
    mend: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the daemon. `tick_age`: since the scheduler last looked; None: it has not begun. `store_error`:
    why the store cannot be read now; `trouble`: what keeps it from being written. `given_up`: notifications that nobody
    gets unless somebody acts, but for those that came too late."""

    tick_age: timedelta | None
    stuck: Sequence[str] = ()
    failing: Sequence[str] = ()
    store_error: str | None = None
    trouble: str | None = None
    unwritten: str | None = None
    outbox_oldest: timedelta = timedelta(0)
    held: Sequence[Held] = ()
    given_up: int = 0
    stopping: bool = False


def dead(facts: Facts) -> list[str]:
    """Why the daemon does not live; empty: it does. While it starts it lives."""
    reasons = [f"the stage {stage} is stuck" for stage in facts.stuck]
    if facts.tick_age is not None and facts.tick_age > LATE_TICK:
        reasons.append(f"the scheduler has not looked for due feeds for {facts.tick_age.total_seconds():.0f} s")
    return reasons


def unready(facts: Facts) -> list[str]:
    """Why an alert would not arrive now; empty: it would."""
    if facts.stopping:
        return ["the daemon is stopping"]
    if facts.tick_age is None:
        return ["the daemon is starting"]
    reasons = dead(facts)
    if facts.store_error is not None:
        reasons.append(f"the store cannot be read: {facts.store_error}")
    if facts.trouble is not None:
        reasons.append(f"the store is in trouble: {facts.trouble}")
    if facts.unwritten is not None:
        reasons.append(f"what was sent cannot be written to the store: {facts.unwritten}")
    if facts.trouble is None:  # else the stages fail because of it
        reasons += [f"the stage {stage} failed the last time; the log says why" for stage in facts.failing]
    for held in facts.held:
        mend = f"; to mend it: {held.mend}" if held.mend else ""
        reasons.append(f"messages to {held.channel} do not go out by {held.receiver}: {held.error}{mend}")
    if facts.given_up:
        reasons.append(f"messages were given up ({facts.given_up}); `brinkwatch outbox` lists, sends or drops them")
    if facts.outbox_oldest > LATE_OUTBOX and not facts.held:
        reasons.append(f"the oldest notification has waited for {facts.outbox_oldest.total_seconds():.0f} s")
    return reasons
