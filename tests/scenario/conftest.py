"""A world whose classifier knows keywords, and one with the bundled model. Both read real model directories."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from world import World

from brinkwatch.config.settings import Classifier as ClassifierSettings
from brinkwatch.signals.classifier import Classifier, Embedder
from brinkwatch.signals.load import load_classifier, load_embedder
from fakes.models import keyword_model


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return load_embedder()


@pytest.fixture(scope="session")
def bundled() -> Classifier:
    return load_classifier(ClassifierSettings())


@pytest.fixture(scope="session")
def keywords(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    """`tanks` is a build-up, `ultimatum` a threat, `shelled` an attack, `embargo` sanctions, `truce`, `parley`."""
    directory = keyword_model(tmp_path_factory.mktemp("keywords"), max_tokens=128)
    return load_classifier(ClassifierSettings(model=str(directory)))


@pytest.fixture
async def world(tmp_path: Path, keywords: Classifier, embedder: Embedder) -> AsyncIterator[World]:
    """The daemon with the keyword model, three feeds, and nothing read yet."""
    async with World(tmp_path, keywords, embedder) as made:
        yield made
