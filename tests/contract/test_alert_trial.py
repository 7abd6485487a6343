"""`brinkwatch alert test` against the fake Slack: what people see, and what the command says."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from brinkwatch.cli.main import app
from fakes.slack import FakeSlack, rate_limited, refuse, reset_after


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack(("alerts", "desk")) as server:
        yield server


@pytest.fixture
def config(tmp_path: Path, slack: FakeSlack) -> Path:
    path = tmp_path / "brinkwatch.yaml"
    path.write_text(
        f"""
state_dir: state
slack: {{token: {slack.token}, base_url: "{slack.url}"}}
routes:
  - {{channel: "#alerts", min_tier: elevated, mentions: ["<!here>"], mention_tier: watch}}
  - {{channel: "#desk", name: desk, min_tier: watch}}
"""
    )
    return path


async def alert_test(config: Path, *arguments: str) -> Result:
    # The server of this test answers meanwhile.
    return await asyncio.to_thread(CliRunner().invoke, app, ["alert", "test", "--config", str(config), *arguments])


def said(done: Result) -> list[str]:
    """The command's own lines: nothing has set up the log here."""
    return [line for line in done.stdout.splitlines() if ": #" in line and " by " in line]


async def test_each_route_gets_a_card_that_says_it_is_a_test_and_calls_nobody(config: Path, slack: FakeSlack) -> None:
    done = await alert_test(config)
    assert said(done) == ["#alerts: #alerts by slack: sent", "desk: #desk by slack: sent"]
    assert done.exit_code == 0
    for channel in ("alerts", "desk"):
        (seen,) = slack.people_see(channel)
        assert "This is a test" in seen.text
        assert "nobody need do anything" in seen.words
        assert slack.pings(channel) == []


@pytest.mark.parametrize("route", ["desk", "#desk"])
async def test_one_route_can_be_named(config: Path, slack: FakeSlack, route: str) -> None:
    done = await alert_test(config, "--route", route)
    assert said(done) == ["desk: #desk by slack: sent"]
    assert slack.people_see("alerts") == []


async def test_a_route_that_is_not_there_is_said_and_nothing_is_sent(config: Path, slack: FakeSlack) -> None:
    done = await alert_test(config, "--route", "dekc")
    assert done.exit_code == 2
    assert "desk" in done.stderr
    assert slack.calls == []


async def test_what_is_wrong_is_said_with_what_mends_it(config: Path, slack: FakeSlack) -> None:
    slack.script("chat.postMessage", refuse("not_in_channel"))
    done = await alert_test(config, "--route", "desk")
    assert said(done) == ["desk: #desk by slack: not sent (not_in_channel); invite the app to the channel"]
    assert done.exit_code == 1


async def test_a_revoked_token_is_said(config: Path, slack: FakeSlack) -> None:
    slack.revoked = True
    done = await alert_test(config)
    assert done.stdout.count("not sent (token_revoked); reinstall the Slack app") == 2


async def test_a_short_rate_limit_is_waited_for(config: Path, slack: FakeSlack) -> None:
    slack.script("chat.postMessage", rate_limited(1))
    assert said(await alert_test(config, "--route", "desk")) == ["desk: #desk by slack: sent"]


async def test_a_lost_answer_is_settled_and_people_see_one_card(config: Path, slack: FakeSlack) -> None:
    slack.script("chat.postMessage", reset_after())
    assert said(await alert_test(config, "--route", "desk")) == ["desk: #desk by slack: sent"]
    assert len(slack.people_see("desk")) == 1


async def test_it_leaves_the_daemons_store_alone(config: Path, tmp_path: Path) -> None:
    await alert_test(config)
    assert not (tmp_path / "state").exists()


def test_without_a_token_the_card_appears_here(tmp_path: Path) -> None:
    path = tmp_path / "brinkwatch.yaml"
    path.write_text('routes: [{channel: "#alerts"}]\n')
    done = CliRunner().invoke(app, ["alert", "test", "--config", str(path)], env={"BRINKWATCH_SLACK_TOKEN": ""})
    assert "This is a test" in done.stdout
    assert done.stdout.endswith("#alerts: #alerts by console: sent\n")
