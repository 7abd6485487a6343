"""What a message says, free of any receiver's format: plain data that goes through the outbox as JSON."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class CardSignal:
    name: str
    label: str
    probability: float


@dataclass(frozen=True, slots=True)
class CardSource:
    """One report of the development. `published` is RFC 3339, UTC."""

    publisher: str
    title: str
    link: str | None
    published: str


@dataclass(frozen=True, slots=True)
class Card:
    """One message about a story. Text comes from feeds and is hostile until a receiver's renderer has made it inert."""

    story: str
    tier: str
    direction: str
    state: str
    headline: str
    link: str | None
    publisher: str
    published: str
    signals: tuple[CardSignal, ...]
    summary: str
    evidence: tuple[str, ...]
    confidence: str
    """In words: `1 publisher, unverified` to `4 independent publishers`."""
    reason: str
    """The decision's reason, such as `first` or `tier_up`."""
    changed: str
    """What changed, in words; empty for a first alert."""
    sources: tuple[CardSource, ...] = ()
    mentions: tuple[str, ...] = ()
    """From configuration only, in the receiver's own notation."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Card":
        """Read back what `to_json` wrote; raises TypeError or KeyError on anything else."""
        values = dict(data)
        values["signals"] = tuple(CardSignal(**s) for s in values["signals"])
        values["sources"] = tuple(CardSource(**s) for s in values["sources"])
        values["evidence"] = tuple(values["evidence"])
        values["mentions"] = tuple(values["mentions"])
        return cls(**values)


def rfc3339(moment: datetime) -> str:
    """`2021-12-31T14:05:00Z`."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
