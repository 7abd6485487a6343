"""Alive and ready: what is said, and when."""

from dataclasses import replace
from datetime import timedelta

import pytest

from brinkwatch.ops.health import Facts, Held, dead, unready

WELL = Facts(tick_age=timedelta(seconds=1))
HELD = Held("slack", "#alerts", "token_revoked", "reinstall the Slack app")


def test_a_daemon_that_goes_on_lives_and_is_ready() -> None:
    assert dead(WELL) == unready(WELL) == []


@pytest.mark.parametrize("facts", [replace(WELL, stuck=["deliver"]), replace(WELL, tick_age=timedelta(minutes=2))])
def test_what_stands_still_is_neither_alive_nor_ready(facts: Facts) -> None:
    assert dead(facts)
    assert unready(facts) == dead(facts)


def test_a_starting_daemon_lives_and_is_not_ready() -> None:
    starting = Facts(tick_age=None)
    assert dead(starting) == []
    assert unready(starting) == ["the daemon is starting"]
    assert unready(replace(WELL, stopping=True)) == ["the daemon is stopping"]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (replace(WELL, store_error="OperationalError"), "the store cannot be read"),
        (replace(WELL, unwritten="OperationalError"), "cannot be written"),
        (replace(WELL, failing=["think"]), "the stage think failed"),
        (replace(WELL, trouble="the disk is full", failing=["think"]), "in trouble: the disk is full"),
        (replace(WELL, held=[HELD]), "by slack: token_revoked; to mend it: reinstall the Slack app"),
        (replace(WELL, held=[replace(HELD, mend=None)]), "by slack: token_revoked"),
        (replace(WELL, outbox_oldest=timedelta(minutes=11)), "has waited for 660 s"),
        (replace(WELL, given_up=2), "messages were given up (2); `brinkwatch outbox` lists"),
    ],
)
def test_what_keeps_an_alert_from_arriving_is_named_and_kills_nobody(facts: Facts, words: str) -> None:
    (reason,) = unready(facts)
    assert words in reason
    assert dead(facts) == []


def test_what_waits_its_turn_is_no_reason() -> None:
    assert unready(replace(WELL, outbox_oldest=timedelta(minutes=9))) == []
