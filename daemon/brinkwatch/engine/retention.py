"""Decides up to which moment what was stored may go, and when care is due. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

AT_LEAST = timedelta(days=7)
"""What is younger stays, however large it is: it may still be needed to tell news from old."""
AIM = 0.95
"""Of the bound: a store that is only just small enough would be too large again tomorrow."""
GRACE = timedelta(days=30)
"""How long an entry must have been missing in its feed's documents before it may be new again."""
SOON_AFTER = timedelta(hours=3)
OVERDUE = timedelta(hours=36)
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Keep:
    """What is to be kept. `window`: how long a story stays open without a new item."""

    age: timedelta
    max_bytes: int | None
    window: timedelta


@dataclass(frozen=True, slots=True)
class Facts:
    """What the store holds. `used_bytes` None: not known, as with PostgreSQL, which does not give back at once."""

    oldest_item: datetime | None
    used_bytes: int | None


def cutoff(now: datetime, keep: Keep, facts: Facts) -> datetime:
    """What is older may be deleted. Too large a store gives up its oldest part, as large a share as it is too large by.

    The bytes are taken to be spread evenly over time; the next time, what is still too much goes.
    """
    by_age = now - keep.age
    latest = now - max(AT_LEAST, 2 * keep.window)
    if facts.oldest_item is not None and keep.max_bytes and facts.used_bytes and facts.used_bytes > keep.max_bytes:
        oldest = max(facts.oldest_item, by_age)
        share = 1 - AIM * keep.max_bytes / facts.used_bytes
        by_age = max(by_age, oldest + (now - oldest) * share)
    return min(by_age, latest)


def too_large(keep: Keep, facts: Facts) -> bool:
    """Whether the store holds more than it may."""
    return keep.max_bytes is not None and facts.used_bytes is not None and facts.used_bytes > keep.max_bytes


def forgettable(document_day: str, now: datetime) -> datetime:
    """A deleted item's entry that was last shown before this may be forgotten, its feed having been read on that day.

    Only a document proves that an entry is gone: a feed that is down or not modified shows nothing.
    """
    day = datetime.fromisoformat(document_day).replace(tzinfo=now.tzinfo)
    return min(day, now) - GRACE


def due(now: datetime, last: datetime | None, at: str) -> bool:
    """Whether daily care is due: within three hours after `at` (HH:MM on the clock of `now`), or late by half a day.

    `last` None: never, and then a day that has begun is let pass: a fresh installation has other things to do.
    """
    hour, minute = map(int, at.split(":"))
    today = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    latest = today if today <= now else today - timedelta(days=1)
    if last is not None and last > now:  # written by a clock that was ahead
        last = None
    if last is not None and last >= latest:
        return False
    return now < latest + SOON_AFTER or (last is not None and now - last > OVERDUE)
