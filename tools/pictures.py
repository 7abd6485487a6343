"""Makes the documentation's pictures from real output: runs the demonstration and draws what it printed.

usage: python tools/pictures.py [--out docs/img] [--only status]      (needs Debian's `chromium` for the Slack card)

The terminal pictures are what `ConsoleReceiver`, `brinkwatch status` and `brinkwatch doctor` print; the daemon of the
demonstration is asked, and the Slack that is examined is the tests'. The Slack picture shows the very blocks that Slack
is sent, drawn by a small Block Kit to HTML converter here; colours and fonts are ours.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType

from blockkit import drawn, photograph
from brinkwatch.app import build, present
from brinkwatch.cli.doctor import examine
from brinkwatch.cli.doctor import view as doctor_view
from brinkwatch.cli.status_view import view as status_view
from brinkwatch.delivery.console import ConsoleReceiver
from brinkwatch.delivery.receiver import Attempt, Kind, Message, Verdict
from brinkwatch.delivery.slack.render import render
from brinkwatch.demo.run import lead_through
from brinkwatch.demo.scenario import load
from brinkwatch.demo.server import FeedServer
from brinkwatch.demo.settings import demo_settings
from brinkwatch.engine.now import now_doing
from brinkwatch.engine.survey import Survey
from brinkwatch.ops.finding import Finding
from brinkwatch.ops.logging import configure
from brinkwatch.store.database import Database

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fakes.slack import FakeSlack


class Recorder:
    """A receiver that keeps what it is given."""

    name = "console"
    spacing = timedelta(0)

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def send(self, message: Message) -> Attempt:
        self.messages.append(message)
        return Attempt(Verdict.SENT, reference=message.key)

    async def find(self, message: Message) -> Attempt:
        del message
        return Attempt(Verdict.RETRY)

    def mend(self, error: str) -> str | None:
        del error
        return None

    async def close(self) -> None:
        """Nothing is open."""


async def demonstration() -> tuple[list[Message], dict[str, Any]]:
    """Every message of one demonstration, and what its daemon says of itself at the end."""
    recorder = Recorder()
    scenario = load()
    with tempfile.TemporaryDirectory() as folder:
        async with FeedServer(scenario, present(), present) as server:
            settings = demo_settings(scenario, server.url, Path(folder), {})
            configure(settings)
            daemon = build(settings, {recorder.name: recorder}, tick_seconds=0.25)
            try:
                look = Survey(daemon.engine)
                await lead_through(server, daemon, scenario.last_round)
                answer = now_doing(look)
            finally:
                await daemon.stop()
    return recorder.messages, answer


async def examination() -> list[Finding]:
    """What `doctor` finds of a small installation: a feed on loopback, and one channel that the app is not in."""
    scenario = load()
    with tempfile.TemporaryDirectory(prefix="brinkwatch-") as folder:
        async with FeedServer(scenario, present(), present) as server, FakeSlack(channels=("alerts", "ops")) as slack:
            slack.not_member.add("ops")
            token = Path(folder) / "slack-token"
            token.write_text(slack.token)
            token.chmod(0o600)
            config = Path(folder) / "brinkwatch.yaml"
            feeds = "".join(
                f"  - {{id: {feed.id}, url: '{server.url(feed.id)}', allow_private: true}}\n" for feed in scenario.feeds
            )
            config.write_text(
                f"state_dir: {folder}\nslack: {{token_file: {token}, base_url: '{slack.url}'}}\n"
                f"routes: [{{channel: '#alerts'}}]\noperators: {{channel: '#ops'}}\nfeeds:\n{feeds}"
            )
            Database.open(None, Path(folder)).close()
            return await asyncio.to_thread(lambda: list(examine(config, visit=True)))


def one_story(messages: list[Message]) -> list[Message]:
    """The post, the last edit and up to two replies of the story that carries most signals."""
    told = [message for message in messages if message.card is not None]
    weight: Counter[str] = Counter()
    for message in told:
        if message.card is not None and message.kind is Kind.POST:
            weight[message.card.story] = len(message.card.signals)
    best = weight.most_common(1)[0][0]
    mine = [message for message in told if message.card is not None and message.card.story == best]
    first = [message for message in mine if message.kind is Kind.POST]
    return first + [message for message in mine if message.kind is Kind.REPLY][:2]


def terminal_of(width: int = 100) -> Console:
    return Console(record=True, width=width, file=open(os.devnull, "w"), force_terminal=True, highlight=False)  # noqa: PTH123


def printed(what: RenderableType, path: Path, title: str) -> None:
    console = terminal_of(120)
    console.print(what)
    console.save_svg(str(path), title=title)


def terminal(messages: list[Message], path: Path) -> None:
    console = terminal_of()
    receiver = ConsoleReceiver(console)
    for message in messages:
        asyncio.run(receiver.send(message))
    console.save_svg(str(path), title="brinkwatch demo")


def slack(messages: list[Message], path: Path) -> None:
    rows = []
    for message in messages:
        assert message.card is not None
        blocks = render(message.card, message.kind, message.key)["blocks"]
        rows.append(drawn(blocks, reply=message.kind is Kind.REPLY))
    photograph("".join(rows), path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("docs/img"))
    parser.add_argument("--only", choices=["status"], help="status: those of `status` and `doctor` alone")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    messages, answer = asyncio.run(demonstration())
    printed(status_view(answer, running=True), options.out / "status.svg", "brinkwatch status")
    printed(doctor_view(asyncio.run(examination())), options.out / "doctor.svg", "brinkwatch doctor --feeds")
    if options.only:
        return
    story = one_story(messages)
    terminal(story, options.out / "alert-terminal.svg")
    slack(story, options.out / "alert-slack.png")


if __name__ == "__main__":
    main()
