"""Which routes take a story: `alerts.routes` with values alone."""

from datetime import UTC, datetime

from brinkwatch.alerts.decision import Reason
from brinkwatch.alerts.routes import routes_for, why_nobody
from brinkwatch.config.settings import Route
from brinkwatch.signals.catalogue import Signal
from brinkwatch.stories.story import Member, Story, StoryState, Tier

NOW = datetime(2022, 1, 10, tzinfo=UTC)


def story(tier: Tier, *signals: Signal, feed: str = "wire") -> Story:
    member = Member(1, "title", "", None, NOW, NOW, feed, feed, feed, dict.fromkeys(signals, 0.9))
    return Story("s", NOW, NOW, StoryState.NEW, tier, (member,))


ALL = Route(channel="#alerts")
STRAIT = Route(channel="#strait", min_tier="watch", signals=(Signal.BLOCKADE,))
EASING = Route(channel="#easing", min_tier="watch", directions=("de-escalation",))


def taken(view: Story, *routes: Route, told: tuple[str, ...] = ()) -> list[str]:
    return [route.label for route, _ in routes_for(routes, [view] * len(routes), told)]


def test_the_first_route_that_matches_takes_it() -> None:
    assert taken(story(Tier.ELEVATED, Signal.BLOCKADE), ALL, STRAIT) == ["#alerts"]


def test_a_route_with_continue_lets_the_next_have_it_too() -> None:
    both = ALL.model_copy(update={"continue_": True})
    assert taken(story(Tier.ELEVATED, Signal.BLOCKADE), both, STRAIT) == ["#alerts", "#strait"]


def test_a_route_for_graver_stories_does_not_hide_a_slight_one_from_the_next() -> None:
    assert taken(story(Tier.WATCH, Signal.BLOCKADE), ALL, STRAIT) == ["#strait"]


def test_a_route_that_was_told_keeps_the_story() -> None:
    view = story(Tier.ELEVATED, Signal.BLOCKADE, Signal.CEASEFIRE)
    assert taken(view, ALL, STRAIT, EASING, told=("#easing",)) == ["#alerts", "#easing"]


def test_nobody_takes_what_nobody_asks_for_and_it_is_said_why() -> None:
    slight = story(Tier.WATCH, Signal.TALKS)
    assert taken(slight, ALL, STRAIT) == []
    assert why_nobody([ALL, STRAIT], [slight] * 2) is Reason.BELOW_THRESHOLD
    assert why_nobody([STRAIT], [slight]) is Reason.NO_ROUTE


def test_a_route_for_feeds_asks_for_a_report_of_theirs() -> None:
    mine = Route(channel="#mine", min_tier="watch", feeds=("wire",))
    assert taken(story(Tier.WATCH, Signal.TALKS), mine) == ["#mine"]
    assert taken(story(Tier.WATCH, Signal.TALKS, feed="post"), mine) == []
