"""What a running daemon takes up at once, and what waits for a restart."""

from typing import Any

import pytest

from brinkwatch.config.compare import compare
from brinkwatch.config.settings import Settings

BASE: dict[str, Any] = {
    "feeds": [{"id": "a", "url": "https://a.example/"}, {"id": "b", "url": "https://b.example/"}],
    "polling": {"interval": "10m"},
}


def settings(**blocks: Any) -> Settings:
    return Settings.model_validate({**BASE, **blocks})


@pytest.mark.parametrize(
    "blocks",
    [
        {"thresholds": {"default": 0.9}},
        {"routes": [{"channel": "#other"}]},
        {"max_alert_age": "1h"},
        {"alerting": {"group_wait": "1s"}},
        {"polling": {"interval": "1m", "min_interval": "1s"}},
        {"classifier": {"threads": 1}},
        {"logging": {"level": "debug"}},
        {"slack": {"token": "xoxb-other"}},
        {"operators": {"channel": "#ops"}},
    ],
)
def test_it_is_taken_up_at_once(blocks: dict[str, Any]) -> None:
    new = settings(**blocks)
    change = compare(settings(), new)
    assert change.settings == new
    assert change.restart == ()
    assert change.changed == tuple(blocks)


@pytest.mark.parametrize(
    ("blocks", "named"),
    [
        ({"state_dir": "/elsewhere"}, "state_dir"),
        ({"store": {"url": "postgresql://db/x"}}, "store"),
        ({"slack": {"base_url": "https://other.example/"}}, "slack.base_url"),
        ({"webhook": {"url": "https://desk.example/", "secret": "s"}}, "webhook.url"),
        ({"polling": {"interval": "10m", "concurrency": 2}}, "polling.concurrency"),
        ({"polling": {"interval": "10m", "timeout": "5s"}}, "polling.timeout"),
    ],
)
def test_it_waits_for_a_restart_and_says_so(blocks: dict[str, Any], named: str) -> None:
    change = compare(settings(), settings(**blocks))
    assert change.restart == (named,)
    assert change.settings.model_dump() == {
        **settings().model_dump(),
        **({"webhook": change.settings.webhook.model_dump()} if named == "webhook.url" else {}),
    }
    assert change.settings.webhook.url is None


def test_what_waits_does_not_hold_up_the_rest() -> None:
    change = compare(settings(), settings(polling={"interval": "1m", "concurrency": 2}, thresholds={"default": 0.9}))
    assert change.restart == ("polling.concurrency",)
    assert change.settings.polling.interval == settings(polling={"interval": "1m"}).polling.interval
    assert change.settings.polling.concurrency == settings().polling.concurrency
    assert change.settings.thresholds.default == 0.9


def test_the_feeds_that_differ_are_named() -> None:
    feeds = [{"id": "b", "url": "https://b.example/new"}, {"id": "c", "url": "https://c.example/"}]
    change = compare(settings(), settings(feeds=feeds))
    assert (change.added, change.removed, change.altered) == (("c",), ("a",), ("b",))


def test_the_same_again_changes_nothing() -> None:
    change = compare(settings(), settings())
    assert (change.changed, change.restart, change.settings) == ((), (), settings())


def test_what_waited_for_a_restart_still_waits_at_the_next_reload() -> None:
    once = compare(settings(), settings(state_dir="/elsewhere")).settings
    assert compare(once, settings(state_dir="/elsewhere")).restart == ("state_dir",)
