"""Runs every file of a directory through the feed parser and its worker, and compares with feedparser's default.

Usage: python benchmarks/feed_files.py DIRECTORY
Prints counts and the files that stand out, and ends with 1 if any file crashed, took over 2 s, gave fewer entries than
feedparser gives with its default settings, or was read by the quick road for plain RSS to another answer than by
feedparser.
"""

import asyncio
import sys
import time
import warnings
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import feedparser

from brinkwatch.feeds import plainrss
from brinkwatch.feeds.entry import ParsedFeed
from brinkwatch.feeds.notafeed import NotAFeed
from brinkwatch.feeds.parse import parse
from brinkwatch.feeds.worker import ParseWorkers
from brinkwatch.items.settle import settle

SLOW_SECONDS = 2.0
URL = "https://feeds.example/feed.xml"


def reference(body: bytes) -> int:
    """How many entries feedparser finds by itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return len(feedparser.parse(body).entries)
        except Exception:  # noqa: BLE001 - it is the yardstick, not the thing measured
            return 0


def quick_road(body: bytes) -> tuple[bool, bool]:
    """Whether a file takes the quick road, and whether its answer is feedparser's."""
    taken: list[bool] = []
    read = plainrss.read

    def noted(data: bytes, charset: str | None) -> plainrss.Document | None:
        found = read(data, charset)
        taken.append(found is not None)
        return found

    with patch.object(plainrss, "read", noted):
        quick = answer(body)
    if not any(taken):
        return False, True
    with patch.object(plainrss, "read", lambda *_: None):
        return True, quick == answer(body)


def answer(body: bytes) -> ParsedFeed | str:
    try:
        return parse(body, content_type=None, url=URL)
    except NotAFeed as error:
        return error.words


def resident_peak_mb(pid: int) -> int:
    """The most memory that a process has held so far."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0


async def campaign(directory: Path, files: list[Path]) -> int:
    workers = ParseWorkers()
    kinds: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    slow, crashed, fewer, gained = [], [], [], 0
    quick, unlike = 0, []
    peak = ours = theirs = 0
    for path in files:
        body, name = path.read_bytes(), str(path.relative_to(directory))
        began = time.perf_counter()
        entries = ()
        try:
            feed = await workers.parse(body, content_type=None, url=URL)
            entries = feed.entries
            kinds["damaged" if feed.problems else "whole"] += 1
            now = datetime.now(UTC)
            intents = settle(entries, {}, first_poll=True, max_alert_age=timedelta(hours=6), now=now)
            outcomes.update(intent.outcome.value for intent in intents)
        except NotAFeed as answer:
            kinds[answer.kind] += 1
            if answer.kind == "hostile":
                print(f"hostile: {name}: {answer.words}")
        except Exception as error:  # noqa: BLE001 - any exception is what is looked for
            crashed.append(f"{name}: {error!r}")
        if (seconds := time.perf_counter() - began) > SLOW_SECONDS:
            slow.append(f"{name}: {seconds:.1f} s")
        peak = max([peak, *(resident_peak_mb(w.process.pid) for w in workers._started if w.process.returncode is None)])
        expected = reference(body)
        ours, theirs = ours + len(entries), theirs + expected
        gained += len(entries) > expected
        took, same = quick_road(body)
        quick += took
        if not same:
            unlike.append(name)
        if len(entries) < expected:
            fewer.append(f"{name}: {len(entries)} of {expected}")
    await workers.close()
    print(f"files: {len(files)}; {', '.join(f'{kind} {count}' for kind, count in kinds.most_common())}")
    print(f"entries: {ours}, feedparser's default {theirs}; more in {gained} files, fewer in {len(fewer)}")
    print(f"settled: {', '.join(f'{kind} {count}' for kind, count in outcomes.most_common())}")
    print(f"worker memory: {peak} MB at most")
    print(f"read by the quick road for plain RSS: {quick}")
    for title, found in (
        ("unlike feedparser", unlike),
        ("crashed", crashed),
        ("over 2 s", slow),
        ("fewer entries", fewer),
    ):
        print(f"{title}: {len(found)}", *found, sep="\n  ")
    return 1 if crashed or slow or fewer or unlike else 0


if __name__ == "__main__":
    where = Path(sys.argv[1])
    sys.exit(asyncio.run(campaign(where, sorted(path for path in where.rglob("*") if path.is_file()))))
