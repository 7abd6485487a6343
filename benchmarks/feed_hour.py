"""Five thousand feeds at a 15-minute cadence for an hour on a virtual clock: how late is a poll, what does it cost?

Usage: python benchmarks/feed_hour.py [--feeds 5000] [--minutes 60]
The real engine decides what is due and stores what came of it, in a real SQLite file; only the network is not there:
every feed answers at once that it is unchanged. The clock goes on a second at a time, as the daemon's tick does. The
share of one core is the processor time used, by the hour that passed on the virtual clock; fetching is not in it.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from brinkwatch.app import build_engine
from brinkwatch.config.settings import FeedSettings, Logging, Polling, Settings
from brinkwatch.feeds.fetched import Fetched, FetchKind
from brinkwatch.ops.logging import configure
from brinkwatch.store.database import Database

START = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)


class Unchanged:
    """Stands in for the fetcher."""

    async def fetch(self, feed: FeedSettings, *_: object) -> Fetched:
        return Fetched(FetchKind.NOT_MODIFIED, feed.url, 304)

    async def close(self) -> None:
        """Nothing is open."""


async def hour(folder: Path, count: int, minutes: int) -> None:
    now = START
    settings = Settings(
        feeds=tuple(FeedSettings(id=f"f{n}", url=f"https://h{n}.example/feed") for n in range(count)),
        polling=Polling(interval="15m"),
    )
    nothing: Any = SimpleNamespace(thresholds={}, name="none")
    engine = build_engine(settings, Database.open(None, folder), nothing, nothing, {}, lambda: now)
    unchanged: Any = Unchanged()
    await engine.poller.fetcher.close()
    engine.poller.fetcher = unchanged
    late: list[float] = []
    polls: list[int] = []
    poll = engine.poller.poll

    async def timed(state: Any) -> None:
        late.append((now - state.next_due).total_seconds())
        await poll(state)

    engine.poller.poll = timed  # type: ignore[method-assign]
    engine.restore()
    busy, wall = time.process_time(), time.perf_counter()
    for _ in range(minutes * 60):
        before = len(late)
        # A tick is a second: what does not fit into one waits for the next, as in the daemon.
        engine.start_due_polls()
        await engine.polls()
        polls.append(len(late) - before)
        now += timedelta(seconds=1)
    busy, wall = time.process_time() - busy, time.perf_counter() - wall
    await engine.close(timedelta(seconds=1))
    steady = late[count:] or late
    print(
        f"{count:,} feeds, {minutes} minutes: {len(late):,} polls, at most {max(polls)} in a second; "
        f"first polls up to {max(late[:count]):.0f} s late; after them: median {statistics.median(steady):.2f} s, "
        f"latest {max(steady):.1f} s late; {busy:.0f} s of processor time, {busy / (minutes * 60):.1%} of one core; "
        f"ran for {wall:.0f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=5_000)
    parser.add_argument("--minutes", type=int, default=60)
    wanted = parser.parse_args()
    configure(Settings(logging=Logging(level="warning")))
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(hour(Path(folder), wanted.feeds, wanted.minutes))


if __name__ == "__main__":
    main()
