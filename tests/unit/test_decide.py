"""Who is told, when, and why: `alerts.decide` with values alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.alerts.decide import Policy, asks_again, decide, remembered
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


# -- corrections, actors, what comes back


def edited(signals: dict[Signal, float], hinted: frozenset[Signal] = frozenset()) -> Story:
    return story(member(1, signals, revised=True, hinted=hinted))


def test_what_an_edit_takes_back_is_corrected_at_once() -> None:
    assert decide(edited({}), told(BUILDUP), POLICY, NOW + MINUTE) == Decision(Action.REPLY, Reason.CORRECTED)


def test_an_edit_that_only_weakens_the_signal_corrects_nothing() -> None:
    hinted = edited({}, frozenset({Signal.TROOP_BUILDUP}))
    assert decide(hinted, told(BUILDUP), POLICY, NOW + MINUTE).reason is Reason.DUPLICATE


def test_a_threshold_that_was_raised_is_no_correction() -> None:
    assert decide(story(member(1, {})), told(BUILDUP), POLICY, NOW + MINUTE).reason is Reason.DUPLICATE


def test_a_part_that_is_taken_back_only_edits_the_message() -> None:
    both = story(member(1, {Signal.TROOP_BUILDUP: 0.9, Signal.MILITARY_THREAT: 0.9}))
    left = edited({Signal.TROOP_BUILDUP: 0.9})
    assert decide(left, told(both), POLICY, NOW + MINUTE) == Decision(Action.UPDATE, Reason.CORRECTED)


def test_an_item_that_corrects_is_told_once() -> None:
    view = story(*BUILDUP.members, member(2, {}, news=False, corrects=True))
    decision = decide(view, told(BUILDUP), POLICY, NOW + MINUTE)
    assert decision == Decision(Action.REPLY, Reason.CORRECTED)
    after = remembered(told(BUILDUP), decision, view, NOW + MINUTE)
    assert decide(view, after, POLICY, NOW + 60 * MINUTE).reason is Reason.DUPLICATE


def test_what_only_comments_is_not_news() -> None:
    view = story(member(1, {Signal.ARMED_ATTACK: 0.9}, news=False), tier=Tier.CRITICAL)
    assert decide(view, NOTHING, POLICY, NOW) == Decision(Action.NONE, Reason.NOT_NEWS)


def test_a_new_party_is_news_unless_it_is_not_known_who_was_named() -> None:
    view = story(*BUILDUP.members, member(2, {Signal.TROOP_BUILDUP: 0.9}, parties=frozenset({"state:cn"})))
    at = NOW + 30 * MINUTE
    assert decide(view, told(BUILDUP), POLICY, at) == Decision(Action.REPLY, Reason.NEW_ACTOR)
    old = told(BUILDUP)
    assert old.last is not None
    unknown = replace(old, first=replace(old.last, parties=None), last=replace(old.last, parties=None))
    assert decide(view, unknown, POLICY, at).reason is Reason.DUPLICATE


def test_a_party_that_a_text_named_before_is_not_new_in_a_title() -> None:
    known = story(member(1, {Signal.TROOP_BUILDUP: 0.9}, entities=frozenset({"state:cn", "city:beijing"})))
    view = story(*known.members, member(2, {Signal.TROOP_BUILDUP: 0.9}, parties=frozenset({"state:cn"})))
    assert decide(view, told(known), POLICY, NOW + 30 * MINUTE).reason is Reason.DUPLICATE


LATER = NOW + timedelta(days=4)


def came_back(state: StoryState = StoryState.DEVELOPING) -> Story:
    view = story(*BUILDUP.members, replace(member(2, {Signal.TROOP_BUILDUP: 0.9}), seen=LATER), last_at=LATER)
    return replace(view, state=state)


def test_a_story_that_was_over_and_returns_is_reopened_once() -> None:
    decision = decide(came_back(), told(BUILDUP), POLICY, LATER)
    assert decision == Decision(Action.REPLY, Reason.REOPENED)
    after = remembered(told(BUILDUP), decision, came_back(), LATER)
    assert decide(came_back(), after, POLICY, LATER + 60 * MINUTE).reason is Reason.DUPLICATE


def test_a_story_that_only_cooled_is_not_reopened() -> None:
    soon = NOW + timedelta(hours=20)
    view = story(*BUILDUP.members, replace(member(2, {Signal.TROOP_BUILDUP: 0.9}), seen=soon), last_at=soon)
    assert decide(view, told(BUILDUP), POLICY, soon).reason is Reason.DUPLICATE


def test_a_muted_feed_tells_nothing_new_alone_but_confirms() -> None:
    fresh = NOW + MINUTE
    threat = replace(member(2, {Signal.MILITARY_THREAT: 0.9}, muted=True), seen=fresh)
    at = NOW + 60 * MINUTE
    assert decide(story(*BUILDUP.members, threat), told(BUILDUP), POLICY, at) == Decision(
        Action.NONE, Reason.MUTED_FEED
    )  # fmt: skip
    other = replace(member(2, {Signal.TROOP_BUILDUP: 0.9}, "other", muted=True), seen=fresh)
    assert decide(story(*BUILDUP.members, other), told(BUILDUP), POLICY, at).reason is Reason.CORROBORATED


# -- silences and budgets


def held(**values: object) -> Policy:
    return replace(POLICY, group_wait=timedelta(0), **values)  # type: ignore[arg-type]


SOON = NOW + 20 * MINUTE


def test_a_silence_holds_what_would_be_told_and_names_its_end() -> None:
    assert decide(BUILDUP, NOTHING, held(silenced_until=SOON), NOW) == Decision(Action.NONE, Reason.SILENCED, SOON)
    assert decide(BUILDUP, NOTHING, held(silenced_until=SOON), SOON).action is Action.POST


def test_a_silence_gives_no_reason_where_there_is_another() -> None:
    slight = replace(BUILDUP, tier=Tier.WATCH)
    assert decide(slight, NOTHING, held(silenced_until=SOON), NOW).reason is Reason.BELOW_THRESHOLD
    assert decide(BUILDUP, told(BUILDUP), held(silenced_until=SOON), NOW).reason is Reason.DUPLICATE


def test_what_waited_through_a_silence_does_not_wait_again() -> None:
    policy = replace(POLICY, silenced_until=SOON)
    after = remembered(History(waiting_since=NOW), Decision(Action.NONE, Reason.SILENCED, SOON), BUILDUP, NOW)
    assert decide(BUILDUP, after, policy, SOON).action is Action.POST


def test_a_budget_holds_all_but_what_is_critical() -> None:
    policy = held(budget_free_at=SOON)
    assert decide(BUILDUP, NOTHING, policy, NOW) == Decision(Action.NONE, Reason.BUDGET, SOON)
    assert decide(replace(BUILDUP, tier=Tier.CRITICAL), NOTHING, policy, NOW).action is Action.POST


def test_an_edit_of_the_message_needs_no_budget_but_keeps_to_a_silence() -> None:
    two = story(*BUILDUP.members, member(2, {Signal.TROOP_BUILDUP: 0.9}, "other"))
    three = story(*two.members, member(3, {Signal.TROOP_BUILDUP: 0.9}, "third"))
    assert decide(three, told(two), held(budget_free_at=SOON), NOW).action is Action.UPDATE
    assert decide(three, told(two), held(silenced_until=SOON), NOW).reason is Reason.SILENCED


# -- the clocks: none moves another

HOURS = timedelta(hours=1)
ALL_CLOCKS = replace(
    POLICY, repeat_interval=4 * HOURS, notices=frozenset({StoryState.COOLING, StoryState.CLOSED}),
    begins={StoryState.COOLING: NOW + 12 * HOURS, StoryState.CLOSED: NOW + 72 * HOURS},
)  # fmt: skip
ON = replace(BUILDUP, state=StoryState.DEVELOPING)
MORE = replace(story(*ON.members, member(2, {Signal.SANCTIONS_THREAT: 0.9})), state=StoryState.DEVELOPING)


def test_a_story_that_goes_on_is_repeated_at_its_interval() -> None:
    assert decide(ON, told(ON), ALL_CLOCKS, NOW + 4 * HOURS - MINUTE).reason is Reason.DUPLICATE
    assert decide(ON, told(ON), ALL_CLOCKS, NOW + 4 * HOURS) == Decision(Action.REPLY, Reason.REPEAT)
    assert asks_again(ON, told(ON), ALL_CLOCKS, NOW) == NOW + 4 * HOURS


def test_news_in_the_thread_does_not_move_the_repeat() -> None:
    at = NOW + 3 * HOURS
    after = remembered(told(ON), decide(MORE, told(ON), ALL_CLOCKS, at), MORE, at)
    assert after.last_reply_at == at
    assert asks_again(MORE, after, ALL_CLOCKS, at) == NOW + 4 * HOURS


def test_a_repeat_does_not_move_the_group_interval() -> None:
    at = NOW + 4 * HOURS
    after = remembered(told(ON), Decision(Action.REPLY, Reason.REPEAT), ON, at)
    assert decide(MORE, after, ALL_CLOCKS, at + MINUTE) == Decision(Action.REPLY, Reason.NEW_SIGNAL)


def test_a_notice_of_the_state_moves_neither() -> None:
    cool = replace(ON, state=StoryState.COOLING)
    notice = decide(cool, told(ON), ALL_CLOCKS, NOW + 12 * HOURS)
    assert notice == Decision(Action.REPLY, Reason.COOLING)
    after = remembered(told(ON), notice, cool, NOW + 12 * HOURS)
    assert decide(MORE, after, ALL_CLOCKS, NOW + 12 * HOURS + MINUTE).action is Action.REPLY
    assert after.repeated_at is None
    assert after.last_reply_at is None


def test_the_group_wait_of_a_story_is_not_moved_by_the_tier_s_interval() -> None:
    long = replace(POLICY, group_interval=dict.fromkeys(Tier, 9 * HOURS))
    assert decide(BUILDUP, NOTHING, long, NOW).next_possible_at == NOW + POLICY.group_wait


def test_each_state_is_noticed_once_and_again_only_after_a_return() -> None:
    cool, closed = (replace(ON, state=state) for state in (StoryState.COOLING, StoryState.CLOSED))
    history = told(ON)
    for view, at in ((cool, 12), (closed, 72)):
        history = remembered(history, decide(view, history, ALL_CLOCKS, NOW + at * HOURS), view, NOW + at * HOURS)
    assert decide(closed, history, ALL_CLOCKS, NOW + 80 * HOURS).reason is Reason.DUPLICATE
    back = came_back()
    decision = decide(back, history, ALL_CLOCKS, LATER)
    assert decision.reason is Reason.REOPENED
    history = remembered(history, decision, back, LATER)
    again = replace(back, state=StoryState.COOLING)
    assert (
        decide(again, history, replace(ALL_CLOCKS, repeat_interval=None), LATER + 12 * HOURS).reason is Reason.COOLING
    )


# -- properties

signals = st.dictionaries(st.sampled_from(SIGNALS), st.floats(0.5, 1.0), max_size=4)
actors = st.frozensets(st.sampled_from(["state:ru", "state:cn", "group:hamas"]), max_size=2)


def _member(number: int, said: tuple[dict[Signal, float], str, frozenset[str], bool, bool, bool, bool]) -> Member:
    flagged, family, parties, muted, news, corrects, revised = said
    return member(
        number, flagged, family, parties=parties, muted=muted, news=news and not corrects, corrects=corrects,
        revised=revised,
    )  # fmt: skip


said = st.tuples(
    signals, st.sampled_from("abcde"), actors, st.booleans(), st.booleans(), st.booleans(), st.booleans()
)  # fmt: skip
views = st.builds(
    lambda each, tier, age, state: replace(
        story(*(_member(n, one) for n, one in enumerate(each)), tier=tier, last_at=NOW - age), state=state
    ),
    st.lists(said, min_size=1, max_size=6),
    st.sampled_from(Tier),
    st.timedeltas(timedelta(0), timedelta(hours=12)),
    st.sampled_from(StoryState),
)
moments = st.none() | st.timedeltas(timedelta(hours=-5), timedelta(hours=5)).map(lambda gap: NOW + gap)
policies = st.builds(
    lambda silenced, free, repeat, notices, ends: replace(
        POLICY, silenced_until=silenced, budget_free_at=free, repeat_interval=repeat, notices=notices,
        begins={state: ends for state in (StoryState.COOLING, StoryState.CLOSED) if ends},
    ),
    moments, moments, st.none() | st.timedeltas(MINUTE, timedelta(days=2)),
    st.frozensets(st.sampled_from([StoryState.COOLING, StoryState.CLOSED])), moments,
)  # fmt: skip
SENDING = {
    Reason.FIRST, Reason.TIER_UP, Reason.NEW_SIGNAL, Reason.NEW_ACTOR, Reason.CORROBORATED, Reason.DEESCALATED,
    Reason.CORRECTED, Reason.REOPENED, Reason.REPEAT, Reason.COOLING, Reason.CLOSED,
}  # fmt: skip
WAITING = {Reason.WAITING, Reason.COOLDOWN, Reason.SILENCED, Reason.BUDGET}


def test_a_state_that_nobody_wants_to_hear_of_asks_nothing_again() -> None:
    closing = replace(ALL_CLOCKS, repeat_interval=None, notices=frozenset({StoryState.CLOSED}))
    assert asks_again(ON, told(ON), closing, NOW) == NOW + 72 * HOURS
    assert asks_again(ON, told(ON), replace(closing, notices=frozenset()), NOW) is None


@given(views, views, policies, st.timedeltas(timedelta(0), timedelta(hours=3)))
def test_every_input_has_one_reason_of_its_kind_and_a_next_time_only_ahead(
    before: Story, after: Story, policy: Policy, gap: timedelta
) -> None:
    now = NOW + gap
    for history in (NOTHING, told(before), History(waiting_since=NOW)):
        decision = decide(after, history, policy, now)
        assert (decision.reason in SENDING) == (decision.action is not Action.NONE)
        assert (decision.next_possible_at is not None) == (decision.reason in WAITING)
        assert decision.next_possible_at is None or decision.next_possible_at > now
        kept = remembered(history, decision, after, now)
        again = asks_again(after, kept, policy, now)
        assert again is None or again > now


@given(views, st.timedeltas(timedelta(0), timedelta(hours=3)))
def test_what_was_just_told_is_not_told_again(view: Story, gap: timedelta) -> None:
    assert decide(view, told(view), POLICY, NOW + gap) == Decision(Action.NONE, Reason.DUPLICATE)


@given(st.lists(st.tuples(views, st.timedeltas(timedelta(0), timedelta(hours=2))), min_size=1, max_size=8), policies)
def test_no_development_is_told_twice(course: list[tuple[Story, timedelta]], policy: Policy) -> None:
    """Right after any message the same story, asked again, has nothing to tell, however it came there."""
    now, history = NOW, NOTHING
    for view, gap in course:
        now += gap
        decision = decide(view, history, policy, now)
        history = remembered(history, decision, view, now)
        if decision.action is Action.NONE:
            continue
        second = decide(view, history, policy, now)
        news = SENDING - {Reason.REPEAT, Reason.COOLING, Reason.CLOSED}
        assert second.reason not in news or (decision.reason not in news and second.action is Action.UPDATE)
        assert second.action is Action.NONE or second.reason is not decision.reason


@given(views, policies, st.timedeltas(timedelta(0), timedelta(hours=3)))
def test_a_silence_and_a_spent_budget_let_nothing_through_that_is_not_critical(
    view: Story, policy: Policy, gap: timedelta
) -> None:
    end = NOW + timedelta(days=1)
    assert decide(view, NOTHING, replace(policy, silenced_until=end), NOW + gap).action is Action.NONE
    spent = decide(view, NOTHING, replace(policy, budget_free_at=end), NOW + gap)
    assert spent.action is Action.NONE or view.tier is Tier.CRITICAL
