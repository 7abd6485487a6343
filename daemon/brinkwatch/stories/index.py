"""Holds the active stories in memory and finds the one that an item belongs to. Touches no store and no clock.

Vectors find the candidates; the decision is `same`, asked of the members one by one.
"""

import math
from collections.abc import Hashable, Iterable
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


class _Group:
    """One story: its members by item, in the order they came."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.members: dict[Hashable, Features] = {}
        self.last_at: datetime | None = None

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
    """The stories that something joined within the window. Not for use from two threads at once."""

    def __init__(self, settings: Stories, policy: SamePolicy | None = None) -> None:
        self.window = settings.window
        self.policy = policy or SamePolicy()
        self._stories: dict[str, _Group] = {}
        self._story_of: dict[Hashable, str] = {}
        self._items: list[Hashable | None] = []
        self._row_of: dict[Hashable, int] = {}
        self._free: list[int] = []
        self._vectors: NDArray[np.float32] = np.zeros((256, 0), np.float32)
        self._opened = 0

    def __len__(self) -> int:
        return len(self._stories)

    def add(self, story: str, item: Hashable, features: Features, at: datetime) -> None:
        """Make an item a member of a story at a moment; an item that is there already is replaced (an edit)."""
        self.remove(item)
        group = self._stories.get(story)
        if group is None:
            group = self._stories[story] = _Group(self._opened)
            self._opened += 1
        group.members[item] = features
        group.last_at = at if group.last_at is None else max(group.last_at, at)
        self._story_of[item] = story
        row = self._row(features.vector.shape[0])
        self._items[row] = item
        self._row_of[item] = row
        self._vectors[row] = features.vector

    def remove(self, item: Hashable) -> None:
        """Forget an item; a story whose last member goes is forgotten as well. Unknown items are ignored."""
        story = self._story_of.pop(item, None)
        if story is None:
            return
        row = self._row_of.pop(item)
        self._items[row] = None
        self._vectors[row] = 0
        self._free.append(row)
        del self._stories[story].members[item]
        if not self._stories[story].members:
            del self._stories[story]

    def expire(self, now: datetime) -> None:
        """Forget the stories that nothing joined within the window."""
        gone = [story for story, group in self._stories.items() if group.last_at and now - group.last_at > self.window]
        for story in gone:
            for item in list(self._stories[story].members):
                self.remove(item)

    def find(self, features: Features, now: datetime) -> Match:
        """The active story that an item belongs to; `story` is None when there is none."""
        self.expire(now)
        best: Match | None = None
        nearest = Match(False, 0.0, NOTHING_ALIKE)
        for story, match in self._candidates(features):
            if match.score > nearest.score or nearest.reason is NOTHING_ALIKE:
                nearest = Match(False, match.score, match.reason)
            if (
                match.score >= self._needed(story)
                and (best is None or match.score > best.score)
                and self._coheres(features, story)
            ):
                best = Match(True, match.score, match.reason, story)
        return best or nearest

    def _candidates(self, features: Features) -> Iterable[tuple[str, Match]]:
        """Of each story near the item the best match with a member; older stories first among equals."""
        used = len(self._items)
        if not used:
            return ()
        # Rounded, so that the last bits of a matrix product decide nothing.
        likeness = np.round(self._vectors[:used] @ features.vector, 5)
        count = min(CANDIDATES, used)
        edge = np.partition(likeness, used - count)[used - count]
        rows = np.flatnonzero(likeness >= max(edge, FLOOR))
        best: dict[str, Match] = {}
        for row in rows:
            item = self._items[row]
            if item is None:
                continue
            story = self._story_of[item]
            match = same(features, self._stories[story].members[item], self.policy)
            if story not in best or (match.score, match.reason) > (best[story].score, best[story].reason):
                best[story] = match
        return sorted(best.items(), key=lambda found: self._stories[found[0]].number)

    def _needed(self, story: str) -> float:
        """The score that a new member of a story must reach with its nearest member."""
        policy, size = self.policy, len(self._stories[story].members)
        if size <= policy.crowd:
            return policy.threshold
        logit = math.log(policy.threshold / (1 - policy.threshold))
        return 1 / (1 + math.exp(-logit - policy.crowding * math.log2(size / policy.crowd)))

    def _coheres(self, features: Features, story: str) -> bool:
        """Whether the story as a whole agrees: its anchor has no veto, and on average its members are alike enough."""
        scores = [same(features, member, self.policy).score for member in self._stories[story].witnesses()]
        return scores[0] > 0 and sum(scores) / len(scores) >= self.policy.cohesion

    def _row(self, width: int) -> int:
        if self._free:
            return self._free.pop()
        if not self._vectors.shape[1]:
            self._vectors = np.zeros((256, width), np.float32)
        if len(self._items) == len(self._vectors):
            self._vectors = np.concatenate([self._vectors, np.zeros_like(self._vectors)])
        self._items.append(None)
        return len(self._items) - 1
