"""Shows a story's life as Slack's API gives it back: the first message before and after, and its thread.

usage: python tools/story_life.py [--out docs/img]      (needs Node, npm and Debian's `chromium`)

The demonstration's feeds, the real daemon and its outbox run against an emulator of Slack that other people wrote
(tests/emulator). What is drawn is what `conversations.history` and `conversations.replies` answer, nothing else.
"""

import argparse
import asyncio
import socket
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blockkit import caption, drawn, photograph
from brinkwatch.alerts.words import plural
from brinkwatch.app import build, present
from brinkwatch.config.secrets import TOKEN_VARIABLE
from brinkwatch.delivery.receiver import Attempt, Kind, Message, Verdict
from brinkwatch.delivery.slack.client import Ok, SlackClient
from brinkwatch.delivery.slack.receiver import SlackReceiver
from brinkwatch.demo.run import lead_through
from brinkwatch.demo.scenario import load
from brinkwatch.demo.server import FeedServer
from brinkwatch.demo.settings import BASE_URL_VARIABLE, CHANNEL_VARIABLE, demo_settings
from brinkwatch.ops.logging import configure

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fakes import emulator

Found = dict[str, Any]


@dataclass
class Life:
    """One story. `before`: its first message when it was posted; `thread`: that message in the end, and the replies."""

    before: Found
    thread: list[Found] = field(default_factory=list)


class Watching(SlackReceiver):
    """Reads each first message back as soon as it is posted."""

    def __init__(self, url: str) -> None:
        super().__init__(emulator.TOKEN, url)
        self.reader = SlackClient(emulator.TOKEN, url)
        self.lives: dict[tuple[str, str], Life] = {}

    async def send(self, message: Message) -> Attempt:
        attempt = await super().send(message)
        if message.kind is Kind.POST and attempt.verdict is Verdict.SENT and attempt.reference and attempt.channel_id:
            where = (attempt.channel_id, attempt.reference)
            near = {"channel": where[0], "oldest": where[1], "inclusive": "true"}
            (posted,) = [found for found in await self._read("conversations.history", near) if found["ts"] == where[1]]
            self.lives[where] = Life(posted)
        return attempt

    async def close(self) -> None:
        for (channel, ts), life in self.lives.items():
            life.thread = await self._read("conversations.replies", {"channel": channel, "ts": ts})
        await self.reader.close()
        await super().close()

    async def _read(self, method: str, body: dict[str, str]) -> list[Found]:
        answer = await self.reader.call(method, body | {"limit": "200"}, form=True)
        if not isinstance(answer, Ok):
            raise SystemExit(f"{method}: {answer.code}")
        return list(answer.data["messages"])


async def demonstration(url: str) -> list[Life]:
    """Every story of one demonstration, as the emulator has it."""
    scenario, receiver = load(), Watching(url)
    with tempfile.TemporaryDirectory() as folder:
        async with FeedServer(scenario, present(), present) as server:
            where = {
                TOKEN_VARIABLE: emulator.TOKEN,
                CHANNEL_VARIABLE: emulator.CHANNEL,
                BASE_URL_VARIABLE: url,
            }
            settings = demo_settings(scenario, server.url, Path(folder), where)
            configure(settings)
            daemon = build(settings, {receiver.name: receiver}, tick_seconds=0.25)
            try:
                await lead_through(server, daemon, scenario.last_round)
            finally:
                await daemon.stop()
    return list(receiver.lives.values())


def picture(life: Life) -> str:
    """The story with its before, its after and its thread, as HTML."""
    after, *replies = life.thread
    edited = "(edited)" if after.get("edited") else ""
    rows = [caption("The first message as it was posted"), drawn(life.before["blocks"])]
    rows += [caption("The same message in the end: edited in place"), drawn(after["blocks"], note=edited)]
    rows += [caption(f"Its thread: {plural(len(replies), 'message')}")]
    rows += [drawn(reply["blocks"], reply=True, note=_broadcast(reply)) for reply in replies]
    return "".join(rows)


def _broadcast(reply: Found) -> str:
    return "also sent to the channel" if reply.get("subtype") == "thread_broadcast" else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("docs/img"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with (
        tempfile.TemporaryDirectory() as folder,
        emulator.emulator(emulator.install(), port, Path(folder) / "log") as url,
    ):
        lives = asyncio.run(demonstration(url))
    longest = max(lives, key=lambda life: (len(life.thread), len(life.before["blocks"])))
    photograph(picture(longest), options.out / "story-life.png")
    print(f"{len(lives)} stories; drawn: the one with most replies ({len(longest.thread) - 1})")


if __name__ == "__main__":
    main()
