"""Mends moments that a clock left behind which was ahead, in a run before this one: the rule, and its use at a start.

A clock that is set back while the daemon runs is noticed by the daemon. What a machine wrote that booted years ahead,
and was set right only after the daemon had ended, is told by this alone: nothing can have happened later than now, and
nothing is ever made to wait longer than the longest wait there is.
"""

from datetime import datetime, timedelta

from brinkwatch.config.alerting import Alerting, Branch
from brinkwatch.config.settings import Settings
from brinkwatch.engine.remember import RETIRED
from brinkwatch.feeds.cadence import HINT_CAP, RETRY_AFTER_CAP
from brinkwatch.store import ahead, silences
from brinkwatch.store.ahead import Limit
from brinkwatch.store.database import Connection

SLACK = timedelta(minutes=1)
"""Clocks are kept right in small steps."""
LONGEST_SEND_WAIT = timedelta(days=1)
HAPPENED = (
    "feeds.seeded_at", "feeds.last_poll_at", "feeds.last_ok_at", "feeds.health_since", "told.waiting_since",
    "told.last_reply_at", "told.repeated_at", "stories.opened_at", "stories.last_at", "digests.since", "care.at",
    "troubles.since", "troubles.told_at",
)  # fmt: skip


def limits(settings: Settings, now: datetime, silenced_until: datetime | None = None) -> list[Limit]:
    """Up to when each kind of moment can be right, and what is put in its place. `silenced_until`: when the last
    silence ends."""
    polling = settings.polling
    intervals = [feed.interval for feed in settings.feeds if feed.interval]
    visit = max([polling.max_interval, polling.max_backoff, polling.interval or RETIRED, RETIRED, *intervals])
    timer = max(now + longest_wait(settings), silenced_until or now)
    return [
        # A visit falls on the feed's own place in time, up to one and a half intervals away.
        Limit("feeds.next_due", now + max(visit * 1.5, RETRY_AFTER_CAP) + HINT_CAP, now),
        Limit("hosts.refused_until", now + RETRY_AFTER_CAP, now),
        Limit("told.check_at", timer + SLACK, now),
        Limit("outbox.next_attempt_at", now + LONGEST_SEND_WAIT, now),
        *(Limit(column, now + SLACK, now) for column in HAPPENED),
    ]


def longest_wait(settings: Settings) -> timedelta:
    """The longest time that a story can wait to be looked at again, silences apart."""
    alerting = settings.alerting
    spans = [settings.stories.window, settings.stories.cooling_after, timedelta(hours=1)]  # its states, its budget
    waiting: list[Alerting | Branch] = [alerting, *settings.routes]
    while waiting:
        block = waiting.pop()
        rest = block.group_interval
        spans += filter(None, (block.group_wait, block.group_wait_critical, block.repeat_interval))
        spans += filter(None, (rest.watch, rest.elevated, rest.critical))
        waiting += getattr(block, "routes", ())
    return max(spans)


def mend(connection: Connection, settings: Settings, now: datetime) -> int:
    """Put moments that cannot be right in their place; returns how many rows there were."""
    silenced_until = max((silence.ends_at for silence in silences.active(connection, now)), default=None)
    moved = sum(ahead.pull_back(connection, limit) for limit in limits(settings, now, silenced_until))
    moved += ahead.pull_back_items(connection, now + SLACK, now)
    return moved + ahead.pull_back_told(connection, now, SLACK, settings.stories.window)
