"""Queries on stories and their members."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa

from brinkwatch.signals.assessment import Evidence
from brinkwatch.signals.catalogue import Signal
from brinkwatch.store.items import said_of
from brinkwatch.store.tables import articles, assessments, items, members, stories
from brinkwatch.stories.story import Features, StoryState, Tier

TOLD_FROM = 6_000
"""Characters of a summary that a card is made from: a story of hundreds of articles is read for every decision."""


@dataclass(frozen=True, slots=True)
class StoryRow:
    id: str
    opened_at: datetime
    last_at: datetime
    state: StoryState
    tier: Tier
    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class Joining:
    """Why an item is a member: `part` and `nearest` as `stories.same.Match` has them, `weighed` its evidence."""

    reason: str
    score: float | None = None
    part: str | None = None
    nearest: int | None = None
    weighed: dict[str, float] | None = None


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One member with what its item and assessment say; thresholds are not yet applied."""

    item: int
    feed: str
    title: str
    summary: str
    link: str | None
    published: datetime
    first_seen: datetime
    outcome: str
    revision: int
    probabilities: dict[Signal, float]
    evidence: tuple[Evidence, ...]
    entities: frozenset[str]
    tokens: frozenset[str]
    supported: bool
    language: str = ""


def features_to_json(features: Features) -> dict[str, Any]:
    """What `features_from_json` reads back; the vector as base64 of float16."""
    return {
        "vector": base64.b64encode(features.vector.astype(np.float16).tobytes()).decode(),
        "tokens": sorted(features.tokens),
        "entities": sorted(features.entities),
        "numbers": sorted(features.numbers),
        "published": features.published.isoformat(),
        "title": features.title,
    }


def features_from_json(data: Mapping[str, Any]) -> Features:
    return Features(
        vector=np.frombuffer(base64.b64decode(data["vector"]), np.float16).astype(np.float32),
        tokens=frozenset(data["tokens"]),
        entities=frozenset(data["entities"]),
        numbers=frozenset(data["numbers"]),
        published=datetime.fromisoformat(data["published"]),
        title=data["title"],
    )


def open_story(connection: sa.Connection, story: StoryRow) -> None:
    connection.execute(
        stories.insert().values(
            id=story.id, opened_at=story.opened_at, last_at=story.last_at, state=story.state, tier=int(story.tier)
        )
    )


def join(connection: sa.Connection, story: str, item: int, features: Features, why: Joining, now: datetime) -> None:
    """Make an item a member of a story. An item is a member of one story; a second join of it replaces its features."""
    row = connection.execute(sa.select(members.c.story).where(members.c.item == item)).one_or_none()
    traits = features_to_json(features)
    if row is None:
        connection.execute(
            members.insert().values(
                item=item, story=story, joined_at=now, score=why.score, reason=why.reason, features=traits,
                part=why.part, nearest=why.nearest, weighed=why.weighed,
            )
        )  # fmt: skip
    else:
        connection.execute(members.update().where(members.c.item == item).values(features=traits))


def touch(connection: sa.Connection, story: str, **values: Any) -> None:
    """Set columns of a story (`last_at`, `state`, `tier`)."""
    connection.execute(stories.update().where(stories.c.id == story).values(**values))


def story_of(connection: sa.Connection, item: int) -> str | None:
    story: str | None = connection.execute(sa.select(members.c.story).where(members.c.item == item)).scalar()
    return story


def parts_of(connection: sa.Connection, story: str) -> dict[int, str | None]:
    """The part that each member of a story belongs to; None: its own."""
    rows = connection.execute(sa.select(members.c.item, members.c.part).where(members.c.story == story))
    return {row.item: None if row.part == story else row.part for row in rows}


def get(connection: sa.Connection, story: str) -> StoryRow | None:
    row = connection.execute(sa.select(stories).where(stories.c.id == story)).one_or_none()
    return _story(row) if row else None


def active_since(connection: sa.Connection, since: datetime) -> list[StoryRow]:
    """Stories that something joined at or after `since`, oldest first; without those that were merged into others."""
    rows = connection.execute(
        sa.select(stories)
        .where(stories.c.last_at >= since, stories.c.merged_into.is_(None))
        .order_by(stories.c.opened_at, stories.c.id)
    )
    return [_story(row) for row in rows]


def count(connection: sa.Connection) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(stories)).scalar_one())


def _story(row: sa.Row[Any]) -> StoryRow:
    return StoryRow(row.id, row.opened_at, row.last_at, StoryState(row.state), Tier(row.tier), row.merged_into)


@dataclass(frozen=True, slots=True, eq=False)
class MemberFeatures:
    """What the index of open stories keeps of a member; `part` is None for the story's own."""

    item: int
    features: Features
    part: str | None


def member_features(connection: sa.Connection, ids: Sequence[str]) -> dict[str, list[MemberFeatures]]:
    """The members of each story as the index keeps them, in the order they joined."""
    found: dict[str, list[MemberFeatures]] = {story: [] for story in ids}
    for start in range(0, len(ids), 500):
        rows = connection.execute(
            sa.select(members.c.story, members.c.item, members.c.features, members.c.part)
            .where(members.c.story.in_(ids[start : start + 500]))
            .order_by(members.c.joined_at, members.c.item)
        )
        for row in rows:
            part = None if row.part == row.story else row.part
            found[row.story].append(MemberFeatures(row.item, features_from_json(row.features), part))
    return found


def members_of(connection: sa.Connection, story: str) -> list[MemberRow]:
    """A story's members, earliest published first."""
    summary = sa.func.substr(said_of(), 1, TOLD_FROM).label("summary")
    rows = connection.execute(
        sa.select(
            items.c.id, items.c.feed, items.c.title, summary, items.c.link, items.c.published,
            items.c.first_seen, items.c.outcome, items.c.revision,
            assessments.c.signals, assessments.c.evidence, assessments.c.supported, assessments.c.language,
            members.c.features,
        )
        .join_from(members, items, members.c.item == items.c.id)
        .join(assessments, assessments.c.item == items.c.id)
        .outerjoin(articles, articles.c.item == items.c.id)
        .where(members.c.story == story)
        .order_by(items.c.published, items.c.id)
    )  # fmt: skip
    return [
        MemberRow(
            item=row.id,
            feed=row.feed,
            title=row.title,
            summary=row.summary,
            link=row.link,
            published=row.published,
            first_seen=row.first_seen,
            outcome=row.outcome,
            revision=row.revision,
            probabilities={Signal(name): p for name, p in row.signals.items()},
            evidence=tuple(Evidence(e["sentence"], Signal(e["signal"]), e["probability"]) for e in row.evidence),
            entities=frozenset(row.features["entities"]),
            tokens=frozenset(row.features["tokens"]),
            supported=row.supported,
            language=row.language,
        )
        for row in rows
    ]
