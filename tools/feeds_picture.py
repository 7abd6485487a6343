"""Makes the picture of `brinkwatch feeds`: polls a mixed set of feeds on loopback, and draws the table that it gives.

usage: python tools/feeds_picture.py [--out docs/img]

Everything is real but the publishers, who are a small server here, and the clock, which goes on by itself.
"""

import argparse
import asyncio
import os
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aiohttp import web
from rich.console import Console

from brinkwatch.app import build_engine
from brinkwatch.cli.feeds_table import states, table
from brinkwatch.config.settings import FeedSettings, Logging, Polling, Settings
from brinkwatch.ops.logging import configure
from brinkwatch.store.database import Database

NOW = datetime.now(UTC)
HOURS = 9
PAUSED = "evening-paper"
Answer = Callable[[datetime], web.Response]


def document(every: timedelta, *, newest: timedelta = timedelta(0), broken: bool = False) -> Answer:
    """A feed that publishes at that rate, its newest entry so old; `broken`: cut off in the middle."""

    def answer(now: datetime) -> web.Response:
        last = int((now - newest).timestamp() // every.total_seconds())
        items = "".join(
            f"<item><guid>{n}</guid><title>Report</title>"
            f"<pubDate>{format_datetime(datetime.fromtimestamp(n * every.total_seconds(), UTC))}</pubDate></item>"
            for n in range(last, last - 25, -1)
        )
        text = f'<rss version="2.0"><channel><title>Post</title>{items}</channel></rss>'
        return web.Response(text=text[:-30] if broken else text, content_type="application/rss+xml")

    return answer


def status(code: int, text: str = "", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: web.Response(status=code, text=text, content_type="text/html", headers=named)


PUBLISHERS: dict[str, Answer] = {
    "world-wire": document(timedelta(minutes=14)),
    "capital-post": document(timedelta(hours=1), newest=timedelta(minutes=25)),
    "ministry": document(timedelta(hours=5), newest=timedelta(days=5)),
    "old-review": document(timedelta(days=2), newest=timedelta(days=90)),
    "harbour-news": document(timedelta(hours=2), broken=True),
    "east-agency": status(503),
    "gazette": status(403, "<title>Just a moment...</title>", cf_mitigated="challenge"),
    "south-daily": status(429, Retry_After="7200"),
    "north-herald": status(410),
    "institute": status(200, "<!doctype html><html><form><input type=password></form></html>"),
    "evening-paper": document(timedelta(hours=1)),
}


async def poll(folder: Path) -> Settings:
    now = NOW - timedelta(hours=HOURS)

    async def serve(request: web.Request) -> web.Response:
        return PUBLISHERS[request.path[1:]](now)

    app = web.Application()
    app.router.add_get("/{name}", serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    settings = Settings(
        feeds=tuple(
            FeedSettings(
                id=name,
                url=f"http://{name}.localhost:{port}/{name}",
                allow_private=True,
                paused=name == "evening-paper",
            )
            for name in PUBLISHERS
        ),
        polling=Polling(host_gap="0s"),
        state_dir=folder,
        logging=Logging(level="error"),
    )
    configure(settings)
    nothing: Any = SimpleNamespace(thresholds={}, name="none")
    database = Database.open(None, folder)
    engine = build_engine(settings, database, nothing, nothing, {}, lambda: now)
    engine.restore()
    while now < NOW:
        now += timedelta(minutes=1)
        engine.start_due_polls()
        await engine.polls()
    await engine.close(timedelta(seconds=1))
    database.close()
    await runner.cleanup()
    return settings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("docs/img"))
    wanted = parser.parse_args()
    console = Console(record=True, width=150, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115, PTH123
    with tempfile.TemporaryDirectory() as folder:
        settings = asyncio.run(poll(Path(folder)))
        console.print(table(settings, states(settings), NOW))
    console.save_svg(str(wanted.out / "feeds.svg"), title="brinkwatch feeds")
    print(wanted.out / "feeds.svg")


if __name__ == "__main__":
    main()
