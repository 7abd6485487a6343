"""Tells the operators what only they can mend, once each, and once a day that the daemon lives.

The notices go through the outbox like everything else; their keys are what keeps them to once, across restarts. Without
an operators' channel the log is told, and nobody else. The words are `alerts.operators`.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

import structlog

from brinkwatch.alerts import operators as words
from brinkwatch.alerts.decision import Action
from brinkwatch.config.settings import Settings
from brinkwatch.delivery.receiver import Kind, Receiver
from brinkwatch.feeds.health import Health
from brinkwatch.feeds.notice import SOUND
from brinkwatch.store import feeds, outbox, standing
from brinkwatch.store.database import Connection, Database
from brinkwatch.store.standing import Stuck

LASTING = timedelta(minutes=2)
"""What has been tried in vain for so long does not pass by itself."""
DAILY_AT = time(8, tzinfo=UTC)
DAY = timedelta(days=1)
OURS = "operators:"
GIVEN_UP = f"{OURS}given-up:"
FEEDS = f"{OURS}feeds:"
TOGETHER = timedelta(minutes=30)
"""What changes within so long after a notice of feeds is in the next one."""
READ = frozenset({Health.OK, Health.DEGRADED})
log = structlog.get_logger(__name__)


class Notices:
    """What operators are told. `receivers` say what mends an error, and carry the notices."""

    def __init__(self, database: Database, receivers: Mapping[str, Receiver]) -> None:
        self.database = database
        self.receivers = receivers
        self._logged: set[str] = set()
        self._given_up_until: datetime | None = None
        self._day: date | None = None

    def tell(self, settings: Settings, now: datetime) -> None:
        """Write what is new to the outbox and to the log. May be called at any time and again."""
        channel = settings.operators.channel
        try:
            with self.database.begin() as connection:
                self._trouble(connection, channel, now)
                self._given_up(connection, channel, now)
                if channel is not None:
                    self._feeds(connection, channel, settings, now)
                if channel is not None and now >= datetime.combine(now.astimezone(UTC), DAILY_AT):
                    self._daily(connection, channel, settings, now)
        except Exception:
            # Nothing was written: what was told is what the store says.
            self._logged, self._given_up_until, self._day = set(), None, None
            raise

    def _trouble(self, connection: Connection, channel: str | None, now: datetime) -> None:
        """One notice for each channel that waits, and one for messages in it that others go past."""

        def place(row: Stuck) -> tuple[str, str, bool]:
            return row.receiver, row.channel, row.alone

        rows = [row for row in standing.stuck(connection, now - LASTING) if not row.key.startswith(OURS)]
        for _, found in groupby(sorted(rows, key=lambda row: (*place(row), row.id)), key=place):
            together = list(found)
            keys = [f"{OURS}trouble:{row.id}" for row in together]
            if self._logged.isdisjoint(keys) and not standing.known(connection, self._keys(keys)):
                row = together[0]
                mend = self._mend(row)
                text = words.trouble(row.receiver, row.channel, row.error, row.since, alone=row.alone, mend=mend)
                self._put(connection, channel, keys[0], text, now)

    def _given_up(self, connection: Connection, channel: str | None, now: datetime) -> None:
        """One notice for each kind of message that was given up since the last notice."""
        if self._given_up_until is None:
            self._given_up_until = standing.newest(connection, GIVEN_UP) or datetime.min.replace(tzinfo=UTC)

        def kind(row: Stuck) -> tuple[str, str, str]:
            return row.receiver, row.channel, row.error

        rows = [row for row in standing.given_up(connection, self._given_up_until) if not row.key.startswith(OURS)]
        for (receiver, where, error), found in groupby(sorted(rows, key=kind), key=kind):
            together = list(found)
            key = f"{GIVEN_UP}{together[-1].id}:{together[-1].last.isoformat()}"
            self._put(connection, channel, key, words.given_up(receiver, where, error, len(together)), now)
        if rows:
            self._given_up_until = now

    def _feeds(self, connection: Connection, channel: str, settings: Settings, now: datetime) -> None:
        """One notice for all feeds whose state has changed and lasted: when the network is out, hundreds have."""
        configured = {feed.id for feed in settings.feeds}
        changes = [change for change in feeds.lasting_changes(connection) if change.feed in configured]
        last = standing.newest(connection, FEEDS)
        if not changes or (last is not None and now - last < TOGETHER):
            return
        feeds.announced(connection, changes)
        # That one is well of which nothing else was ever told is no news.
        news = [change for change in changes if change.told is not None or Health(change.health) not in SOUND]
        if news:
            text = words.feeds(
                [words.FeedChange(c.feed, c.health, c.since, c.error, Health(c.health) in SOUND) for c in news]
            )
            self._put(connection, channel, f"{FEEDS}{now.isoformat()}", text, now, routine=True)

    def _daily(self, connection: Connection, channel: str, settings: Settings, now: datetime) -> None:
        today = now.astimezone(UTC).date()
        if self._day == today:
            return
        self._day = today
        key = f"{OURS}daily:{today.isoformat()}"
        if not standing.known(connection, self._keys([key])):
            self._put(connection, channel, key, words.daily(_day(connection, settings, now)), now, routine=True)

    def _put(
        self, connection: Connection, channel: str | None, key: str, text: str, now: datetime, *, routine: bool = False
    ) -> None:
        self._logged.add(key)
        (log.info if routine else log.error)("operators are told", text=text, channel=channel)
        for receiver in self.receivers if channel is not None else ():
            outbox.put(
                connection, key=f"{key}:{receiver}", decision=None, story=None, receiver=receiver, channel=channel,
                kind=Kind.NOTICE.value, card=None, text=text, next_attempt_at=now, created_at=now,
            )  # fmt: skip

    def _keys(self, keys: Sequence[str]) -> list[str]:
        return [f"{key}:{receiver}" for key in keys for receiver in self.receivers]

    def _mend(self, row: Stuck) -> str | None:
        receiver = self.receivers.get(row.receiver)
        return receiver.mend(row.error) if receiver else None


def _day(connection: Connection, settings: Settings, now: datetime) -> words.Day:
    configured = {feed.id for feed in settings.feeds}
    health = {state.id: Health(state.health) for state in feeds.all_states(connection) if state.id in configured}
    told = standing.told_since(connection, now - DAY)
    return words.Day(
        ok=sum(how in READ for how in health.values()),
        failing=sorted(feed for feed, how in health.items() if how not in READ and how is not Health.NEW),
        unread=sum(how is Health.NEW for how in health.values()),
        items=standing.items_since(connection, now - DAY),
        alerts=told.get(Action.POST, 0),
        replies=told.get(Action.REPLY, 0),
        given_up=standing.count_given_up(connection),
    )
