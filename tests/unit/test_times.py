"""How far ahead a moment in the store can lie."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.config.alerting import Alerting, Branch, GroupInterval, Route
from brinkwatch.config.settings import FeedSettings, Polling, Settings
from brinkwatch.engine.times import SLACK, limits
from brinkwatch.feeds.cadence import next_due
from brinkwatch.feeds.rate import Rate, learn

NOW = datetime(2026, 6, 1, 3, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
WAITS = st.timedeltas(timedelta(minutes=2), timedelta(days=60))


def latest(settings: Settings, column: str) -> datetime:
    (found,) = (limit for limit in limits(settings, NOW) if limit.column == column)
    assert found.to == NOW
    return found.latest


@given(WAITS, WAITS, WAITS, st.integers(0, 50), st.none() | WAITS, st.none() | WAITS)
def test_no_visit_that_the_cadence_gives_is_taken_for_a_mistake(
    interval: timedelta,
    own: timedelta,
    backoff: timedelta,
    failures: int,
    hint: timedelta | None,
    refused: timedelta | None,
) -> None:
    feed = FeedSettings(id="feed", url="https://one.example/", interval=own)
    settings = Settings(feeds=(feed,), polling=Polling(interval=interval, max_backoff=backoff))
    for wait in (interval, own):
        due = next_due(
            "feed", NOW, interval=wait, min_interval=timedelta(minutes=1), max_backoff=backoff, failures=failures,
            hint=hint, retry_after=refused,
        )  # fmt: skip
        assert due <= latest(settings, "feeds.next_due")


def test_a_visit_in_four_years_is_one() -> None:
    assert latest(Settings(), "feeds.next_due") < NOW + timedelta(days=7)


def test_a_timer_runs_no_longer_than_the_longest_wait_that_is_configured() -> None:
    alerting = Alerting(group_interval=GroupInterval(watch=90 * HOUR))
    assert latest(Settings(alerting=alerting), "told.check_at") == NOW + 90 * HOUR + SLACK
    deep = Branch(name="deep", repeat_interval=100 * HOUR)
    routes = (Route(channel="#a", routes=(Branch(name="in", routes=(deep,)),)),)
    assert latest(Settings(alerting=alerting, routes=routes), "told.check_at") == NOW + 100 * HOUR + SLACK


def test_the_notice_that_a_story_is_over_is_no_mistake() -> None:
    window = Settings().stories.window
    assert latest(Settings(), "told.check_at") == NOW + window + SLACK


def test_a_timer_runs_as_long_as_the_longest_silence() -> None:
    (found,) = (limit for limit in limits(Settings(), NOW, NOW + 500 * HOUR) if limit.column == "told.check_at")
    assert found.latest == NOW + 500 * HOUR + SLACK


def test_nothing_has_happened_later_than_now() -> None:
    for column in ("feeds.last_ok_at", "stories.last_at", "told.last_reply_at"):
        assert latest(Settings(), column) == NOW + SLACK


def test_publications_learnt_by_a_clock_that_was_ahead_are_forgotten() -> None:
    ahead = learn(Rate(), [], 1, NOW + timedelta(days=900))
    assert learn(ahead, [], 0, NOW).moments == ()
    assert learn(ahead, [NOW - HOUR], 1, NOW).moments == (NOW.replace(second=0) - HOUR,)
