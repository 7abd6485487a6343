"""How much memory grows over thousands of polls of each feed: a year of them in minutes, on a virtual clock.

usage: python -m benchmarks.growth [--feeds 50] [--polls 10000] [--warm 1000]

The real engine, bundled model and SQLite file poll a real server (another process) over loopback HTTP, each feed on a
host of its own, round after round, as soon as the last round is done. Most answers are 304; every twentieth round of a
feed brings one new item, which is assessed, related and decided on; one in ten tells of a crisis, which ends. Each
night of the clock has its care. Memory is that of the daemon with its parse workers; `growth` is from the end of the
warm-up to the end, `slope` the line through all readings since, per 10,000 polls.
"""

import argparse
import asyncio
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import numpy as np
from aiohttp import web
from benchmarks.startup import resident_mb

from brinkwatch.app import build_engine
from brinkwatch.config.settings import FeedSettings, Logging, Polling, Settings
from brinkwatch.delivery.receiver import Attempt, Message, Verdict
from brinkwatch.engine.engine import Engine
from brinkwatch.engine.survey import Survey
from brinkwatch.ops.logging import configure
from brinkwatch.ops.memory import few_arenas
from brinkwatch.signals.load import load_classifier, load_embedder
from brinkwatch.store import feeds as feed_store
from brinkwatch.store.database import Database

START = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)
INTERVAL = timedelta(minutes=10)
NEWS_EVERY = 20
SHOWN = 30
PLACES = ("river", "market", "station", "park", "library", "harbour", "school", "lake")
PAIRS = (
    ("Serbia", "Kosovo"), ("India", "Pakistan"), ("Armenia", "Azerbaijan"), ("Ethiopia", "Eritrea"),
    ("Venezuela", "Guyana"), ("Cambodia", "Thailand"), ("Algeria", "Morocco"), ("Rwanda", "Burundi"),
)  # fmt: skip
CRISIS_DAYS = 5
"""A crisis ends, and the next is elsewhere: a story that never ends is kept whole in memory, and grows."""


class Silent:
    """A receiver that takes everything."""

    name = "silent"
    spacing = timedelta(0)

    async def send(self, message: Message) -> Attempt:
        return Attempt(Verdict.SENT, message.key)

    async def find(self, message: Message) -> Attempt:
        return Attempt(Verdict.SENT, message.key)

    def mend(self, error: str) -> str | None:
        del error
        return None

    async def close(self) -> None:
        """Nothing is open."""


def document(feed: str, newest: int) -> str:
    """The last items of a feed: ordinary news, and now and then troops."""
    items = []
    for number in range(max(newest - SHOWN + 1, 0), newest + 1):
        place = PLACES[(number + len(feed)) % len(PLACES)]
        at = START + number * NEWS_EVERY * INTERVAL
        first, second = PAIRS[(at - START).days // CRISIS_DAYS % len(PAIRS)]
        title = (
            f"{first} moves troops and armour to the border with {second}, ministry says on day {number}"
            if number % 10 == 3
            else f"Bakery number {number} of {feed} opens near the {place}"
        )
        items.append(
            f"<item><guid>{feed}-{number}</guid><title>{title}</title><pubDate>{format_datetime(at)}</pubDate>"
            f"<description>{'People went about their business. ' * 20}</description></item>"
        )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{feed}</title>{"".join(items)}</channel></rss>'


async def serve() -> None:
    """Feeds whose newest item is told by how often they were visited."""
    visits: dict[str, int] = {}

    async def answer(request: web.Request) -> web.Response:
        feed = request.match_info["name"]
        visits[feed] = visits.get(feed, -1) + 1
        newest = visits[feed] // NEWS_EVERY
        etag = f'"{newest}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(text=document(feed, newest), content_type="application/rss+xml", headers={"ETag": etag})

    app = web.Application()
    app.router.add_get("/{name}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


def ours(server: int) -> float:
    """Resident MB of this process and its parse worker; the server is a child too."""
    return resident_mb(os.getpid()) - resident_mb(server)


async def rounds(engine: Engine, clock: list[datetime], count: int, every: int, server: int) -> list[tuple[int, float]]:
    """Poll every feed `count` times; (round, MB) after each `every` rounds."""
    look = Survey(engine)
    readings = []
    for number in range(1, count + 1):
        clock[0] += INTERVAL
        with engine.database.begin() as connection:
            for feed in engine.settings.feeds:
                feed_store.update(connection, feed.id, next_due=clock[0])
        while engine.start_due_polls():
            await engine.polls()
        await engine.think()
        engine.digest()
        engine.tell_operators()
        await engine.deliver()
        await engine.care.when_due(engine.settings)
        if number % every == 0:
            look.snapshot(ready=True)
            gc.collect()
            readings.append((number, ours(server)))
            told = f"{readings[-1][1]:.1f} MB, {len(engine.pipeline.index)} open stories"
            print(f"{number:,} polls of each feed: {told}", file=sys.stderr, flush=True)
    return readings


async def measure(folder: Path, port: int, server: int, options: argparse.Namespace) -> dict[str, object]:
    clock = [START]
    settings = Settings(
        feeds=tuple(
            FeedSettings(id=f"f{n}", url=f"http://f{n}.localhost:{port}/f{n}", allow_private=True)
            for n in range(options.feeds)
        ),
        polling=Polling(host_gap=timedelta(0), concurrency=options.feeds),
    )
    engine = build_engine(
        settings, Database.open(None, folder), load_classifier(settings.classifier), load_embedder(),
        {"silent": Silent()}, lambda: clock[0],
    )  # fmt: skip
    engine.restore()
    every = max(options.polls // 20, 1)
    await rounds(engine, clock, options.warm, max(options.warm // 4, 1), server)
    began = ours(server)
    readings = await rounds(engine, clock, options.polls, every, server)
    with engine.database.begin() as connection:
        states = feed_store.all_states(connection)
    await engine.close(timedelta(seconds=5))
    slope = float(np.polyfit([number for number, _ in readings], [mb for _, mb in readings], 1)[0])
    return {
        "feeds": options.feeds, "polls_of_each": options.polls, "warm": options.warm,
        "ok": sum(state.health in ("ok", "quiet") for state in states), "mb_after_warm_up": round(began, 1),
        "mb_at_the_end": round(readings[-1][1], 1), "growth_mb": round(readings[-1][1] - began, 2),
        "slope_mb_per_10000": round(slope * 10_000, 2),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=50)
    parser.add_argument("--polls", type=int, default=10_000)
    parser.add_argument("--warm", type=int, default=1_000)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve())
        return
    configure(Settings(logging=Logging(level="error")))
    few_arenas()  # as `brinkwatch run` does
    command = [sys.executable, "-m", "benchmarks.growth", "--serve"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        assert server.stdout
        port = int(server.stdout.readline())
        began = time.perf_counter()
        found = asyncio.run(measure(Path(folder), port, server.pid, options))
        print(json.dumps({**found, "seconds": round(time.perf_counter() - began)}))
        server.kill()


if __name__ == "__main__":
    main()
