"""`group` and its filter: every item has a story, and the order of simultaneous items changes nothing."""

import io
import json
import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brinkwatch.cli.group import run
from brinkwatch.config.settings import Settings
from brinkwatch.stories.features import features
from brinkwatch.stories.group import group, story_id
from brinkwatch.stories.story import Features

NOON = datetime(2022, 10, 10, 12, tzinfo=UTC)
TITLES = [
    "Convoy halted at border bridge",
    "Border bridge convoy is halted",
    "Missiles hit Kyiv depot",
    "Missiles hit Kharkiv depot",
    "Envoys agree 12th package",
    "Envoys agree 13th package",
    "Orchestra opens season",
]


def item(title: str, angle: float, minute: int) -> Features:
    vector = np.array([np.cos(angle), np.sin(angle), 0, 0], np.float32)
    return features(title, "", vector, NOON + timedelta(minutes=minute))


drawn = st.lists(
    st.tuples(st.sampled_from(TITLES), st.floats(0, 1.2), st.integers(0, 2)).map(lambda t: item(*t)),
    min_size=1,
    max_size=14,
)


@settings(max_examples=60, deadline=None)
@given(drawn, st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(items: list[Features], chance: random.Random) -> None:
    numbered = list(enumerate(items))
    shuffled = numbered.copy()
    chance.shuffle(shuffled)
    assert group(shuffled) == group(numbered)


@settings(max_examples=30, deadline=None)
@given(drawn)
def test_every_item_is_in_one_story_named_after_its_first(items: list[Features]) -> None:
    stories = group(list(enumerate(items)))
    assert set(stories) == set(range(len(items)))
    assert all(story.startswith("s-") for story in stories.values())


def test_a_later_telling_joins_and_another_place_does_not() -> None:
    stories = group({
        "a": item("Missiles hit Kyiv depot", 0.0, 0),
        "b": item("Kyiv depot hit by missiles", 0.1, 5),
        "c": item("Missiles hit Kharkiv depot", 0.0, 6),
    }.items())  # fmt: skip
    assert stories["a"] == stories["b"] != stories["c"]


def answers(*lines: object) -> tuple[int, list[dict[str, object]]]:
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    out = io.StringIO()
    status = run(io.BytesIO(text.encode()), out, Settings())
    return status, [json.loads(line) for line in out.getvalue().splitlines()]


def asked(identity: object, title: str, minute: int = 0) -> dict[str, object]:
    published = (NOON + timedelta(minutes=minute)).isoformat()
    return {"id": identity, "title": title, "summary": None, "published": published, "feed": "anyone"}


def test_the_filter_answers_each_line_in_its_place() -> None:
    status, found = answers(
        asked("a", "Russian missiles hit Kyiv power station"),
        "not json",
        asked(7, "Power station in Kyiv hit by Russian missiles", 20),
        {"id": "c", "title": " ", "published": NOON.isoformat(), "feed": "x"},
        asked("d", "Russian missiles hit Kharkiv power station", 30),
        {"id": "e", "title": "No date", "feed": "x"},
    )
    assert status == 1
    assert [answer.get("id") for answer in found] == ["a", None, 7, None, "d", None]
    assert [answer.get("line") for answer in found] == [None, 2, None, 4, None, 6]
    assert found[0]["story"] == found[2]["story"] != found[4]["story"]


def test_the_filter_ends_well_when_all_lines_are_right() -> None:
    status, found = answers(asked("a", "Orchestra opens season"))
    assert status == 0
    assert set(found[0]) == {"id", "story"}


@pytest.mark.parametrize("text", ["", "\n"])
def test_the_filter_takes_empty_input(text: str) -> None:
    out = io.StringIO()
    assert run(io.BytesIO(text.encode()), out, Settings()) == (1 if text else 0)


def test_a_number_and_its_digits_are_two_items() -> None:
    assert story_id(7) != story_id("7")
