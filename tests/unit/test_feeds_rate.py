"""How often a feed publishes, and what follows."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.feeds.rate import KEPT, Rate, from_json, is_quiet, is_stale, learn, pace

NOW = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def every(gap: timedelta, count: int = 20, last: datetime = NOW) -> Rate:
    return learn(Rate(), [last - n * gap for n in range(count)], count, last)


def paced(rate: Rate, now: datetime = NOW) -> timedelta:
    return pace(rate, now, usual=10 * MINUTE, min_interval=MINUTE, max_interval=30 * MINUTE)


@pytest.mark.parametrize(
    ("gap", "wait"),
    [(MINUTE, MINUTE), (12 * MINUTE, 5 * MINUTE), (HOUR, 20 * MINUTE), (DAY, 30 * MINUTE)],
)
def test_a_feed_is_visited_as_often_as_it_publishes_within_bounds(gap: timedelta, wait: timedelta) -> None:
    assert paced(every(gap)) == wait


def test_a_feed_whose_rate_is_not_known_has_the_usual_pace() -> None:
    assert paced(Rate()) == paced(every(MINUTE, count=3)) == 10 * MINUTE


def test_a_feed_that_falls_silent_is_visited_less_and_comes_back_at_once() -> None:
    rate = every(6 * MINUTE)
    assert paced(rate) < paced(rate, NOW + 10 * HOUR)
    later = NOW + 10 * HOUR
    awake = learn(rate, [later - n * MINUTE for n in range(20)], 20, later)
    assert paced(awake, later) < paced(rate, later)


def test_a_batch_published_at_once_is_one_publication() -> None:
    assert len(learn(Rate(), [NOW] * 50, 50, NOW).moments) == 1


def test_dates_in_the_future_and_a_pinned_entry_tell_nothing_of_the_rate() -> None:
    dates = [NOW + DAY, *(NOW - n * HOUR for n in range(20)), NOW - timedelta(days=3000)]
    assert learn(Rate(), dates, 1, NOW) == learn(Rate(), dates[1:-1], 1, NOW)


def test_without_dates_the_moments_at_which_new_entries_were_seen_count() -> None:
    rate = Rate()
    for n in range(6):
        rate = learn(rate, [None], 1, NOW + n * HOUR)
        rate = learn(rate, [None], 0, NOW + n * HOUR + 30 * MINUTE)
    assert len(rate.moments) == 6


def test_what_is_kept_is_bounded_and_comes_back_as_it_was() -> None:
    rate = every(HOUR, count=500)
    assert len(rate.moments) == KEPT
    assert from_json(rate.as_json()) == rate
    assert from_json(None) == Rate()


def test_silence_far_beyond_its_own_rate_makes_a_feed_quiet() -> None:
    rate = every(12 * HOUR)  # ten days of it
    assert not is_quiet(rate, NOW + 3 * DAY)
    assert is_quiet(rate, NOW + 4 * DAY)


def test_a_weekend_is_no_silence_once_there_was_one() -> None:
    friday = datetime(2024, 5, 3, 17, tzinfo=UTC)
    rate = Rate()
    for week in (2, 1, 0):
        for day in range(5):
            moments = [friday - timedelta(weeks=week, days=day, hours=n) for n in range(8)]
            rate = learn(rate, moments, 8, max([*moments, *rate.moments]))
    rate = learn(rate, [friday - timedelta(weeks=1), friday - timedelta(days=4, hours=8)], 1, friday)
    assert not is_quiet(rate, friday + timedelta(days=2, hours=15))


def test_of_a_feed_known_for_a_few_days_nothing_is_said() -> None:
    assert not is_quiet(every(MINUTE), NOW + 2 * DAY)


def test_a_feed_that_holds_only_old_entries_is_stale_and_a_yearbook_is_not() -> None:
    assert is_stale(every(DAY).moments, NOW + 40 * DAY)
    assert not is_stale(every(DAY).moments, NOW + 20 * DAY)
    assert not is_stale(every(timedelta(days=25), count=6).moments, NOW + 40 * DAY)
    assert not is_stale((), NOW)


@given(
    st.lists(st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))),  # noqa: DTZ001
    st.integers(0, 5),
)
def test_no_dates_can_break_the_rate_or_move_the_pace_out_of_bounds(dates: list[datetime | None], fresh: int) -> None:
    rate = learn(learn(Rate(), dates, fresh, NOW), dates[::2], fresh, NOW + HOUR)
    assert MINUTE <= paced(rate, NOW + HOUR) <= 30 * MINUTE
    assert from_json(rate.as_json()) == rate
    is_quiet(rate, NOW + HOUR)
    is_stale(rate.moments, NOW + HOUR)
