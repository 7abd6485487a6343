"""Makes the README's pictures from real output: runs the demonstration, takes one story's messages, and draws them.

usage: python tools/pictures.py [--out docs/img]      (needs Debian's `chromium` for the Slack card)

The terminal picture is what `ConsoleReceiver` prints. The Slack picture shows the very blocks that Slack is sent.
"""

import argparse
import asyncio
import os
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

from rich.console import Console

from blockkit import drawn, photograph
from brinkwatch.app import build, present
from brinkwatch.delivery.console import ConsoleReceiver
from brinkwatch.delivery.receiver import Attempt, Kind, Message, Verdict
from brinkwatch.delivery.slack.render import render
from brinkwatch.demo.run import lead_through
from brinkwatch.demo.scenario import load
from brinkwatch.demo.server import FeedServer
from brinkwatch.demo.settings import demo_settings
from brinkwatch.ops.logging import configure


class Recorder:
    """A receiver that keeps what it is given."""

    name = "recorder"
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


async def demonstration() -> list[Message]:
    """Every message of one demonstration."""
    recorder = Recorder()
    scenario = load()
    with tempfile.TemporaryDirectory() as folder:
        async with FeedServer(scenario, present(), present) as server:
            settings = demo_settings(scenario, server.url, Path(folder), {})
            configure(settings)
            daemon = build(settings, {recorder.name: recorder}, tick_seconds=0.25)
            try:
                await lead_through(server, daemon, scenario.last_round)
            finally:
                await daemon.stop()
    return recorder.messages


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


def terminal(messages: list[Message], path: Path) -> None:
    console = Console(record=True, width=100, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115, PTH123
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
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    story = one_story(asyncio.run(demonstration()))
    terminal(story, options.out / "alert-terminal.svg")
    slack(story, options.out / "alert-slack.png")


if __name__ == "__main__":
    main()
