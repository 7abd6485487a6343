"""Five thousand feeds at a 15-minute cadence for some real minutes: how late is a poll, what does the daemon cost?

Usage: python benchmarks/feed_daemon.py [--feeds 5000] [--minutes 5] [--change-every 4]
The real daemon with its ticks, guard and politeness, on a real SQLite file, over HTTP on loopback, each feed on a host
of its own. It starts where it would be after a while: every feed was read before and has its place in the quarter of
an hour. One poll in four finds a new document of 30 entries, a day old, so that nothing is to be classified; the others
a 304. Late is a poll whose request starts after it was due. The processor time is that of the daemon and its parse
workers.
"""

import argparse
import asyncio
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from brinkwatch.app import build_engine
from brinkwatch.config.settings import FeedSettings, Logging, Polling, Settings
from brinkwatch.engine.daemon import Daemon
from brinkwatch.feeds.cadence import phase
from brinkwatch.ops.logging import configure
from brinkwatch.store import feeds, standing
from brinkwatch.store.database import Database
from brinkwatch.store.feeds import FeedState
from feed_host import address, first_etag

CADENCE = timedelta(minutes=15)


async def watch(folder: Path, port: int, count: int, minutes: float) -> None:
    addresses = {f"f{n}": address(n, port) for n in range(count)}
    settings = Settings(
        feeds=tuple(FeedSettings(id=feed, url=url, allow_private=True) for feed, url in addresses.items()),
        polling=Polling(interval=f"{CADENCE // timedelta(minutes=1)}m"),
    )
    nothing: Any = SimpleNamespace(thresholds={}, name="none")
    database = Database.open(None, folder)
    settle_in(database, addresses)
    engine = build_engine(settings, database, nothing, nothing, {})
    late: list[float] = []
    poll = engine.poller.poll

    async def timed(state: FeedState) -> None:
        assert state.next_due is not None
        late.append((datetime.now(UTC) - state.next_due).total_seconds())
        await poll(state)

    engine.poller.poll = timed  # type: ignore[method-assign]
    daemon = Daemon(engine)
    await daemon.start()
    busy, wall = time.process_time(), time.perf_counter()
    await asyncio.sleep(minutes * 60)
    busy, wall = time.process_time() - busy, time.perf_counter() - wall
    with database.begin() as connection:
        ok = sum(state.health == "ok" and state.last_poll_at is not None for state in feeds.all_states(connection))
        items = standing.items_since(connection, datetime.min.replace(tzinfo=UTC))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    await daemon.stop()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy += after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{count:,} feeds, {minutes:g} real minutes: {len(late):,} polls ({ok:,} feeds ok), {items:,} new items; "
        f"late: median {statistics.median(late):.2f} s, 99 % {sorted(late)[int(len(late) * 0.99)]:.2f} s, "
        f"latest {max(late):.2f} s; {busy:.1f} s of processor time, {busy / wall:.1%} of one core; "
        f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB; "
        f"load of the machine {os.getloadavg()[1]:.1f}"
    )


def settle_in(database: Database, addresses: dict[str, str]) -> None:
    """As if each feed had been read a while ago."""
    now = datetime.now(UTC)
    earlier = now - CADENCE
    with database.begin() as connection:
        feeds.enrol(connection, {feed: (url, now + phase(feed, CADENCE)) for feed, url in addresses.items()})
        known = feeds.states(connection, list(addresses))
        feeds.save(
            connection,
            [
                FeedState(
                    state.id, state.url, state.next_due, earlier, first_etag(host(state.url)), None, state.url,
                    earlier, earlier, "ok", None, 0, "ok", earlier,
                )
                for state in known
            ],
        )  # fmt: skip


def host(url: str) -> str:
    return url.removeprefix("http://").partition(":")[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=5_000)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--change-every", type=int, default=4)
    wanted = parser.parse_args()
    configure(Settings(logging=Logging(level="warning")))
    script = str(Path(__file__).with_name("feed_host.py"))
    command = [sys.executable, script, "40", str(wanted.feeds), str(wanted.change_every)]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        assert server.stdin
        assert server.stdout
        port = int(server.stdout.readline())
        asyncio.run(watch(Path(folder), port, wanted.feeds, wanted.minutes))
        server.stdin.write("\n")
        server.stdin.flush()
        print("asked", server.stdout.readline().strip())
        server.stdin.close()


if __name__ == "__main__":
    main()
