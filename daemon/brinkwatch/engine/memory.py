"""Models that read each text once and answer from memory after that, whatever thresholds are asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from brinkwatch.items.item import ItemText
from brinkwatch.signals.assessment import Assessment
from brinkwatch.signals.catalogue import Signal
from brinkwatch.signals.classifier import Classifier, Embedder

Key = tuple[ItemText, str | None]


class Memory:
    """A classifier and an embedder at once, for many runs over the same texts: no probability depends on a threshold.

    `lowest` are the lowest thresholds of all the runs, so that whatever one of them flags has its evidence.
    """

    def __init__(self, classifier: Classifier, embedder: Embedder, lowest: Mapping[Signal, float]) -> None:
        self.classifier = classifier
        self.embedder = embedder
        self.name = classifier.name
        self.thresholds = classifier.thresholds
        self.lowest = lowest
        self.read = 0
        """Texts that the classifier has read."""
        self._assessments: dict[Key, Assessment] = {}
        self._vectors: dict[ItemText, NDArray[np.float32]] = {}

    def know(self, text: ItemText, language: str | None, assessment: Assessment, vector: NDArray[np.float32]) -> None:
        """Take over what was read before, of a text in the `language` that its feed names."""
        self._assessments[text, language] = assessment
        self._vectors[text] = vector

    def assess(
        self,
        texts: Sequence[ItemText],
        languages: Sequence[str | None] | None = None,
        thresholds: Mapping[Signal, float] | None = None,
    ) -> list[Assessment]:
        keys = list(zip(texts, languages or [None] * len(texts), strict=True))
        missing = list(dict.fromkeys(key for key in keys if key not in self._assessments))
        if missing:
            found = self.classifier.assess(
                [text for text, _ in missing], [spoken for _, spoken in missing], self.lowest
            )
            self.read += len(missing)
            self._assessments.update(zip(missing, found, strict=True))
        limits = dict(self.thresholds if thresholds is None else thresholds)
        return [replace(self._assessments[key], thresholds=limits) for key in keys]

    def embed(self, texts: Sequence[ItemText]) -> NDArray[np.float32]:
        if not texts:
            return self.embedder.embed(texts)
        missing = list(dict.fromkeys(text for text in texts if text not in self._vectors))
        if missing:
            self._vectors.update(zip(missing, self.embedder.embed(missing), strict=True))
        return np.stack([self._vectors[text] for text in texts])
