"""Any text-classification or zero-shot (NLI) model of the hub, run by the `transformers` pipeline. Needs torch.

Imported only when `classifier.backend` is `transformers`. A model's code is never run, only its weights.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from brinkwatch.config import settings as configuration
from brinkwatch.items.item import ItemText
from brinkwatch.signals.assess import Assessor, Reading
from brinkwatch.signals.calibration import Floats
from brinkwatch.signals.catalogue import PLOVER_ROOTS, SIGNALS, Signal
from brinkwatch.signals.classifier import Classifier, ModelError
from brinkwatch.signals.labels import HYPOTHESES, is_nli, roots_of, signals_of
from brinkwatch.signals.language import LanguageDetector
from brinkwatch.signals.text_windows import TextCutter

THRESHOLD = 0.5
# A hub model is larger than the bundled one, and zero-shot runs it once per signal: fewer sentences are scored.
FIRST_SENTENCES = 12
MAX_TOKENS = 512
# Special tokens, the stop after the title, and tokens that differ where words are counted one by one.
SLACK = 12
MIN_ROOM = 16

Score = Callable[[Sequence[str]], tuple[Floats, Floats]]


class PipelineReader:
    """Cuts items into windows of text and scores them with a pipeline."""

    def __init__(self, cutter: TextCutter, score: Score) -> None:
        self._cutter = cutter
        self._score = score

    def read(self, text: ItemText) -> Reading[str]:
        return self._cutter.read(text)

    def alone(self, text: str) -> list[str]:
        return self._cutter.alone(text)

    def score(self, windows: Sequence[str]) -> tuple[Floats, Floats]:
        return self._score(windows)


def open_classifier(settings: configuration.Classifier) -> Classifier:
    """The model the settings name, by hub id or directory; raises ModelError."""
    if settings.model is None:
        raise ModelError("classifier.model must name a hub model or a directory when the backend is transformers")
    config, tokenizer, model = _load(settings.model, settings.offline, settings.threads)
    room = _window(config, tokenizer) - SLACK
    labels = list(config.label2id)
    if is_nli(labels):
        hypotheses = {**HYPOTHESES, **settings.hypotheses}
        score = _zero_shot(tokenizer, model, hypotheses)
        room -= max(_counter(tokenizer)(list(hypotheses.values())))
    else:
        score = _classification(tokenizer, model, signals_of(labels, settings.labels), roots_of(labels))
    if room < MIN_ROOM:
        raise ModelError(
            f"{settings.model!r} takes too few tokens at once: {room} are left for a title and its summary"
        )
    cutter = TextCutter(_counter(tokenizer), room)
    thresholds = dict.fromkeys(SIGNALS, THRESHOLD)
    detector = LanguageDetector(settings.languages)
    return Assessor(settings.model, thresholds, PipelineReader(cutter, score), detector, FIRST_SENTENCES)


def _load(name: str, offline: bool, threads: int) -> tuple[Any, Any, Any]:
    try:
        import torch
    except ImportError as error:
        raise ModelError("the transformers backend needs torch: pip install 'brinkwatch[torch]'") from error
    from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()
    torch.set_num_threads(threads)
    try:
        config = AutoConfig.from_pretrained(name, local_files_only=offline)
        tokenizer = AutoTokenizer.from_pretrained(name, local_files_only=offline)
        model = AutoModelForSequenceClassification.from_pretrained(name, config=config, local_files_only=offline)
    except Exception as error:
        hint = "; classifier.offline is true, so it must be on this machine" if offline else ""
        raise ModelError(f"the model {name!r} cannot be loaded{hint}: {error}") from error
    return config, tokenizer, model


def _classification(tokenizer: Any, model: Any, signals: Mapping[str, Signal], roots: Mapping[str, str]) -> Score:
    """Each label's probability counts for its signal; of several labels of one signal, the highest."""
    from transformers import pipeline

    pipe = pipeline("text-classification", model=model, tokenizer=tokenizer)

    def score(windows: Sequence[str]) -> tuple[Floats, Floats]:
        found = np.zeros((len(windows), len(SIGNALS)))
        plover = np.zeros((len(windows), len(PLOVER_ROOTS)))
        for row, window in enumerate(windows):
            for answer in pipe(window, top_k=None, truncation=True):
                label, probability = answer["label"], float(answer["score"])
                if label in signals:
                    column = SIGNALS.index(signals[label])
                    found[row, column] = max(found[row, column], probability)
                if label in roots:
                    plover[row, PLOVER_ROOTS.index(roots[label])] = probability
        return found, plover

    return score


def _zero_shot(tokenizer: Any, model: Any, hypotheses: Mapping[Signal, str]) -> Score:
    """The probability that a window entails a signal's hypothesis, each by itself. Says nothing of PLOVER roots."""
    from transformers import pipeline

    pipe = pipeline("zero-shot-classification", model=model, tokenizer=tokenizer)
    # Two signals may share a hypothesis; the pipeline is asked each once.
    texts = list(dict.fromkeys(hypotheses[signal] for signal in SIGNALS))

    def score(windows: Sequence[str]) -> tuple[Floats, Floats]:
        found = np.zeros((len(windows), len(SIGNALS)))
        for row, window in enumerate(windows):
            answer = pipe(window or " ", candidate_labels=texts, hypothesis_template="{}", multi_label=True)
            probability = dict(zip(answer["labels"], answer["scores"], strict=True))
            found[row] = [probability[hypotheses[signal]] for signal in SIGNALS]
        return found, np.zeros((len(windows), len(PLOVER_ROOTS)))

    return score


def _counter(tokenizer: Any) -> Callable[[Sequence[str]], list[int]]:
    def count(texts: Sequence[str]) -> list[int]:
        return [len(ids) for ids in tokenizer(list(texts), add_special_tokens=False, verbose=False)["input_ids"]]

    return count


def _window(config: Any, tokenizer: Any) -> int:
    """How many tokens the model takes at once, which its tokenizer is told as well, to cut what is still too long.

    Some models count positions from 2, so two fewer than they have are free.
    """
    positions = getattr(config, "max_position_embeddings", None)
    limits = [MAX_TOKENS, tokenizer.model_max_length]
    if isinstance(positions, int) and positions > 2:
        limits.append(positions - 2)
    tokenizer.model_max_length = int(min(limits))
    return int(min(limits))
