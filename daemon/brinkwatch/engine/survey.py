"""Looks how everything stands, for metrics, readiness and `brinkwatch status`: reads the store and the live parts.

Changes nothing, and may be called from any thread: it reads beside the writers, and holds up nobody.
"""

import os
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from brinkwatch.alerts.decision import Reason
from brinkwatch.delivery.rows import EXPIRED
from brinkwatch.engine.engine import Engine
from brinkwatch.engine.notices import LASTING
from brinkwatch.engine.now import by_state
from brinkwatch.engine.supervise import hanging
from brinkwatch.ops.health import Facts, Held
from brinkwatch.ops.metrics import Snapshot
from brinkwatch.store import standing, survey
from brinkwatch.store.database import UNREADABLE, Connection
from brinkwatch.store.trouble import words

LEDGER_EVERY = timedelta(minutes=5)
"""The sums go over all days of all feeds."""
TICK = "tick"


@dataclass(frozen=True, slots=True)
class Ledger:
    """The last check of the ledger. `off`: entries that are not accounted for."""

    off: int
    at: datetime


class Survey:
    """How one engine stands. `state` is the directory of its state, `None` where there is none."""

    def __init__(self, engine: Engine, state: Path | None = None) -> None:
        self.engine = engine
        self.state = state
        self.started_at = engine.clock()
        self._lock = Lock()
        self._decisions = Counter({reason.value: 0 for reason in Reason})
        with engine.database.read() as connection:
            self._last_decision = survey.last_decision(connection)
        self._ledger: Ledger | None = None

    def live(self) -> Facts:
        """What tells whether the daemon lives. Without the store: whoever asks must not wait for a disk."""
        progress = self.engine.progress
        age = progress.ages().get(TICK)
        stuck = hanging(progress, self.engine.settings)
        return Facts(tick_age=None if age is None else timedelta(seconds=age), stuck=stuck)

    def facts(self) -> Facts:
        """What tells whether the daemon is ready."""
        engine, now = self.engine, self.engine.clock()
        live = replace(
            self.live(),
            trouble=engine.watch.trouble,
            failing=engine.progress.failing(),
            unwritten=engine.outbox.unwritten,
            stopping=engine.stopping,
        )
        try:
            with engine.database.read() as connection:
                oldest = survey.unsent(connection, engine.outbox.receivers).oldest
                held = self._held(connection, now)
                given_up = standing.count_given_up(connection, but=EXPIRED)
        except UNREADABLE as error:
            return replace(live, store_error=words(error))
        waited = now - oldest if oldest else timedelta(0)
        return replace(live, outbox_oldest=waited, held=held, given_up=given_up)

    def snapshot(self, ready: bool) -> Snapshot | None:
        """Everything as numbers; None while the store cannot be read."""
        engine, now = self.engine, self.engine.clock()
        try:
            with self._lock, engine.database.read() as connection:
                self._count_decisions(connection)
                outbox = survey.unsent(connection, engine.outbox.receivers)
                queue = survey.queue(connection)
                stories = survey.open_stories(connection, now - engine.settings.stories.window)
                states = by_state(connection, engine.settings)
                ledger = self.ledger(connection, now)
        except UNREADABLE:
            return None
        return Snapshot(
            feeds=states,
            polls_in_flight=len(engine.polling),
            queue=queue,
            stories_open=stories,
            decisions=dict(self._decisions),
            outbox=outbox.counts,
            outbox_oldest=now - outbox.oldest if outbox.oldest else timedelta(0),
            last_progress={stage: now - timedelta(seconds=age) for stage, age in engine.progress.ages().items()},
            ledger_off=ledger.off,
            state_free_bytes=free_bytes(self.state),
            database_bytes=database_bytes(self.state),
            store_up=engine.watch.trouble is None,
            ready=ready,
        )

    def ledger(self, connection: Connection, now: datetime) -> Ledger:
        """The check of the ledger; not done again within some minutes."""
        if self._ledger is None or not self._ledger.at <= now < self._ledger.at + LEDGER_EVERY:
            self._ledger = Ledger(survey.ledger_off(connection), now)
        return self._ledger

    def _count_decisions(self, connection: Connection) -> None:
        """Add what was decided since the last look; each decision is stored once, whoever made it."""
        newest = survey.last_decision(connection)
        if newest > self._last_decision:
            self._decisions.update(survey.decisions_after(connection, self._last_decision))
            self._last_decision = newest

    def _held(self, connection: Connection, now: datetime) -> Sequence[Held]:
        """What does not go out, once for each channel and error."""
        receivers = self.engine.outbox.receivers
        rows = [row for row in standing.stuck(connection) if row.since <= now - LASTING]
        found = {(row.receiver, row.channel, row.error) for row in rows if row.receiver in receivers}
        return [
            Held(receiver, channel, error, receivers[receiver].mend(error))
            for receiver, channel, error in sorted(found)
        ]


def free_bytes(directory: Path | None) -> int:
    """Room for others than root on the disk of a directory; 0 where that cannot be told."""
    try:
        disk = os.statvfs(directory) if directory else None
    except OSError:
        return 0
    return disk.f_bavail * disk.f_frsize if disk else 0


def database_bytes(directory: Path | None) -> int:
    """The size of SQLite's file and its log; 0 where there are none."""
    total = 0
    for file in [directory / f"brinkwatch.db{end}" for end in ("", "-wal")] if directory else []:
        with suppress(OSError):
            total += file.stat().st_size
    return total
