"""Queries on feeds: when each is due, what its last visit left behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from brinkwatch.store.ledger import upsert
from brinkwatch.store.tables import Moment, feeds, hosts, shifted


@dataclass(frozen=True, slots=True)
class FeedState:
    """What the store remembers of a feed between two visits."""

    id: str
    url: str
    next_due: datetime | None = None
    seeded_at: datetime | None = None
    etag: str | None = None
    last_modified: str | None = None
    validators_for: str | None = None
    last_poll_at: datetime | None = None
    last_ok_at: datetime | None = None
    last_status: str | None = None
    last_error: str | None = None
    failures: int = 0
    health: str = "new"
    health_since: datetime | None = None
    health_told: str | None = None
    rate: dict[str, Any] | None = None
    asks: dict[str, Any] | None = None
    moved_to: str | None = None
    moved_streak: int = 0
    latency_ms: int | None = None
    recent: list[dict[str, Any]] | None = None
    body_digest: bytes | None = None
    """Of the document that was last read well."""


BATCH = 500  # SQLite takes at most 32,766 parameters in one statement
_COLUMNS = [feeds.c[field.name] for field in fields(FeedState)]
_SAVED = [field.name for field in fields(FeedState) if field.name not in ("id", "url")]
# Made once: to build a statement takes SQLAlchemy longer than to run it.
_DUE = (
    sa.select(feeds.c.id, feeds.c.url)
    .where(feeds.c.next_due <= sa.bindparam("now", type_=Moment))
    .order_by(feeds.c.next_due, feeds.c.id)
)
_STATES = sa.select(*_COLUMNS).where(feeds.c.id.in_(sa.bindparam("ids", expanding=True)))
_SET_DUE = feeds.update().where(feeds.c.id == sa.bindparam("of")).values(next_due=sa.bindparam("next_due"))
_SAVE = (
    feeds.update()
    .where(feeds.c.id == sa.bindparam("of"), feeds.c.url == sa.bindparam("at"))
    .values({name: sa.bindparam(name) for name in _SAVED})
)


def enrol(connection: sa.Connection, wanted: Mapping[str, tuple[str, datetime]]) -> None:
    """Make a row for each feed id → (url, first due). A known feed keeps its state.

    A new address drops the validators; on another host it is another feed, whose first poll seeds again.
    """
    known = {row.id: row.url for row in connection.execute(sa.select(feeds.c.id, feeds.c.url))}
    for feed, (url, due) in wanted.items():
        if feed not in known:
            connection.execute(
                upsert(connection, feeds).values(id=feed, url=url, next_due=due).on_conflict_do_nothing()
            )
        elif known[feed] != url:
            values: dict[str, Any] = {
                **dict.fromkeys(("etag", "last_modified", "validators_for", "rate", "asks", "moved_to")),
                "moved_streak": 0,
            }
            if urlsplit(known[feed]).hostname != urlsplit(url).hostname:
                values["seeded_at"] = None
            connection.execute(feeds.update().where(feeds.c.id == feed).values(url=url, next_due=due, **values))


def due(connection: sa.Connection, now: datetime, limit: int | None = None) -> list[tuple[str, str]]:
    """The feeds whose time has come, longest overdue first: (id, url)."""
    rows = connection.execute(_DUE.limit(limit), {"now": now})
    return [(row[0], row[1]) for row in rows]


def states(connection: sa.Connection, ids: Sequence[str]) -> list[FeedState]:
    """What is remembered of these feeds, in their order."""
    found: dict[str, FeedState] = {}
    for start in range(0, len(ids), BATCH):
        for row in connection.execute(_STATES, {"ids": list(ids[start : start + BATCH])}):
            found[row[0]] = FeedState(*row)
    return [found[feed] for feed in ids if feed in found]


def get(connection: sa.Connection, feed: str) -> FeedState | None:
    return next(iter(states(connection, [feed])), None)


def all_states(connection: sa.Connection) -> list[FeedState]:
    return [FeedState(*row) for row in connection.execute(sa.select(*_COLUMNS).order_by(feeds.c.id))]


def health(connection: sa.Connection) -> dict[str, str]:
    """How each known feed stands."""
    return {row.id: row.health for row in connection.execute(sa.select(feeds.c.id, feeds.c.health))}


def next_due(connection: sa.Connection) -> datetime | None:
    """When the next feed of all is due."""
    moment: datetime | None = connection.execute(sa.select(sa.func.min(feeds.c.next_due))).scalar()
    return moment


def shift_due(connection: sa.Connection, by: timedelta) -> None:
    """Move every visit, because the clock was set by so much."""
    connection.execute(feeds.update().values(next_due=shifted(feeds.c.next_due, by)))


def update(connection: sa.Connection, feed: str, **values: Any) -> None:
    connection.execute(feeds.update().where(feeds.c.id == feed).values(**values))


def set_due(connection: sa.Connection, moments: Mapping[str, datetime]) -> None:
    """When these feeds are next due."""
    if moments:
        connection.execute(_SET_DUE, [{"of": feed, "next_due": moment} for feed, moment in moments.items()])


def save(connection: sa.Connection, after: Sequence[FeedState]) -> None:
    """Write what polls came to. Where a feed was given another address meanwhile, its poll was one of the old."""
    if after:
        rows = [{name: getattr(state, name) for name in _SAVED} for state in after]
        connection.execute(_SAVE, [row | {"of": s.id, "at": s.url} for row, s in zip(rows, after, strict=True)])


def refuse_host(connection: sa.Connection, host: str, until: datetime) -> None:
    """Remember that a host asked to be left alone."""
    statement = upsert(connection, hosts).values(host=host, refused_until=until)
    connection.execute(statement.on_conflict_do_update(index_elements=["host"], set_={"refused_until": until}))


def refusing_hosts(connection: sa.Connection, now: datetime) -> dict[str, datetime]:
    """The hosts that still want to be left alone; what is over is forgotten."""
    connection.execute(hosts.delete().where(hosts.c.refused_until <= now))
    return {row.host: row.refused_until for row in connection.execute(sa.select(hosts))}


@dataclass(frozen=True, slots=True)
class LastingChange:
    """How a feed has come to stand for good, which operators were not told yet. `told`: what they heard last."""

    feed: str
    health: str
    since: datetime
    error: str | None
    told: str | None


def lasting_changes(connection: sa.Connection) -> list[LastingChange]:
    """Of all feeds, by name."""
    columns = [feeds.c[name] for name in ("id", "health_told", "health_since", "last_error", "health_announced")]
    new = feeds.c.health_told.is_distinct_from(feeds.c.health_announced)
    # A feed that has changed again meanwhile is told of once that has lasted too.
    still = feeds.c.health_told == feeds.c.health
    rows = connection.execute(sa.select(*columns).where(new, still).order_by(feeds.c.id))
    return [LastingChange(*row) for row in rows]


def announced(connection: sa.Connection, changes: Sequence[LastingChange]) -> None:
    """Operators have been told of these."""
    for change in changes:
        connection.execute(feeds.update().where(feeds.c.id == change.feed).values(health_announced=change.health))
