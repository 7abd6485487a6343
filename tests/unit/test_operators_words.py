"""What operators are told, word by word."""

from dataclasses import replace
from datetime import timedelta

from brinkwatch.alerts.operators import Day, daily, given_up, over, too_late, trouble
from fakes.cards import NOW

DAY = Day(ok=41, failing=("a", "b"), unread=0, items=5120, alerts=1, replies=30, given_up=0)


def test_trouble_says_where_since_when_why_and_what_mends_it() -> None:
    assert trouble("slack", "#alerts", "token_revoked", NOW, alone=False, mend="set its new token") == (
        "Messages to #alerts have not gone out by slack since 2022-01-10 09:00 UTC: token_revoked. They are kept, and "
        "sent in order once it goes again, unless too late. To mend it: set its new token."
    )


def test_trouble_of_one_message_says_that_it_is_one() -> None:
    assert trouble("slack", "#alerts", "strange", NOW, alone=True, mend=None) == (
        "A message to #alerts has not gone out by slack since 2022-01-10 09:00 UTC: strange. It is tried again by "
        "itself."
    )


def test_what_was_given_up_is_counted() -> None:
    assert given_up("slack", "#a", "msg_too_long", 1).startswith("1 message to #a was given up by slack: msg_too_long.")
    assert given_up("slack", "#a", "msg_too_long", 3).startswith("3 messages to #a were given up")


def test_the_daily_line_has_feeds_items_alerts_and_what_was_given_up() -> None:
    assert daily(DAY) == (
        "Brinkwatch is running: 41 feeds ok, 2 failing (a, b). In the last 24 hours: 5,120 items, 1 alert, 30 replies. "
        "Messages given up: 0."
    )


def test_many_failing_feeds_are_not_all_named() -> None:
    assert "8 failing (f0, f1, f2, f3, f4 and 3 more), 2 not read yet" in daily(
        replace(DAY, failing=tuple(f"f{n}" for n in range(8)), unread=2)
    )


def test_the_end_of_trouble_says_how_long_it_lasted_or_that_nothing_waits() -> None:
    later = NOW + timedelta(hours=3)
    assert over("slack", "#alerts", NOW, later, again=True) == (
        "Messages to #alerts go out by slack again; they did not from 2022-01-10 09:00 to 2022-01-10 12:00 UTC."
    )
    assert over("slack", "#alerts", NOW, later, again=False) == (
        "No message to #alerts waits any more for what kept it from slack since 2022-01-10 09:00 UTC."
    )


def test_readers_are_told_how_many_alerts_came_too_late_and_when_they_were() -> None:
    assert too_late(1, NOW, NOW).startswith("1 alert of 2022-01-10 09:00 UTC could not be sent here in time")
    many = too_late(3, NOW, NOW + timedelta(hours=1))
    assert many.startswith("3 alerts of 2022-01-10 09:00 to 2022-01-10 10:00 UTC could not be sent here in time")
