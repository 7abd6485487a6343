"""Holds the active stories in memory and finds the one that an item belongs to. Touches no store and no clock.

Vectors find the candidates; the decision is `same`, asked of the members one by one.
"""

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from brinkwatch.config.settings import Stories
from brinkwatch.stories.same import Match, SamePolicy, same
from brinkwatch.stories.story import Features

CANDIDATES = 24
"""Members that are compared exactly: the nearest by vector."""
FLOOR = 0.25
"""Members less alike than this cannot pass the threshold whatever they share."""
WITNESSES = 8
"""Members asked about cohesion: the anchor (the earliest published) and others from the whole life of the story."""

NOTHING_ALIKE = "nothing alike"


class _Part:
    """Items that came together by likeness, in the order they came: a whole story, or a part of a merged one."""

    def __init__(self, number: int, story: str) -> None:
        self.number = number
        self.story = story
        self.members: dict[Hashable, Features] = {}

    @property
    def anchor(self) -> Features:
        return min(self.members.values(), key=lambda f: (f.published, f.title))

    def witnesses(self) -> list[Features]:
        """The anchor first, then members evenly spread, the latest among them."""
        anchor = self.anchor
        others = [features for features in self.members.values() if features is not anchor]
        wanted = min(WITNESSES - 1, len(others))
        return [anchor, *(others[(number + 1) * len(others) // wanted - 1] for number in range(wanted))]


class StoryIndex:
    """The stories that something joined within the window, and those that may still return within the grace after it.

    A story that was merged by hand has several parts: what is to join it must be like one of them, not like all. Not
    for use from two threads at once.
    """

    def __init__(self, settings: Stories, policy: SamePolicy | None = None) -> None:
        self.window = settings.window
        self.grace = settings.grace
        self.policy = policy or SamePolicy()
        self._parts: dict[str, _Part] = {}
        self._last_at: dict[str, datetime] = {}
        self._apart: set[frozenset[str]] = set()
        self._part_of: dict[Hashable, str] = {}
        self._items: list[Hashable | None] = []
        self._row_of: dict[Hashable, int] = {}
        self._free: list[int] = []
        self._vectors: NDArray[np.float32] = np.zeros((256, 0), np.float32)
        self._asleep: set[str] = set()
        self._awake: NDArray[np.bool_] = np.zeros(256, np.bool_)
        self._opened = 0

    def __len__(self) -> int:
        return len(self._last_at)

    def __contains__(self, story: str) -> bool:
        return story in self._last_at

    def part_of(self, item: Hashable) -> str | None:
        """The part of a story that a member belongs to; None for what is no member."""
        return self._part_of.get(item)

    def add(self, story: str, item: Hashable, features: Features, at: datetime, part: str | None = None) -> None:
        """Make an item a member of a story at a moment; an item that is there already is replaced (an edit).

        `part` is the part of a merged story that it belongs to; None: the story's own.
        """
        self.remove(item)
        name = part or story
        group = self._parts.get(name)
        if group is None:
            group = self._parts[name] = _Part(self._opened, story)
            self._opened += 1
        group.members[item] = features
        self._last_at[story] = max(at, self._last_at.get(story, at))
        self._part_of[item] = name
        row = self._row(features.vector.shape[0])
        self._items[row] = item
        self._row_of[item] = row
        self._vectors[row] = features.vector
        self._awake[row] = True
        if story in self._asleep:
            self._asleep.discard(story)
            self._mark(story, awake=True)

    def remove(self, item: Hashable) -> None:
        """Forget an item; a story whose last member goes is forgotten as well. Unknown items are ignored."""
        name = self._part_of.pop(item, None)
        if name is None:
            return
        row = self._row_of.pop(item)
        self._items[row] = None
        self._awake[row] = False
        self._free.append(row)
        part = self._parts[name]
        del part.members[item]
        if not part.members:
            del self._parts[name]
            if not any(other.story == part.story for other in self._parts.values()):
                del self._last_at[part.story]
                self._asleep.discard(part.story)

    def forget(self, story: str) -> None:
        """Forget a story with all its members; an unknown one is ignored."""
        for part in [part for part in self._parts.values() if part.story == story]:
            for item in list(part.members):
                self.remove(item)

    def keep_apart(self, stories: Iterable[frozenset[str]]) -> None:
        """From now on these pairs of stories, which people have split: what is more like one joins not the other."""
        self._apart = set(stories)

    def expire(self, now: datetime) -> None:
        """Close the stories that nothing joined within the window; forget them once the grace is over as well."""
        for story, at in list(self._last_at.items()):
            if now - at > self.window + self.grace:
                self.forget(story)
            elif now - at > self.window and story not in self._asleep:
                self._asleep.add(story)
                self._mark(story, awake=False)

    def _mark(self, story: str, *, awake: bool) -> None:
        for part in self._parts.values():
            if part.story == story:
                self._awake[[self._row_of[item] for item in part.members]] = awake

    def find(self, features: Features, now: datetime, *, returning: bool = False) -> Match:
        """The active story that an item belongs to; `story` is None when there is none.

        `returning`: one that has closed may be taken up again within the grace, if no active one is found.
        """
        self.expire(now)
        active = list(self._candidates(features, self._awake))
        best = self._best(features, active)
        if best is None and returning and self._asleep:
            best = self._best(features, list(self._candidates(features, ~self._awake)))
        return best or self._nearest(active)

    def _best(self, features: Features, found: Sequence[Match]) -> Match | None:
        best: Match | None = None
        for match in found:
            if (
                match.score >= self._needed(match.part or "")
                and (best is None or match.score > best.score)
                and not self._split_from_better(match, found)
                and self._coheres(features, match.part or "")
            ):
                best = match
        return best

    def _split_from_better(self, match: Match, found: Sequence[Match]) -> bool:
        """Whether it is more like a story that people have split from this one."""
        return bool(self._apart) and any(
            other.score > match.score and frozenset({other.story or "", match.story or ""}) in self._apart
            for other in found
        )

    @staticmethod
    def _nearest(found: Sequence[Match]) -> Match:
        """What came nearest and yet is another story; for people who ask why."""
        if not found:
            return Match(False, 0.0, NOTHING_ALIKE)
        best = max(found, key=lambda match: match.score)
        return replace(best, same=False, story=None, part=None)

    def _candidates(self, features: Features, wanted: NDArray[np.bool_]) -> Iterable[Match]:
        """Of each part near the item the best match with a member; older ones first among equals."""
        rows = np.flatnonzero(wanted[: len(self._items)])
        if not len(rows):
            return ()
        # Rounded, so that the last bits of a matrix product decide nothing.
        likeness = np.round(self._vectors[: len(self._items)] @ features.vector, 5)[rows]
        count = min(CANDIDATES, len(rows))
        edge = np.partition(likeness, len(rows) - count)[len(rows) - count]
        best: dict[str, Match] = {}
        for row in rows[likeness >= max(edge, FLOOR)]:
            item = self._items[row]
            if item is None:
                continue
            name = self._part_of[item]
            match = same(features, self._parts[name].members[item], self.policy)
            if name not in best or (match.score, match.reason) > (best[name].score, best[name].reason):
                best[name] = replace(match, story=self._parts[name].story, part=name, nearest=item)
        return (best[name] for name in sorted(best, key=lambda name: self._parts[name].number))

    def _needed(self, part: str) -> float:
        """The score that a new member of a story must reach with its nearest member."""
        policy, size = self.policy, len(self._parts[part].members)
        if size <= policy.crowd:
            return policy.threshold
        logit = math.log(policy.threshold / (1 - policy.threshold))
        return 1 / (1 + math.exp(-logit - policy.crowding * math.log2(size / policy.crowd)))

    def _coheres(self, features: Features, part: str) -> bool:
        """Whether the story as a whole agrees: its anchor has no veto, and on average its members are alike enough."""
        scores = [same(features, member, self.policy).score for member in self._parts[part].witnesses()]
        return scores[0] > 0 and sum(scores) / len(scores) >= self.policy.cohesion

    def _row(self, width: int) -> int:
        if self._free:
            return self._free.pop()
        if not self._vectors.shape[1]:
            self._vectors = np.zeros((256, width), np.float32)
        if len(self._items) == len(self._vectors):
            self._vectors = np.concatenate([self._vectors, np.zeros_like(self._vectors)])
            self._awake = np.concatenate([self._awake, np.zeros_like(self._awake)])
        self._items.append(None)
        return len(self._items) - 1
