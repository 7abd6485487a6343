"""What two configurations would have sent: each message has one counterpart at most, and none is lost."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.engine.compare import Message, compare, days, per_day, rate

NOON = datetime(2022, 1, 10, 12, tzinfo=UTC)
POST = Message(NOON, "desk", "#alerts", "post", "first", "elevated", "Tanks move", "1", frozenset({"1", "2"}))
REPLY = replace(POST, at=NOON + timedelta(hours=1), action="reply", reason="corroborated", item="2")


def test_the_same_messages_are_as_before() -> None:
    found = compare([POST, REPLY], [REPLY, POST])
    assert (found.more, found.less, found.otherwise, found.same) == ((), (), (), 2)


def test_what_only_one_side_sends_is_more_or_less() -> None:
    other = replace(POST, item="9", story=frozenset({"9"}))
    assert compare([POST], [POST, other]).more == (other,)
    assert compare([POST, other], [POST]).less == (other,)


def test_another_tier_or_time_of_the_same_report_is_otherwise() -> None:
    for changed in (replace(POST, tier="critical"), replace(POST, at=NOON + timedelta(minutes=5))):
        found = compare([POST], [changed])
        assert [(pair.present, pair.new) for pair in found.otherwise] == [(POST, changed)]
        assert (found.more, found.less, found.same) == ((), (), 0)


def test_a_story_told_because_of_another_item_is_otherwise_and_not_one_more_and_one_less() -> None:
    earlier = replace(POST, item="2", at=NOON - timedelta(hours=1), story=frozenset({"2", "3"}))
    found = compare([POST], [earlier])
    assert [(pair.present, pair.new) for pair in found.otherwise] == [(POST, earlier)]


def test_a_post_is_the_counterpart_of_a_post_where_there_is_one() -> None:
    post_of_reply = replace(POST, item="2")
    found = compare([POST, REPLY], [post_of_reply])
    assert [(pair.present, pair.new) for pair in found.otherwise] == [(REPLY, post_of_reply)]
    assert found.less == (POST,)  # the same item comes first: what was a reply is now a post


def test_a_route_that_moves_to_another_channel_tells_otherwise() -> None:
    moved = replace(POST, channel="#ministers")
    assert [pair.new for pair in compare([POST], [moved]).otherwise] == [moved]


def test_a_renamed_route_is_as_before() -> None:
    assert compare([POST], [replace(POST, route="bureau")]).same == 1


messages = st.lists(
    st.builds(
        Message,
        at=st.integers(0, 5).map(lambda hours: NOON + timedelta(hours=hours)),
        route=st.sampled_from(["desk", "bureau"]),
        channel=st.sampled_from(["#alerts", "#ministers"]),
        action=st.sampled_from(["post", "reply"]),
        reason=st.sampled_from(["first", "corroborated"]),
        tier=st.sampled_from(["watch", "elevated"]),
        headline=st.sampled_from(["Tanks move", "Talks begin"]),
        item=st.sampled_from("123"),
        story=st.sampled_from([frozenset("1"), frozenset("12"), frozenset("23"), frozenset()]),
    ),
    max_size=8,
)


@given(messages, messages)
def test_every_message_is_accounted_for_once(present: list[Message], new: list[Message]) -> None:
    found = compare(present, new)
    paired = len(found.otherwise) + found.same
    assert len(found.less) + paired == len(present)
    assert len(found.more) + paired == len(new)
    assert not Counter([*found.less, *(pair.present for pair in found.otherwise)]) - Counter(present)
    assert not Counter([*found.more, *(pair.new for pair in found.otherwise)]) - Counter(new)


@given(messages, messages)
def test_to_compare_the_other_way_round_swaps_more_and_less(present: list[Message], new: list[Message]) -> None:
    there, back = compare(present, new), compare(new, present)
    assert len(there.more) - len(there.less) == len(back.less) - len(back.more) == len(new) - len(present)
    assert compare(present, present).same == len(present)


def test_days_without_messages_count_and_later_ones_do_not() -> None:
    over = days([NOON, NOON + timedelta(days=3)])
    assert over == [date(2022, 1, day) for day in (10, 11, 12, 13)]
    sent = [POST, REPLY, replace(POST, at=NOON + timedelta(days=2)), replace(POST, at=NOON + timedelta(days=9))]
    found = rate(sent, over)
    assert (found.posts, found.replies, found.median, found.busiest) == (0.5, 0.25, 0.5, 2)
    assert days([]) == []
    assert rate([], []).posts == 0


def test_counts_are_by_day_route_and_action() -> None:
    counts = per_day([POST, REPLY, replace(POST, route="bureau")])
    day = NOON.date()
    assert counts == {(day, "desk", "post"): 1, (day, "desk", "reply"): 1, (day, "bureau", "post"): 1}
