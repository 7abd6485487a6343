"""One pure decision: names and numbers tell apart what words and vectors find alike."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from brinkwatch.items.item import ItemText
from brinkwatch.signals.classifier import Embedder
from brinkwatch.signals.load import load_embedder
from brinkwatch.stories.features import features
from brinkwatch.stories.same import SamePolicy, overlap, same
from brinkwatch.stories.story import Features
from brinkwatch.stories.wordstock import foreignness, tokens, weight

NOON = datetime(2022, 10, 10, 12, tzinfo=UTC)
POLICY = SamePolicy()


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return load_embedder()


def made(embedder: Embedder, titles: Sequence[str], *, hours: float = 0) -> list[Features]:
    vectors = embedder.embed([ItemText(title, "") for title in titles])
    return [
        features(title, "", vector, NOON + timedelta(hours=hours * number))
        for number, (title, vector) in enumerate(zip(titles, vectors, strict=True))
    ]


def alike(title: str, likeness: float = 0.99, *, at: datetime = NOON, summary: str = "") -> Features:
    """Features whose vectors have nearly the given cosine with one another."""
    vector = np.zeros(384, np.float32)
    vector[0] = likeness**0.5
    vector[1 + sum(map(ord, title)) % 300] = (1 - likeness) ** 0.5
    return features(title, summary, vector, at)


def test_contrast_pairs_are_told_apart(embedder: Embedder) -> None:
    pairs = [json.loads(line) for line in Path(__file__).with_name("entity_veto_pairs.jsonl").read_text().splitlines()]
    made_ = made(embedder, [pair[side] for pair in pairs for side in ("a", "b")])
    wrong = [
        (pair["a"], pair["b"])
        for number, pair in enumerate(pairs)
        if same(made_[2 * number], made_[2 * number + 1], POLICY).same is not pair["same"]
    ]
    assert len(pairs) >= 100
    assert wrong == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("EU agrees 12th package of sanctions", "EU agrees 13th package of sanctions"),
        ("Missiles hit Kyiv hospital", "Missiles hit Kharkiv hospital"),
        ("Magnitude 7.4 quake hits coast", "Magnitude 5.1 quake hits coast"),
        ("Norway expels two diplomats", "Denmark expels two diplomats"),
        ("Putin to visit front", "Zelensky to visit front"),
    ],
)
def test_a_name_or_a_number_is_a_veto_however_alike_the_vectors(first: str, second: str) -> None:
    match = same(alike(first), alike(second), POLICY)
    assert not match.same
    assert match.score == 0.0
    assert match.reason.startswith("different: ")


def test_a_place_inside_the_other_is_no_veto() -> None:
    assert same(alike("Shells hit Bakhmut"), alike("Shells hit Donbas"), POLICY).same


def test_a_name_in_the_other_items_summary_is_no_veto() -> None:
    told = alike("Norway expels two diplomats", summary="Denmark did the same an hour later.")
    assert same(told, alike("Denmark expels two diplomats"), POLICY).score > 0


def test_a_revised_magnitude_is_no_veto() -> None:
    assert same(alike("Magnitude 7.8 quake hits coast"), alike("Magnitude 7.7 quake hits coast"), POLICY).same


def test_the_order_of_the_two_does_not_matter(embedder: Embedder) -> None:
    made_ = made(embedder, ["Envoys meet in Vienna on uranium", "Uranium talks begin in Vienna", "Storm shuts ports"])
    for first in made_:
        for second in made_:
            assert same(first, second, POLICY) == same(second, first, POLICY)


def test_days_apart_must_be_more_alike() -> None:
    first, near = alike("Convoy reaches town", 0.7), alike("Convoy reaches border town", 0.7)
    far = alike("Convoy reaches border town", 0.7, at=NOON + timedelta(days=3))
    assert same(first, near, POLICY).score > same(first, far, POLICY).score


def test_the_same_words_ten_years_later_are_another_story() -> None:
    title = "Ships block the harbour of Novi Grad"
    later = same(alike(title), alike(title, at=NOON + timedelta(days=3650)), SamePolicy())
    assert not later.same
    assert 0 <= later.score < 1e-100


def test_the_reason_says_what_is_shared() -> None:
    assert "state:ir" in same(alike("Iran halts inspections"), alike("Inspections halted by Iran"), POLICY).reason


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Ракетный удар по Одессе: погибли пять человек", "Пять человек погибли при ракетном ударе по Одессе"),
        ("Raketenangriff auf Odessa: fünf Menschen getötet", "Fünf Tote bei Raketenangriff auf Odessa"),
        ("乌克兰港口城市敖德萨遭导弹袭击五人死亡", "敖德萨遭导弹袭击 五人死亡"),
    ],
)
def test_other_languages_are_joined_by_their_words(embedder: Embedder, first: str, second: str) -> None:
    assert same(*made(embedder, [first, second]), POLICY).same


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Збірна зіграє товариський матч у серпні", "Уряд підвищить мінімальну пенсію з липня"),
        ("الحكومة ترفع أسعار الوقود", "المنتخب يستعد لمباراة الجمعة"),
        ("한국은행 기준금리 동결", "신작 영화 흥행 1위"),
    ],
)
def test_other_languages_are_not_joined_by_their_script(embedder: Embedder, first: str, second: str) -> None:
    assert not same(*made(embedder, [first, second]), POLICY).same


def test_rare_words_weigh_more_than_frequent_ones() -> None:
    assert weight("the") == 0 < weight("govern") < weight("sanction") <= weight("zelenskyy") <= 1
    assert "the" not in tokens("The sanctions")
    assert overlap(frozenset({"sanction", "govern"}), frozenset({"sanction"})) > 0.5
    assert overlap(frozenset(), frozenset({"sanction"})) == 0


def test_english_is_not_foreign() -> None:
    assert foreignness("Talks on the border crisis resume in Geneva") == 0
    assert foreignness("Verhandlungen über Grenzkonflikt beginnen wieder") > 0.5
