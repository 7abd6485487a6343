"""Queries on what people have joined and split by hand, and the rows that move with it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from brinkwatch.store.outbox import OPEN_STATES
from brinkwatch.store.tables import links, members, outbox, stories, threads, told


class LinkKind(StrEnum):
    """`must`: `other` was merged into `story`. `cannot`: `other` was split from `story`."""

    MUST = "must"
    CANNOT = "cannot"


@dataclass(frozen=True, slots=True)
class Link:
    """One deed of a person. Ids rise, so that a daemon knows which it has seen."""

    id: int
    at: datetime
    kind: LinkKind
    story: str
    other: str


def add(connection: sa.Connection, kind: LinkKind, story: str, other: str, at: datetime) -> None:
    connection.execute(links.insert().values(at=at, kind=kind.value, story=story, other=other))


def since(connection: sa.Connection, after: int) -> list[Link]:
    """The links with an id above `after`, oldest first."""
    rows = connection.execute(sa.select(links).where(links.c.id > after).order_by(links.c.id))
    return [_link(row) for row in rows]


def of_story(connection: sa.Connection, story: str) -> list[Link]:
    """The links that a story has a part in, oldest first."""
    rows = connection.execute(
        sa.select(links).where(sa.or_(links.c.story == story, links.c.other == story)).order_by(links.c.id)
    )
    return [_link(row) for row in rows]


def _link(row: sa.Row[tuple[object, ...]]) -> Link:
    values = row._mapping
    return Link(values["id"], values["at"], LinkKind(values["kind"]), values["story"], values["other"])


def newest(connection: sa.Connection) -> int:
    """The id of the last link; 0 when there is none."""
    return int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(links.c.id), 0))).scalar_one())


def apart(connection: sa.Connection) -> set[frozenset[str]]:
    """Every two stories that were split from each other and not merged again."""
    one, other = stories.alias(), stories.alias()
    rows = connection.execute(
        sa.select(
            sa.func.coalesce(one.c.merged_into, links.c.story).label("one"),
            sa.func.coalesce(other.c.merged_into, links.c.other).label("other"),
        )
        .join_from(links, one, one.c.id == links.c.story)
        .join(other, other.c.id == links.c.other)
        .where(links.c.kind == LinkKind.CANNOT.value)
    )
    return {frozenset({row.one, row.other}) for row in rows if row.one != row.other}


def move_members(connection: sa.Connection, story: str, into: str) -> int:
    """Make every member of a story one of another; each remembers as its part where it came from."""
    part = sa.func.coalesce(members.c.part, story)
    result = connection.execute(members.update().where(members.c.story == story).values(story=into, part=part))
    return result.rowcount


def move_items(connection: sa.Connection, items: Collection[int], into: str) -> None:
    """Make some items members of another story, of its own part."""
    connection.execute(members.update().where(members.c.item.in_(tuple(items))).values(story=into, part=None))


def absorb(connection: sa.Connection, story: str, into: str) -> None:
    """Mark a story, and whatever it had absorbed before, as merged into another."""
    connection.execute(
        stories.update().where(sa.or_(stories.c.id == story, stories.c.merged_into == story)).values(merged_into=into)
    )


def hand_over(connection: sa.Connection, story: str, into: str) -> None:
    """What routes were told of a story, and its threads, go over to another that has none there; its waits end."""
    routes = sa.select(told.c.route).where(told.c.story == into, told.c.first.is_not(None))
    connection.execute(told.delete().where(told.c.story == story, told.c.first.is_(None)))
    taken = set(connection.execute(routes).scalars())
    for route in connection.execute(sa.select(told.c.route).where(told.c.story == story)).scalars().all():
        if route not in taken:
            connection.execute(told.delete().where(told.c.story == into, told.c.route == route))
            connection.execute(told.update().where(told.c.story == story, told.c.route == route).values(story=into))
    connection.execute(told.update().where(told.c.story == story).values(check_at=None, cause=None))
    there = set(threads_of(connection, into))
    for receiver, channel in threads_of(connection, story):
        if (receiver, channel) not in there:
            for table in (threads, outbox):
                here = (table.c.story == story, table.c.receiver == receiver, table.c.channel == channel)
                connection.execute(table.update().where(*here).values(story=into))


def threads_of(connection: sa.Connection, story: str) -> list[tuple[str, str]]:
    """(receiver, channel) of each thread that a story has."""
    rows = connection.execute(sa.select(threads.c.receiver, threads.c.channel).where(threads.c.story == story))
    return [(row.receiver, row.channel) for row in rows]


def told_at_all(connection: sa.Connection, story: str) -> bool:
    """Whether anybody was told of a story, or will be by what waits in the outbox."""
    waits = sa.select(sa.func.count()).where(outbox.c.story == story, outbox.c.state.in_(OPEN_STATES))
    return bool(threads_of(connection, story)) or bool(connection.execute(waits).scalar_one())
