"""What becomes of a notification after an attempt or a look-up."""

from datetime import timedelta

import pytest

from brinkwatch.delivery.outcome import MAX_ATTEMPTS, Outcome, Tried, outcome
from brinkwatch.delivery.receiver import Attempt, Verdict
from brinkwatch.store.outbox import State
from fakes.cards import NOW

SETTLE = timedelta(seconds=5)
SECOND = timedelta(seconds=1)


def after(
    verdict: Verdict, retry_after: timedelta | None = None, *, attempts: int = 1, unclear: int = 0,
    critical: bool = False, looked: bool = False,
) -> Outcome:  # fmt: skip
    attempt = Attempt(verdict, "ts", error="code", retry_after=retry_after)
    return outcome(attempt, Tried(attempts, unclear, critical, looked), NOW, SETTLE)


def test_only_a_yes_makes_it_sent() -> None:
    assert after(Verdict.SENT) == Outcome(State.SENT, "sent")
    for verdict in (Verdict.RETRY, Verdict.AMBIGUOUS, Verdict.REJECTED):
        assert after(verdict).state is not State.SENT


def test_no_answer_is_looked_into_before_anything_is_sent_again() -> None:
    assert after(Verdict.AMBIGUOUS) == Outcome(State.AMBIGUOUS, "ambiguous", "code", NOW + SETTLE)


def test_what_was_found_is_sent_and_what_is_absent_goes_again() -> None:
    assert after(Verdict.SENT, looked=True) == Outcome(State.SENT, "found")
    assert after(Verdict.RETRY, looked=True) == Outcome(State.PENDING, "absent", "code", NOW)


def test_slacks_own_wait_is_kept_exactly_and_by_the_whole_channel() -> None:
    result = after(Verdict.RETRY, 30 * SECOND, attempts=9)
    assert (result.state, result.due, result.hold) == (State.PENDING, NOW + 30 * SECOND, True)


def test_what_passes_by_itself_is_waited_for_longer_each_time() -> None:
    assert [after(Verdict.RETRY, timedelta(0), attempts=n).due for n in (1, 2, 3)] == [
        NOW + n * SECOND for n in (1, 2, 4)
    ]


def test_a_message_that_keeps_failing_by_itself_lets_others_pass() -> None:
    states = [after(Verdict.RETRY, attempts=n).state for n in (1, 2, 3, 4)]
    assert states == [State.PENDING, State.PENDING, State.FAILED, State.FAILED]
    assert not after(Verdict.RETRY, attempts=4).hold


def test_it_is_given_up_in_the_end_or_at_once_when_refused_for_good() -> None:
    assert after(Verdict.RETRY, SECOND, attempts=MAX_ATTEMPTS).state is State.DEAD
    assert after(Verdict.REJECTED) == Outcome(State.DEAD, "rejected", "code")


def test_a_look_up_that_can_be_repeated_is_repeated_for_ever() -> None:
    result = after(Verdict.AMBIGUOUS, 5 * SECOND, looked=True, unclear=2, attempts=900)
    assert result == Outcome(State.AMBIGUOUS, "asked", "code", NOW + 5 * SECOND)


@pytest.mark.parametrize("critical", [True, False])
def test_a_look_up_that_can_never_tell_is_tried_three_times(critical: bool) -> None:
    for unclear in (0, 1):
        assert after(Verdict.AMBIGUOUS, looked=True, unclear=unclear, critical=critical).state is State.AMBIGUOUS
    third = after(Verdict.AMBIGUOUS, looked=True, unclear=2, critical=critical)
    assert third.state is (State.PENDING if critical else State.DEAD)
    assert third.error == ("sent again" if critical else "ambiguous")


def test_a_critical_message_is_sent_once_more_and_not_for_ever() -> None:
    assert after(Verdict.AMBIGUOUS, looked=True, unclear=5, critical=True).state is State.DEAD
