"""Queries on items and their assessments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from brinkwatch.items.item import ItemIntent, ItemText, KnownItem
from brinkwatch.outcomes import Outcome, Stage
from brinkwatch.signals.assessment import Assessment, Evidence
from brinkwatch.signals.catalogue import Signal
from brinkwatch.store.ledger import upsert
from brinkwatch.store.tables import articles, assessments, items, revisions

FORMER = 4  # texts an item may alternate between without being news each time
BATCH = 500  # SQLite takes at most 32,766 parameters in one statement


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item as the stages after the poll read it."""

    id: int
    feed: str
    key: str
    link: str | None
    title: str
    summary: str
    published: datetime
    first_seen: datetime
    changed_at: datetime
    revision: int
    outcome: str
    stage: str


_STORED = [items.c[name] for name in StoredItem.__dataclass_fields__]


def said_of() -> sa.ColumnElement[str]:
    """An item's text: its whole article if that was read, else what the feed said. Needs `articles` joined."""
    return sa.func.coalesce(articles.c.text, items.c.summary)


def known(connection: sa.Connection, feed: str, keys: Sequence[str]) -> dict[str, KnownItem]:
    """What is remembered of these identities."""
    found: dict[str, KnownItem] = {}
    for start in range(0, len(keys), BATCH):
        rows = connection.execute(
            sa.select(
                items.c.id, items.c.key, items.c.title, items.c.summary, items.c.link, items.c.published,
                items.c.revision, items.c.outcome,
            ).where(items.c.feed == feed, items.c.key.in_(keys[start : start + BATCH]))
        )  # fmt: skip
        for row in rows:
            values = {name: value for name, value in row._mapping.items() if name != "id"}
            former = _former(connection, row.id) if row.revision > 1 else ()
            found[row.key] = KnownItem(**{**values, "outcome": Outcome(row.outcome), "former": former})
    return found


def _former(connection: sa.Connection, item: int) -> tuple[ItemText, ...]:
    rows = connection.execute(
        sa.select(revisions.c.title, revisions.c.summary)
        .where(revisions.c.item == item)
        .order_by(revisions.c.revision.desc())
        .limit(FORMER)
    )
    return tuple(ItemText(row.title, row.summary) for row in rows)


def write(
    connection: sa.Connection,
    feed: str,
    intents: Iterable[ItemIntent],
    now: datetime,
    first: Stage = Stage.ASSESS,
) -> list[int | None]:
    """Store what the intents say; returns the ids in their order (None where nothing was written).

    What is pending waits at the stage `first`. An item already there under the same identity is updated; its former
    text goes to `revisions` if the revision rose.
    """
    listed = list(intents)
    ids: list[int | None] = [None] * len(listed)
    there = _present(connection, feed, [intent.write.key for intent in listed if intent.write])
    fresh: dict[int, dict[str, Any]] = {}
    for place, intent in enumerate(listed):
        row = intent.write
        if row is None:
            continue
        pending = intent.outcome is Outcome.PENDING
        values = {
            "guid": row.guid, "link": row.link, "title": row.title, "summary": row.summary,
            "published": row.published, "revision": row.revision, "changed_at": now,
        }  # fmt: skip
        if intent.outcome is not Outcome.COSMETIC:
            values |= {"outcome": intent.outcome.value, "stage": first if pending else Stage.DONE}
        old = there.get(row.key)
        if old is None:
            fresh[place] = {"feed": feed, "key": row.key, "first_seen": now, **values}
            continue
        if row.revision > old.revision:
            # The article of the former text is no word on this one.
            connection.execute(articles.delete().where(articles.c.item == old.id))
            connection.execute(
                upsert(connection, revisions)
                .values(item=old.id, revision=old.revision, title=old.title, summary=old.summary, replaced_at=now)
                .on_conflict_do_nothing()
            )
        connection.execute(items.update().where(items.c.id == old.id).values(**values))
        ids[place] = old.id
    if fresh:  # in one go: a first poll of a thousand feeds writes tens of thousands
        made = connection.execute(
            items.insert().returning(items.c.id, sort_by_parameter_order=True), list(fresh.values())
        )
        for place, row_id in zip(fresh, made.scalars(), strict=True):
            ids[place] = row_id
    return ids


def _present(connection: sa.Connection, feed: str, keys: Sequence[str]) -> dict[str, Any]:
    """The rows that are there under these identities: id, revision and text."""
    found: dict[str, Any] = {}
    for start in range(0, len(keys), BATCH):
        rows = connection.execute(
            sa.select(items.c.id, items.c.key, items.c.revision, items.c.title, items.c.summary).where(
                items.c.feed == feed, items.c.key.in_(keys[start : start + BATCH])
            )
        )
        found |= {row.key: row for row in rows}
    return found


def at_stage(connection: sa.Connection, stage: Stage, limit: int) -> list[StoredItem]:
    """Items that wait at a stage, in the order they came; with their whole article where there is one."""
    columns = [said_of().label("summary") if column.name == "summary" else column for column in _STORED]
    rows = connection.execute(
        sa.select(*columns)
        .outerjoin(articles, articles.c.item == items.c.id)
        .where(items.c.stage == stage)
        .order_by(items.c.id)
        .limit(limit)
    )
    return [StoredItem(**row._mapping) for row in rows]


def to_relate(connection: sa.Connection, limit: int, patient_since: datetime) -> list[StoredItem]:
    """Items that wait at the stage `relate`, the earliest report first, whatever the order in their feeds.

    An item waits until all of its poll has been read, but for polls from before `patient_since`: something of those
    cannot be read for now, and holds up nothing else.
    """
    columns = [said_of().label("summary") if column.name == "summary" else column for column in _STORED]
    other = items.alias()
    unread = sa.exists().where(
        other.c.stage == Stage.ASSESS, other.c.feed == items.c.feed, other.c.changed_at == items.c.changed_at
    )
    rows = connection.execute(
        sa.select(*columns)
        .outerjoin(articles, articles.c.item == items.c.id)
        .where(items.c.stage == Stage.RELATE, sa.or_(items.c.changed_at < patient_since, ~unread))
        .order_by(items.c.first_seen, items.c.published, items.c.key)
        .limit(limit)
    )
    return [StoredItem(**row._mapping) for row in rows]


def get(connection: sa.Connection, item: int) -> StoredItem | None:
    row = connection.execute(sa.select(*_STORED).where(items.c.id == item)).one_or_none()
    return StoredItem(**row._mapping) if row else None


def waiting(connection: sa.Connection) -> dict[str, int]:
    """How many items wait at each stage but the last."""
    rows = connection.execute(
        sa.select(items.c.stage, sa.func.count()).where(items.c.stage != Stage.DONE).group_by(items.c.stage)
    )
    return {row[0]: row[1] for row in rows}


def advance(connection: sa.Connection, item: StoredItem, stage: Stage, outcome: Outcome | None = None) -> bool:
    """Move an item to its next stage. False, and nothing done, if it was edited since it was read."""
    values = {"stage": stage} if outcome is None else {"stage": stage, "outcome": outcome.value}
    result = connection.execute(
        items.update().where(items.c.id == item.id, items.c.revision == item.revision).values(**values)
    )
    return result.rowcount == 1


def save_assessment(
    connection: sa.Connection, item: StoredItem, assessment: Assessment, vector: NDArray[np.float32], now: datetime
) -> None:
    """Store what the classifier said of an item's present revision, replacing what it said of an earlier one."""
    values = {
        "revision": item.revision,
        "at": now,
        "model": assessment.model,
        "language": assessment.language,
        "supported": assessment.supported,
        "signals": {signal.value: round(float(p), 5) for signal, p in assessment.signals.items()},
        "plover": {root: round(float(p), 5) for root, p in assessment.plover.items()},
        "evidence": [
            {"sentence": e.sentence, "signal": e.signal.value, "probability": round(e.probability, 5)}
            for e in assessment.evidence
        ],
        "flagged": [signal.value for signal in assessment.flagged],
        "vector": vector.astype(np.float16).tobytes(),
    }
    statement = upsert(connection, assessments).values(item=item.id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["item"], set_=values))


@dataclass(frozen=True, slots=True, eq=False)
class StoredAssessment:
    """An assessment as the later stages read it; `vector` is float32 of unit length."""

    signals: dict[Signal, float]
    flagged: tuple[Signal, ...]
    evidence: tuple[Evidence, ...]
    language: str
    model: str
    supported: bool
    vector: NDArray[np.float32]


def assessment_of(connection: sa.Connection, item: int) -> StoredAssessment | None:
    row = connection.execute(sa.select(assessments).where(assessments.c.item == item)).one_or_none()
    if row is None:
        return None
    return StoredAssessment(
        signals={Signal(name): p for name, p in row.signals.items()},
        flagged=tuple(Signal(name) for name in row.flagged),
        evidence=tuple(Evidence(e["sentence"], Signal(e["signal"]), e["probability"]) for e in row.evidence),
        language=row.language,
        model=row.model,
        supported=row.supported,
        vector=np.frombuffer(row.vector, np.float16).astype(np.float32),
    )
