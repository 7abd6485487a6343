"""What every block of the settings is made of: the base model and the words that several share. Reads no file."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from brinkwatch.config.duration import Duration
from brinkwatch.signals.catalogue import Signal

LANGUAGE_PATTERN = r"^[a-z]{2}$"

Probability = Annotated[float, Field(ge=0.0, le=1.0)]
TierName = Literal["watch", "elevated", "critical"]


def _longer_than_nothing(value: timedelta) -> timedelta:
    if not value:
        raise ValueError("this must be longer than 0s")
    return value


Span = Annotated[Duration, AfterValidator(_longer_than_nothing)]
"""A duration that cannot be zero."""


class Block(BaseModel):
    """Every block refuses unknown keys and cannot be changed after it is read. Its errors quote no value."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Thresholds(Block):
    """Probability from which a signal counts as flagged. What is not set here is the model's own threshold."""

    default: Probability | None = Field(None, description="For every signal not named below; unset: the model's own.")
    signals: dict[Signal, Probability] = Field(default_factory=dict, description="For single signals.")

    def over(self, base: "Thresholds") -> "Thresholds":
        """These thresholds where they say something, `base` where they do not.

        A default set here beats everything in `base`: it is the closer word.
        """
        signals = self.signals if self.default is not None else {**base.signals, **self.signals}
        return Thresholds(default=base.default if self.default is None else self.default, signals=signals)

    def resolve(self, model: dict[Signal, float]) -> dict[Signal, float]:
        """The threshold of each signal, given the model's own."""
        return {
            signal: self.signals.get(signal, self.default if self.default is not None else own)
            for signal, own in model.items()
        }
