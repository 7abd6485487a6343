"""A year of state: a store filled as the daemon would have filled it, and a classifier that costs nothing."""

import json
import random
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from brinkwatch.app import build_engine, present
from brinkwatch.config.settings import Alerting, FeedSettings, Settings, Store
from brinkwatch.delivery.console import ConsoleReceiver
from brinkwatch.engine.engine import Engine
from brinkwatch.engine.intake import enter, intake
from brinkwatch.feeds.entry import Entry
from brinkwatch.items.item import ItemText
from brinkwatch.signals.assessment import Assessment
from brinkwatch.signals.catalogue import PLOVER_ROOTS, SIGNALS, Signal
from brinkwatch.store import upkeep
from brinkwatch.store.database import FILE_NAME, Database
from brinkwatch.store.opening import open_for_daemon
from brinkwatch.store.stories import features_to_json
from brinkwatch.store.tables import metadata
from brinkwatch.stories.story import Features

FEEDS = 300
IN_STORY = 50  # one item in so many is a member of a story
STORY_SIZE = 8
BATCH = 20_000
YEAR = timedelta(days=365)
WORDS = tuple(
    "ministers border talks convoy harbour vote market rain court school bridge strike budget match river council "  # noqa: SIM905
    "factory police doctor airport farmers election museum pipeline railway hospital festival army navy treaty".split()
)


def micros(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)


class Cheap:
    """A classifier and an embedder that cost nothing: one item in `IN_STORY` is flagged."""

    name = "cheap"
    thresholds: Mapping[Signal, float] = dict.fromkeys(SIGNALS, 0.5)

    def assess(
        self,
        texts: Sequence[ItemText],
        languages: Sequence[str | None] | None = None,
        thresholds: Mapping[Signal, float] | None = None,
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


def make(folder: Path, number: int) -> int:
    """Fill a store with so many items, evenly spread over a year up to now; returns the file's size in bytes."""
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
    sums(connection, [f"feed{n}" for n in range(FEEDS)], number, start)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return (folder / FILE_NAME).stat().st_size


def batches(number: int, start: datetime, step: timedelta) -> Iterator[dict[str, list[tuple[object, ...]]]]:
    """Statement → rows, for so many items at a time."""
    rng = random.Random(7)
    noise = np.random.default_rng(7)
    vectors = [noise.normal(size=384).astype(np.float16).tobytes() for _ in range(64)]
    signals = [json.dumps({s.value: round(rng.random() * 0.2, 5) for s in SIGNALS}) for _ in range(64)]
    plover = [json.dumps({root: round(rng.random() * 0.2, 5) for root in PLOVER_ROOTS}) for _ in range(64)]
    summaries = [" ".join(rng.choices(WORDS, k=45)) for _ in range(512)]

    def traits() -> str:
        """Of a member; each with a vector of its own, as texts have: equal ones would all be candidates for a story."""
        vector = noise.normal(size=384)
        made = Features(
            (vector / np.linalg.norm(vector)).astype(np.float32), frozenset(rng.sample(WORDS, 12)),
            frozenset({f"state:{rng.randrange(60)}"}), frozenset({"12"}), start, "A convoy of tanks moved",
        )  # fmt: skip
        return json.dumps(features_to_json(made))

    card = json.dumps({"s": summaries[0] * 5})
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
            if (flagged and (item // IN_STORY) % STORY_SIZE == 0) or not story:
                story, day = f"s-{item:012x}", moment.isoformat()
                sent = json.dumps(
                    {"at": day, "tier": 2, "direction": "escalation", "signals": ["troop_buildup"], "families": 1}
                )
                stories.append((story, at, at, "new", 2))
                told.append((story, "#alerts", None, None, None, sent, sent, None))
            if flagged:
                outbox.append(
                    (item, f"key{item}", None, story, "console", "#alerts", "update", card,
                     title, 0, "sent", 1, at, at, f"ref{item}", None, None)
                )  # fmt: skip
                deliveries.append((item, at, "sent"))
                members.append((item, story, at, 0.9, "alike", traits()))
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
    """Fills the first columns of a table; the others, which came later, are as they are without a value."""
    names = list(metadata.tables[table].columns.keys())[:columns]
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * columns)})"


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
        alerting=Alerting(group_wait=timedelta(0)),
        store=Store.model_validate(store),
    )


def engine_on(folder: Path, **store: object) -> Engine:
    """What `brinkwatch run` does up to being ready, without loading a model."""
    settings = settings_of(folder, **store)
    database, _ = open_for_daemon(None, folder, present)
    return build_engine(settings, database, Cheap(), Cheap(), {"console": ConsoleReceiver()})


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
        counts = intake(
            connection, f"feed{feed}", entries, now, first_poll=False, max_alert_age=timedelta(hours=6), last_read=now
        )
        enter(connection, {f"feed{feed}": counts}, now)
    engine.pipeline.advance(now)
    return time.perf_counter() - began
