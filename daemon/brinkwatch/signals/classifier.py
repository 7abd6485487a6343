"""What every classifier and embedder can do, whatever is behind it. Holds no model."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from brinkwatch.items.item import ItemText
from brinkwatch.signals.assessment import Assessment
from brinkwatch.signals.catalogue import Signal


class ModelError(Exception):
    """A model that cannot be used. The message names what is wrong, where, and what would help."""


class Classifier(Protocol):
    """Reads items. An item's assessment does not depend on which others it is read with, nor on their order."""

    @property
    def name(self) -> str:
        """Model and version, as stored with every assessment."""
        ...

    @property
    def thresholds(self) -> Mapping[Signal, float]:
        """The model's own threshold of each signal."""
        ...

    def assess(
        self,
        texts: Sequence[ItemText],
        languages: Sequence[str | None] | None = None,
        thresholds: Mapping[Signal, float] | None = None,
    ) -> list[Assessment]:
        """One assessment per text, in order.

        `languages`: ISO 639-1 where the feed says it, None where it is to be detected. `thresholds`: from which a
        signal counts as flagged and gets its evidence; None: the model's own. Where several thresholds apply later
        (per feed, per route), pass the lowest of each signal, so that every flag has evidence.
        """
        ...


class Embedder(Protocol):
    """Turns items into vectors whose dot product says how alike they are."""

    @property
    def name(self) -> str: ...

    def embed(self, texts: Sequence[ItemText]) -> NDArray[np.float32]:
        """One row of unit length per text, in order: [N, 384] for the bundled model."""
        ...
