"""Which notification of each channel goes next."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.delivery.lanes import LONGEST_BACKOFF, backoff, plan
from brinkwatch.store.outbox import State, Waiting
from fakes.cards import NOW

SECOND = timedelta(seconds=1)


def row(
    identity: int, kind: str = "post", story: str | None = "a", state: State = State.PENDING, due: int = 0,
    channel: str = "#x", overtaken: bool = False,
) -> Waiting:  # fmt: skip
    return Waiting(identity, story, "slack", channel, kind, state, NOW + due * SECOND, overtaken)


def chosen(*rows: Waiting, free: int = 0, busy: tuple[tuple[str, str], ...] = ()) -> list[int]:
    return [each.id for each in plan(rows, NOW, {("slack", "#x"): NOW + free * SECOND}, busy).ready]


def test_the_oldest_goes_first_and_alone_in_its_channel() -> None:
    assert chosen(row(1), row(2, story="b"), row(3, channel="#y")) == [1, 3]


def test_nobody_goes_past_one_that_waits() -> None:
    waits = plan([row(1, due=5), row(2, story="b")], NOW, {})
    assert (waits.ready, waits.next_at) == ((), NOW + 5 * SECOND)


def test_one_that_fails_by_itself_is_gone_past_but_not_by_its_own_story() -> None:
    stuck = row(1, state=State.FAILED, due=5)
    assert chosen(stuck, row(2, "reply"), row(3, story="b")) == [3]
    assert chosen(stuck, row(2, "reply")) == []
    assert chosen(row(1, state=State.FAILED), row(3, story="b")) == [1]


def test_a_failed_notice_blocks_no_other_notice() -> None:
    assert chosen(row(1, "notice", None, State.FAILED, 5), row(2, "notice", None)) == [2]


def test_a_channel_rests_between_two_messages() -> None:
    rests = plan([row(1)], NOW, {("slack", "#x"): NOW + SECOND})
    assert (rests.ready, rests.next_at) == ((), NOW + SECOND)


def test_a_busy_channel_starts_nothing() -> None:
    assert chosen(row(1), row(2, channel="#y"), busy=(("slack", "#x"),)) == [2]


def test_an_edit_that_a_later_one_overtook_is_not_made() -> None:
    rows = [row(1, "update", overtaken=True), row(2, "reply"), row(3, "update", channel="#y")]
    made = plan(rows, NOW, {})
    assert [edit.id for edit in made.superseded] == [1]
    assert [each.id for each in made.ready] == [2, 3]


@pytest.mark.parametrize("state", [State.SENDING, State.AMBIGUOUS])
def test_an_edit_that_may_have_been_made_is_not_taken_back(state: State) -> None:
    assert plan([row(1, "update", state=state, overtaken=True)], NOW, {}).superseded == ()


def test_nothing_waiting_means_no_next_time() -> None:
    assert plan([], NOW, {}).next_at is None


@given(st.integers(-5, 10**9))
def test_the_wait_grows_to_its_longest_and_no_further(attempts: int) -> None:
    assert SECOND <= backoff(attempts) <= backoff(attempts + 1) <= LONGEST_BACKOFF


def test_the_wait_doubles() -> None:
    assert [backoff(n) // SECOND for n in range(1, 11)] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
