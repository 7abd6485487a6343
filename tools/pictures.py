"""Makes the documentation's pictures from real output: runs the demonstration and draws what it printed.

usage: python tools/pictures.py [--out docs/img] [--only status]      (needs Debian's `chromium` for the Slack card)

The terminal pictures are what `ConsoleReceiver`, `brinkwatch status` and `brinkwatch doctor` print; the daemon of the
demonstration is asked, and the Slack that is examined is the tests'. The Slack picture shows the very blocks that Slack
is sent, drawn by a small Block Kit to HTML converter here; colours and fonts are ours.
"""

import argparse
import asyncio
import html
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType

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
    slack(story, options.out / "alert-slack.png", options.height)


if __name__ == "__main__":
    main()
