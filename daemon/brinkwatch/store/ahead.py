"""Queries on moments that lie ahead, where a wrong clock has put them. Which are too far is not decided here."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from brinkwatch.store.items import BATCH
from brinkwatch.store.outbox import OPEN_STATES
from brinkwatch.store.tables import Moment, items, members, metadata, outbox, stories, told, unfinished


@dataclass(frozen=True, slots=True)
class Limit:
    """A column, as `table.column`, whose moments after `latest` become `to`."""

    column: str
    latest: datetime
    to: datetime


def pull_back(connection: sa.Connection, limit: Limit) -> int:
    """Apply a limit; returns how many rows were changed."""
    table_name, name = limit.column.split(".")
    table = metadata.tables[table_name]
    statement = table.update().where(table.c[name] > limit.latest)
    if table is outbox:
        statement = statement.where(unfinished, outbox.c.state.in_(OPEN_STATES))
    return connection.execute(statement.values({name: limit.to})).rowcount


def pull_back_items(connection: sa.Connection, latest: datetime, to: datetime) -> int:
    """Items that were first seen later than can be: with them their date, which was taken from the same clock."""
    ids = connection.execute(sa.select(items.c.id).where(items.c.first_seen > latest)).scalars().all()
    for start in range(0, len(ids), BATCH):
        here = ids[start : start + BATCH]
        late = items.c.published > latest
        values = {
            "first_seen": to,
            "changed_at": to,
            "published": sa.case((late, sa.literal(to, Moment)), else_=items.c.published),
        }
        connection.execute(items.update().where(items.c.id.in_(here)).values(values))
        rows = connection.execute(sa.select(members.c.item, members.c.features).where(members.c.item.in_(here))).all()
        for row in rows:
            published = min(datetime.fromisoformat(row.features["published"]), to)
            values = {"features": {**row.features, "published": published.isoformat()}}
            connection.execute(members.update().where(members.c.item == row.item).values(values))
    return len(ids)


def pull_back_told(connection: sa.Connection, now: datetime, slack: timedelta, window: timedelta) -> int:
    """What routes were told of open stories at moments that have not come: a cooldown would last until then."""
    changed = 0
    rows = connection.execute(
        sa.select(told.c.story, told.c.route, told.c.first, told.c.last)
        .join_from(stories, told, told.c.story == stories.c.id)
        .where(stories.c.last_at >= now - window)
    ).all()
    for row in rows:
        values = {name: _not_after(said, now, slack) for name, said in (("first", row.first), ("last", row.last))}
        if values != {"first": row.first, "last": row.last}:
            here = sa.and_(told.c.story == row.story, told.c.route == row.route)
            connection.execute(told.update().where(here).values(values))
            changed += 1
    return changed


def _not_after(said: dict[str, Any] | None, now: datetime, slack: timedelta) -> dict[str, Any] | None:
    if said is None or datetime.fromisoformat(said["at"]) <= now + slack:
        return said
    return {**said, "at": now.isoformat()}
