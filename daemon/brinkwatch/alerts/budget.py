"""Decides when a channel may be told more, and words the line about what its budget held back. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from brinkwatch.alerts.words import plural
from brinkwatch.stories.story import Tier

HOUR = timedelta(hours=1)
KEPT_FOR_CRITICAL = 4
"""One place in so many."""
NAMED = 3
LONGEST_HEADLINE = 100


def free_at(told: Sequence[datetime], per_hour: int | None, now: datetime) -> datetime | None:
    """When a channel that was told something at these times may be told more; None: now.

    In no 60 minutes more than `per_hour` messages. One place is kept for the digest line, and a quarter for what is
    critical, so that this rarely takes a channel over its budget.
    """
    return None if per_hour is None else _room_at(told, per_hour - 1 - per_hour // KEPT_FOR_CRITICAL, now)


def line_at(told: Sequence[datetime], per_hour: int | None, now: datetime) -> datetime | None:
    """The same for the digest line itself, which may take the last place."""
    return None if per_hour is None else _room_at(told, per_hour, now)


def _room_at(told: Sequence[datetime], most: int, now: datetime) -> datetime | None:
    # Never from later than now: the clock may have been set back since.
    recent = sorted(min(at, now) for at in told if at > now - HOUR)
    return recent[len(recent) - most] + HOUR if len(recent) >= most else None


@dataclass(frozen=True, slots=True)
class Held:
    """A story that its channel's budget held back. `headline` is the title of the item that it was decided for."""

    story: str
    at: datetime
    tier: Tier
    headline: str


def line(held: Sequence[Held], per_hour: int) -> str:
    """One line for people, with the number of stories and the gravest by name."""
    ordered = sorted(held, key=lambda one: (-one.tier, one.at, one.story))
    tiers = [one.tier for one in ordered]
    counted = ", ".join(f"{tiers.count(tier):,} {tier.word}" for tier in dict.fromkeys(tiers))
    named = "; ".join(_cut(one.headline) for one in ordered[:NAMED] if one.headline)
    more = f" and {len(ordered) - NAMED:,} more" if len(ordered) > NAMED and named else ""
    head = (
        f"Held back, as this channel's {per_hour:,} messages an hour are spent: {plural(len(held), 'story', 'stories')}"
    )
    return f"{head} ({counted})" + (f": {named}{more}." if named else ".")


def _cut(headline: str) -> str:
    return headline if len(headline) <= LONGEST_HEADLINE else headline[: LONGEST_HEADLINE - 1].rstrip() + "…"
