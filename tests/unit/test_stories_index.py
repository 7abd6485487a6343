"""The index of active stories joins, keeps apart, forgets and replaces."""

from datetime import UTC, datetime, timedelta

import numpy as np

from brinkwatch.config.settings import Stories
from brinkwatch.stories.features import features
from brinkwatch.stories.index import StoryIndex
from brinkwatch.stories.same import SamePolicy
from brinkwatch.stories.story import Features

NOON = datetime(2022, 10, 10, 12, tzinfo=UTC)
SETTINGS = Stories()


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def item(title: str, angle: float = 0.0, *, hours: float = 0.0) -> Features:
    """Vectors lie on a circle: the cosine of two is that of the difference of their angles (degrees)."""
    vector = np.zeros(4, np.float32)
    vector[:2] = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return features(title, "", vector, at(hours))


def test_an_item_joins_the_story_it_is_like() -> None:
    index = StoryIndex(SETTINGS)
    index.add("s-a", 1, item("Convoy halted at border bridge"), at(0))
    index.add("s-b", 2, item("Orchestra opens season", 80), at(0))
    match = index.find(item("Border bridge convoy halted", 5, hours=1), at(1))
    assert (match.same, match.story) == (True, "s-a")
    assert "alike" in match.reason


def test_nothing_alike_joins_nothing() -> None:
    index = StoryIndex(SETTINGS)
    assert index.find(item("Convoy halted"), at(0)).story is None
    index.add("s-a", 1, item("Convoy halted at border bridge"), at(0))
    match = index.find(item("Orchestra opens season", 90), at(1))
    assert (match.same, match.story) == (False, None)


def test_a_story_is_active_for_the_window_after_its_last_member() -> None:
    window = SETTINGS.window.total_seconds() / 3600
    index = StoryIndex(SETTINGS)
    index.add("s-a", 1, item("Convoy halted at border bridge"), at(0))
    index.add("s-a", 2, item("Convoy halted at border bridge", hours=window - 1), at(window - 1))
    again = item("Convoy halted at border bridge", hours=window + 1)
    assert index.find(again, at(window + 1)).story == "s-a"
    assert index.find(again, at(2 * window)).story is None


def test_a_closed_story_returns_within_the_grace_for_what_carries_a_signal() -> None:
    window, grace = (span.total_seconds() / 3600 for span in (SETTINGS.window, SETTINGS.grace))
    for hours, returning, story in (
        (window + 1, False, None),
        (window + 1, True, "s-a"),
        (window + grace, True, "s-a"),
        (window + grace + 1, True, None),
    ):
        index = StoryIndex(SETTINGS)
        index.add("s-a", 1, item("Convoy halted at border bridge"), at(0))
        again = item("Convoy halted at border bridge", hours=hours)
        # A day apart counts against two reports; here only the window is asked about.
        index.policy = SamePolicy(per_day=0.0)
        assert index.find(again, at(hours), returning=returning).story == story


def test_a_story_that_returned_is_open_to_all_again() -> None:
    window = SETTINGS.window.total_seconds() / 3600
    index = StoryIndex(SETTINGS, SamePolicy(per_day=0.0))
    index.add("s-a", 1, item("Convoy halted at border bridge"), at(0))
    again = item("Convoy halted at border bridge", hours=window + 1)
    assert index.find(again, at(window + 1)).story is None
    index.add("s-a", 2, again, at(window + 1))
    assert index.find(again, at(window + 2)).story == "s-a"


def test_a_merged_story_takes_what_is_like_either_part() -> None:
    index = StoryIndex(SETTINGS)
    index.add("s-a", 1, item("Convoy halted at border bridge"), at(0))
    index.add("s-a", 2, item("Orchestra opens season", 90), at(0), part="s-b")
    for title, angle, part in (("Border bridge convoy halted", 5, "s-a"), ("Season opened by orchestra", 85, "s-b")):
        match = index.find(item(title, angle), at(1))
        assert (match.story, match.part) == ("s-a", part)
    assert len(index) == 1


def test_what_is_more_like_one_of_two_split_stories_does_not_join_the_other() -> None:
    newcomer = item("Port closed by mines", 34, hours=1)
    for apart, story in ((set(), "s-a"), ({frozenset({"s-a", "s-b"})}, None)):
        # The nearer story is crowded and refuses; the farther one must not take it all the same.
        index = StoryIndex(SETTINGS, SamePolicy(crowd=4, crowding=9.0))
        index.add("s-a", 0, item("Port closed by mines", 0), at(0))
        for number in range(1, 21):
            index.add("s-b", number, item("Port closed by mines, says navy", 20, hours=number / 100), at(0))
        index.keep_apart(apart)
        assert index.find(newcomer, at(1)).story == story


def test_an_edited_item_is_replaced() -> None:
    index = StoryIndex(SETTINGS)
    index.add("s-a", 1, item("Convoy halted at border bridge"), at(0))
    index.add("s-a", 1, item("Orchestra opens season", 90), at(1))
    assert index.find(item("Convoy halted at border bridge"), at(1)).story is None
    assert index.find(item("Orchestra opens season", 90), at(1)).story == "s-a"


def test_a_removed_item_is_forgotten_and_its_place_used_again() -> None:
    index = StoryIndex(SETTINGS)
    index.add("s-a", 1, item("Convoy halted at border bridge"), at(0))
    index.remove(1)
    index.remove("never there")
    assert len(index) == 0
    assert index.find(item("Convoy halted at border bridge"), at(0)).story is None
    index.add("s-b", 2, item("Convoy halted at border bridge"), at(0))
    assert index.find(item("Convoy halted at border bridge"), at(0)).story == "s-b"


def test_a_chain_does_not_grow_for_ever() -> None:
    index = StoryIndex(SETTINGS)
    angles = range(0, 300, 15)
    stories: list[str] = []
    for number, angle in enumerate(angles):
        one = item(f"Turn {'abcdefghijklmnopqrst'[number] * 5} of the day", angle, hours=number / 10)
        story = index.find(one, at(number / 10)).story or f"s-{number}"
        index.add(story, number, one, at(number / 10))
        stories.append(story)
    assert stories[1] == stories[0]
    assert stories[-1] != stories[0]


def test_a_crowded_story_asks_for_more() -> None:
    policy = SamePolicy(crowd=4, crowding=3.0)
    newcomer = item("Port closed by mines", 38, hours=1)
    for size, story in ((3, "s-a"), (40, None)):
        index = StoryIndex(SETTINGS, policy)
        for number in range(size):
            index.add("s-a", number, item("Port closed by naval mines", hours=number / 100), at(0))
        assert index.find(newcomer, at(1)).story == story


def test_more_items_than_the_first_matrix_holds() -> None:
    index = StoryIndex(SETTINGS)
    for number in range(600):
        index.add(f"s-{number}", number, item(f"Number {number}", number / 4), at(0))
    assert len(index) == 600
    assert index.find(item("Number 599", 599 / 4), at(0)).story is not None
