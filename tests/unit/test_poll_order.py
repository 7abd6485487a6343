"""Within a poll the order of the entries decides nothing, however many batches the poll fills."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from brinkwatch.config.settings import Classifier as ClassifierSettings
from brinkwatch.config.settings import Route, Settings
from brinkwatch.engine import pipeline
from brinkwatch.engine.replay import Arrival, Replay
from brinkwatch.items.item import ItemText
from brinkwatch.signals.assessment import Assessment
from brinkwatch.signals.catalogue import Signal
from brinkwatch.signals.classifier import Classifier, Embedder
from brinkwatch.signals.load import load_classifier, load_embedder
from fakes.models import keyword_model

NOON = datetime(2022, 1, 10, 12, tzinfo=UTC)
SIDES = ("Ruritania", "Sylvania", "Borduria", "Syldavia", "Khemed", "Sondonesia")
ACTS = (
    "moves tanks towards the border with",
    "sends an ultimatum to",
    "puts an embargo on",
    "sees its villages shelled by",
    "plays a late cup final against",
)


class Remembering:
    """The models, asked once for each text: what they say is not what is tried here."""

    def __init__(self, classifier: Classifier, embedder: Embedder) -> None:
        self.name, self.thresholds = classifier.name, classifier.thresholds
        self._classifier, self._embedder = classifier, embedder
        self._said: dict[ItemText, Assessment] = {}
        self._vectors: dict[ItemText, NDArray[np.float32]] = {}

    def assess(
        self,
        texts: Sequence[ItemText],
        languages: Sequence[str | None] | None = None,
        thresholds: Mapping[Signal, float] | None = None,
    ) -> list[Assessment]:
        new = [text for text in texts if text not in self._said]
        self._said.update(zip(new, self._classifier.assess(new, ["en"] * len(new), thresholds), strict=True))
        return [self._said[text] for text in texts]

    def embed(self, texts: Sequence[ItemText]) -> NDArray[np.float32]:
        new = [text for text in texts if text not in self._vectors]
        if new:
            self._vectors.update(zip(new, self._embedder.embed(new), strict=True))
        return np.array([self._vectors[text] for text in texts])


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Remembering:
    folder: Path = keyword_model(tmp_path_factory.mktemp("keywords"), max_tokens=128)
    return Remembering(load_classifier(ClassifierSettings(model=str(folder))), load_embedder())


def stories_of(models: Remembering, entries: Sequence[tuple[int, str]]) -> set[frozenset[int]]:
    """Which entries of one poll are together in a story."""
    configured = Settings(routes=(Route(channel="#alerts", min_tier="watch"),))
    replay = Replay(configured, models, models)
    replay.run([Arrival(number, title, "", None, "wire", NOON, NOON) for number, title in entries])
    together: dict[str, set[int]] = defaultdict(set)
    for line in replay.lines():
        if line["story"] and line["item"] is not None:
            together[line["story"]].add(int(line["item"]))
    return {frozenset(items) for items in together.values()}


titles = st.builds("{} {} {}".format, st.sampled_from(SIDES), st.sampled_from(ACTS), st.sampled_from(SIDES))


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(titles, min_size=pipeline.BATCH + 1, max_size=pipeline.BATCH + 12), st.randoms(use_true_random=False))
def test_the_order_of_the_entries_changes_no_story(
    models: Remembering, texts: list[str], chance: random.Random
) -> None:
    entries = list(enumerate(texts))
    shuffled = entries.copy()
    chance.shuffle(shuffled)
    found = stories_of(models, entries)
    assert found == stories_of(models, shuffled)
    assert found, "nothing was flagged: the test would prove nothing"
