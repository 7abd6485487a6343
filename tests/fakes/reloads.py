"""Reloads a running daemon again and again under load, and compares what it did with what it had to do.

Loopback feeds change all the while: each report is one crisis of its own, so that people must see exactly one message
for it. Between two reports the configuration is changed, and the daemon is told by SIGHUP, finds the changed file by
itself, or meets a broken file, by turns. A poll is missed when a feed is left alone for longer than `PATIENCE`
intervals.
"""

import asyncio
import json
import random
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

from aiohttp import web

from fakes.campaign import STATES
from fakes.feeds import FeedServer, Item
from fakes.models import keyword_model
from fakes.slack import FakeSlack

FEEDS = 10
CHANNELS = 5
INTERVAL = 5.0
PATIENCE = 1.8
"""Intervals: one poll left out would make it two. The tick is a second, and the machine may be busy."""
PACE = 1.0
"""Seconds between two reports where nothing is reloaded; a reload takes about as long."""
SETTLED_AFTER = 7.0
"""Longer than the outbox waits before it looks for a message: what would be doubled is there by then."""


@dataclass
class Report:
    """What came of it; `missed` names feeds with the longest wait in seconds, the others name reports."""

    reloads: int = 0
    refused: int = 0
    polls: int = 0
    longest_wait: float = 0.0
    missed: dict[str, float] = field(default_factory=dict)
    reports: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    def line(self) -> str:
        return (
            f"{self.reloads} reloads, {self.refused} refused; {self.polls} polls of {FEEDS} feeds every {INTERVAL:g} "
            f"s, longest wait {self.longest_wait:.1f} s, {len(self.missed)} feeds left alone; {self.reports} messages "
            f"due, lost {len(self.lost)}, doubled {len(self.doubled)}"
        )


class _Feeds(FeedServer):
    def __init__(self) -> None:
        super().__init__()
        self.visited_at: defaultdict[str, list[float]] = defaultdict(list)

    async def _serve(self, request: web.Request) -> web.Response:
        self.visited_at[request.match_info["name"]].append(time.monotonic())
        return await super()._serve(request)


class Reloads:
    """One daemon in `folder`. `reload` False: the same load at the same pace and no reload, to compare with."""

    def __init__(self, folder: Path, seed: int = 0, *, reload: bool = True) -> None:
        self.folder = folder
        self.reload = reload
        self.random = random.Random(seed)
        self.names = [f"feed{number}" for number in range(FEEDS)]
        self.feeds = _Feeds()
        self.slack = FakeSlack([f"c{number}" for number in range(CHANNELS)])
        self.report = Report()
        self.titles: dict[str, str] = {}

    async def run(self, times: int, say: Callable[[str], None] = lambda _: None) -> Report:
        await self.feeds.start("0.0.0.0")
        await self.slack.start()
        keyword_model(self.folder / "model")
        self._configure(0)
        with (self.folder / "log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "brinkwatch", "run", "--config", str(self.folder / "brinkwatch.yaml"),
                stdout=log, stderr=log,
            )  # fmt: skip
            try:
                await self._until(lambda: len(self.feeds.visited_at) == FEEDS, 60, process)
                await asyncio.sleep(INTERVAL)
                began = time.monotonic()
                for number in range(1, times + 1):
                    await self._reload(number, process)
                    if number % 10 == 0:
                        say(f"{number} of {times}")
                await self._until(lambda: not self._missing(), 60, process)
                ended = time.monotonic()
                await asyncio.sleep(SETTLED_AFTER)
            finally:
                if process.returncode is None:
                    process.send_signal(signal.SIGTERM)
                await process.wait()
                await self.slack.stop()
                await self.feeds.stop()
        self._compare(began, ended)
        return self.report

    async def _reload(self, number: int, process: asyncio.subprocess.Process) -> None:
        self._publish(number)
        if not self.reload:
            await asyncio.sleep(PACE)
            return
        before = self._logged()
        if number % 10 == 0:
            self._write("routes:\n  - min_tier: urgent\n")
            process.send_signal(signal.SIGHUP)
            await self._until(lambda: self._logged() > before, 30, process)
            before = self._logged()
        self._configure(number)
        if number % 5:
            process.send_signal(signal.SIGHUP)
        await self._until(lambda: self._logged() > before, 30, process)

    def _publish(self, number: int) -> None:
        pairs = list(combinations(STATES, 2))
        one, other = pairs[(number * 37) % len(pairs)]
        name = self.random.choice(self.names)
        self.titles[f"report-{number}."] = f"{one} moves tanks to the border with {other}"
        item = Item(f"report-{number}.", self.titles[f"report-{number}."], "", datetime.now(UTC))
        self.feeds.items[name] = [item, *self.feeds.items.get(name, [])]

    def _configure(self, number: int) -> None:
        """Each time something else: thresholds, a route's wait, a feed's name, the level of the log."""
        hosts = {name: f"127.0.7.{number + 1}" for number, name in enumerate(self.names)}
        document: dict[str, Any] = {
            "state_dir": str(self.folder / "state"),
            "classifier": {"model": str(self.folder / "model"), "threads": 1 + number // 20 % 2},
            "feeds": [
                {
                    "id": name, "url": self.feeds.url(name, host), "allow_private": True,
                    "name": f"Publisher {name} {number // 3}",
                }
                for name, host in hosts.items()
            ],
            "thresholds": {"default": 0.5 + number % 7 / 20},
            "routes": [
                {"channel": f"#c{channel}", "min_tier": "watch", "feeds": self.names[channel::CHANNELS]}
                for channel in range(CHANNELS)
            ],
            "polling": {"interval": f"{INTERVAL:g}s", "min_interval": "1s", "host_gap": "0s"},
            "slack": {"token": self.slack.token, "base_url": self.slack.url},
            "alerting": {"group_wait": f"{number % 2}s", "digest_wait": "1d", "budget": {"per_hour": None}},
            "logging": {"format": "json", "level": "debug" if number % 4 == 3 else "info"},
        }  # fmt: skip
        self._write(json.dumps(document))

    def _write(self, text: str) -> None:
        """As editors do: a new file, renamed over the old."""
        new = self.folder / "new.yaml"
        new.write_text(text)
        new.rename(self.folder / "brinkwatch.yaml")

    def _logged(self) -> int:
        log = (self.folder / "log").read_bytes()
        self.report.reloads, self.report.refused = log.count(b'"reloaded'), log.count(b'"reload refused')
        return self.report.reloads + self.report.refused

    def _seen(self) -> list[str]:
        return [seen.words for channel in range(CHANNELS) for seen in self.slack.people_see(f"c{channel}")]

    def _missing(self) -> list[str]:
        seen = self._seen()
        return [report for report, title in self.titles.items() if not any(title in words for words in seen)]

    def _compare(self, began: float, ended: float) -> None:
        report, seen = self.report, self._seen()
        report.reports = len(self.titles)
        report.lost = self._missing()
        report.doubled = [name for name, title in self.titles.items() if sum(title in words for words in seen) > 1]
        for name in self.names:
            moments = [began, *(at for at in self.feeds.visited_at[name] if began <= at <= ended), ended]
            wait = max(b - a for a, b in pairwise(moments))
            report.polls += len(moments) - 2
            report.longest_wait = max(report.longest_wait, wait)
            if wait > PATIENCE * INTERVAL:
                report.missed[name] = wait

    async def _until(self, claim: Callable[[], object], seconds: float, process: asyncio.subprocess.Process) -> None:
        ends = time.monotonic() + seconds
        while not claim():
            if time.monotonic() > ends or process.returncode is not None:
                raise RuntimeError(f"it did not come: see {self.folder}/log")
            await asyncio.sleep(0.05)
