"""Queries that answer why: what is known of an item or a story, and what was decided. Changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from brinkwatch.store.tables import assessments, decisions, items, members, stories, told
from brinkwatch.stories.story import StoryState, Tier

FEW = 20
"""Candidates that are named when a word fits several."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An item or a story that a person may mean."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision. `next_possible_at`: when a timer asks again."""

    at: datetime
    item: int | None
    story: str | None
    route: str | None
    channel: str | None
    action: str
    reason: str
    tier: Tier | None
    signals: dict[str, float]
    next_possible_at: datetime | None


@dataclass(frozen=True, slots=True)
class Membership:
    """Why an item is in its story. `nearest` is the member it was joined for, `weighed` what spoke for and against."""

    item: int
    title: str
    feed: str
    link: str | None
    published: datetime
    story: str
    part: str | None
    joined_at: datetime
    score: float | None
    reason: str
    nearest: int | None
    nearest_title: str | None
    weighed: dict[str, float]
    flagged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ItemAccount:
    """What became of one item. `signals` is empty before it was assessed; `membership` None: it is in no story."""

    id: int
    feed: str
    title: str
    link: str | None
    published: datetime
    first_seen: datetime
    revision: int
    outcome: str
    stage: str
    model: str | None
    language: str | None
    signals: dict[str, float]
    flagged: tuple[str, ...]
    evidence: tuple[tuple[str, str, float], ...]
    """(signal, sentence, probability)"""
    membership: Membership | None
    decisions: tuple[Decided, ...]


@dataclass(frozen=True, slots=True)
class StoryAccount:
    """What is known of one story. `state` is how it stood when it was last looked at."""

    id: str
    opened_at: datetime
    last_at: datetime
    state: StoryState
    tier: Tier
    merged_into: str | None
    members: tuple[Membership, ...]
    decisions: tuple[Decided, ...]
    waits: dict[str, datetime]
    """By route, when a timer asks again."""

    @property
    def title(self) -> str:
        """The title of the earliest report, else of the earliest member."""
        reports = [member for member in self.members if member.flagged] or list(self.members)
        return reports[0].title if reports else ""

    @property
    def reports(self) -> int:
        return sum(bool(member.flagged) for member in self.members)


def items_called(connection: sa.Connection, words: str) -> list[Hit]:
    """Items by number, by address, or by a piece of their title; newest first, at most `FEW`."""
    chosen = sa.select(items.c.id, items.c.title).order_by(items.c.id.desc()).limit(FEW)
    ways = [items.c.link == words, items.c.title.icontains(words, autoescape=True)]
    if words.isascii() and words.isdigit() and len(words) < 19:
        ways.insert(0, items.c.id == int(words))
    for way in ways:
        if rows := connection.execute(chosen.where(way)).all():
            return [Hit(str(row.id), row.title) for row in rows]
    return []


def stories_called(connection: sa.Connection, words: str) -> list[Hit]:
    """Stories by id, or by how it begins; newest first, at most `FEW`."""
    title = (
        sa.select(items.c.title)
        .join_from(items, members, members.c.item == items.c.id)
        .where(members.c.story == stories.c.id)
        .order_by(items.c.published, items.c.id)
        .limit(1)
        .scalar_subquery()
    )
    chosen = sa.select(stories.c.id, title.label("title")).order_by(stories.c.opened_at.desc()).limit(FEW)
    for way in (stories.c.id == words, stories.c.id.startswith(words, autoescape=True)):
        if rows := connection.execute(chosen.where(way)).all():
            return [Hit(row.id, row.title or "") for row in rows]
    return []


def item_account(connection: sa.Connection, item: int) -> ItemAccount:
    """Raises NoResultFound."""
    row = connection.execute(
        sa.select(
            items.c.id, items.c.feed, items.c.title, items.c.link, items.c.published, items.c.first_seen,
            items.c.revision, items.c.outcome, items.c.stage, assessments.c.model, assessments.c.language,
            assessments.c.signals, assessments.c.flagged, assessments.c.evidence,
        )
        .outerjoin(assessments, assessments.c.item == items.c.id)
        .where(items.c.id == item)
    ).one()  # fmt: skip
    found = dict(row._mapping)
    found |= {
        "signals": dict(row.signals or {}),
        "flagged": tuple(row.flagged or ()),
        "evidence": tuple((e["signal"], e["sentence"], e["probability"]) for e in row.evidence or ()),
        "membership": next(iter(_memberships(connection, members.c.item == item)), None),
        "decisions": _decisions(connection, decisions.c.item == item),
    }
    return ItemAccount(**found)


def story_account(connection: sa.Connection, story: str) -> StoryAccount:
    """Raises NoResultFound."""
    row = connection.execute(sa.select(stories).where(stories.c.id == story)).one()
    waits = connection.execute(
        sa.select(told.c.route, told.c.check_at).where(told.c.story == story, told.c.check_at.is_not(None))
    )
    return StoryAccount(
        row.id, row.opened_at, row.last_at, StoryState(row.state), Tier(row.tier), row.merged_into,
        _memberships(connection, members.c.story == story), _decisions(connection, decisions.c.story == story),
        {wait.route: wait.check_at for wait in waits},
    )  # fmt: skip


def latest_stories(connection: sa.Connection, since: datetime | None, limit: int) -> Sequence[StoryAccount]:
    """Stories that something joined since then (None: ever), the latest first; those merged into others left out."""
    fresh = sa.true() if since is None else stories.c.last_at >= since
    rows = connection.execute(
        sa.select(stories.c.id)
        .where(stories.c.merged_into.is_(None), fresh)
        .order_by(stories.c.last_at.desc(), stories.c.id)
        .limit(limit)
    ).scalars()
    return [story_account(connection, story) for story in rows.all()]


def _memberships(connection: sa.Connection, where: sa.ColumnElement[bool]) -> tuple[Membership, ...]:
    """Earliest published first."""
    other = items.alias()
    rows = connection.execute(
        sa.select(
            members.c.item, items.c.title, items.c.feed, items.c.link, items.c.published, members.c.story,
            members.c.part, members.c.joined_at, members.c.score, members.c.reason, members.c.nearest,
            other.c.title.label("nearest_title"), members.c.weighed, assessments.c.flagged,
        )
        .join_from(members, items, members.c.item == items.c.id)
        .outerjoin(assessments, assessments.c.item == items.c.id)
        .outerjoin(other, other.c.id == members.c.nearest)
        .where(where)
        .order_by(items.c.published, items.c.id)
    )  # fmt: skip

    def made(row: Any) -> Membership:
        values = dict(row._mapping)
        return Membership(**{**values, "weighed": dict(row.weighed or {}), "flagged": tuple(row.flagged or ())})

    return tuple(made(row) for row in rows)


def _decisions(connection: sa.Connection, where: sa.ColumnElement[bool]) -> tuple[Decided, ...]:
    names = ("at", "item", "story", "route", "channel", "action", "reason", "signals", "next_possible_at", "tier")
    rows = connection.execute(
        sa.select(*(decisions.c[name] for name in names)).where(where).order_by(decisions.c.at, decisions.c.id)
    )
    return tuple(
        Decided(**{**row._mapping, "signals": dict(row.signals), "tier": Tier(row.tier) if row.tier else None})
        for row in rows
    )
