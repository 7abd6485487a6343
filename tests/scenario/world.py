"""The whole daemon on a virtual clock: real HTTP feeds, a real SQLite file, the real stages, a strict fake Slack.

Scenarios read as a timeline: `world.serve(...)`, `await world.at(90)`, then what people see.
"""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydantic import SecretStr

from brinkwatch.alerts.silences import Silenced
from brinkwatch.app import build_engine
from brinkwatch.config.settings import Alerting, FeedSettings, Polling, Route, Settings, Slack
from brinkwatch.delivery.slack.receiver import SlackReceiver
from brinkwatch.engine.engine import Engine
from brinkwatch.signals.classifier import Classifier, Embedder
from brinkwatch.store import decisions, feeds, ledger, silences
from brinkwatch.store.database import Database
from fakes.feeds import FeedServer, Item
from fakes.slack import FakeSlack
from fakes.slack_workspace import Seen

START = datetime(2022, 1, 10, 9, 0, tzinfo=UTC)
INTERVAL = timedelta(minutes=5)
SILENT_POLLS = Polling(
    interval=INTERVAL,
    min_interval=timedelta(seconds=1),
    host_gap=timedelta(0),
    connect_timeout=timedelta(seconds=5),
    timeout=timedelta(seconds=5),
)


class World:
    """One timeline. Seconds count from `START`; the feeds are polled every five minutes."""

    def __init__(
        self,
        folder: Path,
        classifier: Classifier,
        embedder: Embedder,
        feeds: Sequence[str] = ("wire", "gazette", "post"),
        channels: Sequence[str] = ("alerts",),
        **settings: Any,
    ) -> None:
        self.folder = folder
        self.classifier = classifier
        self.embedder = embedder
        self.names = tuple(feeds)
        self.overrides = settings
        self.now = START
        self.server = FeedServer()
        self.slack = FakeSlack(channels, clock=lambda: self.now.timestamp(), rate_limit=True)
        self.engine: Engine | None = None
        self.settings = Settings()

    async def __aenter__(self) -> "World":
        await self.server.start()
        await self.slack.start()
        self.settings = self.build_settings(**self.overrides)
        self.boot()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.halt()
        await self.slack.stop()
        await self.server.stop()

    def build_settings(self, **overrides: Any) -> Settings:
        values: dict[str, Any] = {
            "feeds": tuple(self.feed(name) for name in self.names),
            "polling": SILENT_POLLS,
            "alerting": Alerting(),
            "routes": (Route(channel="#alerts", min_tier="watch"),),
            "slack": Slack(token=SecretStr(self.slack.token), base_url=self.slack.url),
        }
        return Settings(**{**values, **overrides})

    def feed(self, name: str, **values: Any) -> FeedSettings:
        return FeedSettings(id=name, url=self.server.url(name), allow_private=True, **values)

    @property
    def start(self) -> datetime:
        return START

    def feed_states(self) -> list[feeds.FeedState]:
        with self.running.database.begin() as connection:
            return feeds.all_states(connection)

    def boot(self) -> None:
        """Start the daemon's engine on what the store holds."""
        database = Database.open(None, self.folder)
        # No process is killed here, so nothing needs to reach the disk: most of the time would go there.
        sa.event.listen(database.engine, "connect", lambda made, _: made.execute("PRAGMA synchronous=OFF"))
        database.engine.dispose()
        receiver = SlackReceiver(self.slack.token, self.slack.url)
        self.engine = build_engine(
            self.settings, database, self.classifier, self.embedder, {"slack": receiver}, lambda: self.now
        )
        self.engine.restore()

    async def halt(self) -> None:
        """Stop the engine in an orderly way."""
        if self.engine is not None:
            await self.engine.close(timedelta(seconds=5))
            self.engine.database.close()
            self.engine = None

    async def restart(self) -> None:
        await self.halt()
        self.boot()

    @property
    def running(self) -> Engine:
        assert self.engine is not None
        return self.engine

    def serve(self, feed: str, *items: Item) -> None:
        """Add items to the top of a feed."""
        self.server.items[feed] = [*items, *self.server.items.get(feed, [])]

    def item(self, number: int | str, title: str, summary: str = "", *, age: timedelta = timedelta(0)) -> Item:
        """An item published now, or `age` ago."""
        return Item(f"item-{number}", title, summary, self.now - age)

    async def seed(self) -> None:
        """Let every feed have its first poll, with whatever it holds."""
        await self.at((self.now - START).total_seconds() + 31)

    async def at(self, seconds: float) -> None:
        """Let the clock run to `seconds`, doing everything at the moment it is due."""
        goal = START + timedelta(seconds=seconds)
        assert goal >= self.now, "time does not run back"
        while upcoming := [moment for moment in await self._settle() if self.now < moment <= goal]:
            self.now = min(upcoming)
        self.now = goal
        await self._settle()

    async def _settle(self) -> list[datetime]:
        """Do all that is due now; returns the moments at which something more will be."""
        async with asyncio.timeout(20):
            deliver_at = await self.running.cycle()
        with self.running.database.begin() as connection:
            moments = (deliver_at, feeds.next_due(connection), decisions.next_timer(connection))
        return [moment for moment in moments if moment]

    async def poll_once(self) -> None:
        """Let five minutes pass: every feed is read once."""
        await self.at((self.now - START + INTERVAL).total_seconds())

    async def decided(self, reason: str) -> None:
        """Let time pass until the reason has been given once more; at most half an hour."""
        await self.decided_within(reason, 6 * INTERVAL)

    async def decided_within(self, reason: str, span: timedelta) -> None:
        before, until = self.count(reason), self.now + span
        while self.count(reason) == before:
            await self.at((self.now - START).total_seconds() + 5)
            assert self.now < until, f"nothing was decided as {reason}: {self.reasons()}"

    def count(self, reason: str) -> int:
        """How many decisions have this reason so far."""
        return sum(given == reason for _, given in self.reasons())

    async def later(self, span: timedelta) -> None:
        """Let so much time pass."""
        await self.at((self.now - START + span).total_seconds())

    async def between(self, start: timedelta, end: timedelta) -> list[Seen]:
        """From now on nothing arrives before `start`; returns what arrives from then until `end`."""
        begin, before = self.now, self.arrived()
        await self.at(max((begin - START + start).total_seconds() - 1, (begin - START).total_seconds()))
        early = self.arrived()[len(before) :]
        assert not early or not start, [message.words for message in early]
        await self.at((begin - START + end).total_seconds())
        return self.arrived()[len(before) :]

    async def nothing_for(self, span: timedelta) -> None:
        """So much time passes, and nothing arrives in it."""
        assert not await self.between(span, span)

    def arrived(self) -> list[Seen]:
        """Every message and reply of every channel, in the order of their arrival."""
        messages = [message for channel in self.slack.ids for message in self.slack.people_see(channel)]
        return sorted([*messages, *(reply for message in messages for reply in message.replies)], key=lambda m: m.ts)

    def alerts(self) -> list[Seen]:
        """What arrived, without lines that are about no story."""
        return [message for message in self.arrived() if not message.text.startswith(("Passed over", "Held back"))]

    def shown_at(self, channel: str) -> list[datetime]:
        """When each message and reply of a channel arrived."""
        messages = self.slack.people_see(channel)
        return [self.moment_of(one) for message in messages for one in (message, *message.replies)]

    def moment_of(self, message: Seen) -> datetime:
        return datetime.fromtimestamp(float(message.ts), UTC)

    def log(self) -> list[decisions.Logged]:
        """Every decision, by time."""
        with self.running.database.begin() as connection:
            return decisions.log(connection)

    def silence(self, span: timedelta, *, start: timedelta = timedelta(0), **words: Any) -> int:
        """Silence what matches; returns its number."""
        with self.running.database.begin() as connection:
            return silences.add(
                connection, Silenced(**words), author="desk", comment="exercise", starts_at=self.now + start,
                ends_at=self.now + start + span, now=self.now,
            )  # fmt: skip

    def end_silence(self, number: int) -> None:
        with self.running.database.begin() as connection:
            assert silences.expire(connection, number, self.now)

    def next_times(self, reason: str) -> list[datetime | None]:
        """The next possible time that each decision with this reason named."""
        return [row.next_possible_at for row in self.log() if row.reason == reason]

    @property
    def seen(self) -> list[Seen]:
        """What people see in the channel: first messages with their replies, oldest first; digests are left out."""
        return [message for message in self.slack.people_see() if not message.text.startswith("Passed over")]

    def reasons(self) -> list[tuple[str, str]]:
        """(action, reason) of every decision, by time."""
        return [(row.action, row.reason) for row in self.log()]

    def summaries(self) -> list[str]:
        """The summaries of the first messages."""
        with self.running.database.begin() as connection:
            rows = connection.exec_driver_sql("select card from outbox where kind = 'post'").all()
        return [json.loads(row[0])["summary"] for row in rows]

    def outcomes(self) -> dict[str, int]:
        with self.running.database.begin() as connection:
            return {outcome.value: number for outcome, number in ledger.totals(connection).items()}
