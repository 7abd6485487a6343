"""The care of the store while the daemon runs: the daily backup, what is old deleted, space given back, the weekly look
for damage. All of it off-peak, in a thread, in small transactions: no poll waits for it. What is due is `retention`."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from shutil import disk_usage

import structlog

from brinkwatch.config.settings import Settings, Store
from brinkwatch.engine import retention
from brinkwatch.engine.retention import Facts, Keep
from brinkwatch.ops.memory import give_back
from brinkwatch.store import backups, tombstones, upkeep
from brinkwatch.store import retention as rows
from brinkwatch.store.database import Connection, Damaged, Database
from brinkwatch.store.opening import suspect
from brinkwatch.store.sqlite_file import BadFile, Stopped, check

BATCH = 200
PAUSE_SECONDS = 0.02
"""Between two transactions: whoever waits to write comes first."""
ROUNDS = 5
"""How often in one night a store that is too large is measured again."""
BACKUP, TIDY, LOOK = "backup", "tidy", "look"
log = structlog.get_logger(__name__)


class Care:
    """What is done to a store. `clock` gives the present as an aware datetime."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self.database = database
        self.clock = clock
        self.stopping = False
        self.busy = False
        """Whether a thread is at work; it ends soon after `stopping` is set."""

    async def when_due(self, settings: Settings) -> list[str]:
        """Do what is due now, if anything; returns which parts were done. Raises what the store raises."""
        if self.busy or self.stopping:
            return []
        self.busy = True
        try:
            return await asyncio.to_thread(self._when_due, settings)
        finally:
            self.busy = False

    def _when_due(self, settings: Settings) -> list[str]:
        now = self.clock()
        with self.database.read() as connection:
            last = upkeep.last_done(connection)
        if not retention.due(now.astimezone(), last.get(TIDY), settings.store.maintenance_at):
            self._begin_counting(last, now)
            return []
        parts: dict[str, Callable[[], bool]] = {TIDY: lambda: self.tidy(settings)}
        path = self.database.path
        if path is not None:
            if settings.store.daily_backups:
                parts[BACKUP] = lambda: self.back_up(path, settings.store)
            if LOOK not in last or abs(now - last[LOOK]) >= retention.WEEK:
                parts[LOOK] = lambda: self.look(path)
        # First the copy, then what deletes; a damaged store is neither copied over good ones nor written.
        return [part for part in (LOOK, BACKUP, TIDY) if part in parts and self._done(part, parts[part])]

    def _begin_counting(self, last: dict[str, datetime], now: datetime) -> None:
        """A new store's first care is due a day after it was made at the latest."""
        if TIDY not in last:
            with self.database.begin() as connection:
                upkeep.done(connection, TIDY, now)
                upkeep.done(connection, LOOK, now)

    def _done(self, part: str, work: Callable[[], bool]) -> bool:
        began = time.monotonic()
        if self.stopping or not work():
            return False
        with self.database.begin() as connection:
            upkeep.done(connection, part, self.clock())
        log.info("store care", part=part, seconds=round(time.monotonic() - began, 1))
        return True

    def look(self, path: Path) -> bool:
        """Look at all of a SQLite file; False if it was broken off. Raises Damaged."""
        try:
            return check(path, full=True, stopped=lambda: self.stopping)
        except BadFile as error:
            suspect(path)
            raise Damaged(str(error)) from None

    def back_up(self, path: Path, store: Store) -> bool:
        """Make the day's backup of a SQLite file, if there is room; False if it was broken off. Raises Damaged."""
        size = path.stat().st_size
        if disk_usage(path.parent).free < size + store.min_free:
            log.warning("no backup: the disk has no room for it", bytes=size, mend="make room, or daily_backups: 0")
            return True
        try:
            made = backups.make(
                path, backups.DAILY, self.clock(), keep=store.daily_backups, stopped=lambda: self.stopping
            )
        except Stopped:
            return False
        except BadFile as error:
            suspect(path)
            raise Damaged(str(error)) from None
        log.info("backup", path=str(made), bytes=made.stat().st_size)
        return True

    def tidy(self, settings: Settings) -> bool:
        """Delete what is not to be kept and give the space back; False if it was broken off."""
        keep = Keep(settings.store.keep, settings.store.max_size, settings.stories.window)
        deleted: dict[str, int] = {}
        for _ in range(ROUNDS):
            facts = self._facts()
            before = retention.cutoff(self.clock(), keep, facts)
            found = self._delete(before)
            deleted = {name: deleted.get(name, 0) + number for name, number in found.items()}
            while not self.stopping and upkeep.shrink(self.database):
                time.sleep(PAUSE_SECONDS)
            if self.stopping or not retention.too_large(keep, self._facts()) or not any(found.values()):
                break
        if self.stopping:
            return False
        upkeep.rewrite(self.database)
        upkeep.optimize(self.database)
        give_back()
        if retention.too_large(keep, self._facts()):
            log.warning(
                "the store is larger than store.max_size, and nothing more may be deleted",
                bytes=self._facts().used_bytes,
            )
        if any(deleted.values()):
            log.info("deleted for age or size", **deleted)
        return True

    def _facts(self) -> Facts:
        with self.database.read() as connection:
            oldest = rows.oldest_item(connection)
        return Facts(oldest, upkeep.used_bytes(self.database))

    def _delete(self, before: datetime) -> dict[str, int]:
        """Everything from before then that may go, first what others hang on."""
        return {
            "notifications": self._walk(lambda c, at: rows.delete_notifications(c, before, at, BATCH)),
            "stories": self._walk(lambda c, _: rows.delete_stories(c, before, BATCH)),
            "items": self._walk(lambda c, at: rows.delete_items(c, before, at, BATCH, self.clock())),
            "decisions": self._walk(lambda c, at: rows.delete_decisions(c, before, at, BATCH)),
            "silences": self._walk(lambda c, _: rows.delete_silences(c, before)),
            "tombstones": self._forget(),
        }

    def _walk(self, step: Callable[[Connection, rows.Place], rows.Batch]) -> int:
        """Take step after step, each in a transaction of its own, to the end of the table."""
        total, at = 0, rows.BEGINNING
        while not self.stopping:
            with self.database.begin() as connection:
                batch = step(connection, at)
            total += batch.deleted
            if batch.at is None:
                break
            at = batch.at
            time.sleep(PAUSE_SECONDS)
        return total

    def _forget(self) -> int:
        now = self.clock()
        with self.database.read() as connection:
            read = tombstones.documents(connection)
            feeds = tombstones.feeds(connection)
        total = 0
        for feed in feeds:
            if feed in read and not self.stopping:
                with self.database.begin() as connection:
                    total += tombstones.expire(connection, feed, retention.forgettable(read[feed], now))
        return total
