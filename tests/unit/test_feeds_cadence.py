"""When a feed is next polled."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.feeds.cadence import next_due, phase
from brinkwatch.feeds.hints import fresh_for, http_date, retry_after

NOW = datetime(2024, 5, 1, 12, 0, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def wait(feed: str = "f", now: datetime = NOW, **more: object) -> timedelta:
    usual = {"interval": 10 * MINUTE, "min_interval": MINUTE, "max_backoff": 12 * HOUR}
    return next_due(feed, now, **{**usual, **more}) - now  # type: ignore[arg-type]


def polls(count: int, late: timedelta, **more: object) -> list[datetime]:
    """The moments at which a feed is due, when each poll ends `late` after it was."""
    moments = [NOW + wait(**more)]
    for _ in range(count - 1):
        now = moments[-1] + late
        moments.append(now + wait(now=now, **more))
    return moments


def test_a_feed_is_due_every_interval_even_if_each_poll_is_late() -> None:
    moments = polls(20, late=timedelta(seconds=40))
    assert {later - earlier for earlier, later in itertools.pairwise(moments)} == {10 * MINUTE}


def test_feeds_do_not_fire_together() -> None:
    seconds = {int((NOW + wait(f"feed-{n}")).timestamp()) % 600 for n in range(200)}
    assert len(seconds) > 130
    quarters = [sum(q * 150 <= s < (q + 1) * 150 for s in seconds) for q in range(4)]
    assert min(quarters) > 20


def test_the_same_feed_has_the_same_phase_for_ever() -> None:
    assert phase("bbc-world", HOUR) == phase("bbc-world", HOUR)
    assert timedelta(0) <= phase("bbc-world", HOUR) < HOUR


def test_an_interval_below_the_floor_is_raised_to_it() -> None:
    assert all(wait(f"f{n}", interval=timedelta(seconds=1)) >= MINUTE for n in range(50))


def test_a_server_may_ask_for_fewer_visits_up_to_an_hour() -> None:
    def settled(hint: timedelta) -> timedelta:
        return polls(3, late=timedelta(0), hint=hint)[-1] - polls(2, late=timedelta(0), hint=hint)[-1]

    assert settled(30 * MINUTE) == 30 * MINUTE
    assert settled(timedelta(days=3)) == HOUR
    assert settled(MINUTE) == 10 * MINUTE


def test_retry_after_is_obeyed_up_to_a_day() -> None:
    assert wait(retry_after=3 * HOUR) >= 3 * HOUR
    assert timedelta(days=1) <= wait(retry_after=timedelta(days=30)) <= timedelta(days=1, hours=1)


def test_what_keeps_failing_is_visited_ever_more_seldom_but_for_ever() -> None:
    waits = [wait(failures=n) for n in (2, 4, 6, 50, 10_000)]
    assert waits[0] < waits[1] < waits[2]
    assert all(w <= 18 * HOUR for w in waits)
    assert waits[-1] >= 4 * HOUR


def test_one_failure_is_no_reason_to_wait_longer() -> None:
    assert wait(failures=1) == wait(failures=0)


def test_the_victims_of_one_outage_do_not_come_back_together() -> None:
    seconds = {round(wait(f"f{n}", failures=6).total_seconds()) for n in range(50)}
    assert len(seconds) > 40


@given(
    feed=st.text(max_size=20),
    now=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    interval=st.timedeltas(timedelta(seconds=1), timedelta(days=30)),
    failures=st.integers(0, 10**6),
    hint=st.none() | st.timedeltas(timedelta(0), timedelta(days=400)),
    asked=st.none() | st.timedeltas(timedelta(0), timedelta(days=400)),
)
def test_the_next_poll_is_never_below_the_floor_and_never_out_of_reach(
    feed: str,
    now: datetime,
    interval: timedelta,
    failures: int,
    hint: timedelta | None,
    asked: timedelta | None,
) -> None:
    got = wait(feed, now, interval=interval, failures=failures, hint=hint, retry_after=asked)
    assert got >= MINUTE
    assert got <= max(1.5 * max(interval, 12 * HOUR), timedelta(hours=24)) + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Cache-Control": "max-age=300"}, 5 * MINUTE),
        ({"Cache-Control": 'public, Max-Age="300"', "Age": "60"}, 4 * MINUTE),
        ({"Cache-Control": "max-age=300, no-cache"}, None),
        ({"Cache-Control": "max-age=0"}, None),
        ({"Cache-Control": "max-age=99999999999999999999"}, timedelta(days=366)),
        ({"Expires": "Wed, 01 May 2024 13:00:00 GMT", "Date": "Wed, 01 May 2024 12:00:00 GMT"}, HOUR),
        ({"Expires": "0", "Date": "Wed, 01 May 2024 12:00:00 GMT"}, None),
        ({"Expires": "-1"}, None),
        ({}, None),
    ],
)
def test_freshness_is_read_from_headers(headers: dict[str, str], expected: timedelta | None) -> None:
    assert fresh_for(headers) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", timedelta(seconds=120)),
        (" 120.7 ", timedelta(seconds=120)),
        ("Wed, 01 May 2024 12:30:07 GMT", 30 * MINUTE),
        ("Wed, 01 May 2024 11:00:00 GMT", None),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, expected: timedelta | None) -> None:
    assert retry_after({"Retry-After": value}, NOW) == expected


@given(st.text())
def test_no_header_can_break_the_reading_of_dates(value: str) -> None:
    http_date(value)
    retry_after({"Retry-After": value, "Date": value}, NOW)
    fresh_for({"Cache-Control": value, "Age": value, "Expires": value, "Date": value})


def test_hours_and_days_that_the_publisher_passes_over_are_left_out_but_for_an_hour_at_most() -> None:
    noon = NOW.hour
    moved = NOW + wait(skip_hours=[noon])
    assert HOUR - 8 * MINUTE <= moved - NOW <= HOUR
    assert moved.hour == noon + 1
    assert wait(skip_hours=range(24)) == wait(skip_days=[NOW.weekday()]) == HOUR
    assert wait(skip_hours=[noon + 5], skip_days=[NOW.weekday() - 1]) == wait()


def test_what_waits_for_the_full_hour_does_not_come_all_at_once() -> None:
    half_past = NOW + 30 * MINUTE
    assert len({wait(f"f{n}", half_past, skip_hours=[NOW.hour]) for n in range(50)}) > 40
