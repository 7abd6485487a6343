"""Queries on tombstones: what is left of deleted items, so that an old entry still in a feed is not new again."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from brinkwatch.items.item import ItemText
from brinkwatch.items.tombstone import identity, said
from brinkwatch.store.items import BATCH
from brinkwatch.store.ledger import upsert
from brinkwatch.store.tables import poll_days, tombstones

REFRESH = timedelta(days=1)
"""How exactly it is known when a deleted item's entry was last in its feed."""


def bury(connection: sa.Connection, dead: Iterable[tuple[str, str, str, str]], now: datetime) -> None:
    """Leave a tombstone for each (feed, key, title, summary)."""
    rows = [
        {"feed": feed, "identity": identity(key), "said": said(ItemText(title, summary)), "shown": now}
        for feed, key, title, summary in dead
    ]
    if not rows:
        return
    statement = upsert(connection, tombstones)
    new = {"said": statement.excluded.said, "shown": statement.excluded.shown}
    connection.execute(statement.on_conflict_do_update(index_elements=["feed", "identity"], set_=new), rows)


def known(connection: sa.Connection, feed: str, keys: Sequence[str], now: datetime) -> dict[str, bytes]:
    """Key → digest of the words, of those whose item was deleted. That they are still shown is remembered."""
    by_identity = {identity(key): key for key in keys}
    listed = list(by_identity)
    found: dict[str, bytes] = {}
    for start in range(0, len(listed), BATCH):
        here = sa.and_(tombstones.c.feed == feed, tombstones.c.identity.in_(listed[start : start + BATCH]))
        rows = connection.execute(
            sa.select(tombstones.c.identity, tombstones.c.said, tombstones.c.shown).where(here)
        ).all()
        found |= {by_identity[bytes(row.identity)]: bytes(row.said) for row in rows}
        if any(row.shown <= now - REFRESH for row in rows):
            connection.execute(tombstones.update().where(here).values(shown=now))
    return found


def documents(connection: sa.Connection) -> dict[str, str]:
    """The last day (ISO) on which a document with entries was read, by feed. A 304 shows nothing and is none."""
    rows = connection.execute(
        sa.select(poll_days.c.feed, sa.func.max(poll_days.c.day).label("day"))
        .where(poll_days.c.entries > 0)
        .group_by(poll_days.c.feed)
    )
    return {row.feed: row.day for row in rows}


def feeds(connection: sa.Connection) -> list[str]:
    """The feeds that have tombstones."""
    return list(connection.execute(sa.select(tombstones.c.feed).distinct()).scalars())


def expire(connection: sa.Connection, feed: str, before: datetime) -> int:
    """Forget what a feed last showed before then; returns how many."""
    here = sa.and_(tombstones.c.feed == feed, tombstones.c.shown < before)
    return connection.execute(tombstones.delete().where(here)).rowcount
