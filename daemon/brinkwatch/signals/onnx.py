"""The bundled backend: a model directory of the project's own format, run by onnxruntime."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from brinkwatch.items.item import ItemText
from brinkwatch.signals.assess import Assessor, Reading
from brinkwatch.signals.calibration import Floats, platt, softmax
from brinkwatch.signals.catalogue import PLOVER_ROOTS, SIGNALS
from brinkwatch.signals.encoder import Encoder, Tokens
from brinkwatch.signals.language import LanguageDetector
from brinkwatch.signals.model_card import SIGNALS_FILE, TOKENIZER_FILES, ModelCard, read_card, verify
from brinkwatch.signals.session import OnnxSession

OUTPUTS = (("signals", len(SIGNALS)), ("plover", len(PLOVER_ROOTS)))


class OnnxReader:
    """Reads windows of tokens and calibrates what the model says of them."""

    def __init__(self, card: ModelCard, session: OnnxSession, encoder: Encoder) -> None:
        self._session = session
        self._encoder = encoder
        self._a = np.array([card.calibration[signal].a for signal in SIGNALS])
        self._b = np.array([card.calibration[signal].b for signal in SIGNALS])
        self._temperature = card.plover_temperature

    def read(self, text: ItemText) -> Reading[Tokens]:
        return self._encoder.read(text)

    def alone(self, text: str) -> list[Tokens]:
        return self._encoder.alone(text)

    def score(self, windows: Sequence[Tokens]) -> tuple[Floats, Floats]:
        outputs = self._session.run(windows)
        signals = np.array([signals for signals, _ in outputs]).reshape(-1, len(SIGNALS))
        plover = np.array([plover for _, plover in outputs]).reshape(-1, len(PLOVER_ROOTS))
        return platt(signals, self._a, self._b), softmax(plover, self._temperature)


def open_classifier(directory: Path, languages: Sequence[str] = ("en",), threads: int = 2) -> Assessor[Tokens]:
    """The classifier of a model directory, checked; raises ModelError. `languages`: ISO 639-1 codes, or `*`."""
    card = read_card(directory)
    verify(directory, card, SIGNALS_FILE, *TOKENIZER_FILES)
    session = OnnxSession(directory / SIGNALS_FILE, OUTPUTS, threads)
    reader = OnnxReader(card, session, Encoder.load(directory, card.max_tokens))
    thresholds = {signal: card.thresholds[signal] for signal in SIGNALS}
    return Assessor(card.title, thresholds, reader, LanguageDetector(languages))
