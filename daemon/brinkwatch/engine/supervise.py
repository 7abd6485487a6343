"""Shows the service manager that the daemon works: the watchdog is fed by the tick that starts polls, and only while
no stage is stuck; one line of status. There is no clock beside the work: a loop that hangs feeds nobody.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import structlog

from brinkwatch.alerts.words import plural
from brinkwatch.config.settings import Settings
from brinkwatch.feeds.health import Health
from brinkwatch.ops.notify import Notifier
from brinkwatch.ops.progress import Progress
from brinkwatch.store import feeds, items, standing
from brinkwatch.store.database import Connection

STUCK_AFTER = timedelta(minutes=5)
"""A stage that owes a piece of work for so long hangs. Requests have limits of half a minute, a locked store is waited
for as long, and a batch of whole articles takes a slow processor a minute."""
FEEDS_PER_WATCHDOG = 4
READ = frozenset({Health.OK, Health.DEGRADED, Health.QUIET, Health.STALE})
log = structlog.get_logger(__name__)


class Supervision:
    """What the manager was told. `clock` gives seconds of a monotonic clock."""

    def __init__(self, notifier: Notifier, clock: Callable[[], float] = time.monotonic) -> None:
        self.notifier = notifier
        self._clock = clock
        self._fed: float | None = None
        self._stuck: list[str] = []
        self._line = ""

    def ticked(self, progress: Progress, settings: Settings) -> bool:
        """The loop has come round: feed the watchdog, unless a stage is stuck. Returns whether all move."""
        stuck = hanging(progress, settings)
        if stuck and stuck != self._stuck:
            log.critical("a stage hangs; the watchdog is not fed", stages=stuck)
        elif self._stuck and not stuck:
            log.warning("the stage goes on", stages=self._stuck)
        self._stuck = stuck
        if not stuck and self.notifier.watchdog is not None:
            now = self._clock()
            if self._fed is None or now - self._fed >= self.notifier.watchdog / FEEDS_PER_WATCHDOG:
                self._fed = now
                self.notifier.alive()
        return not stuck

    def tell(self, connection: Connection, settings: Settings) -> None:
        """Send the line of status, if it has changed."""
        line = read(connection, settings)
        if line != self._line:
            self._line = line
            self.notifier.status(line)


def hanging(progress: Progress, settings: Settings) -> list[str]:
    """The stages that are stuck."""
    patience = {"poll": (STUCK_AFTER + settings.polling.timeout).total_seconds()}
    return progress.stuck(patience, STUCK_AFTER.total_seconds())


def read(connection: Connection, settings: Settings) -> str:
    """The line of status, from the store."""
    wanted = {feed.id for feed in settings.feeds if not feed.paused}
    health = {feed: Health(how) for feed, how in feeds.health(connection).items() if feed in wanted}
    return words(
        health, sum(items.waiting(connection).values()), standing.unsent(connection), standing.last_told(connection)
    )


def words(health: Mapping[str, Health], waiting: int, unsent: int, last: datetime | None) -> str:
    """`12 feeds: 10 ok, 1 not ok, 1 not read yet; 3 items and 0 messages wait; last alert 2026-01-31 12:00 UTC`."""
    new = sum(how is Health.NEW for how in health.values())
    ok = sum(how in READ for how in health.values())
    parts = [f"{ok:,} ok"]
    if failing := len(health) - ok - new:
        parts.append(f"{failing:,} not ok")
    if new:
        parts.append(f"{new:,} not read yet")
    alert = f"last alert {last.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if last else "no alert yet"
    queue = f"{plural(waiting, 'item')} and {plural(unsent, 'message')} wait"
    return f"{plural(len(health), 'feed')}: {', '.join(parts)}; {queue}; {alert}"
