"""How grave a story is, from its signals, its parties and its publishers."""

from datetime import UTC, datetime, timedelta

import pytest

from brinkwatch.signals.catalogue import Signal
from brinkwatch.stories.story import Member, Story, StoryState, Tier
from brinkwatch.stories.tier import gravity, tier

NOON = datetime(2022, 10, 10, 12, tzinfo=UTC)
RUSSIA_UKRAINE = frozenset({"state:ru", "state:ua"})
INDIA_PAKISTAN = frozenset({"state:in", "state:pk"})


def report(signals: dict[Signal, float], entities: frozenset[str], *, family: str = "a", hours: float = 0) -> Member:
    moment = NOON + timedelta(hours=hours)
    return Member(1, "", "", None, moment, moment, family, family, family, signals, (), entities)


def story(*members: Member) -> Story:
    return Story("s-1", NOON, NOON, StoryState.NEW, Tier.WATCH, members)


def told(signals: dict[Signal, float], entities: frozenset[str]) -> Tier:
    return tier(story(report(signals, entities)))


def test_the_article_that_started_it_is_elevated() -> None:
    signals = {
        Signal.SANCTIONS_THREAT: 0.9,
        Signal.TROOP_BUILDUP: 0.9,
        Signal.MILITARY_THREAT: 0.8,
        Signal.TALKS: 0.9,
    }
    assert told(signals, RUSSIA_UKRAINE | {"state:us", "org:nato"}) is Tier.ELEVATED


@pytest.mark.parametrize(
    ("signal", "probability", "entities"),
    [
        (Signal.ARMED_ATTACK, 0.6, RUSSIA_UKRAINE),
        (Signal.SHOW_OF_FORCE, 0.8, {"state:cn", "state:tw"}),
        (Signal.NUCLEAR_SIGNAL, 0.7, {"state:kp"}),
        (Signal.SANCTIONS_IMPOSED, 0.65, {"state:ru", "state:lv"}),
        (Signal.DIPLOMATIC_RUPTURE, 0.6, {"state:cn", "state:us"}),
        (Signal.INCURSION, 0.6, {"state:pl", "state:ru"}),
    ],
)
def test_one_signal_between_adversaries_is_elevated(signal: Signal, probability: float, entities: set[str]) -> None:
    assert told({signal: probability}, frozenset(entities)) is Tier.ELEVATED


@pytest.mark.parametrize(
    ("signal", "probability", "entities"),
    [
        (Signal.HYBRID_ATTACK, 0.8, set()),
        (Signal.SHOW_OF_FORCE, 0.9, {"state:br"}),
        (Signal.ARMED_ATTACK, 0.6, {"state:mx"}),
        (Signal.SANCTIONS_IMPOSED, 0.5, {"state:gb"}),
    ],
)
def test_a_weak_sign_without_adversaries_is_watched(signal: Signal, probability: float, entities: set[str]) -> None:
    assert told({signal: probability}, frozenset(entities)) is Tier.WATCH


def test_an_attack_between_states_at_peace_is_critical() -> None:
    assert told({Signal.ARMED_ATTACK: 0.95}, INDIA_PAKISTAN) is Tier.CRITICAL
    assert told({Signal.ARMED_ATTACK: 0.5}, INDIA_PAKISTAN) is Tier.ELEVATED


def test_one_more_attack_in_a_war_is_not_critical() -> None:
    assert told({Signal.ARMED_ATTACK: 0.99}, RUSSIA_UKRAINE | {"state:us", "org:nato"}) is Tier.ELEVATED


def test_an_invasion_is_critical() -> None:
    signals = {Signal.ARMED_ATTACK: 0.99, Signal.TROOP_BUILDUP: 0.9, Signal.MOBILIZATION: 0.9}
    assert told(signals, RUSSIA_UKRAINE) is Tier.CRITICAL


def test_what_lies_days_apart_is_not_added_up() -> None:
    parts = [
        report({Signal.ARMED_ATTACK: 0.99}, RUSSIA_UKRAINE),
        report({Signal.TROOP_BUILDUP: 0.9}, RUSSIA_UKRAINE, hours=30),
        report({Signal.MOBILIZATION: 0.9}, RUSSIA_UKRAINE, hours=60),
    ]
    assert tier(story(*parts)) is Tier.ELEVATED


def test_a_tier_stays_when_quieter_reports_follow() -> None:
    grave = report({Signal.ARMED_ATTACK: 0.95}, INDIA_PAKISTAN)
    assert tier(story(grave, report({Signal.TALKS: 0.9}, INDIA_PAKISTAN, hours=40))) is Tier.CRITICAL


def test_talks_are_watched_and_a_truce_between_adversaries_is_elevated() -> None:
    assert told({Signal.TALKS: 0.95}, INDIA_PAKISTAN) is Tier.WATCH
    assert told({Signal.CEASEFIRE: 0.95}, INDIA_PAKISTAN) is Tier.ELEVATED
    assert told({Signal.CEASEFIRE: 0.95}, frozenset({"state:co"})) is Tier.WATCH


def test_publishers_count_by_family_and_state_media_once() -> None:
    signals = {Signal.NUCLEAR_SIGNAL: 0.95, Signal.MILITARY_THREAT: 0.9}
    parties = frozenset({"state:us", "state:ru"})
    assert tier(story(report(signals, parties))) is Tier.ELEVATED
    three = [report(signals, parties, family=name) for name in "abc"]
    assert tier(story(*three)) is Tier.CRITICAL
    assert tier(story(*[report(signals, parties) for _ in range(3)])) is Tier.ELEVATED


def test_what_a_nuclear_power_does_counts_for_more() -> None:
    signals = {Signal.SHOW_OF_FORCE: 0.9}
    assert gravity(signals, frozenset({"state:fr"})) > gravity(signals, frozenset({"state:br"}))


def test_members_without_signals_do_not_count() -> None:
    assert tier(story(report({}, INDIA_PAKISTAN))) is Tier.WATCH
    assert tier(story()) is Tier.WATCH


def test_a_surer_signal_is_never_less_grave() -> None:
    for signal in set(Signal) - {Signal.TALKS, Signal.CEASEFIRE, Signal.WITHDRAWAL}:
        points = [gravity({signal: p / 10}, RUSSIA_UKRAINE) for p in range(1, 11)]
        assert points == sorted(points)
