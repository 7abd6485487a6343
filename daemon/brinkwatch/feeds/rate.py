"""Learns how often a feed publishes, and says what follows: how often to visit, when its silence is unlikely. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any

KEPT = 30
"""Publication times that are remembered, the newest ones, to the minute: a batch published at once is one."""
ENOUGH = 5
"""From fewer nothing is concluded."""
LEARNING = timedelta(days=7)
"""A feed watched for less than a week may never have had its weekend."""
HALF_LIFE = timedelta(days=14)
MEMORY = timedelta(days=60)
STALE_AFTER = timedelta(days=30)
# A visit is due at one of these intervals, so that the feed's place in time stays the same while its rate wavers.
_MINUTES = (1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 720, 1440)


@dataclass(frozen=True, slots=True)
class Rate:
    """What is remembered of a feed's publications, all of it in the past."""

    moments: tuple[datetime, ...] = ()
    """Newest first."""
    longest: timedelta = timedelta(0)
    """The longest gap so far, halved every two weeks: a night and a weekend are no silence, a holiday is forgotten."""
    since: datetime | None = None
    """The earliest publication ever seen."""

    def gap(self, now: datetime) -> timedelta | None:
        """The mean gap between recent publications, the one that is still open included; None: not known."""
        return (now - self.moments[-1]) / len(self.moments) if len(self.moments) >= ENOUGH else None

    def a_day(self, now: datetime) -> float | None:
        """Publications a day."""
        gap = self.gap(now)
        return timedelta(days=1) / gap if gap else None

    def as_json(self) -> dict[str, Any]:
        return {
            "moments": [int(moment.timestamp()) for moment in self.moments],
            "longest": int(self.longest.total_seconds()),
            "since": int(self.since.timestamp()) if self.since else None,
        }


def from_json(kept: Mapping[str, Any] | None) -> Rate:
    """What the store kept."""
    if not kept:
        return Rate()
    moments = _moments(tuple(kept["moments"]))
    since = datetime.fromtimestamp(kept["since"], UTC) if kept["since"] is not None else None
    return Rate(moments, timedelta(seconds=kept["longest"]), since)


@lru_cache(maxsize=1_024)  # asked for twice within a poll
def _moments(seconds: tuple[int, ...]) -> tuple[datetime, ...]:
    return tuple(datetime.fromtimestamp(second, UTC) for second in seconds)


def learn(old: Rate, published: Iterable[datetime | None], fresh: int, now: datetime) -> Rate:
    """What is known after a document with these dates, `fresh` of its entries being new.

    Of a feed without dates the moment at which new entries were first seen counts. Dates in the future are no dates.
    """
    dated = {moment.replace(second=0, microsecond=0) for moment in published if moment and moment <= now}
    if not dated and fresh:
        dated = {now.replace(second=0, microsecond=0)}
    if old.moments and old.moments[0] > now:  # the clock was ahead
        old = replace(old, moments=tuple(moment for moment in old.moments if moment <= now))
    moments = _recent(sorted({*old.moments, *dated}, reverse=True)[:KEPT])
    if moments == old.moments:
        return old
    before = old.moments[0] if old.moments else None
    new = [moment for moment in moments if before is None or moment > before]
    gaps = [later - earlier for later, earlier in pairwise([*new, *([before] if before else [])])]
    faded = old.longest * 0.5 ** ((moments[0] - before) / HALF_LIFE) if before else timedelta(0)
    return Rate(moments, max([faded, *gaps]), min(moments[-1], old.since or moments[-1]))


def pace(rate: Rate, now: datetime, *, usual: timedelta, min_interval: timedelta, max_interval: timedelta) -> timedelta:
    """How long to wait between two visits: half the feed's own mean gap, so that little is late and few are in vain.

    `usual` is for feeds whose rate is not known yet. All three come from the configuration.
    """
    gap = rate.gap(now)
    wanted = usual if gap is None else _step(gap / 2)
    return max(min(wanted, max_interval), min_interval)


def is_quiet(rate: Rate, now: datetime) -> bool:
    """Whether the feed is silent for longer than its own rate makes likely.

    Seven mean gaps without a publication happen once in a thousand times by chance (e^-7, were they independent);
    people keep nights and weekends, hence twice the longest gap as well, and half a day.
    """
    gap = _former_gap(rate)
    if gap is None or rate.since is None or now - rate.since < LEARNING:
        return False
    return now - rate.moments[0] > max(7 * gap, 2 * rate.longest, timedelta(hours=12))


def is_stale(published: Sequence[datetime], now: datetime) -> bool:
    """Whether all publications known are old: a month, and far more than they were apart. Newest first."""
    if not published:
        return False
    apart = (published[0] - published[-1]) / max(len(published) - 1, 1)
    return now - published[0] > max(STALE_AFTER, 3 * apart)


def _recent(moments: Sequence[datetime]) -> tuple[datetime, ...]:
    """Newest first, without those left over from long ago, such as an entry that is pinned for years."""
    recent = tuple(moment for moment in moments if moments[0] - moment <= MEMORY)
    return recent if len(recent) >= ENOUGH else tuple(moments)


def _former_gap(rate: Rate) -> timedelta | None:
    """The mean gap up to the last publication: a silence must not excuse itself."""
    if len(rate.moments) < ENOUGH:
        return None
    return (rate.moments[0] - rate.moments[-1]) / (len(rate.moments) - 1)


def _step(wait: timedelta) -> timedelta:
    """The longest of the intervals that is no longer than `wait`."""
    minutes = [step for step in _MINUTES if timedelta(minutes=step) <= wait]
    return timedelta(minutes=minutes[-1] if minutes else _MINUTES[0])
