"""A year of state: a store of millions of items, beside an empty one. How soon the daemon is ready, how fast it decides,
and whether the store stays bounded.

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
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zlib import crc32

import numpy as np
import structlog
from numpy.typing import NDArray

from brinkwatch.app import build_engine, present
from brinkwatch.config.duration import parse_duration
from brinkwatch.config.settings import Alerting, FeedSettings, GroupInterval, Settings, Store
from brinkwatch.config.size import parse_size
from brinkwatch.delivery.console import ConsoleReceiver
from brinkwatch.engine.engine import Engine
from brinkwatch.engine.intake import intake
from brinkwatch.feeds.entry import Entry
from brinkwatch.items.item import ItemText
from brinkwatch.signals.assessment import Assessment
from brinkwatch.signals.catalogue import PLOVER_ROOTS, SIGNALS, Signal
from brinkwatch.store import upkeep
from brinkwatch.store.database import FILE_NAME, Database
from brinkwatch.store.opening import open_for_daemon
from brinkwatch.store.stories import features_to_json
from brinkwatch.stories.story import Features

FEEDS = 300
IN_STORY = 50  # one item in so many is a member of a story
STORY_SIZE = 8
BATCH = 20_000
YEAR = timedelta(days=365)
WORDS = (
    "ministers border talks convoy harbour vote market rain court school bridge strike budget match river council "
    "factory police doctor airport farmers election museum pipeline railway hospital festival army navy treaty"
).split()


def micros(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)


class Cheap:
    """A classifier and an embedder that cost nothing: one item in `IN_STORY` is flagged."""

    name = "cheap"
    thresholds: Mapping[Signal, float] = dict.fromkeys(SIGNALS, 0.5)

    def assess(
        self,
        texts: Sequence[ItemText],
        languages: Sequence[str | None] | None = None,  # noqa: ARG002 - the protocol's
        thresholds: Mapping[Signal, float] | None = None,  # noqa: ARG002 - the protocol's
    ) -> list[Assessment]:
        return [self._assess(text) for text in texts]

    def _assess(self, text: ItemText) -> Assessment:
        signals = dict.fromkeys(SIGNALS, 0.01)
        if "convoy of tanks" in text.title:
            signals[Signal.TROOP_BUILDUP] = 0.97
        return Assessment(signals, dict.fromkeys(PLOVER_ROOTS, 0.07), (), "en", self.name)

    def embed(self, texts: Sequence[ItemText]) -> NDArray[np.float32]:
        made = [np.random.default_rng(crc32(text.title.encode())).normal(size=384) for text in texts]
        return np.stack([vector / np.linalg.norm(vector) for vector in made]).astype(np.float32)


def make(folder: Path, number: int) -> None:
    """Fill a store with a year of items, evenly spread, up to now."""
    settings = settings_of(folder)
    began = time.monotonic()
    database = Database.open(None, folder)
    with database.begin() as connection:
        upkeep.done(connection, "tidy", present())
    database.close()
    connection = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
    for pragma in ("synchronous=OFF", "foreign_keys=OFF", "cache_size=-200000", "wal_autocheckpoint=20000"):
        connection.execute(f"PRAGMA {pragma}")
    start = present() - YEAR
    step = YEAR / number
    made = 0
    for rows in batches(number, start, step):
        connection.execute("BEGIN")
        for statement, values in rows.items():
            connection.executemany(statement, values)
        connection.execute("COMMIT")
        made += BATCH
        if made % 500_000 == 0:
            print(f"{made:,} items, {time.monotonic() - began:.0f} s", flush=True)
    sums(connection, [feed.id for feed in settings.feeds], number, start)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    size = (folder / FILE_NAME).stat().st_size
    print(json.dumps({"items": number, "bytes": size, "seconds": round(time.monotonic() - began)}))


def batches(number: int, start: datetime, step: timedelta) -> Iterator[dict[str, list[tuple[object, ...]]]]:
    """Statement → rows, for so many items at a time."""
    rng = random.Random(7)
    noise = np.random.default_rng(7)
    vectors = [noise.normal(size=384).astype(np.float16).tobytes() for _ in range(64)]
    signals = [json.dumps({s.value: round(rng.random() * 0.2, 5) for s in SIGNALS}) for _ in range(64)]
    plover = [json.dumps({root: round(rng.random() * 0.2, 5) for root in PLOVER_ROOTS}) for _ in range(64)]
    summaries = [" ".join(rng.choices(WORDS, k=45)) for _ in range(512)]
    vector = noise.normal(size=384).astype(np.float32)
    features = [
        json.dumps(
            features_to_json(
                Features(
                    vector, frozenset(rng.sample(WORDS, 12)), frozenset({f"state:{n}"}), frozenset({"12"}),
                    start, "A convoy of tanks moved",
                )
            )
        )
        for n in range(64)
    ]  # fmt: skip
    story, day = "", ""
    for first in range(1, number + 1, BATCH):
        items: list[tuple[object, ...]] = []
        assessments: list[tuple[object, ...]] = []
        decisions: list[tuple[object, ...]] = []
        stories: list[tuple[object, ...]] = []
        members: list[tuple[object, ...]] = []
        told: list[tuple[object, ...]] = []
        outbox: list[tuple[object, ...]] = []
        deliveries: list[tuple[object, ...]] = []
        for item in range(first, min(first + BATCH, number + 1)):
            moment = start + step * item
            at = micros(moment)
            feed = f"feed{item % FEEDS}"
            title = f"{' '.join(rng.choices(WORDS, k=8))} {item}"
            items.append(
                (item, feed, f"guid:{item}", str(item), f"https://{feed}.example/{item}", title,
                 summaries[item % 512], at - 60_000_000, at, at, 1, "assessed", "done")
            )  # fmt: skip
            assessments.append(
                (item, 1, at, "cheap", "en", 1, signals[item % 64], plover[item % 64], "[]", "[]", vectors[item % 64])
            )
            flagged = item % IN_STORY == 0
            if flagged and (item // IN_STORY) % STORY_SIZE == 0 or not story:
                story, day = f"s-{item:012x}", moment.isoformat()
                sent = json.dumps(
                    {"at": day, "tier": 2, "direction": "escalation", "signals": ["troop_buildup"], "families": 1}
                )
                stories.append((story, at, at + 3_600_000_000, "new", 2))
                told.append((story, "#alerts", None, None, None, sent, sent, None))
                outbox.append(
                    (item, f"key{item}", None, story, "console", "#alerts", "post", json.dumps({"s": summaries[0] * 5}),
                     title, 0, "sent", 1, at, at, f"ref{item}", None, None)
                )  # fmt: skip
                deliveries.append((item, at, "sent"))
            if flagged:
                members.append((item, story, at, 0.9, "alike", features[item % 64]))
            decisions.append(
                (item, f"item:{item}:1", at, item, story if flagged else None, "#alerts" if flagged else None,
                 "#alerts" if flagged else None, "none", "duplicate" if flagged else "below_threshold",
                 2 if flagged else None, "{}", None)
            )  # fmt: skip
        yield {
            _insert("items", 13): items, _insert("assessments", 11): assessments, _insert("decisions", 12): decisions,
            _insert("stories", 5): stories, _insert("members", 6): members, _insert("told", 8): told,
            _insert("outbox", 17): outbox,
            "INSERT INTO deliveries (notification, at, verdict) VALUES (?, ?, ?)": deliveries,
        }  # fmt: skip


def _insert(table: str, columns: int) -> str:
    return f"INSERT INTO {table} VALUES ({', '.join('?' * columns)})"  # noqa: S608 - names of this file


def sums(connection: sqlite3.Connection, feeds: Sequence[str], number: int, start: datetime) -> None:
    """The ledger, the sums of polls, and feeds that have been read a minute ago."""
    per_day = number // FEEDS // 365
    days = [(start + timedelta(days=n)).date().isoformat() for n in range(366)]
    outcomes = {"pending": per_day, "assessed": per_day, "unchanged": per_day * 40}
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO ledger VALUES (?, ?, ?, ?)",
        ((feed, day, outcome, count) for feed in feeds for day in days for outcome, count in outcomes.items()),
    )
    connection.executemany(
        "INSERT INTO poll_days VALUES (?, ?, 'ok', 144, 20000, ?)",
        ((feed, day, per_day * 41) for feed in feeds for day in days),
    )
    now = micros(present())
    connection.executemany(
        "INSERT INTO feeds (id, url, next_due, seeded_at, last_poll_at, last_ok_at, health) VALUES (?,?,?,?,?,?,'ok')",
        ((feed, f"https://{feed}.example/rss", now, micros(start), now, now) for feed in feeds),
    )
    connection.execute("COMMIT")


def settings_of(folder: Path, **store: object) -> Settings:
    return Settings(
        state_dir=folder,
        feeds=tuple(FeedSettings(id=f"feed{n}", url=f"https://feed{n}.example/rss") for n in range(FEEDS)),
        # Decided at once, so that one pass is the whole way.
        alerting=Alerting(group_wait=timedelta(0), group_interval=GroupInterval()),
        store=Store.model_validate(store),
    )


def engine_on(folder: Path, **store: object) -> Engine:
    """What `brinkwatch run` does up to being ready, without loading a model."""
    settings = settings_of(folder, **store)
    database, _ = open_for_daemon(None, folder, present)
    return build_engine(settings, database, Cheap(), Cheap(), {"console": ConsoleReceiver()})


def drop_cache(folder: Path) -> None:
    """Have the system forget what it knows of the files' content, as after a boot."""
    for path in folder.glob(f"{FILE_NAME}*"):
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)


def feed_in(engine: Engine, feed: int, serial: int, number: int) -> float:
    """Seconds from what a poll has read to its decisions."""
    now = present()
    entries = [
        Entry(
            guid=f"new-{serial}-{n}",
            link=f"https://feed{feed}.example/new/{serial}/{n}",
            title=f"A convoy of tanks moved {serial} {n}" if n % IN_STORY == 0 else f"Ordinary news {serial} {n}",
            summary="Ministers met quietly today.",
            published=now,
            updated=None,
        )
        for n in range(number)
    ]
    began = time.perf_counter()
    with engine.database.begin() as connection:
        intake(
            connection, f"feed{feed}", entries, now, first_poll=False, max_alert_age=timedelta(hours=6), last_read=now
        )
    engine.pipeline.advance(now)
    return time.perf_counter() - began


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
        for serial in range(max(new // 50, 4)):
            for name in ("empty", "year") if serial % 2 else ("year", "empty"):
                took[name].append(feed_in(engines[name], serial % FEEDS, micros(present()), 50))
        for name, seconds in took.items():
            report[f"ms_per_item_{name}"] = round(statistics.median(seconds) / 50 * 1000, 3)
        report["ratio"] = round(statistics.median(took["year"]) / statistics.median(took["empty"]), 2)
        began = time.perf_counter()
        from brinkwatch.cli.status import read

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
        make(given.folder, given.items)
    elif given.what == "measure":
        asyncio.run(measure(given.folder, given.new))
    else:
        parse_duration(given.keep), parse_size(given.max_size)
        asyncio.run(tidy(given.folder, given.keep, given.max_size))


if __name__ == "__main__":
    main()
