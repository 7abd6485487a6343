"""Tells operators what only they can mend, when it begins and when it is over, and once a day that the daemon lives.

The notices go through the outbox like everything else. What was told is in the store, so that a restart tells nothing
again. Without an operators' channel the log is told, and nobody else. The words are `alerts.operators`.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

import structlog

from brinkwatch.alerts import operators as words
from brinkwatch.alerts.decision import Action
from brinkwatch.config.settings import Settings
from brinkwatch.delivery.receiver import Kind, Receiver
from brinkwatch.delivery.rows import EXPIRED
from brinkwatch.feeds.health import Health
from brinkwatch.feeds.notice import SOUND
from brinkwatch.store import feeds, outbox, standing, troubles
from brinkwatch.store.database import Connection, Database
from brinkwatch.store.standing import GivenUp, Stuck
from brinkwatch.store.troubles import Trouble

LASTING = timedelta(minutes=2)
"""What has been tried in vain for so long does not pass by itself."""
DAILY_AT = time(8, tzinfo=UTC)
DAY = timedelta(days=1)
OURS = "operators:"
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
        self._day: date | None = None

    def tell(self, settings: Settings, now: datetime) -> None:
        """Write what is new to the outbox and to the log. May be called at any time and again."""
        channel = settings.operators.channel
        try:
            with self.database.begin() as connection:
                self._troubles(connection, channel, now)
                self._given_up(connection, channel, now)
                if channel is not None:
                    self._feeds(connection, channel, settings, now)
                if channel is not None and now >= datetime.combine(now.astimezone(UTC), DAILY_AT):
                    self._daily(connection, channel, settings, now)
        except Exception:
            self._day = None  # nothing was written
            raise

    def say(self, settings: Settings, key: str, text: str, now: datetime) -> None:
        """Tell them something once; `key` tells it from all else."""
        with self.database.begin() as connection:
            self.put(connection, settings.operators.channel, f"{OURS}{key}", text, now)

    def _troubles(self, connection: Connection, channel: str | None, now: datetime) -> None:
        """One notice for each channel that waits, one for messages in it that others go past; one when it is over."""
        rows = [row for row in standing.stuck(connection) if not row.key.startswith(OURS)]
        told = troubles.present(connection)
        for trouble in told:
            again = not trouble.alone and _went_since(connection, trouble)
            if again or _nothing_left(connection, trouble, rows):
                troubles.end(connection, trouble)
                text = words.over(trouble.receiver, trouble.channel, trouble.since, now, again=again)
                key = f"{OURS}over:{_named(trouble)}:{trouble.told_at.isoformat()}"
                self.put(connection, channel, key, text, now, routine=True)
        known = {(trouble.receiver, trouble.channel, trouble.alone) for trouble in told}
        waiting = sorted((row for row in rows if not row.trying), key=lambda row: (*_place(row), row.id))
        for place, found in groupby(waiting, key=_place):
            row = next(found)
            since = _since(row, standing.last_sent(connection, row.receiver, row.channel))
            if place not in known and since <= now - LASTING:
                trouble = Trouble(*place, since, now)
                troubles.begin(connection, trouble)
                text = words.trouble(*place[:2], row.error, since, alone=row.alone, mend=self._mend(row))
                self.put(connection, channel, f"{OURS}trouble:{_named(trouble)}:{now.isoformat()}", text, now)

    def _given_up(self, connection: Connection, channel: str | None, now: datetime) -> None:
        """One notice for each kind of message that was given up since the last notice.

        Readers of a channel are told what came too late for them, once it goes again.
        """

        def kind(row: GivenUp) -> tuple[str, str, str]:
            return row.receiver, row.channel, row.error

        held = {(trouble.receiver, trouble.channel) for trouble in troubles.present(connection)}
        rows = [row for row in standing.given_up(connection) if not row.key.startswith(OURS)]
        rows = [row for row in rows if row.error != EXPIRED or (row.receiver, row.channel) not in held]
        for (receiver, where, error), found in groupby(sorted(rows, key=kind), key=kind):
            together = list(found)
            key = f"{OURS}given-up:{together[-1].id}:{now.isoformat()}"
            self.put(connection, channel, key, words.given_up(receiver, where, error, len(together)), now)
            if error == EXPIRED:
                times = [row.created_at for row in together]
                text = words.too_late(len(together), min(times), max(times))
                _notice(connection, f"{OURS}too-late:{together[-1].id}", receiver, where, text, now)
        standing.told_given_up(connection, [row.id for row in rows], now)

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
            self.put(connection, channel, f"{FEEDS}{now.isoformat()}", text, now, routine=True)

    def _daily(self, connection: Connection, channel: str, settings: Settings, now: datetime) -> None:
        today = now.astimezone(UTC).date()
        if self._day == today:
            return
        self._day = today
        key = f"{OURS}daily:{today.isoformat()}"
        if not standing.known(connection, self._keys([key])):
            self.put(
                connection,
                channel,
                key,
                words.daily(_day(connection, settings, now)),
                now,
                routine=True,
                expires_at=now + DAY,
            )

    def put(
        self, connection: Connection, channel: str | None, key: str, text: str, now: datetime, *, routine: bool = False,
        expires_at: datetime | None = None,
    ) -> None:  # fmt: skip
        """Write one notice to the outbox and to the log. `routine`: nobody has to do anything."""
        (log.info if routine else log.error)("operators are told", text=text, channel=channel)
        for receiver in self.receivers if channel is not None else ():
            _notice(connection, f"{key}:{receiver}", receiver, str(channel), text, now, expires_at)

    def _keys(self, keys: Sequence[str]) -> list[str]:
        return [f"{key}:{receiver}" for key in keys for receiver in self.receivers]

    def _mend(self, row: Stuck) -> str | None:
        receiver = self.receivers.get(row.receiver)
        return receiver.mend(row.error) if receiver else None


def _place(row: Stuck) -> tuple[str, str, bool]:
    return row.receiver, row.channel, row.alone


def _named(trouble: Trouble) -> str:
    return f"{trouble.receiver}:{trouble.channel}:{'alone' if trouble.alone else 'all'}"


def _since(row: Stuck, sent: datetime | None) -> datetime:
    """From when on nothing goes: for a channel, not before the last that went."""
    return row.since if row.alone or sent is None else max(row.since, sent)


def _went_since(connection: Connection, trouble: Trouble) -> bool:
    """Whether anything went to the channel since its trouble began."""
    sent = standing.last_sent(connection, trouble.receiver, trouble.channel)
    return sent is not None and sent > trouble.since


def _nothing_left(connection: Connection, trouble: Trouble, rows: Sequence[Stuck]) -> bool:
    """Whether nothing waits for the trouble to end: all was given up, say. What is being sent just now still waits."""
    here = [row for row in rows if (row.receiver, row.channel) == (trouble.receiver, trouble.channel)]
    if any(row.trying or row.alone is trouble.alone for row in here):
        return False
    return trouble.alone or not standing.waits(connection, trouble.receiver, trouble.channel)


def _notice(
    connection: Connection, key: str, receiver: str, channel: str, text: str, now: datetime,
    expires_at: datetime | None = None,
) -> None:  # fmt: skip
    outbox.put(
        connection, key=key, decision=None, story=None, receiver=receiver, channel=channel, kind=Kind.NOTICE.value,
        card=None, text=text, next_attempt_at=now, created_at=now, expires_at=expires_at,
    )  # fmt: skip


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
