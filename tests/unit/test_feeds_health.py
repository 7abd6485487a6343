"""How a feed stands after a poll."""

from datetime import UTC, datetime, timedelta

import pytest

from brinkwatch.feeds.health import Health, Standing, Visit, keeps_validators, stand

T0 = datetime(2024, 5, 1, tzinfo=UTC)
OK = Visit("ok")
SAME = Visit("not_modified")
TIMEOUT = Visit("timeout", "no answer")
PAGE = Visit("html_page", "a web page")


def after(*polls: Visit) -> Standing:
    standing = Standing()
    for n, poll in enumerate(polls):
        standing = stand(standing, poll, T0 + timedelta(minutes=n))
    return standing


def test_a_feed_that_is_read_is_ok_since_its_first_good_poll() -> None:
    assert after(OK, SAME, OK) == Standing(Health.OK, T0, 0, "ok", None)


@pytest.mark.parametrize(
    ("poll", "health"),
    [
        (TIMEOUT, Health.FAILING),
        (PAGE, Health.FAILING),
        (Visit("http_403", "refused"), Health.FAILING),
        (Visit("hostile", "too slow"), Health.FAILING),
        (Visit("challenge", "prove it"), Health.CHALLENGED),
        (Visit("http_429", "too often"), Health.THROTTLED),
        (Visit("throttled", "wait"), Health.THROTTLED),
        (Visit("http_503", "busy", retry_after=timedelta(minutes=5)), Health.THROTTLED),
        (Visit("http_503", "busy"), Health.FAILING),
        (Visit("http_410", "withdrawn"), Health.GONE),
        (Visit("ok", damaged=True), Health.DEGRADED),
    ],
)
def test_each_way_to_fail_has_its_state_and_the_next_good_poll_heals_it(poll: Visit, health: Health) -> None:
    assert after(OK, poll).health is health
    assert after(OK, poll, OK) == Standing(Health.OK, T0 + timedelta(minutes=2), 0, "ok", None)


def test_failures_are_counted_and_the_state_keeps_its_beginning() -> None:
    standing = after(OK, TIMEOUT, Visit("dns", "no name"), TIMEOUT)
    assert (standing.failures, standing.since, standing.error) == (3, T0 + timedelta(minutes=1), "no answer")


@pytest.mark.parametrize("failure", ["html_page", "challenge", "empty", "unreadable", "hostile"])
def test_a_304_never_heals_a_document_that_could_not_be_read(failure: str) -> None:
    standing = after(OK, Visit(failure, "words"), SAME)
    assert standing.health is not Health.OK
    assert (standing.failures, standing.error) == (2, "words")
    assert not keeps_validators(Visit(failure, "words"))


def test_a_304_after_a_broken_connection_shows_that_all_is_well() -> None:
    assert after(OK, TIMEOUT, SAME).health is Health.OK
    assert keeps_validators(TIMEOUT)


def test_a_damaged_feed_stays_degraded_while_it_does_not_change() -> None:
    standing = after(Visit("ok", damaged=True), SAME)
    assert (standing.health, standing.since) == (Health.DEGRADED, T0)


def test_a_feed_is_tried_for_ever() -> None:
    assert after(*[TIMEOUT] * 1_000, OK).health is Health.OK
