"""First poll of many feeds on loopback, each on its own host, then a second in which nothing has changed.

Usage: python benchmarks/feed_speed.py [--feeds 1000] [--kilobytes 40] [--reader PYTHON]
Guard and politeness are on (one request to a host, a gap of a second), the store is a real SQLite file, and documents
are parsed in the worker process; no classifier runs, as first polls only seed. `--reader`: a Python that has the
package `reader` installed; it does the same on the same addresses, with 10 workers, its own setting for many feeds.
"""

import argparse
import asyncio
import json
import os
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
from brinkwatch.store import feeds, standing
from brinkwatch.store.database import Database
from feed_host import address

READER = """
import json, resource, sys, time
from reader import make_reader
reader = make_reader(sys.argv[1])
for url in json.load(sys.stdin):
    reader.add_feed(url)
for _ in range(2):
    began, busy = time.perf_counter(), time.process_time()
    results = reader.update_feeds_iter(workers=10, scheduled=False)
    wrong = sum(1 for result in results if isinstance(result.value, Exception))
    print(json.dumps({"s": time.perf_counter() - began, "cpu": time.process_time() - busy, "wrong": wrong}), flush=True)
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
        began, busy = time.perf_counter(), time.process_time()
        while engine.start_due_polls():  # as a tick does; the engine goes on by itself while more are due
            await engine.polls()
        times.append((time.perf_counter() - began, time.process_time() - busy))
    with database.begin() as connection:
        states = feeds.all_states(connection)
        items = standing.items_since(connection, datetime.min.replace(tzinfo=UTC))
    worker_mb = sum(_peak_mb(worker.process.pid) for worker in engine.poller.workers._started)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    await engine.close(timedelta(seconds=1))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    workers = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "first_s": round(times[0][0], 2),
        "first_cpu_s": round(times[0][1] + workers, 2),
        "unchanged_s": round(times[1][0], 2),
        "unchanged_cpu_s": round(times[1][1], 2),
        "ok": sum(state.health == "ok" for state in states),
        "items": items,
        "mb": round(_peak_mb(os.getpid())),
        "parse_workers_mb": round(worker_mb),
    }


def _peak_mb(process: int) -> float:
    """What was resident at most. (`ru_maxrss` of a child starts at its parent's.)"""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def theirs(python: str, folder: Path, addresses: list[str]) -> dict[str, Any]:
    command = [python, "-c", READER, str(folder / "reader.sqlite")]
    done = subprocess.run(command, input=json.dumps(addresses), stdout=subprocess.PIPE, text=True, check=True)
    first, unchanged, end = (json.loads(line) for line in done.stdout.splitlines())
    return {
        "first_s": round(first["s"], 2), "first_cpu_s": round(first["cpu"], 2),
        "unchanged_s": round(unchanged["s"], 2), "unchanged_cpu_s": round(unchanged["cpu"], 2),
        "wrong": first["wrong"] + unchanged["wrong"], **end,
    }  # fmt: skip


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
        our = asyncio.run(ours(Path(folder), addresses))
        print("brinkwatch", our)
        server.stdin.write("\n")
        server.stdin.flush()
        print("asked     ", server.stdout.readline().strip())
        if wanted.reader:
            their = theirs(wanted.reader, Path(folder), addresses)
            print("reader    ", their)
            words = {"first_s": "first poll", "first_cpu_s": "its processor time", "unchanged_s": "all 304",
                     "unchanged_cpu_s": "its processor time"}  # fmt: skip
            print("times faster:", ", ".join(f"{said} {their[name] / our[name]:.1f}" for name, said in words.items()))
        server.stdin.close()


if __name__ == "__main__":
    main()
