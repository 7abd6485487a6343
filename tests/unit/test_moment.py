from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.items.moment import ALLOWED, parse_moment

FIVE = datetime(2022, 2, 24, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2022-02-24T05:00:00Z",
        "2022-02-24t05:00:00z",
        "2022-02-24 05:00",
        "2022-02-24T07:00:00+02:00",
        "2022-02-24T05:00:00 +0000",
        "2022-02-24 05:00:00 UTC",
        "20220224T050000Z",
        "  2022-02-24T05:00:00.000000000Z ",
        "Thu, 24 Feb 2022 05:00:00 GMT",
        "Thu, 24 Feb 2022 00:00:00 EST",
        "24 Feb 2022 06:00:00 +0100",
        "Thu, 24 Feb 2022 05:00:00 +0000 (UTC)",
        "Thu, 24 Feb 2022 05:00:00",
        "Thu Feb 24 05:00:00 2022",
    ],
)
def test_one_moment_in_the_ways_it_is_written(text):
    assert parse_moment(text) == FIVE
    assert parse_moment(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["2022-02-24", "24 Feb 2022", "24 February 2022", "Feb 24, 2022", "February 24, 2022", "Thu, 24 Feb 2022"]
)
def test_a_day_is_its_midnight(text):
    assert parse_moment(text) == datetime(2022, 2, 24, tzinfo=UTC)


def test_a_leap_second_is_the_second_before():
    assert parse_moment("2016-12-31T23:59:60Z") == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "12:00",
        "1645678800",
        "2022-02-30",
        "2022-02-24T25:00:00Z",
        "24.02.2022",
        "Thu, 24 Feb 2022 05:00:00 CEST",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
        "٢٠٢٢-02-24",
    ],
)
def test_what_cannot_be_read_is_refused_with_what_can(text):
    with pytest.raises(ValueError, match=r"2022-02-24T05:00:00Z") as caught:
        parse_moment(text)
    assert str(caught.value) == ALLOWED


@given(st.integers(-(10**16), 10**17), st.integers(-14 * 60, 14 * 60))
def test_what_is_written_as_iso_comes_back(microseconds, offset):
    moment = (FIVE + timedelta(microseconds=microseconds)).astimezone(timezone(timedelta(minutes=offset)))
    assert parse_moment(moment.isoformat()) == moment


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_refused(text):
    try:
        found = parse_moment(text)
    except ValueError as error:
        found = str(error)
    assert found == ALLOWED or found.tzinfo is UTC
