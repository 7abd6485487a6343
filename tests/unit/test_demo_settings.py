"""The demonstration's settings are valid ones: fast, on loopback, and with Slack only where it was asked for."""

from datetime import timedelta
from pathlib import Path

import pytest

from brinkwatch.config.secrets import slack_token
from brinkwatch.config.settings import Settings
from brinkwatch.demo.scenario import Scenario, load
from brinkwatch.demo.settings import demo_settings, slack_channel

WITH_SLACK = {"BRINKWATCH_SLACK_TOKEN": "xoxb-demo", "BRINKWATCH_SLACK_CHANNEL": "#crisis"}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load()


def made(scenario: Scenario, env: dict[str, str]) -> Settings:
    return demo_settings(scenario, lambda feed: f"http://{feed}.localhost:1/{feed}", Path("state"), env)


def test_every_feed_of_the_scenario_is_read(scenario: Scenario) -> None:
    settings = made(scenario, {})
    assert [feed.id for feed in settings.feeds] == [feed.id for feed in scenario.feeds]
    assert all(feed.allow_private and feed.url.endswith(feed.id) for feed in settings.feeds)
    families = {feed.id: feed.family_name for feed in settings.feeds}
    assert families["northern-wire-world"] == families["northern-wire-europe"] == "northern-wire"
    assert [feed.id for feed in settings.feeds if feed.state_affiliated] == ["volna-agency"]
    assert settings.state_dir == Path("state")


def test_only_waits_differ_from_the_defaults(scenario: Scenario) -> None:
    settings = made(scenario, {})
    assert settings.max_alert_age == Settings().max_alert_age
    assert settings.thresholds == Settings().thresholds
    assert settings.classifier == Settings().classifier
    assert settings.stories == Settings().stories
    assert settings.alerting.group_wait <= timedelta(seconds=3)
    assert settings.polling.host_gap == timedelta(0)


def test_without_a_token_alerts_stay_here(scenario: Scenario) -> None:
    settings = made(scenario, {})
    assert [route.channel for route in settings.routes] == ["#demo"]
    assert slack_token(settings.slack, {}).value is None


def test_with_a_token_and_a_channel_they_go_to_slack_too(scenario: Scenario) -> None:
    settings = made(scenario, WITH_SLACK | {"BRINKWATCH_SLACK_BASE_URL": "http://127.0.0.1:9/api/"})
    assert [route.channel for route in settings.routes] == ["#crisis"]
    token = slack_token(settings.slack, {}).value
    assert token is not None
    assert token.get_secret_value() == "xoxb-demo"
    assert settings.slack.base_url == "http://127.0.0.1:9/api/"
    assert made(scenario, WITH_SLACK).slack.base_url == "https://slack.com/api/"


@pytest.mark.parametrize("missing", sorted(WITH_SLACK))
def test_a_token_alone_or_a_channel_alone_is_not_enough(scenario: Scenario, missing: str) -> None:
    env = WITH_SLACK | {missing: " "}
    assert slack_channel(env) is None
    assert made(scenario, env) == made(scenario, {})
