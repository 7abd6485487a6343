"""Deletes what the rules of retention give up, a batch at a time. What is open, pending or in a story that stays is
passed over; which moments count is not decided here."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from brinkwatch.outcomes import Outcome, Stage
from brinkwatch.store import tombstones
from brinkwatch.store.items import FORMER
from brinkwatch.store.outbox import OPEN_STATES
from brinkwatch.store.tables import (
    decisions,
    items,
    members,
    outbox,
    revisions,
    silences,
    stories,
    threads,
    told,
    unfinished,
)

Place = tuple[datetime, int]
"""Where a walk over a table has come to: a moment, and the id among those of the same moment."""
BEGINNING: Place = (datetime.fromtimestamp(0).astimezone(), 0)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step did; `at` None: the walk is over."""

    deleted: int
    at: Place | None


def oldest_item(connection: sa.Connection) -> datetime | None:
    """When the first of all items was first seen."""
    moment: datetime | None = connection.execute(sa.select(sa.func.min(items.c.first_seen))).scalar()
    return moment


def delete_items(connection: sa.Connection, before: datetime, at: Place, limit: int, now: datetime) -> Batch:
    """Items first seen and last changed before then, with their edits and assessments; a tombstone stays of each.

    Of an item that stays, being in a story, old edits go all the same, but for the last few, which tell whether a text
    has been there before. The newest item stays whatever its age: its number must not be given again.
    """
    in_story = sa.exists().where(members.c.item == items.c.id)
    deletable = sa.and_(
        items.c.changed_at < before, items.c.stage == Stage.DONE, items.c.outcome != Outcome.PENDING.value, ~in_story
    )
    rows = connection.execute(
        sa.select(
            items.c.id, items.c.feed, items.c.key, items.c.title, items.c.summary, items.c.first_seen,
            items.c.revision, deletable.label("deletable"),
        )
        .where(items.c.first_seen < before, sa.tuple_(items.c.first_seen, items.c.id) > _tuple(items.c.first_seen, at))
        .order_by(items.c.first_seen, items.c.id)
        .limit(limit)
    ).all()  # fmt: skip
    newest = connection.execute(sa.select(sa.func.max(items.c.id))).scalar()
    dead = [row for row in rows if row.deletable and row.id != newest]
    tombstones.bury(connection, ((row.feed, row.key, row.title, row.summary) for row in dead), now)
    connection.execute(items.delete().where(items.c.id.in_([row.id for row in dead])))
    for row in rows:
        if not row.deletable and row.revision > FORMER + 1:
            old = sa.and_(revisions.c.item == row.id, revisions.c.revision < row.revision - FORMER)
            connection.execute(revisions.delete().where(old, revisions.c.replaced_at < before))
    return Batch(len(dead), (rows[-1].first_seen, rows[-1].id) if len(rows) == limit else None)


def delete_stories(connection: sa.Connection, before: datetime, limit: int) -> Batch:
    """Stories that nothing joined since then, unless a timer or an unsettled notification still needs them."""
    waits = sa.exists().where(told.c.story == stories.c.id, told.c.check_at.is_not(None))
    needed = sa.select(outbox.c.story).where(unfinished, outbox.c.state.in_(OPEN_STATES), outbox.c.story.is_not(None))
    ids = connection.execute(
        sa.select(stories.c.id)
        .where(stories.c.last_at < before, ~waits, stories.c.id.not_in(needed))
        .order_by(stories.c.last_at)
        .limit(limit)
    ).scalars().all()  # fmt: skip
    connection.execute(threads.delete().where(threads.c.story.in_(ids)))
    connection.execute(stories.delete().where(stories.c.id.in_(ids)))
    return Batch(len(ids), BEGINNING if len(ids) == limit else None)


def delete_decisions(connection: sa.Connection, before: datetime, at: Place, limit: int) -> Batch:
    """Decisions made before then, unless their story is still there or what they sent is unsettled."""
    lives = sa.exists().where(stories.c.id == decisions.c.story)
    needed = sa.exists().where(outbox.c.decision == decisions.c.id, outbox.c.state.in_(OPEN_STATES))
    rows = connection.execute(
        sa.select(decisions.c.id, decisions.c.at, sa.and_(~lives, ~needed).label("deletable"))
        .where(decisions.c.at < before, sa.tuple_(decisions.c.at, decisions.c.id) > _tuple(decisions.c.at, at))
        .order_by(decisions.c.at, decisions.c.id)
        .limit(limit)
    ).all()
    newest = connection.execute(sa.select(sa.func.max(decisions.c.id))).scalar()
    dead = [row.id for row in rows if row.deletable and row.id != newest]
    connection.execute(decisions.delete().where(decisions.c.id.in_(dead)))
    return Batch(len(dead), (rows[-1].at, rows[-1].id) if len(rows) == limit else None)


def delete_notifications(connection: sa.Connection, before: datetime, at: Place, limit: int) -> Batch:
    """Settled notifications made before then, with their attempts; walks by number, which rises with time."""
    rows = connection.execute(
        sa.select(
            outbox.c.id, outbox.c.created_at, sa.and_(
                outbox.c.created_at < before, outbox.c.state.not_in(OPEN_STATES)
            ).label("deletable"),
        )
        .where(outbox.c.id > at[1])
        .order_by(outbox.c.id)
        .limit(limit)
    ).all()  # fmt: skip
    newest = connection.execute(sa.select(sa.func.max(outbox.c.id))).scalar()
    dead = [row.id for row in rows if row.deletable and row.id != newest]
    connection.execute(outbox.delete().where(outbox.c.id.in_(dead)))
    over = len(rows) < limit or not any(row.created_at < before for row in rows)
    return Batch(len(dead), None if over else (rows[-1].created_at, rows[-1].id))


def delete_silences(connection: sa.Connection, before: datetime) -> Batch:
    """Silences that ended before then."""
    return Batch(connection.execute(silences.delete().where(silences.c.ends_at < before)).rowcount, None)


def _tuple(moment: sa.Column[datetime], at: Place) -> sa.ColumnElement[tuple[datetime, int]]:
    return sa.tuple_(sa.literal(at[0], moment.type), sa.literal(at[1]))
