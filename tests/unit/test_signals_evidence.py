import numpy as np

from brinkwatch.signals.assessment import Assessment, Evidence
from brinkwatch.signals.catalogue import PLOVER_ROOTS, SIGNALS, Signal
from brinkwatch.signals.describe import answer
from brinkwatch.signals.evidence import choose, worth_scoring


def row(**probabilities: float) -> np.ndarray:
    return np.array([probabilities.get(signal.value, 0.0) for signal in SIGNALS])


def test_the_first_sentences_are_scored_and_those_of_telling_windows():
    spans = [(n * 10, n * 10 + 10) for n in range(20)]
    assert worth_scoring(spans, [(145, 160)], first=3) == [0, 1, 2, 14, 15]


def test_a_sentence_without_tokens_is_not_scored():
    assert worth_scoring([(0, 5), (5, 5), (5, 9)], []) == [0, 2]


def test_the_likeliest_text_is_the_evidence_of_its_signal():
    scores = [row(talks=0.2), row(talks=0.9, blockade=0.4), row(blockade=0.7)]
    assert choose(["one", "two", "three"], scores, [Signal.BLOCKADE, Signal.TALKS]) == (
        Evidence("three", Signal.BLOCKADE, 0.7),
        Evidence("two", Signal.TALKS, 0.9),
    )


def test_of_equals_the_earlier_is_the_evidence():
    assert choose(["one", "two"], [row(talks=0.6), row(talks=0.6)], [Signal.TALKS])[0].sentence == "one"


def assessment(**changes: object) -> Assessment:
    values: dict = {
        "signals": dict.fromkeys(SIGNALS, 0.1) | {Signal.TALKS: 0.51, Signal.MILITARY_THREAT: 0.7},
        "plover": dict.fromkeys(PLOVER_ROOTS, 1 / 15),
        "evidence": (Evidence("They met.", Signal.TALKS, 0.8123456789),),
        "language": "en",
        "model": "keywords 1.0",
        "thresholds": dict.fromkeys(SIGNALS, 0.5),
    }
    return Assessment(**(values | changes))


def test_the_answer_holds_every_key():
    found = answer("a1", assessment())
    assert list(found) == [
        "id", "outcome", "signals", "flagged", "direction", "plover", "evidence", "language", "model",
    ]  # fmt: skip
    assert found["id"] == "a1"
    assert found["outcome"] == "assessed"
    assert list(found["signals"]) == [signal.value for signal in SIGNALS]
    assert list(found["plover"]) == list(PLOVER_ROOTS)
    assert found["flagged"] == ["military_threat", "talks"]
    assert found["direction"] == "mixed"
    assert found["evidence"] == [{"sentence": "They met.", "signal": "talks", "probability": 0.812346}]


def test_an_unsupported_item_is_answered_with_all_keys_and_no_flag():
    found = answer(7, assessment(supported=False, evidence=(), language="de"))
    assert (found["id"], found["outcome"], found["language"]) == (7, "unsupported_language", "de")
    assert (found["flagged"], found["evidence"], found["direction"]) == ([], [], "none")
    assert len(found["signals"]) == 18
    assert len(found["plover"]) == 15
