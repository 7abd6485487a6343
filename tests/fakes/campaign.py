"""Kills a running daemon again and again, and compares what people see with what they must see.

Each life is a process of `brinkwatch run` on a keyword model that is ended by SIGKILL at a random point of the way from
feed to Slack, while Slack drops every third answer after it took the message. Each crisis is two reports of two
publishers: the second comes once people see the first, so that they must see exactly one message and one reply. The
processes begin with their imports done (`lives`): a life is then mostly work.
"""

import asyncio
import json
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

from aiohttp import web

from fakes.feeds import FeedServer, Item
from fakes.lives import Lives
from fakes.models import keyword_model
from fakes.slack import FakeSlack, Fault, reset_after
from fakes.slack_workspace import Seen

STATES = tuple(
    name
    for line in (
        "Albania Algeria Angola Austria Belarus Belgium Bolivia Botswana Brazil Bulgaria Cambodia Canada Chile",
        "Colombia Croatia Cuba Denmark Ecuador Egypt Estonia Ethiopia Finland Gabon Ghana Greece Hungary Iceland",
        "Ireland Kenya Laos Latvia Lithuania Malta Mexico Mongolia Nepal Norway Panama Peru Poland Portugal Qatar",
    )
    for name in line.split()
)
LANES = 3
LONGEST_START = 30.0
LONGEST_END = 900.0
"""Whatever waits goes out at Slack's pace, and each dropped answer costs its channel five seconds."""
SETTLED_AFTER = 7.0
"""Longer than the outbox waits before it looks for a message: what would be doubled is there by then."""


@dataclass
class Crisis:
    """Two reports of one development. `first` and `second` are the parts of their links by which they are known."""

    number: int
    lane: int
    title: str
    second_served: bool = False

    @property
    def first(self) -> str:
        return f"news.example/first-{self.number}."

    @property
    def second(self) -> str:
        return f"news.example/second-{self.number}."


@dataclass
class Report:
    """What came of it. `lost` and `doubled` name what people see too seldom or too often."""

    kills: Counter[str] = field(default_factory=Counter)
    refused_starts: int = 0
    dropped_answers: int = 0
    crises: int = 0
    expected: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)
    """First messages that do not show the last edit."""

    def line(self) -> str:
        killed = ", ".join(f"{where} {number}" for where, number in sorted(self.kills.items()))
        return (
            f"{self.kills.total()} kills ({killed}); {self.dropped_answers} answers dropped; {self.crises} crises, "
            f"{self.expected} messages due; lost {len(self.lost)}, doubled {len(self.doubled)}, "
            f"outdated {len(self.outdated)}"
        )


class _Feeds(FeedServer):
    def __init__(self, visited: Callable[[str], None]) -> None:
        super().__init__()
        self.visited = visited

    async def _serve(self, request: web.Request) -> web.Response:
        self.visited("poll")
        return await super()._serve(request)


class Campaign:
    """One store, one workspace, many lives. `url` is a PostgreSQL database's address; None: SQLite in `folder`.

    A new crisis comes with every `crisis_every`-th life. No life but the last goes on for more than `life` seconds
    after its first request.
    """

    def __init__(
        self, folder: Path, *, url: str | None = None, seed: int = 0, crisis_every: int = 1, life: float = 2.0
    ) -> None:
        self.folder = folder
        self.url = url
        self.crisis_every = crisis_every
        self.life = life
        self.random = random.Random(seed)
        self.slack = FakeSlack([f"lane-{lane}" for lane in range(LANES)])
        self.slack.fault_for = self._fault
        self.feeds = _Feeds(self._happened)
        self.crises: list[Crisis] = []
        self.report = Report()
        self._titles = self._all_titles()
        self._lives = Lives("run", "--config", str(folder / "brinkwatch.yaml"), log=folder / "log")
        self._up = asyncio.Event()
        self._watch: tuple[str, int, asyncio.Event] | None = None

    async def run(self, kills: int, say: Callable[[str], None] = lambda _: None, every: int = 25) -> Report:
        """So many kills, then one life that ends in order; a line after `every` kills."""
        await self.feeds.start("0.0.0.0")
        await self.slack.start()
        self._configure()
        try:
            await self._seed()
            while self.report.kills.total() < kills:
                await self._life()
                if self.report.kills.total() % every == 0:
                    self._compare(final=False)
                    say(self.report.line())
            await self._last_life()
            self._compare(final=True)
        finally:
            await self._lives.close()
            await self.slack.stop()
            await self.feeds.stop()
        return self.report

    # -- lives

    async def _life(self) -> None:
        """Serve something new, let a process run, kill it."""
        if self.report.kills.total() % self.crisis_every == 0:
            self._serve_next()
        self._serve_seconds()
        where = self.random.choice(["start", "poll", "poll", "send", "send", "send", "any"])
        self._up.clear()
        process = await self._lives.begin()
        ended = asyncio.create_task(process.wait())
        if where == "start":
            await _first(ended, seconds=self.random.uniform(0, 1))
        else:
            await _first(ended, asyncio.create_task(self._up.wait()), seconds=LONGEST_START)
            where = await self._moment(where, ended)
        self._watch = None
        if process.returncode is not None:  # a database that has not yet noticed the last death; a service starts again
            self.report.refused_starts += 1
            return
        process.send_signal(signal.SIGKILL)
        if await ended != -signal.SIGKILL:
            raise RuntimeError(f"the daemon ended by itself: see {self.folder}/log")
        self.report.kills[where] += 1

    async def _moment(self, where: str, ended: asyncio.Task[int]) -> str:
        """Wait for the moment to kill a process that is at work; returns what it is called."""
        if where == "any":
            await _first(ended, seconds=self.random.uniform(0, self.life))
            return where
        happened = asyncio.Event()
        self._watch = (where, self.random.randint(1, 4), happened)
        event = asyncio.create_task(happened.wait())
        if not await _first(ended, event, seconds=self.life):
            return "idle"
        await asyncio.sleep(self.random.uniform(0, 0.3 if where == "poll" else 0.04))
        return where

    async def _seed(self) -> None:
        """A first life in which each feed is read once, empty. A second visit shows that the first was stored."""
        process = await self._lives.begin()
        await self._until(lambda: len(self.feeds.visits) == 2 * LANES and min(self.feeds.visits.values()) > 1, 120)
        if process.returncode is not None or min(self.feeds.visits.values(), default=0) < 2:
            raise RuntimeError(f"the daemon does not start: {(self.folder / 'log').read_text()[-500:]}")
        process.send_signal(signal.SIGTERM)
        await process.wait()

    async def _last_life(self) -> None:
        process = await self._lives.begin()
        for _ in range(20):  # a database may not yet have noticed the last death
            await asyncio.sleep(0.5)
            if process.returncode is None:
                break
            process = await self._lives.begin()
        await self._until(lambda: self._serve_seconds() and not self._missing(), LONGEST_END)
        await asyncio.sleep(SETTLED_AFTER)
        process.send_signal(signal.SIGTERM)
        await process.wait()

    async def _until(self, claim: Callable[[], bool], seconds: float) -> None:
        ends = asyncio.get_running_loop().time() + seconds
        while not claim() and asyncio.get_running_loop().time() < ends:  # noqa: ASYNC110 - other processes act
            await asyncio.sleep(0.1)

    def _happened(self, what: str) -> None:
        self._up.set()
        if self._watch is not None and self._watch[0] == what:
            _, left, happened = self._watch
            self._watch = (what, left - 1, happened)
            if left <= 1:
                happened.set()

    def _fault(self, method: str, number: int) -> Fault | None:
        self._happened("send")
        if method == "chat.postMessage" and number % 3 == 2:
            self.report.dropped_answers += 1
            return reset_after()
        return None

    # -- what is served, and what must be seen

    def _all_titles(self) -> Iterator[str]:
        pairs = list(combinations(STATES, 2))
        self.random.shuffle(pairs)
        return (f"{one} masses tanks along the border with {other}" for one, other in pairs)

    def _serve_next(self) -> None:
        """A new crisis."""
        crisis = Crisis(len(self.crises), len(self.crises) % LANES, next(self._titles))
        self.crises.append(crisis)
        self._serve(f"wire{crisis.lane}", Item(f"first-{crisis.number}.", crisis.title, "", datetime.now(UTC)))

    def _serve_seconds(self) -> bool:
        """Serve the second report of each crisis whose first people see; returns whether all are served."""
        for crisis in self.crises:
            if not crisis.second_served and self._parents(crisis):
                crisis.second_served = True
                item = Item(f"second-{crisis.number}.", f"{crisis.title} and shelled a town", "", datetime.now(UTC))
                self._serve(f"gazette{crisis.lane}", item)
        return all(crisis.second_served for crisis in self.crises)

    def _serve(self, feed: str, item: Item) -> None:
        """Put an item at the head of a feed. What is done with long since leaves it."""
        done = [f"{kind}-{c.number}." for c in self.crises[:-20] if self._replies(c) for kind in ("first", "second")]
        self.feeds.items[feed] = [item, *(old for old in self.feeds.items.get(feed, []) if old.id not in done)]

    def _seen(self, crisis: Crisis) -> list[Seen]:
        return self.slack.people_see(f"lane-{crisis.lane}")

    def _parents(self, crisis: Crisis) -> list[Seen]:
        return [seen for seen in self._seen(crisis) if _shows(seen, crisis.first) or _shows(seen, crisis.second)]

    def _replies(self, crisis: Crisis) -> list[Seen]:
        return [reply for seen in self._seen(crisis) for reply in seen.replies if _shows(reply, crisis.second)]

    def _missing(self) -> bool:
        return any(
            not self._replies(crisis) or not _shows(parents[0], crisis.second)
            for crisis in self.crises
            if (parents := self._parents(crisis))
        )

    def _compare(self, *, final: bool) -> None:
        """Before the end nothing can be lost yet."""
        report = self.report
        report.crises, report.expected = len(self.crises), 2 * len(self.crises)
        report.lost, report.doubled, report.outdated = [], [], []
        for crisis in self.crises:
            parents, replies = self._parents(crisis), self._replies(crisis)
            for kind, seen in (("message", parents), ("reply", replies)):
                if final and not seen:
                    report.lost.append(f"{kind} {crisis.number}")
                if len(seen) > 1:
                    report.doubled.append(f"{kind} {crisis.number}")
            if final and parents and not _shows(parents[0], crisis.second):
                report.outdated.append(f"message {crisis.number}")
        for lane in range(LANES):
            keys = Counter(key for key in self.slack.keys(f"lane-{lane}") if key)
            report.doubled += [f"key {key}" for key, number in keys.items() if number > 1]

    def _configure(self) -> None:
        keyword_model(self.folder / "model", max_tokens=64)
        names = [f"{publisher}{lane}" for lane in range(LANES) for publisher in ("wire", "gazette")]
        feeds = [
            {"id": name, "url": self.feeds.url(name, f"127.0.0.{number + 1}"), "allow_private": True}
            for number, name in enumerate(names)
        ]
        routes = [
            {"channel": f"#lane-{lane}", "min_tier": "watch", "feeds": [f"wire{lane}", f"gazette{lane}"]}
            for lane in range(LANES)
        ]
        settings = {
            "state_dir": str(self.folder / "state"),
            "classifier": {"model": str(self.folder / "model"), "threads": 1},
            "feeds": feeds,
            "routes": routes,
            "polling": {"interval": "1s", "min_interval": "0.2s", "host_gap": "0s"},
            "slack": {"token": self.slack.token, "base_url": self.slack.url},
            "alerting": {
                "group_wait": "0s",
                "group_interval": {"watch": "0s", "elevated": "0s", "critical": "0s"},
                "digest_wait": "1h",
            },
            "store": {"url": self.url} if self.url else {},
            "logging": {"format": "json"},
        }
        (self.folder / "brinkwatch.yaml").write_text(json.dumps(settings))


def _shows(seen: Seen, link: str) -> bool:
    return link in json.dumps(seen.blocks) or link in seen.text


async def _first(*tasks: asyncio.Task[Any], seconds: float) -> bool:
    """Wait until one of the tasks is done, at most so long; returns whether one is. The last, an event, is dropped."""
    done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    if len(tasks) > 1:
        tasks[-1].cancel()
    return bool(done)
