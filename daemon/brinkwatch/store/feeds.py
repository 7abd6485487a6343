"""Queries on feeds: when each is due, what its last visit left behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from brinkwatch.store.ledger import upsert
from brinkwatch.store.tables import feeds, shifted


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
            values: dict[str, Any] = {"etag": None, "last_modified": None, "validators_for": None}
            if urlsplit(known[feed]).hostname != urlsplit(url).hostname:
                values["seeded_at"] = None
            connection.execute(feeds.update().where(feeds.c.id == feed).values(url=url, next_due=due, **values))


def due(connection: sa.Connection, ids: Sequence[str], now: datetime) -> list[FeedState]:
    """The feeds among `ids` whose time has come, longest overdue first."""
    rows = connection.execute(
        sa.select(feeds).where(feeds.c.next_due <= now).order_by(feeds.c.next_due, feeds.c.id)
    ).all()
    wanted = set(ids)
    return [FeedState(**row._mapping) for row in rows if row.id in wanted]


def get(connection: sa.Connection, feed: str) -> FeedState | None:
    row = connection.execute(sa.select(feeds).where(feeds.c.id == feed)).one_or_none()
    return FeedState(**row._mapping) if row else None


def all_states(connection: sa.Connection) -> list[FeedState]:
    return [FeedState(**row._mapping) for row in connection.execute(sa.select(feeds).order_by(feeds.c.id))]


def next_due(connection: sa.Connection) -> datetime | None:
    """When the next feed of all is due."""
    moment: datetime | None = connection.execute(sa.select(sa.func.min(feeds.c.next_due))).scalar()
    return moment


def shift_due(connection: sa.Connection, by: timedelta) -> None:
    """Move every visit, because the clock was set by so much."""
    connection.execute(feeds.update().values(next_due=shifted(feeds.c.next_due, by)))


def update(connection: sa.Connection, feed: str, **values: Any) -> None:
    connection.execute(feeds.update().where(feeds.c.id == feed).values(**values))
