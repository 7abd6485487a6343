"""Writes what operators are told: trouble of delivery and its end, messages given up, feeds, the daily line. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from brinkwatch.alerts.words import plural

MAX_NAMES = 5
MAX_PROBLEMS = 5


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
    line = f"{what} not gone out by {receiver} since {_minute(since)} UTC: {error}."
    kept = (
        " It is tried again by itself."
        if alone
        else " They are kept, and sent in order once it goes again, unless too late."
    )
    return line + kept + (f" To mend it: {mend}." if mend else "")


def over(receiver: str, channel: str, since: datetime, now: datetime, *, again: bool) -> str:
    """One line that ends what `trouble` said. `again`: messages go out; else there is none left that waits for it."""
    if again:
        meanwhile = f"they did not from {_minute(since)} to {_minute(now)} UTC"
        return f"Messages to {channel} go out by {receiver} again; {meanwhile}."
    return f"No message to {channel} waits any more for what kept it from {receiver} since {_minute(since)} UTC."


def too_late(number: int, oldest: datetime, newest: datetime) -> str:
    """One line for the readers of a channel about alerts that they were to see when it could not be reached."""
    when = _minute(oldest) if _minute(oldest) == _minute(newest) else f"{_minute(oldest)} to {_minute(newest)}"
    return (
        f"{plural(number, 'alert')} of {when} UTC could not be sent here in time, and will not be sent any more. "
        "The command brinkwatch outbox lists what was given up."
    )


def given_up(receiver: str, channel: str, error: str, number: int) -> str:
    """One line about messages that nobody will get unless somebody acts."""
    were = "was" if number == 1 else "were"
    return (
        f"{plural(number, 'message')} to {channel} {were} given up by {receiver}: {error}. "
        "The command brinkwatch outbox lists what was given up; outbox retry tries it again."
    )


def refused_configuration(problems: str) -> str:
    """About a configuration that was refused; `problems` has one line for each mistake."""
    found = problems.splitlines()
    more = f"\n… and {len(found) - MAX_PROBLEMS:,} more" if len(found) > MAX_PROBLEMS else ""
    listed = "\n".join(found[:MAX_PROBLEMS])
    return f"The configuration was changed and cannot be used; the old one stays in force.\n{listed}{more}"


def set_aside(aside: Path, backup: Path | None) -> str:
    """What became of a damaged database, and what that means for the alerts."""
    begun = f"the backup {backup.name} was put in its place" if backup else "there was no sound backup: it begins anew"
    return (
        f"The database was damaged and is kept as {aside.name}; {begun}. The next poll of each feed alerts nobody, as "
        "what it brings may have been told. A story that is still going on may be told as new once more."
    )


def store_short(what: str, since: datetime) -> str:
    """About a disk that runs short of room; `what` says of how much."""
    return f"The disk of the store runs short since {_minute(since)} UTC: {what}. It goes on once there is room."


def store_over(since: datetime, until: datetime) -> str:
    """The line that ends what `store_short` said."""
    return f"The store is in order again, and feeds are polled; it was in trouble from {_span(since, until)} UTC."


def store_was(what: str, since: datetime, until: datetime) -> str:
    """About a time in which the store could not be used, so that nobody could be told of it here."""
    return (
        f"From {_span(since, until)} UTC the store could not be used: {what}. It works again, and what was due is made "
        "up for; an entry that a feed showed only meanwhile was not seen."
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


def _span(since: datetime, until: datetime) -> str:
    return f"{_minute(since)} to {_minute(until)}"


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"
