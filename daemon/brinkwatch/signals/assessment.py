"""What a classifier says of one item: plain data, no model inside."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from brinkwatch.signals.catalogue import SIGNALS, Direction, Signal, direction_of


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sentence (or title) that carries a signal, with the signal's probability for that sentence alone."""

    sentence: str
    signal: Signal
    probability: float


@dataclass(frozen=True, slots=True)
class Assessment:
    """Calibrated probability per signal and PLOVER root. `language` is an ISO 639-1 code or `und`."""

    signals: Mapping[Signal, float]
    plover: Mapping[str, float]
    evidence: tuple[Evidence, ...]
    language: str
    model: str
    supported: bool = True
    thresholds: Mapping[Signal, float] = field(default_factory=dict)

    @property
    def flagged(self) -> tuple[Signal, ...]:
        """Signals at or over their thresholds, in catalogue order; none for an unsupported language."""
        if not self.supported:
            return ()
        return tuple(s for s in SIGNALS if self.signals[s] >= self.thresholds.get(s, 0.5))

    @property
    def direction(self) -> Direction:
        return direction_of(self.flagged)
