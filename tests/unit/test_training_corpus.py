"""The corpus: what counts as the same text, which half a text is in, what is held out. Made-up texts alone."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from training.corpus import CLOSE, Near
from training.score import Judged, bins, calibration_error, confusion, signals_table
from training.sources import Text, half, normalise, text_key, tidy, written

WORDS = st.sampled_from(["arden", "boria", "fleet", "sails", "north", "talks", "border", "treaty", "port", "envoy"])
TITLES = st.lists(WORDS, min_size=1, max_size=12).map(" ".join)


def judged(labels: str, flagged: str, **chances: float) -> Judged:
    from brinkwatch.signals.catalogue import SIGNALS

    table = {signal.value: 0.0 for signal in SIGNALS} | chances
    return Judged(labels + flagged, frozenset(labels.split()), frozenset(flagged.split()), table)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Arden moves ships", "ARDEN  MOVES SHIPS!"),
        ("Café talks", "Cafe\u0301 talks"),
        ("Arden &amp; Boria", "Arden & Boria"),
        ("“Red line”", '"red line"'),
    ],
)
def test_case_punctuation_accents_and_entities_do_not_make_another_text(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)
    assert text_key(one, "x") == text_key(other, "X.")


def test_a_summary_makes_another_key_and_cannot_run_into_the_title() -> None:
    assert text_key("Arden moves", "ships") != text_key("Arden moves ships", "")


@given(st.text(max_size=80))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_markup_is_taken_out() -> None:
    assert tidy("<p>Arden &lt;b&gt;moves&lt;/b&gt;\n ships</p>") == "Arden moves ships"


@given(TITLES)
def test_a_text_is_in_the_same_half_however_it_is_written(title: str) -> None:
    assert half(title) == half(title.upper() + " !")


def test_both_halves_are_of_like_size() -> None:
    assert 420 < sum(half(f"match number {n}") for n in range(1000)) < 580


@settings(max_examples=60)
@given(st.lists(TITLES, min_size=1, max_size=15), TITLES)
def test_near_finds_exactly_what_comparing_with_each_would_find(known: list[str], title: str) -> None:
    words = set(title.split())
    expected = any(len(words & set(k.split())) / len(words | set(k.split())) >= CLOSE for k in known)
    assert (title in Near(known)) is expected


def test_written_examples_keep_kind_and_set(tmp_path: Path) -> None:
    row = {"title": "Arden calls up reserves", "summary": "", "labels": ["mobilization"], "kind": "report", "set": "a"}
    (tmp_path / "mobilization.jsonl").write_text(json.dumps(row) + "\n")
    (text,) = written(tmp_path)
    assert (text.source, text.labels, text.extra["kind"]) == ("written:mobilization", ("mobilization",), "report")


def test_retitled_news_is_not_parted_between_learnt_and_held_out() -> None:
    pytest.importorskip("torch", exc_type=ImportError)
    from training.batches import split

    texts = [
        Text("labels:a", f"Minister {n} of Arden says the fleet sails north{tail}", labels=())
        for n in range(60)
        for tail in ("", " today")
    ]
    written_one = Text("written:a", texts[0].title, labels=("incursion",))
    learnt, kept = split([*texts, written_one])
    assert written_one in learnt
    assert len(learnt) + len(kept) == len(texts) + 1
    held = Near(normalise(text.title) for text in kept)
    assert not [text for text in learnt if text.source == "labels:a" and normalise(text.title) in held and text in kept]


def test_rates_count_any_escalation_apart_from_talks() -> None:
    items = [
        judged("armed_attack", "armed_attack", armed_attack=0.9),
        judged("talks", "", talks=0.3),
        judged("", "ceasefire", ceasefire=0.6),
        judged("blockade", "armed_attack", armed_attack=0.7),
    ]
    found = signals_table(items)
    assert found["any"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert found["micro"] == {"precision": 0.3333, "recall": 0.3333, "f1": 0.3333}
    assert confusion(items)[0] in (
        {"missed": "blockade", "flagged": "armed_attack", "items": 1},
        {"missed": "talks", "flagged": "none", "items": 1},
    )


def test_a_model_that_means_what_it_says_has_no_calibration_error() -> None:
    items = [judged("talks" if n % 2 else "", "", talks=0.5) for n in range(40)]
    assert calibration_error(bins(items)) < 0.51
    assert sum(group["cells"] for group in bins(items)) == 40


def test_a_signal_with_one_positive_keeps_near_the_common_calibration() -> None:
    from training.calibrate import SPREAD, calibrate, platt, thresholds

    chance = np.random.default_rng(3)
    logits = chance.normal(-3, 2, (400, 2))
    truth = (chance.random((400, 2)) < 1 / (1 + np.exp(-logits))).astype(float)
    truth[:, 1] = 0
    truth[np.argmin(logits[:, 1]), 1] = 1.0  # one positive, and a misleading one
    (a, _), (rare_a, _) = calibrate(logits, truth)
    assert abs(a - 1) < 0.4
    common, own = platt(logits.ravel(), truth.ravel()), platt(logits[:, 1], truth[:, 1])
    assert abs(rare_a - common[0]) < min(4 * SPREAD[0], abs(own[0] - common[0]))
    limits = thresholds(1 / (1 + np.exp(-logits)), truth)
    assert all(0.2 <= limit <= 0.7 for limit in limits)


def test_balancing_moves_thresholds_to_where_as_many_are_flagged_as_carry_a_signal() -> None:
    from training.calibrate import balanced

    chances = np.linspace(0, 1, 100)[:, None].repeat(2, 1)
    truth = (chances >= 0.44).astype(float)
    chances[:, 1] = truth[:, 1] = 0.0
    assert balanced([0.4, 0.5], chances, truth, np.array([True, False])) == [0.44, 0.54]
    assert balanced([0.9, 0.5], chances, truth, np.array([True, False])) == [0.8, 0.4]
