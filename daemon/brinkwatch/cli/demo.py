"""`brinkwatch demo`: the real daemon on the bundled scenario, its alerts as cards in this terminal."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from brinkwatch.alerts.decision import Reason
from brinkwatch.app import build, present
from brinkwatch.config.settings import Settings
from brinkwatch.delivery.console import ConsoleReceiver
from brinkwatch.delivery.receiver import Receiver
from brinkwatch.demo.account import Account, account
from brinkwatch.demo.render import guid
from brinkwatch.demo.report import entries_line, suppressed_table, trouble
from brinkwatch.demo.run import StuckError, lead_through
from brinkwatch.demo.scenario import Scenario, load
from brinkwatch.demo.server import FeedServer
from brinkwatch.demo.settings import demo_settings, slack_channel
from brinkwatch.engine.daemon import Daemon
from brinkwatch.ops.logging import configure
from brinkwatch.store import decisions, feeds, ledger, stories

TICK_SECONDS = 0.25


def demo(env: Mapping[str, str] = os.environ) -> int:
    """Run the demonstration to its end; returns the exit code. Raises ModelError or StoreError before it begins."""
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="brinkwatch-demo-") as folder:
        try:
            found = asyncio.run(_demo(console, Path(folder), env))
        except StuckError as error:
            sys.stderr.write(f"brinkwatch: {error}\n")
            return 1
    # Written as it is, so that no terminal's width breaks the line that scripts read.
    sys.stdout.write(found.last_line + "\n")
    return 0


async def _demo(console: Console, folder: Path, env: Mapping[str, str]) -> Account:
    scenario = load()
    async with FeedServer(scenario, present(), present) as server:
        settings = demo_settings(scenario, server.url, folder, env)
        configure(settings)
        _welcome(console, scenario, env)
        daemon = build(settings, _receivers(console, settings, env), tick_seconds=TICK_SECONDS)
        try:
            await lead_through(
                server, daemon, scenario.last_round, begun=lambda r: _announce(console, r, scenario.last_round)
            )
            return _report(console, daemon, scenario, server)
        finally:
            await daemon.stop()


def _receivers(console: Console, settings: Settings, env: Mapping[str, str]) -> dict[str, Receiver]:
    """This terminal, and Slack where `env` asks for it."""
    to: dict[str, Receiver] = {"console": ConsoleReceiver(console)}
    if slack_channel(env) and settings.slack.token is not None:
        from brinkwatch.delivery.slack.receiver import SlackReceiver

        to["slack"] = SlackReceiver(settings.slack.token.get_secret_value(), settings.slack.base_url)
    return to


def _welcome(console: Console, scenario: Scenario, env: Mapping[str, str]) -> None:
    publishers = len({feed.family_name for feed in scenario.feeds})
    console.print(
        f"The daemon reads {len(scenario.feeds)} feeds of {publishers} publishers from this machine, "
        f"{sum(1 for _ in scenario.items())} items in all. Publishers and texts are made up for this demonstration."
    )
    if channel := slack_channel(env):
        console.print(f"Alerts are shown here and sent to the Slack channel {channel}.", markup=False)
    else:
        console.print(
            "Alerts are shown here; BRINKWATCH_SLACK_TOKEN and BRINKWATCH_SLACK_CHANNEL send them to Slack as well."
        )


def _announce(console: Console, at_round: int, last_round: int) -> None:
    first = "The first poll: what is there already alerts nobody"
    console.rule(f"Round {at_round} of {last_round}" if at_round else first, style="dim")


def _report(console: Console, daemon: Daemon, scenario: Scenario, server: FeedServer) -> Account:
    """Print what was kept silent and why; read it from the store, which the daemon closes when it stops."""
    with daemon.engine.database.read() as connection:
        log, outcomes = decisions.log(connection), ledger.totals(connection)
        number, states = stories.count(connection), feeds.all_states(connection)
    titles = {guid(feed, item.id): item.title for feed in scenario.feeds for item in feed.items}
    found = account(
        log, outcomes, titles, polls=len(server.requests), stories=number, examples=_examples(scenario, daemon)
    )
    console.rule("The end", style="dim")
    for line in trouble(states, {feed.id: feed.publisher for feed in scenario.feeds}):
        console.print(line, markup=False)
    console.print(entries_line(outcomes), markup=False)
    console.print(suppressed_table(found))
    return found


def _examples(scenario: Scenario, daemon: Daemon) -> dict[Reason, str]:
    """An item that the scenario has there before the first poll, and one that it brings too late."""
    oldest = -daemon.engine.settings.max_alert_age
    first = (item.title for item in scenario.items() if item.round == 0)
    late = (item.title for item in scenario.items() if item.round > 0 and item.published < oldest)
    return {Reason.SEEDED: next(first, ""), Reason.STALE: next(late, "")}
