"""Makes the README's pictures from real output: runs the demonstration, takes one story's messages, and draws them.

usage: python tools/pictures.py [--out docs/img]      (needs Debian's `chromium` for the Slack card)

The terminal picture is what `ConsoleReceiver` prints. The Slack picture shows the very blocks that Slack is sent, drawn
by a small Block Kit to HTML converter here; colours and fonts are ours.
"""

import argparse
import asyncio
import html
import os
import shutil
import subprocess
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from brinkwatch.app import build, present
from brinkwatch.delivery.console import ConsoleReceiver
from brinkwatch.delivery.receiver import Attempt, Kind, Message, Verdict
from brinkwatch.delivery.slack.render import render
from brinkwatch.demo.run import lead_through
from brinkwatch.demo.scenario import load
from brinkwatch.demo.server import FeedServer
from brinkwatch.demo.settings import demo_settings
from brinkwatch.ops.logging import configure

STYLE = """
body{margin:0;background:#fff;font:15px/1.46 'DejaVu Sans',sans-serif;color:#1d1c1d}
.message{display:flex;gap:10px;padding:14px 18px}.reply{margin-left:46px;border-left:2px solid #ddd}
.icon{width:36px;height:36px;border-radius:6px;background:#24405c;color:#fff;text-align:center;line-height:36px;flex:none}
.name{font-weight:bold}.app{background:#e8e8e8;color:#616061;font-size:10px;
  padding:1px 4px;border-radius:2px;margin:0 6px}
.header{font-size:18px;font-weight:bold;margin:4px 0}.context{color:#616061;font-size:13px;margin:4px 0}
.rich{margin:4px 0}blockquote{border-left:4px solid #ddd;margin:4px 0;padding-left:10px;color:#454245}
ul{margin:4px 0;padding-left:22px}a{color:#1264a3;text-decoration:none}.emoji{font-family:'Noto Color Emoji'}
"""


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


def element(part: dict[str, Any]) -> str:
    words = html.escape(str(part.get("text", ""))).replace("\n", "<br>")
    style = part.get("style") or {}
    if isinstance(style, dict):
        words = f"<b>{words}</b>" if style.get("bold") else words
        words = f"<i>{words}</i>" if style.get("italic") else words
    if part["type"] == "link":
        words = f'<a href="#">{words}</a>'
    if part["type"] == "mrkdwn":  # only times are sent so: show what Slack shows where it cannot place them
        words = html.escape(str(part["text"]).strip("<>").rpartition("|")[2])
    return words


def block(part: dict[str, Any]) -> str:
    match part["type"]:
        case "header":
            return f'<div class="header">{html.escape(part["text"]["text"])}</div>'
        case "context":
            return '<div class="context">' + " &nbsp; ".join(map(element, part["elements"])) + "</div>"
        case "divider":
            return "<hr>"
        case "rich_text" | "rich_text_section":
            tag = "div" if part["type"] == "rich_text" else "span"
            return f'<{tag} class="rich">' + "".join(map(block, part["elements"])) + f"</{tag}>"
        case "rich_text_quote":
            return "<blockquote>" + "".join(map(element, part["elements"])) + "</blockquote>"
        case "rich_text_list":
            return "<ul>" + "".join(f"<li>{block(row)}</li>" for row in part["elements"]) + "</ul>"
        case _:
            return element(part)


def page(messages: list[Message]) -> str:
    rows = []
    for message in messages:
        assert message.card is not None
        blocks = render(message.card, message.kind, message.key)["blocks"]
        css = "message reply" if message.kind is Kind.REPLY else "message"
        rows.append(
            f'<div class="{css}"><div class="icon">B</div><div><span class="name">Brinkwatch</span>'
            f'<span class="app">APP</span>{"".join(map(block, blocks))}</div></div>'
        )
    return f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style>{"".join(rows)}'


def slack(messages: list[Message], path: Path, height: int) -> None:
    browser = shutil.which("chromium")
    if browser is None:
        raise SystemExit("chromium is missing: apt-get install chromium fonts-noto-color-emoji")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "card.html"
        source.write_text(page(messages), encoding="utf-8")
        subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
             "--hide-scrollbars", f"--user-data-dir={folder}/profile", f"--window-size=760,{height}",
             f"--screenshot={path.resolve()}", source.as_uri()],
            check=True, capture_output=True,
        )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("docs/img"))
    parser.add_argument("--height", type=int, default=900, help="of the Slack picture, in pixels")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    story = one_story(asyncio.run(demonstration()))
    terminal(story, options.out / "alert-terminal.svg")
    slack(story, options.out / "alert-slack.png", options.height)


if __name__ == "__main__":
    main()
