"""First poll of many feeds on loopback, each on its own host, then a second in which nothing has changed.

Usage: python benchmarks/feed_speed.py [--feeds 1000] [--kilobytes 40] [--reader PYTHON]
Guard and politeness are on (one request to a host, a gap of a second), the store is a real SQLite file, and documents
are parsed in the worker process; no classifier runs, as first polls only seed. `--reader`: a Python that has the
package `reader` installed; it does the same on the same addresses, with 10 workers, its own setting for many feeds.
"""

import argparse
import asyncio
import json
import resource
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
from brinkwatch.ops.logging import configure
from brinkwatch.store import feeds
from brinkwatch.store.database import Database
from feed_host import address

READER = """
import json, resource, sys, time
from reader import make_reader
reader = make_reader(sys.argv[1])
for url in json.load(sys.stdin):
    reader.add_feed(url)
for _ in range(2):
    began = time.perf_counter()
    results = reader.update_feeds_iter(workers=10, scheduled=False)
    wrong = sum(1 for result in results if isinstance(result.value, Exception))
    print(json.dumps({"s": time.perf_counter() - began, "wrong": wrong}), flush=True)
print(json.dumps({"entries": reader.get_entry_counts().total,
                  "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


async def ours(folder: Path, addresses: list[str]) -> dict[str, Any]:
    settings = Settings(
        feeds=tuple(FeedSettings(id=f"f{n}", url=url, allow_private=True) for n, url in enumerate(addresses)),
        polling=Polling(),
    )
    ahead = timedelta(0)
    database = Database.open(None, folder)
    nothing: Any = SimpleNamespace(thresholds={}, name="none")
    engine = build_engine(settings, database, nothing, nothing, {}, lambda: datetime.now(UTC) + ahead)
    engine.restore()
    times = []
    for _ in range(2):
        ahead += timedelta(hours=2)  # all are due
        began = time.perf_counter()
        with database.begin() as connection:
            feeds.all_states(connection)
        done = 0
        while done < len(addresses):
            done += engine.start_due_polls()
            await asyncio.sleep(0.005)
        await engine.polls()
        times.append(time.perf_counter() - began)
    with database.begin() as connection:
        states = feeds.all_states(connection)
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    await engine.close(timedelta(seconds=1))
    worker = max(children, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024
    return {
        "first_s": round(times[0], 2),
        "unchanged_s": round(times[1], 2),
        "ok": sum(state.health == "ok" for state in states),
        "mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "parse_worker_mb": round(worker),
    }


def theirs(python: str, folder: Path, addresses: list[str]) -> dict[str, Any]:
    command = [python, "-c", READER, str(folder / "reader.sqlite")]
    done = subprocess.run(command, input=json.dumps(addresses), stdout=subprocess.PIPE, text=True, check=True)
    first, unchanged, end = (json.loads(line) for line in done.stdout.splitlines())
    return {"first_s": round(first["s"], 2), "unchanged_s": round(unchanged["s"], 2), "wrong": first["wrong"], **end}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=1_000)
    parser.add_argument("--kilobytes", type=int, default=40)
    parser.add_argument("--reader", metavar="PYTHON")
    wanted = parser.parse_args()
    configure(Settings(logging=Logging(level="warning")))
    host = [sys.executable, str(Path(__file__).with_name("feed_host.py")), str(wanted.kilobytes), str(wanted.feeds)]
    with (
        subprocess.Popen(host, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        assert server.stdin
        assert server.stdout
        port = int(server.stdout.readline())
        addresses = [address(number, port) for number in range(wanted.feeds)]
        print("brinkwatch", asyncio.run(ours(Path(folder), addresses)))
        server.stdin.write("\n")
        server.stdin.flush()
        print("asked     ", server.stdout.readline().strip())
        if wanted.reader:
            print("reader    ", theirs(wanted.reader, Path(folder), addresses))
        server.stdin.close()


if __name__ == "__main__":
    main()
