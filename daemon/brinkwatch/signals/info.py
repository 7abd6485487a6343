"""What `brinkwatch model info` tells of the configured model. Reads the model's card, not its weights."""

from collections.abc import Mapping
from dataclasses import dataclass

from brinkwatch.config import settings as configuration
from brinkwatch.signals.catalogue import INFO, SIGNALS, Signal
from brinkwatch.signals.load import model_directory
from brinkwatch.signals.model_card import read_card


@dataclass(frozen=True, slots=True)
class SignalRow:
    """One signal: p = sigmoid(a * logit + b); `base_rate` is its share of the items the model was trained on."""

    signal: Signal
    label: str
    a: float
    b: float
    model_threshold: float
    threshold: float
    """The one in force: from the settings where they say something, else the model's own."""
    base_rate: float


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """`rows` is empty for a model of the hub: it has neither calibration nor thresholds of its own."""

    name: str
    version: str
    base: str
    backend: str
    location: str
    max_tokens: int | None
    languages: tuple[str, ...]
    plover_temperature: float | None
    files: Mapping[str, str]
    rows: tuple[SignalRow, ...]


def describe_model(settings: configuration.Settings) -> ModelInfo:
    """The configured model; raises ModelError."""
    classifier = settings.classifier
    if classifier.backend == "transformers":
        name = classifier.model or ""
        return ModelInfo(name, "", "", classifier.backend, name, None, classifier.languages, None, {}, ())
    directory = model_directory(classifier)
    card = read_card(directory)
    own = {signal: card.thresholds[signal] for signal in SIGNALS}
    in_force = settings.thresholds.resolve(own)
    rows = tuple(
        SignalRow(
            signal=signal,
            label=INFO[signal].label,
            a=card.calibration[signal].a,
            b=card.calibration[signal].b,
            model_threshold=own[signal],
            threshold=in_force[signal],
            base_rate=card.base_rate[signal],
        )
        for signal in SIGNALS
    )
    return ModelInfo(
        name=card.name,
        version=card.version,
        base=card.base,
        backend=classifier.backend,
        location=str(directory),
        max_tokens=card.max_tokens,
        languages=classifier.languages,
        plover_temperature=card.plover_temperature,
        files=card.files,
        rows=rows,
    )
