"""Up to when what is stored may go, and when care is due."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.engine.retention import AT_LEAST, GRACE, Facts, Keep, cutoff, due, forgettable

NOW = datetime(2026, 6, 1, 3, 20, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
KEEP = Keep(400 * DAY, 1_000, 3 * DAY)
ANY_KEEP = st.builds(
    Keep,
    st.timedeltas(7 * DAY, 4000 * DAY),
    st.none() | st.integers(1, 10**12),
    st.timedeltas(HOUR, 60 * DAY),
)
ANY_FACTS = st.builds(
    Facts, st.none() | st.timedeltas(-DAY, 5000 * DAY).map(lambda age: NOW - age), st.none() | st.integers(0, 10**13)
)


def test_what_is_older_than_the_age_goes() -> None:
    assert cutoff(NOW, KEEP, Facts(NOW - 500 * DAY, 900)) == NOW - 400 * DAY


def test_a_store_twice_too_large_gives_up_its_older_half_and_a_little() -> None:
    assert cutoff(NOW, KEEP, Facts(NOW - 100 * DAY, 2_000)) == NOW - 47.5 * DAY


def test_the_share_is_reckoned_from_what_the_age_leaves() -> None:
    assert cutoff(NOW, KEEP, Facts(NOW - 800 * DAY, 2_000)) == NOW - 190 * DAY


def test_without_a_bound_or_a_known_size_only_age_counts() -> None:
    unbounded = Keep(400 * DAY, None, 3 * DAY)
    assert cutoff(NOW, unbounded, Facts(NOW - 100 * DAY, 10**12)) == NOW - 400 * DAY
    assert cutoff(NOW, KEEP, Facts(NOW - 100 * DAY, None)) == NOW - 400 * DAY


@given(ANY_KEEP, ANY_FACTS)
def test_however_large_the_store_is_the_last_days_and_what_stories_need_stay(keep: Keep, facts: Facts) -> None:
    before = cutoff(NOW, keep, facts)
    assert before <= NOW - AT_LEAST
    assert before <= NOW - 2 * keep.window


@given(ANY_KEEP, ANY_FACTS, st.integers(1, 10**12))
def test_a_larger_store_never_keeps_more(keep: Keep, facts: Facts, more: int) -> None:
    larger = Facts(facts.oldest_item, (facts.used_bytes or 0) + more)
    assert cutoff(NOW, keep, larger) >= cutoff(NOW, keep, facts)


def test_only_a_document_proves_that_an_entry_is_gone() -> None:
    assert forgettable("2026-05-31", NOW) == datetime(2026, 5, 31, tzinfo=UTC) - GRACE
    # A clock that was ahead wrote that day.
    assert forgettable("2031-01-01", NOW) == NOW - GRACE


@pytest.mark.parametrize(
    ("last", "is_due"),
    [
        (NOW - DAY, True),  # yesterday's
        (NOW - timedelta(minutes=4), False),  # today's, at 03:16
        (None, True),
        (NOW + 300 * DAY, True),  # written by a clock that was ahead
    ],
)
def test_care_is_due_once_a_day_at_its_time(last: datetime | None, is_due: bool) -> None:
    assert due(NOW, last, "03:15") is is_due


def test_care_that_was_missed_waits_for_the_night_unless_it_is_late_by_half_a_day() -> None:
    noon = NOW.replace(hour=12)
    assert not due(noon, noon - 20 * HOUR, "03:15")
    assert due(noon, noon - 37 * HOUR, "03:15")
    assert not due(noon, None, "03:15")


def test_the_time_is_that_of_the_clock_on_the_wall() -> None:
    there = timezone(timedelta(hours=9))
    assert not due(NOW.astimezone(there), NOW - 20 * HOUR, "03:15")
    assert due(NOW.astimezone(there), NOW - 20 * HOUR, "12:15")
