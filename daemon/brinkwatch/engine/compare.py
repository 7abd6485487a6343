"""Compares what two configurations would have sent, message by message and day by day. Pure: runs and sends nothing."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Protocol

POST, REPLY = "post", "reply"


@dataclass(frozen=True, slots=True)
class Message:
    """A post or a reply that would have been sent. `item` caused it, `story` are the items of its story."""

    at: datetime
    route: str
    channel: str
    action: str
    reason: str
    tier: str
    headline: str
    item: str
    story: frozenset[str]


class Timed(Protocol):
    """A message as far as counting goes."""

    @property
    def at(self) -> datetime: ...

    @property
    def action(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Pair:
    """One message under both configurations, not alike in everything that people see."""

    present: Message
    new: Message


@dataclass(frozen=True, slots=True)
class Difference:
    """`more`: only the new configuration sends it; `less`: only the present one; `otherwise`: both, yet not alike."""

    more: tuple[Message, ...]
    less: tuple[Message, ...]
    otherwise: tuple[Pair, ...]
    same: int


@dataclass(frozen=True, slots=True)
class Rate:
    """Messages a day over the days of a run."""

    posts: float
    replies: float
    median: float
    busiest: int


def compare(present: Sequence[Message], new: Sequence[Message]) -> Difference:
    """Find for each message its counterpart, the closest kind first; each has one at most.

    A counterpart is told in the same channel because of the same item, else in the same channel about the same story,
    else by the same route because of the same item in another channel.
    """
    left, right = sorted(present, key=_order), sorted(new, key=_order)
    stories = _counterparts(left, right)
    pairs: list[Pair] = []
    ways: tuple[Callable[[Message], Hashable], ...] = (
        lambda message: (message.channel, message.item, message.action),
        lambda message: (message.channel, message.item),
        lambda message: (message.channel, stories.get(message.story, message.story), message.action),
        lambda message: (message.route, message.item),
    )
    for way in ways:
        left, right, found = _paired(left, right, way)
        pairs += found
    other = [pair for pair in pairs if _seen(pair.present) != _seen(pair.new)]
    other.sort(key=lambda pair: _order(pair.new))
    return Difference(tuple(right), tuple(left), tuple(other), len(pairs) - len(other))


def _order(message: Message) -> tuple[datetime, str, str, str]:
    return message.at, message.channel, message.action, message.item


def _seen(message: Message) -> tuple[object, ...]:
    """What people see of a message; by which route it came they do not."""
    return message.at, message.channel, message.action, message.reason, message.tier, message.headline


def _paired(
    left: Sequence[Message], right: Sequence[Message], way: Callable[[Message], Hashable]
) -> tuple[list[Message], list[Message], list[Pair]]:
    """What is left over on both sides, and the pairs that agree in `way`, in the order of time."""
    waiting: defaultdict[Hashable, list[Message]] = defaultdict(list)
    for message in reversed(left):
        waiting[way(message)].append(message)
    pairs: list[Pair] = []
    rest: list[Message] = []
    for message in right:
        if alike := waiting.get(way(message)):
            pairs.append(Pair(alike.pop(), message))
        else:
            rest.append(message)
    return sorted((one for each in waiting.values() for one in each), key=_order), rest, pairs


def _counterparts(left: Iterable[Message], right: Iterable[Message]) -> dict[frozenset[str], frozenset[str]]:
    """For each story of the right the one of the left that shares most items with it."""
    holds: defaultdict[str, set[frozenset[str]]] = defaultdict(set)
    for story in {message.story for message in left}:
        for item in story:
            holds[item].add(story)
    found = {}
    for story in {message.story for message in right}:
        shared = Counter(other for item in story for other in holds.get(item, ()))
        if shared:
            found[story] = max(shared, key=lambda other: (shared[other], sorted(other)))
    return found


def days(moments: Iterable[datetime]) -> list[date]:
    """Every day (UTC) from the first of these moments to the last."""
    dates = sorted({moment.date() for moment in moments})
    return [dates[0] + timedelta(days=n) for n in range((dates[-1] - dates[0]).days + 1)] if dates else []


def per_day(messages: Iterable[Message]) -> Counter[tuple[date, str, str]]:
    """How many messages there are by (day, route, action)."""
    return Counter((message.at.date(), message.route, message.action) for message in messages)


def rate(messages: Sequence[Timed], over: Sequence[date]) -> Rate:
    """Messages a day, days without any among them; what was sent on other days is not counted."""
    counts = Counter(message.at.date() for message in messages)
    actions = Counter(message.action for message in messages if message.at.date() in set(over))
    if not over:
        return Rate(0.0, 0.0, 0.0, 0)
    each = [counts[day] for day in over]
    return Rate(
        round(actions[POST] / len(over), 2), round(actions[REPLY] / len(over), 2), float(median(each)), max(each)
    )
