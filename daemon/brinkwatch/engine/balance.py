"""Checks that everything is accounted for. Pure.

Two sums must hold. Per feed and day: the entries of the documents that were read = the outcomes that their polls gave
them. Per feed, over all days (an entry seen before midnight may be assessed after it): pending = assessed, or one of
the other outcomes after it, or waiting still.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from brinkwatch.outcomes import AFTER_PENDING, Outcome

AT_POLL = tuple(outcome for outcome in Outcome if outcome not in AFTER_PENDING)


@dataclass(frozen=True, slots=True)
class DayLine:
    """One feed and day. `seen` is None for polls of a version that did not count them."""

    feed: str
    day: str
    seen: int | None
    outcomes: Mapping[Outcome, int]

    @property
    def sum(self) -> int:
        """Of the outcomes that a poll gives."""
        return sum(self.outcomes.get(outcome, 0) for outcome in AT_POLL)

    @property
    def off(self) -> int:
        """By how many entries the day does not add up."""
        return 0 if self.seen is None else abs(self.seen - self.sum)

    @property
    def balanced(self) -> bool:
        return not self.off


@dataclass(frozen=True, slots=True)
class FeedLine:
    """What became of one feed's pending entries, over all days."""

    feed: str
    pending: int
    ended: int
    waiting: int

    @property
    def off(self) -> int:
        """By how many entries the feed does not add up."""
        return abs(self.pending - self.ended - self.waiting)

    @property
    def balanced(self) -> bool:
        return not self.off


@dataclass(frozen=True, slots=True)
class Earlier:
    """Days that are not shown one by one: only their sums are known."""

    sums: tuple[tuple[str, Outcome, int], ...] = ()
    """(feed, outcome, number)"""
    seen: int = 0
    off: Mapping[str, int] = field(default_factory=dict)
    """By how many entries each feed's days did not add up."""


@dataclass(frozen=True, slots=True)
class Balance:
    """The ledger and its check."""

    days: tuple[DayLine, ...]
    feeds: tuple[FeedLine, ...]
    earlier: Earlier = Earlier()

    @property
    def balanced(self) -> bool:
        return not self.wrong

    @property
    def off(self) -> int:
        """How many entries are not accounted for, by both sums."""
        lines = sum(day.off for day in self.days) + sum(feed.off for feed in self.feeds)
        return lines + sum(self.earlier.off.values())

    @property
    def seen(self) -> int:
        """Entries of all documents that were read."""
        return sum(day.seen or 0 for day in self.days) + self.earlier.seen

    @property
    def told(self) -> int:
        """Entries that polls gave an outcome."""
        earlier = sum(number for _, outcome, number in self.earlier.sums if outcome in AT_POLL)
        return sum(day.sum for day in self.days) + earlier

    @property
    def wrong(self) -> list[str]:
        """The feeds that do not add up."""
        return sorted(
            {line.feed for line in self.days if not line.balanced}
            | {line.feed for line in self.feeds if not line.balanced}
            | {feed for feed, off in self.earlier.off.items() if off}
        )


def balance(
    rows: Iterable[tuple[str, str, Outcome, int]],
    seen: Mapping[tuple[str, str], int],
    waiting: Mapping[str, int],
    earlier: Earlier | None = None,
) -> Balance:
    """`rows` are (feed, day, outcome, number); `seen` the entries by feed and day; `waiting` pending items by feed.

    `earlier` is what is known of the days before those of `rows`; None: there are none.
    """
    earlier = earlier or Earlier()
    by_day: defaultdict[tuple[str, str], Counter[Outcome]] = defaultdict(Counter)
    by_feed: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
    for feed, day, outcome, number in rows:
        by_day[feed, day][outcome] += number
        by_feed[feed][outcome] += number
    for feed, outcome, number in earlier.sums:
        by_feed[feed][outcome] += number
    days = [
        DayLine(feed, day, seen.get((feed, day)), by_day[feed, day])
        for day, feed in sorted({(day, feed) for feed, day in {*by_day, *seen}})
    ]
    feeds = [
        FeedLine(
            feed,
            by_feed[feed][Outcome.PENDING],
            sum(by_feed[feed][outcome] for outcome in AFTER_PENDING),
            waiting.get(feed, 0),
        )
        for feed in sorted({*by_feed, *waiting})
    ]
    return Balance(tuple(days), tuple(feeds), earlier)
