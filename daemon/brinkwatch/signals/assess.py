"""How a classifier reads items, whatever model is behind it: language, windows, maximum, evidence. Runs no model.

An item's windows are read one by one and the highest probability of each signal counts. For what is flagged, the
title and the sentences are then read by themselves to find the one that carries it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from brinkwatch.items.item import ItemText
from brinkwatch.signals.assessment import Assessment, Evidence
from brinkwatch.signals.calibration import NO_PLOVER, NO_SIGNALS, Floats, plover_table, signal_table
from brinkwatch.signals.catalogue import SIGNALS, Signal
from brinkwatch.signals.evidence import FIRST_SENTENCES, choose, worth_scoring
from brinkwatch.signals.language import Language, LanguageDetector
from brinkwatch.signals.windows import Span

Input = TypeVar("Input")
"""What the model takes for one window: tokens, or text."""


@dataclass(frozen=True, slots=True)
class Reading(Generic[Input]):
    """One item cut for a model. Spans are in tokens of the summary; a window of the title alone has none."""

    title: str
    windows: tuple[Input, ...]
    window_spans: tuple[Span | None, ...]
    sentences: tuple[str, ...]
    sentence_spans: tuple[Span, ...]


class Reader(Protocol[Input]):
    """A model and its tokenizer."""

    def read(self, text: ItemText) -> Reading[Input]:
        """Cut an item into windows; at least one."""
        ...

    def alone(self, text: str) -> list[Input]:
        """One sentence or title by itself: a window, or several if it is long."""
        ...

    def score(self, windows: Sequence[Input]) -> tuple[Floats, Floats]:
        """Probabilities of each window: signals [W, 18] and PLOVER roots [W, 15]."""
        ...


@dataclass(frozen=True, slots=True)
class Assessor(Generic[Input]):
    """A `Classifier` from a reader. `first_sentences`: how many are scored for evidence in a long article, at least."""

    name: str
    thresholds: Mapping[Signal, float]
    reader: Reader[Input]
    detector: LanguageDetector
    first_sentences: int = FIRST_SENTENCES

    def assess(
        self,
        texts: Sequence[ItemText],
        languages: Sequence[str | None] | None = None,
        thresholds: Mapping[Signal, float] | None = None,
    ) -> list[Assessment]:
        """See `Classifier.assess`. An item in an unsupported language is not read: its probabilities are all 0."""
        limits = dict(self.thresholds if thresholds is None else thresholds)
        hints = [None] * len(texts) if languages is None else languages
        spoken = [self._language(text, hint) for text, hint in zip(texts, hints, strict=True)]
        readings = [self.reader.read(text) for text, language in zip(texts, spoken, strict=True) if language.supported]
        signals, plover = self.reader.score([window for reading in readings for window in reading.windows])
        found: list[Assessment] = []
        waiting, start = iter(readings), 0
        for language in spoken:
            if not language.supported:
                found.append(Assessment(NO_SIGNALS, NO_PLOVER, (), language.code, self.name, False, limits))
                continue
            reading = next(waiting)
            rows = slice(start, start + len(reading.windows))
            start = rows.stop
            table = signal_table(signals[rows].max(axis=0))
            flagged = [signal for signal in SIGNALS if table[signal] >= limits[signal]]
            evidence = self._evidence(reading, signals[rows], flagged, limits)
            roots = plover_table(plover[rows])
            found.append(Assessment(table, roots, evidence, language.code, self.name, True, limits))
        return found

    def _language(self, text: ItemText, hint: str | None) -> Language:
        return self.detector.detect(text.title, text.summary) if hint is None else self.detector.given(hint)

    def _evidence(
        self, reading: Reading[Input], signals: Floats, flagged: Sequence[Signal], limits: Mapping[Signal, float]
    ) -> tuple[Evidence, ...]:
        if not flagged:
            return ()
        if len(reading.windows) == 1 and not reading.sentences:
            # The title alone is all there was, and it has been read.
            return choose([reading.title], [signals[0]], flagged)
        best = {int(signals[:, SIGNALS.index(signal)].argmax()) for signal in flagged}
        telling = [span for number in sorted(best) if (span := reading.window_spans[number]) is not None]
        numbers = worth_scoring(reading.sentence_spans, telling, self.first_sentences)
        texts = [text for text in (reading.title, *(reading.sentences[number] for number in numbers)) if text.strip()]
        inputs = [self.reader.alone(text) for text in texts]
        scores, _ = self.reader.score([window for windows in inputs for window in windows])
        each, start = [], 0
        for windows in inputs:
            each.append(scores[start : start + len(windows)].max(axis=0))
            start += len(windows)
        return choose(texts, each, flagged, title=reading.title, limits=limits)
