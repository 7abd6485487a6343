"""What a robots.txt lets be read."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.feeds.robots import judge

NOW = datetime(2024, 5, 1, tzinfo=UTC)
PAGE = "https://a.example/news/1"


@pytest.mark.parametrize(
    ("status", "body", "allowed"),
    [
        (200, b"", True),
        (200, b"User-agent: *\nDisallow: /news/", False),
        (200, b"User-agent: *\nDisallow: /private/", True),
        (200, b"User-agent: brinkwatch\nDisallow: /\n\nUser-agent: *\nAllow: /", False),
        (200, b"User-agent: *\nDisallow: /\n\nUser-agent: Brinkwatch\nAllow: /", True),
        (200, b"User-agent: other\nDisallow: /", True),
        (404, b"User-agent: *\nDisallow: /", True),
        (403, b"", True),
        (429, b"", False),
        (503, b"", False),
        (None, b"", False),
    ],
)
def test_the_rules_for_us_or_for_all_are_kept(status: int | None, body: bytes, allowed: bool) -> None:
    assert judge(status, body, NOW).allows(PAGE) is allowed


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        (b"User-agent: *\nCrawl-delay: 10", 10),
        (b"User-agent: *\ncrawl-delay : 2.5", 3),
        (b"User-agent: brinkwatch\nCrawl-delay: 4\n\nUser-agent: *\nCrawl-delay: 60", 4),
        (b"User-agent: *\nCrawl-delay: soon", 0),
        (b"User-agent: *\nDisallow:", 0),
        (b"", 0),
    ],
)
def test_the_delay_that_a_publisher_asks_for_is_known(body: bytes, seconds: int) -> None:
    assert judge(200, body, NOW).delay == timedelta(seconds=seconds)


def test_rules_are_believed_for_a_day_and_their_absence_for_an_hour() -> None:
    assert judge(200, b"", NOW).until == NOW + timedelta(days=1)
    assert judge(None, b"", NOW).until == NOW + timedelta(hours=1)


@given(st.binary())
def test_no_rules_can_break_the_reading(body: bytes) -> None:
    judge(200, body, NOW).allows(PAGE)
