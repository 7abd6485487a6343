"""Queries for a look back: what was assessed since a moment, and, in a throwaway store, what a run would have sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from brinkwatch.items.item import ItemText
from brinkwatch.outcomes import Outcome, Stage
from brinkwatch.signals.assessment import Assessment, Evidence
from brinkwatch.signals.catalogue import Signal
from brinkwatch.store.decisions import VISIBLE
from brinkwatch.store.items import said_of
from brinkwatch.store.tables import articles, assessments, decisions, items, members, outbox
from brinkwatch.stories.story import Tier

ALERTING = (Outcome.ASSESSED, Outcome.UNSUPPORTED_LANGUAGE, Outcome.PENDING)
"""Outcomes of items that the stages saw, or will: what was seeded or stale never alerts."""


@dataclass(frozen=True, slots=True, eq=False)
class PastItem:
    """An item as it is now, and what was said of this text of it; None: nothing."""

    id: int
    feed: str
    key: str
    link: str | None
    title: str
    summary: str
    published: datetime
    first_seen: datetime
    assessment: Assessment | None
    vector: NDArray[np.float32] | None

    @property
    def text(self) -> ItemText:
        return ItemText(self.title, self.summary)


@dataclass(frozen=True, slots=True)
class SentRow:
    """One post or reply of a run, with the headline of its card. `guid`: of the item that caused it; None: no item."""

    at: datetime
    guid: str | None
    story: str
    route: str
    channel: str
    action: str
    reason: str
    tier: Tier
    headline: str


class Told(NamedTuple):
    """One post or reply, without what it says."""

    at: datetime
    action: str


def since(connection: sa.Connection, moment: datetime) -> list[PastItem]:
    """The items first seen since then that could alert, in the order they came, with the whole article where read."""
    said = said_of().label("said")
    rows = connection.execute(
        sa.select(
            items.c.id, items.c.feed, items.c.key, items.c.link, items.c.title, said, items.c.published,
            items.c.first_seen, items.c.revision, assessments.c.revision.label("assessed"), assessments.c.signals,
            assessments.c.plover, assessments.c.evidence, assessments.c.language, assessments.c.model,
            assessments.c.supported, assessments.c.vector,
        )
        .outerjoin(articles, articles.c.item == items.c.id)
        .outerjoin(assessments, assessments.c.item == items.c.id)
        .where(items.c.first_seen >= moment, items.c.outcome.in_([outcome.value for outcome in ALERTING]))
        .order_by(items.c.first_seen, items.c.id)
    )  # fmt: skip
    found = []
    for row in rows:
        known = row.assessed == row.revision and row.vector is not None
        found.append(
            PastItem(
                row.id, row.feed, row.key, row.link, row.title, row.said, row.published, row.first_seen,
                _assessment(row) if known else None,
                np.frombuffer(row.vector, np.float16).astype(np.float32) if known else None,
            )
        )  # fmt: skip
    return found


def _assessment(row: sa.Row[tuple[object, ...]]) -> Assessment:
    evidence = tuple(Evidence(e["sentence"], Signal(e["signal"]), e["probability"]) for e in row.evidence)
    signals = {Signal(name): p for name, p in row.signals.items()}
    return Assessment(signals, row.plover, evidence, row.language, row.model, row.supported)


def put(connection: sa.Connection, past: Iterable[PastItem]) -> None:
    """Let items arrive in a throwaway store, under their own numbers, when they were first seen."""
    rows = [
        {
            "id": item.id, "feed": item.feed, "key": item.key, "guid": str(item.id), "link": item.link,
            "title": item.title, "summary": item.summary, "published": item.published, "first_seen": item.first_seen,
            "changed_at": item.first_seen, "revision": 1, "outcome": Outcome.PENDING.value, "stage": Stage.ASSESS.value,
        }
        for item in past
    ]  # fmt: skip
    if rows:
        connection.execute(items.insert(), rows)


def sent(connection: sa.Connection, receiver: str) -> list[SentRow]:
    """Every post and reply that was decided for a receiver, by time."""
    rows = connection.execute(
        sa.select(decisions, outbox.c.card, items.c.guid)
        .join_from(decisions, outbox, sa.and_(outbox.c.decision == decisions.c.id, outbox.c.kind == decisions.c.action))
        .outerjoin(items, items.c.id == decisions.c.item)
        .where(decisions.c.action.in_(VISIBLE), decisions.c.story.is_not(None), outbox.c.receiver == receiver)
        .order_by(decisions.c.at, decisions.c.id)
    )
    return [
        SentRow(
            row.at, row.guid, row.story, row.route, row.channel, row.action, row.reason, Tier(row.tier),
            row.card["headline"],
        )
        for row in rows
    ]  # fmt: skip


def told(connection: sa.Connection) -> list[Told]:
    """Every post and reply that was decided, whether or not a receiver was there to get it, by time."""
    rows = connection.execute(
        sa.select(decisions.c.at, decisions.c.action)
        .where(decisions.c.action.in_(VISIBLE), decisions.c.story.is_not(None))
        .order_by(decisions.c.at, decisions.c.id)
    )
    return [Told(row.at, row.action) for row in rows]


def stories(connection: sa.Connection) -> dict[str, frozenset[str]]:
    """The items of each story, by guid."""
    found: dict[str, set[str]] = {}
    for row in connection.execute(
        sa.select(members.c.story, items.c.guid).join_from(members, items, members.c.item == items.c.id)
    ):
        found.setdefault(row.story, set()).add(row.guid)
    return {story: frozenset(each) for story, each in found.items()}


def probabilities(connection: sa.Connection, after: datetime) -> list[tuple[str, dict[Signal, float]]]:
    """(feed, probability of each signal) of every item seen since then in a language that the classifier reads."""
    rows = connection.execute(
        sa.select(items.c.feed, assessments.c.signals)
        .join_from(assessments, items, assessments.c.item == items.c.id)
        .where(items.c.first_seen >= after, assessments.c.supported)
    )
    return [(row.feed, {Signal(name): p for name, p in row.signals.items()}) for row in rows]


def held_back(connection: sa.Connection, reason: str, after: datetime) -> int:
    """How many decisions since then were not to send, for this reason."""
    statement = sa.select(sa.func.count()).where(decisions.c.reason == reason, decisions.c.at >= after)
    return int(connection.execute(statement).scalar_one())
