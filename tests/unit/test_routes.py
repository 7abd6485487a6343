"""Which routes take a story: `alerts.routes` with values alone."""

from datetime import UTC, datetime

import pytest

from brinkwatch.alerts.decision import Reason
from brinkwatch.alerts.matching import Names
from brinkwatch.alerts.routes import Taken, plant, taken, walk, why_nobody
from brinkwatch.config.alerting import Branch, Route, Thresholds
from brinkwatch.signals.catalogue import Signal
from brinkwatch.stories.story import Member, Story, StoryState, Tier

NOW = datetime(2022, 1, 10, tzinfo=UTC)


def story(tier: Tier, *signals: Signal, feed: str = "wire", title: str = "title", **values: object) -> Story:
    member = Member(
        1, title, "", None, NOW, NOW, feed, feed, feed, dict.fromkeys(signals, 0.9), **values,  # type: ignore[arg-type]
    )  # fmt: skip
    return Story("s", NOW, NOW, StoryState.NEW, tier, (member,))


ALL = Route(channel="#alerts")
STRAIT = Route(channel="#strait", min_tier="watch", signals=(Signal.BLOCKADE,))
EASING = Route(channel="#easing", min_tier="watch", directions=("de-escalation",))


NAMED = {"Kyiv": frozenset({"city:kyiv", "state:ua"}), "Russia": frozenset({"state:ru"})}
PACKS = {"defence": frozenset({"wire", "jets"})}
NAMES = Names(lambda name: NAMED.get(name, frozenset()), lambda pack: PACKS.get(pack, frozenset()))


def takes(view: Story, *routes: Route, told: tuple[str, ...] = ()) -> list[str]:
    """The labels of the routes that tell of a story."""
    return [one.route.label for one in asked(view, *routes, told=told)]


def asked(view: Story, *routes: Route, told: tuple[str, ...] = ()) -> list[Taken]:
    nodes = plant(routes)
    return taken(nodes, walk(nodes, lambda _: view, NAMES), lambda _: view, told)


def why(view: Story, *routes: Route) -> Reason:
    return why_nobody(walk(plant(routes), lambda _: view, NAMES))


def test_the_first_route_that_matches_takes_it() -> None:
    assert takes(story(Tier.ELEVATED, Signal.BLOCKADE), ALL, STRAIT) == ["#alerts"]


def test_a_route_with_continue_lets_the_next_have_it_too() -> None:
    both = ALL.model_copy(update={"continue_": True})
    assert takes(story(Tier.ELEVATED, Signal.BLOCKADE), both, STRAIT) == ["#alerts", "#strait"]


def test_a_route_for_graver_stories_does_not_hide_a_slight_one_from_the_next() -> None:
    assert takes(story(Tier.WATCH, Signal.BLOCKADE), ALL, STRAIT) == ["#strait"]


def test_a_route_that_was_told_keeps_the_story() -> None:
    view = story(Tier.ELEVATED, Signal.BLOCKADE, Signal.CEASEFIRE)
    assert takes(view, ALL, STRAIT, EASING, told=("#easing",)) == ["#alerts", "#easing"]


def test_nobody_takes_what_nobody_asks_for_and_it_is_said_why() -> None:
    slight = story(Tier.WATCH, Signal.TALKS)
    assert takes(slight, ALL, STRAIT) == []
    assert why(slight, ALL, STRAIT) is Reason.BELOW_THRESHOLD
    assert why(slight, STRAIT) is Reason.NO_ROUTE


def test_a_route_for_feeds_asks_for_a_report_of_theirs() -> None:
    mine = Route(channel="#mine", min_tier="watch", feeds=("wire",))
    assert takes(story(Tier.WATCH, Signal.TALKS), mine) == ["#mine"]
    assert takes(story(Tier.WATCH, Signal.TALKS, feed="post"), mine) == []


ATTACK = story(Tier.CRITICAL, Signal.ARMED_ATTACK, Signal.BLOCKADE)
TREE = Route(
    channel="#alerts", mentions=("<!here>",), thresholds=Thresholds(signals={Signal.TALKS: 0.9}),
    routes=(
        Branch(name="attacks", channel="#attacks", signals=(Signal.ARMED_ATTACK,), continue_=True),
        Branch(name="sea", channel="#sea", signals=(Signal.BLOCKADE,), mentions=()),
        Branch(name="later", channel="#later", signals=(Signal.BLOCKADE,)),
    ),
)  # fmt: skip


def test_a_child_takes_what_it_matches_from_its_parent() -> None:
    assert takes(story(Tier.ELEVATED, Signal.BLOCKADE), TREE) == ["sea"]


def test_a_child_with_continue_lets_its_sisters_have_it_too_and_the_first_without_ends_it() -> None:
    assert takes(ATTACK, TREE) == ["attacks", "sea"]


def test_what_no_child_takes_the_parent_takes() -> None:
    assert takes(story(Tier.ELEVATED, Signal.TROOP_BUILDUP), TREE) == ["#alerts"]


def test_a_child_never_sees_what_its_parent_does_not_take() -> None:
    assert takes(story(Tier.WATCH, Signal.BLOCKADE), TREE) == []


def test_a_parent_that_took_it_hides_it_from_the_next_at_the_top() -> None:
    assert takes(story(Tier.ELEVATED, Signal.BLOCKADE), TREE, STRAIT) == ["sea"]
    assert takes(ATTACK, TREE.model_copy(update={"continue_": True}), STRAIT) == ["attacks", "sea", "#strait"]


def test_a_child_has_what_it_does_not_say_from_its_parent() -> None:
    _, attacks, sea, _ = plant([TREE])[0].flat()
    assert attacks.mentions == ("<!here>",)
    assert sea.mentions == ()
    assert sea.thresholds.signals == {Signal.TALKS: 0.9}
    deep = Route(channel="#a", min_tier="watch", routes=(Branch(name="b", routes=(Branch(name="c"),)),))
    assert [(r.channel, r.min_tier) for r in plant([deep])[0].flat()] == [("#a", "watch")] * 3


def test_a_route_that_takes_over_a_channel_goes_on_in_its_thread() -> None:
    grave = Branch(name="grave", min_tier="critical", mentions=("<!channel>",))
    parent = Route(channel="#alerts", routes=(grave,))
    (one,) = asked(ATTACK, parent, told=("#alerts",))
    assert (one.route.label, one.told_as) == ("grave", "#alerts")


def test_two_routes_to_one_channel_are_one_message() -> None:
    again = Route(channel="#alerts", name="again")
    assert takes(ATTACK, ALL.model_copy(update={"continue_": True}), again) == ["#alerts"]


@pytest.mark.parametrize(
    ("words", "fits"),
    [
        ({"tiers": ("watch",)}, False),
        ({"tiers": ("watch", "critical")}, True),
        ({"directions": ("escalation",)}, True),
        ({"feeds": ("post",)}, False),
        ({"packs": ("defence",)}, True),
        ({"packs": ("diplomacy",)}, False),
        ({"languages": ("en",)}, True),
        ({"languages": ("de",)}, False),
        ({"actors": ("Russia",)}, True),
        ({"actors": ("Kyiv",)}, False),
        ({"places": ("Kyiv",)}, True),
        ({"places": ("Russia",)}, True),
        ({"actors": ("Free Marsh Brigade",)}, True),
        ({"actors": ("Marsh Brig",)}, False),
        ({"signals": (Signal.ARMED_ATTACK,), "languages": ("de",)}, False),
    ],
)
def test_each_word_of_a_route_is_asked_of_the_reports(words: dict[str, object], fits: bool) -> None:
    view = story(
        Tier.CRITICAL, Signal.ARMED_ATTACK, title="Free Marsh Brigade shells Kyiv", language="en",
        entities=frozenset({"city:kyiv", "state:ru"}),
    )  # fmt: skip
    assert (takes(view, Route(channel="#x", **words)) == ["#x"]) is fits  # type: ignore[arg-type]
