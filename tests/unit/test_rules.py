"""Whose threshold counts: the closer word wins."""

from dataclasses import replace
from datetime import UTC, datetime

from brinkwatch.config.settings import FeedSettings, Route, Settings, Thresholds
from brinkwatch.engine.rules import Rules, passing
from brinkwatch.signals.catalogue import SIGNALS, Signal
from brinkwatch.store.stories import MemberRow
from brinkwatch.stories.story import StoryState, Tier

MODEL = dict.fromkeys(SIGNALS, 0.5)
NOW = datetime(2022, 1, 10, tzinfo=UTC)
WIRE = FeedSettings(id="wire", url="https://wire.example/", family="house", thresholds=Thresholds(default=0.7))
STRICT = Route(channel="#strict", thresholds=Thresholds(signals={Signal.TALKS: 0.95}))
OPEN = Route(channel="#open", thresholds=Thresholds(default=0.2))


def rules(**values: object) -> Rules:
    return Rules(Settings.model_validate({"feeds": (WIRE,), "routes": (STRICT, OPEN), **values}), MODEL)


def row(feed: str, talks: float, *, supported: bool = True) -> MemberRow:
    probabilities = {signal: talks if signal is Signal.TALKS else 0.01 for signal in SIGNALS}
    return MemberRow(
        1, feed, "title", "", None, NOW, NOW, "assessed", 1, probabilities, (), frozenset(), frozenset(), supported
    )


def test_the_model_speaks_where_nobody_else_does() -> None:
    assert rules().thresholds("unknown") == MODEL


def test_global_thresholds_beat_the_model_and_a_feed_beats_them() -> None:
    found = rules(thresholds=Thresholds(default=0.6, signals={Signal.TALKS: 0.9}))
    assert found.thresholds("unknown")[Signal.TALKS] == 0.9
    assert found.thresholds("unknown")[Signal.ARMED_ATTACK] == 0.6
    assert found.thresholds("wire")[Signal.TALKS] == 0.7


def test_a_route_beats_the_feed_where_it_says_something() -> None:
    assert rules().thresholds("wire", STRICT)[Signal.TALKS] == 0.95
    assert rules().thresholds("wire", STRICT)[Signal.ARMED_ATTACK] == 0.7
    assert rules().thresholds("wire", OPEN)[Signal.ARMED_ATTACK] == 0.2


def test_the_lowest_threshold_of_all_opens_a_story() -> None:
    assert rules().opening("wire")[Signal.TALKS] == 0.2
    assert rules(routes=(STRICT,)).opening("wire")[Signal.TALKS] == 0.7
    assert rules(routes=(STRICT,)).lowest[Signal.TALKS] == 0.5


def test_each_route_sees_the_story_through_its_own_thresholds() -> None:
    def seen_by(route: Route | None) -> list[Signal]:
        view = rules().view("s", [row("wire", 0.8)], route=route, opened_at=NOW, last_at=NOW, state=StoryState.NEW)
        return list(view.signals)

    assert seen_by(STRICT) == []
    assert seen_by(OPEN) == [Signal.TALKS]
    assert seen_by(None) == [Signal.TALKS]


def test_an_item_nobody_could_read_carries_no_signal() -> None:
    assert rules().member(row("wire", 0.9, supported=False), MODEL).signals == {}


def test_a_feed_that_is_not_configured_is_a_publisher_of_its_own() -> None:
    assert rules().feed("elsewhere?").family_name == "elsewhere?"
    assert rules().feed("wire").family_name == "house"


def test_a_signal_at_its_threshold_passes() -> None:
    probabilities = dict.fromkeys(SIGNALS, 0.1) | {Signal.TALKS: 0.5, Signal.CEASEFIRE: 0.4999}
    assert list(passing(probabilities, MODEL)) == [Signal.TALKS]


def test_the_policy_takes_its_waits_from_the_settings() -> None:
    policy = rules().policy(STRICT)
    assert policy.min_tier is Tier.ELEVATED
    assert policy.max_alert_age == Settings().max_alert_age
    assert Rules(Settings(), MODEL, ageless=True).policy(STRICT).max_alert_age is None


def test_less_is_enough_for_a_signal_that_other_reports_of_the_story_carry() -> None:
    found = rules(routes=(), feeds=())

    def seen(*attacks: tuple[int, float]) -> list[dict[Signal, float]]:
        rows = [
            replace(row("wire", 0.01), item=item, probabilities=dict.fromkeys(SIGNALS, 0.01) | {Signal.INCURSION: p})
            for item, p in attacks
        ]
        view = found.view("s-1", rows, route=None, opened_at=NOW, last_at=NOW, state=StoryState.NEW)
        return [member.signals for member in view.members]

    assert seen((1, 0.9), (2, 0.31)) == [{Signal.INCURSION: 0.9}, {Signal.INCURSION: 0.31}]
    assert seen((1, 0.9), (2, 0.29)) == [{Signal.INCURSION: 0.9}, {}]
    assert seen((1, 0.49), (2, 0.49)) == [{}, {}]
