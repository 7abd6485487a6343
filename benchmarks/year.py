"""A year of state, beside an empty store: how soon the daemon is ready, how fast it decides, what retention costs.

usage: python -m benchmarks.year make FOLDER [--items 5000000]      (some 3 GB a million)
       python -m benchmarks.year measure FOLDER [--new 2000]
       python -m benchmarks.year tidy FOLDER [--keep 200d] [--max-size 8GB]

`measure` asks a year-old and an empty store the same in turns: new items go in as a poll writes them, and through the
real stages, with a classifier that answers at once, so that what is left is the store. It copies nothing: the new items
stay in FOLDER.
"""

import argparse
import asyncio
import json
import logging
import os
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import structlog

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from brinkwatch.app import present
from brinkwatch.cli.status import read
from brinkwatch.config.duration import parse_duration
from brinkwatch.config.size import parse_size
from brinkwatch.engine.engine import Engine
from brinkwatch.store import upkeep
from brinkwatch.store.database import FILE_NAME
from fakes.year import engine_on, feed_in, make, micros

AT_ONCE = 50
"""New items of one poll."""
VISITED = 5
"""Feeds that are visited in turns: the first time their part of the file is not in memory, as after a boot."""


def drop_cache(folder: Path) -> None:
    """Have the system forget what it knows of the files' content, as after a boot."""
    for path in folder.glob(f"{FILE_NAME}*"):
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)


async def measure(folder: Path, new: int) -> None:
    """Start, then decide, on the year's store and on an empty one."""
    with tempfile.TemporaryDirectory(prefix="brinkwatch-", dir=folder.parent) as other:
        empty = Path(other)
        report: dict[str, object] = {}
        engines: dict[str, Engine] = {}
        for name, where in (("empty", empty), ("year", folder)):
            drop_cache(where)
            began = time.perf_counter()
            engine = engine_on(where)
            engine.restore()
            engine.start_due_polls = lambda: 0  # type: ignore[method-assign]
            report[f"start_seconds_{name}"] = round(time.perf_counter() - began, 2)
            engines[name] = engine
        took: dict[str, list[float]] = {"empty": [], "year": []}
        for serial in range(max(new // AT_ONCE, 3 * VISITED)):
            for name in ("empty", "year") if serial % 2 else ("year", "empty"):
                took[name].append(feed_in(engines[name], serial % VISITED, micros(present()), AT_ONCE))
        for what, part in (("first_visit", slice(VISITED)), ("later", slice(VISITED, None))):
            ms = {name: statistics.median(seconds[part]) / AT_ONCE * 1000 for name, seconds in took.items()}
            report[what] = {
                "ms_per_item_empty": round(ms["empty"], 2),
                "ms_per_item_year": round(ms["year"], 2),
                "ratio": round(ms["year"] / ms["empty"], 2),
            }
        began = time.perf_counter()
        read(engines["year"].database)
        report["status_seconds_year"] = round(time.perf_counter() - began, 2)
        for engine in engines.values():
            await engine.close(timedelta(seconds=5))
            engine.database.close()
    print(json.dumps(report, indent=1))


async def tidy(folder: Path, keep: str, max_size: str) -> None:
    """One night's deletion; and, meanwhile, how long a poll's write has to wait."""
    engine = engine_on(folder, keep=keep, max_size=max_size)
    engine.restore()
    before = upkeep.used_bytes(engine.database)
    began = time.perf_counter()
    task = asyncio.create_task(asyncio.to_thread(engine.care.tidy, engine.settings))
    waits: list[float] = []
    while not task.done():
        await asyncio.sleep(0.2)
        waits.append(feed_in(engine, 1, micros(present()), 1))
    await task
    print(
        json.dumps(
            {
                "seconds": round(time.perf_counter() - began, 1),
                "used_bytes_before": before,
                "used_bytes_after": upkeep.used_bytes(engine.database),
                "file_bytes_after": (folder / FILE_NAME).stat().st_size,
                "item_to_decision_ms_meanwhile": {
                    "median": round(statistics.median(waits) * 1000, 1),
                    "worst": round(max(waits) * 1000, 1),
                },
            },
            indent=1,
        )
    )
    await engine.close(timedelta(seconds=5))
    engine.database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("make", "measure", "tidy"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--items", type=int, default=5_000_000)
    parser.add_argument("--new", type=int, default=2_000)
    parser.add_argument("--keep", default="200d")
    parser.add_argument("--max-size", default="8GB")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    if given.what == "make":
        given.folder.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        size = make(given.folder, given.items)
        print(json.dumps({"items": given.items, "bytes": size, "seconds": round(time.monotonic() - began)}))
    elif given.what == "measure":
        asyncio.run(measure(given.folder, given.new))
    else:
        parse_duration(given.keep), parse_size(given.max_size)
        asyncio.run(tidy(given.folder, given.keep, given.max_size))


if __name__ == "__main__":
    main()
