"""Mends moments that a clock left behind which was ahead, in a run before this one: the rule, and its use at a start.

A clock that is set back while the daemon runs is noticed by the daemon. What a machine wrote that booted years ahead,
and was set right only after the daemon had ended, is told by this alone: nothing can have happened later than now, and
nothing is ever made to wait longer than the longest wait there is.
"""

from datetime import datetime, timedelta

from brinkwatch.config.settings import Settings
from brinkwatch.engine.remember import RETIRED
from brinkwatch.feeds.cadence import HINT_CAP, RETRY_AFTER_CAP
from brinkwatch.store import ahead
from brinkwatch.store.ahead import Limit
from brinkwatch.store.database import Connection

SLACK = timedelta(minutes=1)
"""Clocks are kept right in small steps."""
LONGEST_SEND_WAIT = timedelta(days=1)
HAPPENED = (
    "feeds.seeded_at", "feeds.last_poll_at", "feeds.last_ok_at", "feeds.health_since", "told.waiting_since",
    "told.last_reply_at", "stories.opened_at", "stories.last_at", "digests.since", "care.at",
)  # fmt: skip


def limits(settings: Settings, now: datetime) -> list[Limit]:
    """Up to when each kind of moment can be right, and what is put in its place."""
    polling, alerting = settings.polling, settings.alerting
    intervals = [feed.interval for feed in settings.feeds if feed.interval]
    visit = max([polling.max_interval, polling.max_backoff, polling.interval or RETIRED, RETIRED, *intervals])
    group = alerting.group_interval
    wait = max(alerting.group_wait, alerting.group_wait_critical, group.watch, group.elevated, group.critical)
    return [
        # A visit falls on the feed's own place in time, up to one and a half intervals away.
        Limit("feeds.next_due", now + max(visit * 1.5, RETRY_AFTER_CAP) + HINT_CAP, now),
        Limit("hosts.refused_until", now + RETRY_AFTER_CAP, now),
        Limit("told.check_at", now + wait + SLACK, now),
        Limit("outbox.next_attempt_at", now + LONGEST_SEND_WAIT, now),
        *(Limit(column, now + SLACK, now) for column in HAPPENED),
    ]


def mend(connection: Connection, settings: Settings, now: datetime) -> int:
    """Put moments that cannot be right in their place; returns how many rows there were."""
    moved = sum(ahead.pull_back(connection, limit) for limit in limits(settings, now))
    moved += ahead.pull_back_items(connection, now + SLACK, now)
    return moved + ahead.pull_back_told(connection, now, SLACK, settings.stories.window)
