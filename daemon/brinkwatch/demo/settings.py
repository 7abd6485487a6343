"""Makes the settings of the demonstration: ordinary ones, with waits so short that hours pass in a minute. Pure."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from brinkwatch.config.alerting import Alerting, Budget, GroupInterval, Route
from brinkwatch.config.secrets import TOKEN_VARIABLE
from brinkwatch.config.settings import FeedSettings, Logging, Polling, Settings, Slack
from brinkwatch.demo.scenario import Feed, Scenario

CHANNEL = "#demo"
CHANNEL_VARIABLE = "BRINKWATCH_SLACK_CHANNEL"
BASE_URL_VARIABLE = "BRINKWATCH_SLACK_BASE_URL"

INTERVAL = timedelta(seconds=0.5)
GROUP_WAIT = timedelta(seconds=1.5)
"""Three intervals: what several publishers report in one round is known before the first message goes out."""


def demo_settings(scenario: Scenario, url: Callable[[str], str], state_dir: Path, env: Mapping[str, str]) -> Settings:
    """`url` gives the address of a feed by its id. With a token and a channel in `env`, Slack is set up as well."""
    rest = GroupInterval(watch=GROUP_WAIT, elevated=GROUP_WAIT, critical=GROUP_WAIT)
    return Settings(
        state_dir=state_dir,
        feeds=tuple(_feed(feed, url(feed.id)) for feed in scenario.feeds),
        polling=Polling(
            interval=INTERVAL,
            min_interval=INTERVAL / 2,
            max_backoff=INTERVAL,
            connect_timeout=timedelta(seconds=5),
            timeout=timedelta(seconds=10),
            host_gap=timedelta(0),
        ),
        alerting=Alerting(
            group_wait=GROUP_WAIT,
            group_interval=rest,
            digest_wait=GROUP_WAIT,
            budget=Budget(per_hour=None),  # a budget counts real hours
        ),
        routes=(Route(channel=slack_channel(env) or CHANNEL),),
        slack=_slack(env),
        logging=Logging(level="warning"),
    )


def slack_channel(env: Mapping[str, str]) -> str | None:
    """The Slack channel to tell as well; None without a token or without a channel."""
    token, channel = env.get(TOKEN_VARIABLE, "").strip(), env.get(CHANNEL_VARIABLE, "").strip()
    return channel if token and channel else None


def _slack(env: Mapping[str, str]) -> Slack:
    if slack_channel(env) is None:
        return Slack()
    plain = Slack(token=SecretStr(env[TOKEN_VARIABLE].strip()))
    base_url = env.get(BASE_URL_VARIABLE, "").strip()
    return Slack(token=plain.token, base_url=base_url) if base_url else plain


def _feed(feed: Feed, url: str) -> FeedSettings:
    return FeedSettings(
        id=feed.id,
        url=url,
        name=feed.publisher,
        family=feed.family,
        allow_private=True,
        language=feed.language,
        state_affiliated=feed.state_affiliated,
    )
