"""Who is told, when, and why: `alerts.decide` with values alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.alerts.decide import Policy, decide, remembered
from brinkwatch.alerts.decision import Action, Decision, History, Reason
from brinkwatch.signals.catalogue import SIGNALS, Signal
from brinkwatch.stories.story import Member, Story, StoryState, Tier

NOW = datetime(2022, 1, 10, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
POLICY = Policy(
    min_tier=Tier.ELEVATED,
    group_wait=timedelta(seconds=90),
    group_wait_critical=timedelta(0),
    group_interval={Tier.WATCH: 120 * MINUTE, Tier.ELEVATED: 30 * MINUTE, Tier.CRITICAL: 10 * MINUTE},
    max_alert_age=timedelta(hours=6),
    signal_memory=timedelta(hours=2),
)


def member(number: int, signals: dict[Signal, float], family: str = "wire", **values: object) -> Member:
    return Member(
        number, f"title {number}", "", None, NOW, NOW, family, family, family, signals, **values,  # type: ignore[arg-type]
    )  # fmt: skip


def story(*members: Member, tier: Tier = Tier.ELEVATED, last_at: datetime = NOW) -> Story:
    return Story("s-1", NOW, last_at, StoryState.NEW, tier, members)


BUILDUP = story(member(1, {Signal.TROOP_BUILDUP: 0.9}))
NOTHING = History()


def told(view: Story, at: datetime = NOW) -> History:
    """What is remembered after the story was posted at `at`."""
    return remembered(NOTHING, Decision(Action.POST, Reason.FIRST), view, at)


def drills(*, adds: float, at: datetime, signal: Signal = Signal.SHOW_OF_FORCE) -> Story:
    """A story of drills that was told at `NOW`, and one more report of them."""
    first = member(1, {Signal.SHOW_OF_FORCE: 0.9, Signal.TALKS: 0.9})
    return replace(story(first, replace(member(2, {signal: 0.9}), seen=at)), newest_adds=adds)


@pytest.mark.parametrize(
    ("adds", "hours", "signal", "reason"),
    [
        (2.0, 2, Signal.SHOW_OF_FORCE, Reason.NEW_SIGNAL),
        (2.0, 1.9, Signal.SHOW_OF_FORCE, Reason.DUPLICATE),
        (1.0, 9, Signal.SHOW_OF_FORCE, Reason.DUPLICATE),
        (2.0, 9, Signal.TALKS, Reason.DUPLICATE),
    ],
)
def test_another_act_of_a_known_kind_is_news_once_the_memory_has_aged(
    adds: float, hours: float, signal: Signal, reason: Reason
) -> None:
    at = NOW + timedelta(hours=hours)
    view = drills(adds=adds, at=at, signal=signal)
    assert decide(view, told(drills(adds=0.0, at=NOW)), POLICY, at).reason is reason


def test_another_act_is_told_once() -> None:
    at = NOW + timedelta(hours=3)
    view = drills(adds=2.0, at=at)
    history = told(drills(adds=0.0, at=NOW))
    decision = decide(view, history, POLICY, at)
    assert decision.action is Action.REPLY
    after = remembered(history, decision, view, at)
    assert decide(view, after, POLICY, at + timedelta(hours=3)).reason is Reason.DUPLICATE


def test_a_new_story_waits_for_the_group() -> None:
    assert decide(BUILDUP, NOTHING, POLICY, NOW) == Decision(
        Action.NONE, Reason.WAITING, NOW + timedelta(seconds=90)
    )  # fmt: skip


def test_it_is_told_when_the_wait_is_over() -> None:
    waiting = remembered(NOTHING, decide(BUILDUP, NOTHING, POLICY, NOW), BUILDUP, NOW)
    assert decide(BUILDUP, waiting, POLICY, NOW + timedelta(seconds=89)).reason is Reason.WAITING
    assert decide(BUILDUP, waiting, POLICY, NOW + timedelta(seconds=90)) == Decision(Action.POST, Reason.FIRST)


def test_a_later_item_does_not_prolong_the_wait() -> None:
    waiting = remembered(NOTHING, decide(BUILDUP, NOTHING, POLICY, NOW), BUILDUP, NOW)
    later = decide(BUILDUP, waiting, POLICY, NOW + timedelta(seconds=60))
    assert later.next_possible_at == NOW + timedelta(seconds=90)


def test_a_clock_that_was_set_back_prolongs_no_wait_by_more_than_the_wait() -> None:
    early = NOW - 60 * MINUTE
    waiting = remembered(NOTHING, decide(BUILDUP, NOTHING, POLICY, NOW), BUILDUP, NOW)
    again = decide(BUILDUP, waiting, POLICY, early)
    assert again.next_possible_at == early + timedelta(seconds=90)
    assert decide(BUILDUP, remembered(waiting, again, BUILDUP, early), POLICY, early + 2 * MINUTE).action is Action.POST
    more = story(member(1, {Signal.TROOP_BUILDUP: 0.9}), member(2, {Signal.TALKS: 0.9}))
    assert decide(more, told(BUILDUP), POLICY, early).next_possible_at == early + 30 * MINUTE


def test_a_critical_story_does_not_wait() -> None:
    assert decide(replace(BUILDUP, tier=Tier.CRITICAL), NOTHING, POLICY, NOW).action is Action.POST


def test_a_story_that_turns_critical_while_it_waits_is_told_at_once() -> None:
    waiting = remembered(NOTHING, decide(BUILDUP, NOTHING, POLICY, NOW), BUILDUP, NOW)
    graver = replace(BUILDUP, tier=Tier.CRITICAL)
    assert decide(graver, waiting, POLICY, NOW + timedelta(seconds=5)).action is Action.POST


@pytest.mark.parametrize(
    ("view", "reason"),
    [
        (replace(BUILDUP, tier=Tier.WATCH), Reason.BELOW_THRESHOLD),
        (story(member(1, {})), Reason.BELOW_THRESHOLD),
        (story(member(1, {Signal.ARMED_ATTACK: 0.9}, muted=True)), Reason.MUTED_FEED),
        (replace(BUILDUP, last_at=NOW - timedelta(hours=6, seconds=1)), Reason.STALE),
    ],
)
def test_each_silence_has_a_name(view: Story, reason: Reason) -> None:
    assert decide(view, NOTHING, POLICY, NOW) == Decision(Action.NONE, reason)


def test_a_muted_feed_confirms_what_another_reports() -> None:
    view = story(member(1, {Signal.ARMED_ATTACK: 0.9}, muted=True), member(2, {Signal.ARMED_ATTACK: 0.9}, "other"))
    assert decide(view, NOTHING, POLICY, NOW).reason is Reason.WAITING


def test_the_same_again_is_a_duplicate() -> None:
    more = story(*BUILDUP.members, member(2, {Signal.TROOP_BUILDUP: 0.95}))
    assert decide(more, told(BUILDUP), POLICY, NOW + 60 * MINUTE) == Decision(Action.NONE, Reason.DUPLICATE)


def test_five_feeds_of_one_family_confirm_nothing() -> None:
    view = story(*(member(n, {Signal.TROOP_BUILDUP: 0.9}) for n in range(5)))
    assert decide(view, told(BUILDUP), POLICY, NOW + 60 * MINUTE).reason is Reason.DUPLICATE


def test_all_state_media_together_are_one_side_s_claim() -> None:
    one = member(1, {Signal.TROOP_BUILDUP: 0.9}, "agency", state_affiliated=True)
    two = member(2, {Signal.TROOP_BUILDUP: 0.9}, "channel", state_affiliated=True)
    assert decide(story(one, two), told(story(one)), POLICY, NOW + 60 * MINUTE).reason is Reason.DUPLICATE


def test_an_item_without_a_signal_confirms_nothing() -> None:
    view = story(*BUILDUP.members, member(2, {}, "other"))
    assert decide(view, told(BUILDUP), POLICY, NOW + 60 * MINUTE).reason is Reason.DUPLICATE


def test_a_second_publisher_is_news() -> None:
    view = story(*BUILDUP.members, member(2, {Signal.TROOP_BUILDUP: 0.9}, "other"))
    assert decide(view, told(BUILDUP), POLICY, NOW + 30 * MINUTE) == Decision(Action.REPLY, Reason.CORROBORATED)


def test_a_third_publisher_only_edits_the_first_message() -> None:
    two = story(*BUILDUP.members, member(2, {Signal.TROOP_BUILDUP: 0.9}, "other"))
    three = story(*two.members, member(3, {Signal.TROOP_BUILDUP: 0.9}, "third"))
    assert decide(three, told(two), POLICY, NOW + MINUTE) == Decision(Action.UPDATE, Reason.CORROBORATED)


def test_news_inside_the_interval_waits_for_its_end() -> None:
    view = story(*BUILDUP.members, member(2, {Signal.SANCTIONS_THREAT: 0.9}))
    decision = decide(view, told(BUILDUP), POLICY, NOW + MINUTE)
    assert decision == Decision(Action.NONE, Reason.COOLDOWN, NOW + 30 * MINUTE)
    assert decide(view, told(BUILDUP), POLICY, NOW + 30 * MINUTE) == Decision(Action.REPLY, Reason.NEW_SIGNAL)


def test_tier_rise_breaks_the_cooldown() -> None:
    graver = replace(BUILDUP, tier=Tier.CRITICAL)
    assert decide(graver, told(BUILDUP), POLICY, NOW + MINUTE) == Decision(Action.REPLY, Reason.TIER_UP)


def test_a_tier_that_falls_is_not_news() -> None:
    critical = replace(BUILDUP, tier=Tier.CRITICAL)
    assert decide(BUILDUP, told(critical), POLICY, NOW + 60 * MINUTE).reason is Reason.DUPLICATE


def test_easing_is_told_as_easing() -> None:
    view = story(*BUILDUP.members, member(2, {Signal.WITHDRAWAL: 0.9}))
    assert decide(view, told(BUILDUP), POLICY, NOW + 30 * MINUTE) == Decision(Action.REPLY, Reason.DEESCALATED)


def test_the_interval_counts_from_the_last_reply() -> None:
    view = story(*BUILDUP.members, member(2, {Signal.SANCTIONS_THREAT: 0.9}))
    after_reply = remembered(told(BUILDUP), Decision(Action.REPLY, Reason.NEW_SIGNAL), view, NOW + 30 * MINUTE)
    more = story(*view.members, member(3, {Signal.EVACUATION: 0.9}))
    assert decide(more, after_reply, POLICY, NOW + 45 * MINUTE).next_possible_at == NOW + 60 * MINUTE


def test_an_edit_of_the_message_does_not_move_the_interval() -> None:
    edited = remembered(told(BUILDUP), Decision(Action.UPDATE, Reason.CORROBORATED), BUILDUP, NOW + 20 * MINUTE)
    more = story(*BUILDUP.members, member(3, {Signal.EVACUATION: 0.9}))
    assert decide(more, edited, POLICY, NOW + 30 * MINUTE).action is Action.REPLY


signals = st.dictionaries(st.sampled_from(SIGNALS), st.floats(0.5, 1.0), max_size=4)
views = st.builds(
    lambda each, tier, age: story(
        *(member(n, s, family) for n, (s, family) in enumerate(each)), tier=tier, last_at=NOW - age
    ),
    st.lists(st.tuples(signals, st.sampled_from("abcde")), min_size=1, max_size=6),
    st.sampled_from(Tier),
    st.timedeltas(timedelta(0), timedelta(hours=12)),
)


@given(views, views, st.timedeltas(timedelta(0), timedelta(hours=3)))
def test_a_next_time_is_always_ahead_and_only_named_for_waits(before: Story, after: Story, gap: timedelta) -> None:
    now = NOW + gap
    for history in (NOTHING, told(before), History(waiting_since=NOW)):
        decision = decide(after, history, POLICY, now)
        assert (decision.next_possible_at is not None) == (decision.reason in {Reason.WAITING, Reason.COOLDOWN})
        assert decision.next_possible_at is None or decision.next_possible_at > now


@given(views, st.timedeltas(timedelta(0), timedelta(hours=3)))
def test_what_was_just_told_is_not_told_again(view: Story, gap: timedelta) -> None:
    assert decide(view, told(view), POLICY, NOW + gap) == Decision(Action.NONE, Reason.DUPLICATE)
