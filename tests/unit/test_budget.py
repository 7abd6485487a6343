"""When a channel may be told more, and the line about what was held back."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.alerts.budget import HOUR, Held, free_at, line, line_at
from brinkwatch.stories.story import Tier

NOW = datetime(2022, 1, 10, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def held(number: int, tier: Tier = Tier.WATCH, headline: str = "") -> Held:
    return Held(f"s-{number}", NOW + number * MINUTE, tier, headline or f"Report {number}")


def test_one_place_is_kept_for_the_line() -> None:
    told = [NOW - 50 * MINUTE, NOW - 40 * MINUTE]
    assert free_at(told, 3, NOW) == NOW + 10 * MINUTE
    assert line_at(told, 3, NOW) is None
    assert line_at([*told, NOW], 3, NOW) == NOW + 10 * MINUTE


def test_a_quarter_is_kept_for_what_is_critical() -> None:
    assert free_at([NOW] * 13, 20, NOW) is None
    assert free_at([NOW] * 14, 20, NOW) == NOW + HOUR


def test_what_was_told_an_hour_ago_does_not_count() -> None:
    assert free_at([NOW - HOUR, NOW - HOUR], 2, NOW) is None


def test_no_budget_is_never_spent() -> None:
    assert free_at([NOW] * 1000, None, NOW) is None


@given(st.lists(st.timedeltas(timedelta(0), timedelta(hours=5)), max_size=60), st.integers(2, 8))
def test_no_hour_holds_more_than_the_budget_whenever_it_begins(asked: list[timedelta], per_hour: int) -> None:
    told: list[datetime] = []
    for now in sorted(NOW + gap for gap in asked):
        free = free_at(told, per_hour, now)
        if free is None:
            told.append(now)
        else:
            assert now < free <= now + HOUR
            assert free_at(told, per_hour, free) is None
    assert all(sum(at <= other < at + HOUR for other in told) < per_hour for at in told)


def test_the_line_counts_by_tier_and_names_the_gravest() -> None:
    rows = [held(1), held(2, Tier.ELEVATED), held(3), held(4)]
    assert line(rows, 20) == (
        "Held back, as this channel's 20 messages an hour are spent: 4 stories (1 elevated, 3 watch): "
        "Report 2; Report 1; Report 3 and 1 more."
    )


def test_the_line_about_one_story_is_in_the_singular() -> None:
    assert ": 1 story (1 watch): Report 1." in line([held(1)], 2)


@pytest.mark.parametrize("number", [1, 5, 2000])
def test_the_line_fits_into_a_notice_however_long_the_headlines(number: int) -> None:
    assert len(line([held(n, headline="word " * 100) for n in range(number)], 20)) < 600
