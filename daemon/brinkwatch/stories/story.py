"""A story and its members: plain data for the decisions."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

import numpy as np
from numpy.typing import NDArray

from brinkwatch.signals.assessment import Evidence
from brinkwatch.signals.catalogue import Direction, Signal, direction_of


class Tier(IntEnum):
    """How grave. Ordered, so that `max` and `>=` read as they should."""

    WATCH = 1
    ELEVATED = 2
    CRITICAL = 3

    @property
    def word(self) -> str:
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> "Tier":
        """The tier called `word`; raises KeyError."""
        return cls[word.upper()]


class StoryState(StrEnum):
    """How a story stands."""

    NEW = "new"
    DEVELOPING = "developing"
    COOLING = "cooling"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What `same` compares of one item. `vector` is float32 of unit length."""

    vector: NDArray[np.float32]
    tokens: frozenset[str]
    entities: frozenset[str]
    numbers: frozenset[str]
    published: datetime
    title: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """One item of a story, as later stages need it."""

    item_id: int
    title: str
    summary: str
    link: str | None
    published: datetime
    seen: datetime
    feed: str
    family: str
    publisher: str
    signals: dict[Signal, float]
    """Flagged signals only, with probability."""
    evidence: tuple[Evidence, ...] = ()
    entities: frozenset[str] = frozenset()
    state_affiliated: bool = False
    muted: bool = False
    """Its feed never alerts alone."""
    language: str = ""
    parties: frozenset[str] = frozenset()
    """Actors of weight that its title names, if it reports that something rises."""
    news: bool = True
    """False: opinion, a look back, or the taking back of a report; by itself it tells nothing new."""
    corrects: bool = False
    """It says itself that it takes back or corrects a report."""
    revised: bool = False
    """Its text was edited since it was first seen."""
    hinted: frozenset[Signal] = frozenset()
    """Signals that are not flagged, yet not gone: over half their thresholds."""


@dataclass(frozen=True, slots=True)
class Story:
    """A story with its members, earliest first."""

    id: str
    opened_at: datetime
    last_at: datetime
    state: StoryState
    tier: Tier
    members: tuple[Member, ...] = field(default=())
    newest_adds: float = 0.0
    """How much the newest report says that the earlier ones have not (see `stories.novelty`)."""

    @property
    def signals(self) -> dict[Signal, float]:
        """The highest probability of each signal flagged in any member, in catalogue order."""
        best: dict[Signal, float] = {}
        for member in self.members:
            for signal, probability in member.signals.items():
                best[signal] = max(probability, best.get(signal, 0.0))
        return {signal: best[signal] for signal in Signal if signal in best}

    @property
    def direction(self) -> Direction:
        return direction_of(list(self.signals))

    @property
    def reports(self) -> tuple[Member, ...]:
        """The members that carry a signal: the others only touch on the matter and confirm nothing."""
        return tuple(member for member in self.members if member.signals)

    @property
    def newest(self) -> Member | None:
        """The report that was seen last."""
        return max(self.reports, key=lambda m: (m.seen, m.published, m.item_id), default=None)

    @property
    def families(self) -> frozenset[str]:
        """Independent publishers of the reports. State-affiliated families count as one side's claim: together, one."""
        return frozenset("(state media)" if m.state_affiliated else m.family for m in self.reports)

    @property
    def parties(self) -> frozenset[str]:
        """The actors of weight that its reports name."""
        return frozenset(party for member in self.reports for party in member.parties)

    @property
    def actors(self) -> frozenset[str]:
        """The states and groups that its items name anywhere."""
        return frozenset(
            entity for member in self.members for entity in member.entities if entity.startswith(("state:", "group:"))
        )

    @property
    def corrections(self) -> int:
        """How many of its items say that they take back or correct a report."""
        return sum(member.corrects for member in self.members)

    @property
    def no_news(self) -> bool:
        """Whether nothing but opinion, looks back and corrections carries its signals."""
        return bool(self.reports) and not any(member.news for member in self.reports)

    @property
    def muted(self) -> bool:
        """Whether only muted feeds report it."""
        return bool(self.reports) and all(member.muted for member in self.reports)
