"""Queries on items and their assessments."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
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


# Made once: to build a statement takes SQLAlchemy longer than to run it.
_OF_KEYS = (items.c.feed == sa.bindparam("of"), items.c.key.in_(sa.bindparam("keys", expanding=True)))
_PRESENT = sa.select(items.c.id, items.c.key, items.c.revision, items.c.title, items.c.summary).where(*_OF_KEYS)
_KNOWN = _PRESENT.add_columns(items.c.link, items.c.published, items.c.outcome)
_FORMER = (
    sa.select(revisions.c.item, revisions.c.title, revisions.c.summary)
    .where(revisions.c.item.in_(sa.bindparam("ids", expanding=True)))
    .order_by(revisions.c.item, revisions.c.revision.desc())
)
_INSERT = items.insert()


def said_of() -> sa.ColumnElement[str]:
    """An item's text: its whole article if that was read, else what the feed said. Needs `articles` joined."""
    return sa.func.coalesce(articles.c.text, items.c.summary)


# Word for word the condition of the index: without it SQLite reads all items to find the few that wait.
_UNFINISHED = items.c.stage != sa.literal_column("'done'")
_AT_STAGE = (
    sa.select(*(said_of().label("summary") if column.name == "summary" else column for column in _STORED))
    .outerjoin(articles, articles.c.item == items.c.id)
    .where(items.c.stage == sa.bindparam("stage"), _UNFINISHED)
    .order_by(items.c.id)
)


def known(connection: sa.Connection, feed: str, keys: Sequence[str]) -> dict[str, KnownItem]:
    """What is remembered of these identities."""
    rows = _found(connection, _KNOWN, feed, keys)
    former = _former(connection, [row.id for row in rows if row.revision > 1])
    return {
        row.key: KnownItem(
            row.key, row.title, row.summary, row.link, row.published, row.revision, Outcome(row.outcome),
            tuple(former.get(row.id, ())),
        )
        for row in rows
    }  # fmt: skip


def _former(connection: sa.Connection, ids: Sequence[int]) -> dict[int, list[ItemText]]:
    """The last few texts that these items had before, newest first."""
    found: defaultdict[int, list[ItemText]] = defaultdict(list)
    for start in range(0, len(ids), BATCH):
        for row in connection.execute(_FORMER, {"ids": list(ids[start : start + BATCH])}):
            if len(texts := found[row.item]) < FORMER:
                texts.append(ItemText(row.title, row.summary))
    return found


def write(
    connection: sa.Connection,
    feed: str,
    intents: Iterable[ItemIntent],
    now: datetime,
    first: Stage = Stage.ASSESS,
    present: Collection[str] | None = None,
) -> None:
    """Store what the intents say.

    What is pending waits at the stage `first`. An item already there under the same identity is updated; its former
    text goes to `revisions` if the revision rose. `present`: the identities that are there, if the caller has just
    asked.
    """
    rows = [(intent, intent.write) for intent in intents if intent.write]
    keys = [row.key for _, row in rows if present is None or row.key in present]
    there = {row.key: row for row in _found(connection, _PRESENT, feed, keys)}
    fresh: list[dict[str, Any]] = []
    for intent, row in rows:
        pending = intent.outcome is Outcome.PENDING
        values = {
            "guid": row.guid, "link": row.link, "title": row.title, "summary": row.summary,
            "published": row.published, "revision": row.revision, "changed_at": now,
        }  # fmt: skip
        if intent.outcome is not Outcome.COSMETIC:
            values |= {"outcome": intent.outcome.value, "stage": first if pending else Stage.DONE}
        old = there.get(row.key)
        if old is None:
            fresh.append({"feed": feed, "key": row.key, "first_seen": now, **values})
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
    if fresh:  # in one go: a first poll of a thousand feeds writes tens of thousands
        connection.execute(_INSERT, fresh)


def _found(connection: sa.Connection, statement: sa.Select[Any], feed: str, keys: Sequence[str]) -> list[sa.Row[Any]]:
    """The rows of a feed with these identities."""
    return [
        row
        for start in range(0, len(keys), BATCH)
        for row in connection.execute(statement, {"of": feed, "keys": list(keys[start : start + BATCH])})
    ]


def at_stage(connection: sa.Connection, stage: Stage, limit: int) -> list[StoredItem]:
    """Items that wait at a stage, in the order they came; with their whole article where there is one."""
    return [StoredItem(*row) for row in connection.execute(_AT_STAGE.limit(limit), {"stage": stage.value})]


def to_relate(connection: sa.Connection, limit: int, patient_since: datetime) -> list[StoredItem]:
    """Items that wait at the stage `relate`, the earliest report first, whatever the order in their feeds.

    An item waits until all of its poll has been read, but for polls from before `patient_since`: something of those
    cannot be read for now, and holds up nothing else.
    """
    columns = [said_of().label("summary") if column.name == "summary" else column for column in _STORED]
    other = items.alias()
    unread = sa.exists().where(
        other.c.stage == Stage.ASSESS,
        other.c.stage != sa.literal_column("'done'"),
        other.c.feed == items.c.feed,
        other.c.changed_at == items.c.changed_at,
    )
    rows = connection.execute(
        sa.select(*columns)
        .outerjoin(articles, articles.c.item == items.c.id)
        .where(items.c.stage == Stage.RELATE, _UNFINISHED, sa.or_(items.c.changed_at < patient_since, ~unread))
        .order_by(items.c.first_seen, items.c.published, items.c.key)
        .limit(limit)
    )
    return [StoredItem(**row._mapping) for row in rows]


def get(connection: sa.Connection, item: int) -> StoredItem | None:
    row = connection.execute(sa.select(*_STORED).where(items.c.id == item)).one_or_none()
    return StoredItem(**row._mapping) if row else None


def waiting(connection: sa.Connection) -> dict[str, int]:
    """How many items wait at each stage but the last."""
    rows = connection.execute(sa.select(items.c.stage, sa.func.count()).where(_UNFINISHED).group_by(items.c.stage))
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
