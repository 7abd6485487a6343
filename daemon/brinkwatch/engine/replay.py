"""Runs the real stages over given items on a virtual clock, in a throwaway store. Sends nothing."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import structlog

from brinkwatch.alerts.card import rfc3339
from brinkwatch.config.settings import Settings
from brinkwatch.engine.ahead import Ahead
from brinkwatch.engine.intake import enter, intake
from brinkwatch.engine.pipeline import Pipeline
from brinkwatch.engine.rules import Rules
from brinkwatch.feeds.entry import Entry
from brinkwatch.items.clean import clean
from brinkwatch.items.item import ItemText
from brinkwatch.signals.classifier import Classifier, Embedder
from brinkwatch.store import decisions
from brinkwatch.store.database import Database
from brinkwatch.store.past import PastItem, put

CHUNK = 256
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One item of a replay. `seen` is when it arrives; `published` may lie before or after."""

    id: str | int
    title: str
    summary: str
    link: str | None
    feed: str
    published: datetime
    seen: datetime

    @property
    def guid(self) -> str:
        """The id as a hash: identity rules for guids, such as dropping a fragment, must not see it."""
        return hashlib.sha256(f"{type(self.id).__name__}:{self.id}".encode()).hexdigest()

    @property
    def entry(self) -> Entry:
        return Entry(self.guid, self.link, self.title, self.summary, self.published, None)


class Replay:
    """One run. `progress` is called with the number of items done.

    `ageless`: nothing is too old to be told. `receivers`: for whom cards are composed; they are sent to nobody.
    """

    def __init__(
        self,
        settings: Settings,
        classifier: Classifier,
        embedder: Embedder,
        *,
        ageless: bool = True,
        receivers: Sequence[str] = (),
    ) -> None:
        self.database = Database.throwaway()
        self.ahead = Ahead(classifier, embedder)
        rules = Rules(settings, classifier.thresholds, ageless=ageless)
        self.pipeline = Pipeline(self.database, self.ahead, self.ahead, rules, receivers)
        self._ids: dict[str | None, str | int] = {}

    def run(self, arrivals: Sequence[Arrival], progress: Callable[[int], None] = lambda _: None) -> None:
        """Let the items arrive in the order of `seen`, and the clock run on until no timer is left."""
        self._ids = {arrival.guid: arrival.id for arrival in arrivals}
        ordered = sorted(arrivals, key=lambda arrival: arrival.seen)
        for start in range(0, len(ordered), CHUNK):
            chunk = ordered[start : start + CHUNK]
            self._read_ahead(chunk)
            for seen, together in groupby(chunk, key=lambda arrival: arrival.seen):
                self._run_timers(until=seen)
                self._take(list(together), seen)
            progress(start + len(chunk))
        self._run_timers(until=None)

    def run_again(
        self, past: Sequence[PastItem], until: datetime, progress: Callable[[int], None] = lambda _: None
    ) -> None:
        """Let items of a store, in the order of `first_seen`, arrive once more, and the clock run on to `until`."""
        done = 0
        for seen, group in groupby(past, key=lambda item: item.first_seen):
            together = list(group)
            self._run_timers(until=seen)
            with self.database.begin() as connection:
                put(connection, together)
            self.pipeline.advance(seen)
            done += len(together)
            progress(done)
        self._run_timers(until=until)

    def _read_ahead(self, chunk: Sequence[Arrival]) -> None:
        # What `settle` will make of them; a text that it makes otherwise is read when its turn comes.
        texts = [(text, arrival.feed) for arrival in chunk if (text := self._text_of(arrival))]
        rules = self.pipeline.rules
        languages = [rules.feed(feed).language for _, feed in texts]
        try:
            self.ahead.read([text for text, _ in texts], languages, rules.lowest)
        except Exception:
            # Each is read when its turn comes, and the pipeline finds the one that cannot be read.
            log.warning("nothing could be read ahead", items=len(texts), exc_info=True)

    def _text_of(self, arrival: Arrival) -> ItemText | None:
        return clean(arrival.title, arrival.summary, publishers=(self._publisher(arrival.feed),))

    def _publisher(self, feed: str) -> str:
        """What `settle` cuts from the ends of titles: nothing for a feed that is not configured."""
        configured = self.pipeline.rules.feeds.get(feed)
        return configured.publisher if configured else ""

    def _take(self, together: list[Arrival], now: datetime) -> None:
        by_feed = sorted(together, key=lambda arrival: arrival.feed)
        with self.database.begin() as connection:
            for feed, arrivals in groupby(by_feed, key=lambda arrival: arrival.feed):
                entries = [arrival.entry for arrival in arrivals]
                counts = intake(
                    connection, feed, entries, now,
                    first_poll=False, max_alert_age=None, publisher=self._publisher(feed),
                )  # fmt: skip
                enter(connection, {feed: counts}, now)
        self.pipeline.advance(now)

    def _run_timers(self, until: datetime | None) -> None:
        """Let time pass up to `until`; None: until no timer is left."""
        while True:
            with self.database.begin() as connection:
                due = decisions.next_timer(connection)
            if due is None or (until is not None and due >= until):
                return
            self.pipeline.advance(due)

    def lines(self) -> list[dict[str, Any]]:
        """What was decided, by time: the contract of `brinkwatch replay`."""
        with self.database.begin() as connection:
            rows = decisions.log(connection)
        return [
            {
                "at": rfc3339(row.at),
                "item": self._ids.get(row.guid),
                "story": row.story,
                "action": row.action,
                "reason": row.reason,
                "tier": row.tier.word if row.tier else None,
                "signals": row.signals,
                "channel": row.channel,
            }
            for row in rows
        ]
