"""Writes what the operators' channel is told: lasting trouble of delivery, messages given up, feeds, the
daily line. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from brinkwatch.alerts.words import plural

MAX_NAMES = 5


@dataclass(frozen=True, slots=True)
class Day:
    """What happened in a day, and how the feeds stand. `failing` are ids; `unread` have never been polled."""

    ok: int
    failing: Sequence[str]
    unread: int
    items: int
    alerts: int
    replies: int
    given_up: int
    """Of all time, unless they were tried again."""


@dataclass(frozen=True, slots=True)
class FeedChange:
    """How a feed stands now. `sound`: it is well read again; `error` is why it is not, in words."""

    feed: str
    health: str
    since: datetime
    error: str | None
    sound: bool


def trouble(receiver: str, channel: str, error: str, since: datetime, *, alone: bool, mend: str | None) -> str:
    """One line. `alone`: it is one message that does not go, and others go past it; else the whole channel waits."""
    what = f"A message to {channel} has" if alone else f"Messages to {channel} have"
    line = f"{what} not gone out by {receiver} since {since.astimezone(UTC):%Y-%m-%d %H:%M} UTC: {error}."
    kept = " It is tried again by itself." if alone else " They are kept and sent in order once it goes again."
    return line + kept + (f" To mend it: {mend}." if mend else "")


def given_up(receiver: str, channel: str, error: str, number: int) -> str:
    """One line about messages that nobody will get unless somebody acts."""
    were = "was" if number == 1 else "were"
    return (
        f"{plural(number, 'message')} to {channel} {were} given up by {receiver}: {error}. "
        "The command brinkwatch outbox lists what was given up; outbox retry tries it again."
    )


def feeds(changes: Sequence[FeedChange]) -> str:
    """One line about feeds that have come to stand otherwise and have stayed so."""
    named = "; ".join(_feed(change) for change in changes[:MAX_NAMES])
    more = len(changes) - MAX_NAMES
    rest = f"; and {plural(more, 'feed')} more" if more > 0 else ""
    return f"For an hour or longer: {named}{rest}. The command brinkwatch feeds lists them all."


def _feed(change: FeedChange) -> str:
    if change.sound:
        return f"{change.feed} is read well again"
    why = f" ({change.error})" if change.error else ""
    return f"{change.feed} is {change.health} since {change.since.astimezone(UTC):%Y-%m-%d %H:%M} UTC{why}"


def daily(day: Day) -> str:
    """The line that says once a day that the daemon lives, and how."""
    feeds = [f"{plural(day.ok, 'feed')} ok"]
    if day.failing:
        named = ", ".join(day.failing[:MAX_NAMES])
        more = len(day.failing) - MAX_NAMES
        feeds.append(f"{len(day.failing):,} failing ({named}{f' and {more:,} more' if more > 0 else ''})")
    if day.unread:
        feeds.append(f"{day.unread:,} not read yet")
    replies = f"{day.replies:,} " + ("reply" if day.replies == 1 else "replies")
    return (
        f"Brinkwatch is running: {', '.join(feeds)}. In the last 24 hours: {plural(day.items, 'item')}, "
        f"{plural(day.alerts, 'alert')}, {replies}. Messages given up: {day.given_up:,}."
    )
