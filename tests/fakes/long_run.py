"""Thousands of entries through the real stages, with everything that befalls entries, and the account of them.

The poller, the store (a SQLite file), the pipeline and its decisions are real; documents come from a random generator
with a seed in place of the network, and the classifier is a small model that knows keywords.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from brinkwatch.cli.status import read
from brinkwatch.config.settings import Classifier, FeedSettings, Route, Settings
from brinkwatch.engine.balance import AT_POLL, Balance
from brinkwatch.engine.pipeline import Pipeline
from brinkwatch.engine.poll import Poller
from brinkwatch.engine.rules import Rules
from brinkwatch.feeds.entry import Entry, ParsedFeed
from brinkwatch.feeds.fetched import Fetched, FetchKind
from brinkwatch.outcomes import AFTER_PENDING, Outcome
from brinkwatch.signals.embedder import OnnxEmbedder
from brinkwatch.signals.load import load_classifier
from brinkwatch.store import feeds
from brinkwatch.store.database import Database

START = datetime(2024, 5, 1, 23, 45, tzinfo=UTC)  # shortly before midnight: the account must hold on both days
FEEDS = 20
LONGEST = 40
"""Entries in a document."""
PLAIN = ("ministers", "met", "quietly", "today", "the", "weather", "was", "fine", "said", "in")
LOUD = ("tanks", "ultimatum", "shelled", "embargo", "truce", "parley")


@dataclass(frozen=True, slots=True)
class Account:
    """`balance` is what `brinkwatch status` shows; `undecided` are items that have ended without a decision."""

    balance: Balance
    outcomes: Counter[Outcome]
    seen: int
    waiting: int
    undecided: int

    def lines(self) -> Iterator[str]:
        """The identity, stage by stage."""

        def total(names: tuple[Outcome, ...]) -> str:
            return " + ".join(f"{self.outcomes[name]:,} {name.value}" for name in names if self.outcomes[name])

        yield f"poll    {self.seen:,} entries seen = {total(AT_POLL)}"
        waits = f" + {self.waiting:,} waiting" if self.waiting else ""
        yield f"assess  {self.outcomes[Outcome.PENDING]:,} pending = {total(AFTER_PENDING)}{waits}"
        yield f"decide  items that have ended without a decision: {self.undecided}"
        yield f"per feed and day: {'all add up' if self.balance.balanced else f'WRONG: {self.balance.wrong}'}"


class Documents:
    """What the feeds hold, poll after poll: stands in for the fetcher and for the parse workers."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.held: dict[str, list[Entry]] = {}
        self.made = 0

    async def fetch(self, feed: FeedSettings, *_: object) -> Fetched:
        self.turn(feed.id)
        kind = self.chance.choice([FetchKind.DOCUMENT] * 9 + [FetchKind.NOT_MODIFIED])
        body = f"{feed.id} {self.made}".encode() if kind is FetchKind.DOCUMENT else b""
        return Fetched(kind, feed.url, 200 if body else 304, body)

    async def parse(self, body: bytes, **_: object) -> ParsedFeed:
        feed = body.decode().split()[0]
        return ParsedFeed("rss20", feed, None, tuple(self.held[feed]))

    async def close(self) -> None:
        """Nothing is open."""

    def turn(self, feed: str) -> None:
        """Let happen to a feed what happens to feeds."""
        held, chance = self.held.setdefault(feed, []), self.chance
        for _ in range(chance.randint(1, 12)):
            held.insert(0, self.entry(feed))
        for place, old in enumerate(held):
            if chance.random() < 0.05:
                held[place] = replace(old, title=f"{old.title} and {chance.choice(PLAIN)}", updated=self.now)
            elif chance.random() < 0.03:
                held[place] = replace(old, title=old.title.upper())
        if chance.random() < 0.3:
            held.append(chance.choice(held))
        del held[LONGEST:]

    def entry(self, feed: str) -> Entry:
        self.made += 1
        number, chance = self.made, self.chance
        words = [*chance.choices(PLAIN, k=6), str(number), *(chance.choices(LOUD) if chance.random() < 0.03 else ())]
        title = " ".join(words) if chance.random() < 0.95 else ""
        title = "Министры обсудили погоду и урожай в столице" if chance.random() < 0.05 else title
        old = timedelta(days=3) if chance.random() < 0.1 else timedelta(minutes=1)
        return Entry(f"{feed}-{number}", f"https://{feed}.example/{number}", title, "", self.now - old, None)

    now = START


class LongRun:
    """One run of so many entries that are new, at least."""

    def __init__(self, folder: Path, model: Path, seed: int = 1) -> None:
        self.folder = folder
        self.documents = Documents(random.Random(seed))
        self.settings = Settings(
            feeds=tuple(FeedSettings(id=f"f{n}", url=f"https://f{n}.example/") for n in range(FEEDS)),
            routes=(Route(channel="#alerts", min_tier="watch"),),
        )
        self.classifier = load_classifier(Classifier(model=str(model)))
        self.embedder = OnnxEmbedder(model)
        self.open()

    def open(self) -> None:
        self.database = Database.open(None, self.folder)
        rules = Rules(self.settings, self.classifier.thresholds)
        self.pipeline = Pipeline(self.database, self.classifier, self.embedder, rules, ("console",))
        self.pipeline.restore(self.documents.now)
        network: Any = self.documents
        self.poller = Poller(self.database, network, network, rules, lambda: self.documents.now)
        with self.database.begin() as connection:
            feeds.enrol(connection, {feed.id: (feed.url, START) for feed in self.settings.feeds})

    async def run(self, number: int) -> Account:
        """Poll all feeds over and over; a step of the pipeline now and then, and a restart in the middle of things."""
        while self.documents.made < number:
            self.documents.now += timedelta(minutes=5)
            with self.database.begin() as connection:
                states = feeds.all_states(connection)
            await asyncio.gather(*(self.poller.poll(state) for state in states))
            for _ in range(self.documents.chance.randint(0, 3)):
                self.pipeline.step(self.documents.now)
            if self.documents.chance.random() < 0.05:
                await self.poller.close()
                self.database.close()
                self.open()
        return self.account()

    async def close(self) -> None:
        await self.poller.close()
        self.database.close()

    def account(self) -> Account:
        balance = read(self.database)
        outcomes: Counter[Outcome] = Counter()
        for line in balance.days:
            outcomes.update(line.outcomes)
        with self.database.begin() as connection:
            undecided = connection.execute(
                sa.text(
                    "select count(*) from items where stage = 'done' and outcome in ('assessed', 'failed',"
                    " 'unsupported_language') and not exists (select 1 from decisions where item = items.id)"
                )
            ).scalar_one()
        seen = sum(line.seen or 0 for line in balance.days)
        return Account(balance, outcomes, seen, sum(line.waiting for line in balance.feeds), undecided)
