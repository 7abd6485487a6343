"""When people are told how a feed stands."""

from datetime import UTC, datetime, timedelta

import pytest

from brinkwatch.feeds.health import Health, Standing, Visit, silence, stand
from brinkwatch.feeds.notice import notice, retired
from brinkwatch.feeds.rate import Rate, learn

T0 = datetime(2024, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SOON, LATER = T0 + timedelta(minutes=59), T0 + timedelta(minutes=60)


def standing(health: Health) -> Standing:
    return Standing(health, T0)


@pytest.mark.parametrize("health", [Health.FAILING, Health.CHALLENGED, Health.THROTTLED, Health.GONE, Health.QUIET])
def test_trouble_is_told_once_and_only_when_it_lasts(health: Health) -> None:
    assert notice(None, standing(health), SOON) is None
    assert notice(None, standing(health), LATER) is health
    assert notice(health, standing(health), T0 + DAY) is None


def test_recovery_is_told_to_those_who_heard_of_the_trouble() -> None:
    assert notice(Health.FAILING, standing(Health.OK), SOON) is None
    assert notice(Health.FAILING, standing(Health.OK), LATER) is Health.OK
    assert notice(None, standing(Health.OK), LATER) is None
    assert notice(Health.OK, standing(Health.DEGRADED), LATER) is None


def test_a_withdrawn_feed_is_retired_once_it_is_sure() -> None:
    assert not retired(standing(Health.GONE), SOON)
    assert retired(standing(Health.GONE), LATER)
    assert not retired(standing(Health.FAILING), LATER)


def test_quiet_and_stale_are_states_of_a_feed_that_is_read() -> None:
    rate = learn(Rate(), [T0 - n * DAY / 2 for n in range(20)], 20, T0)
    assert silence(rate, T0 + DAY) is None
    assert silence(rate, T0 + 5 * DAY) is Health.QUIET
    assert silence(rate, T0 + 60 * DAY) is Health.STALE
    quiet = stand(Standing(Health.OK, T0), Visit("not_modified"), LATER, Health.QUIET)
    assert (quiet.health, quiet.since, quiet.failures) == (Health.QUIET, LATER, 0)
    assert stand(quiet, Visit("ok"), T0 + DAY).health is Health.OK
    assert stand(quiet, Visit("ok", damaged=True), T0 + DAY, Health.QUIET).health is Health.DEGRADED
    assert stand(quiet, Visit("timeout", "no answer"), T0 + DAY, Health.QUIET).health is Health.FAILING
