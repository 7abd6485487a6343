"""How long a read waits while polls are written: in a transaction of its own, and in the writers' queue (baseline).

usage: python -m benchmarks.store_reads [--seconds 10]

A writer stores polls of 50 new items one after the other, as many as it can; the reader asks when the next feed is due,
which takes no time by itself.
"""

import argparse
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

from brinkwatch.app import present
from brinkwatch.engine.intake import intake
from brinkwatch.feeds.entry import Entry
from brinkwatch.store import feeds
from brinkwatch.store.database import Connection, Database

FEEDS = [f"feed{n}" for n in range(300)]
TEXT = "Nothing much happened in the town today, and people went about their business as usual. " * 20


def write(database: Database, over: threading.Event) -> None:
    serial = 0
    while not over.is_set():
        serial += 1
        entries = [
            Entry(guid=f"{serial}-{n}", title=f"Item {n}", link=None, summary=TEXT, published=None, updated=None)
            for n in range(50)
        ]
        with database.begin() as connection:
            intake(
                connection, FEEDS[serial % 300], entries, present(), first_poll=False, max_alert_age=timedelta(hours=6)
            )


def waits(database: Database, begin: Callable[[], AbstractContextManager[Connection]], seconds: float) -> list[float]:
    """Milliseconds of each read, one every 10 ms."""
    over = threading.Event()
    writer = threading.Thread(target=write, args=(database, over))
    writer.start()
    taken = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.perf_counter()
        with begin() as connection:
            feeds.next_due(connection)
        taken.append((time.perf_counter() - began) * 1000)
        time.sleep(0.01)
    over.set()
    writer.join()
    return sorted(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args()
    report = {}
    for name in ("begin", "read"):
        with tempfile.TemporaryDirectory(prefix="brinkwatch-") as folder:
            database = Database.open(None, Path(folder))
            with database.begin() as connection:
                feeds.enrol(connection, {feed: (f"https://{feed}.example/", present()) for feed in FEEDS})
            found = waits(database, getattr(database, name), given.seconds)
            database.close()
        report[name] = {
            "reads": len(found),
            "median_ms": round(statistics.median(found), 2),
            "p99_ms": round(found[int(len(found) * 0.99)], 2),
            "worst_ms": round(found[-1], 2),
        }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
