"""One query on the outbox: what can be next in each channel, however much waits behind it."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from brinkwatch.store.outbox import OPEN_STATES, State, Waiting
from brinkwatch.store.tables import outbox

COLUMNS = ("id", "story", "receiver", "channel", "kind", "state", "next_attempt_at")
IN_ORDER = tuple(state for state in OPEN_STATES if state is not State.FAILED)
RECEIVER = sa.bindparam("wanted", type_=sa.Text)


def heads(connection: sa.Connection, receivers: Collection[str]) -> list[Waiting]:
    """For each channel of these receivers all that is gone past (`failed`), and the first in each other open state.

    Oldest first. What belongs to the story of one that is gone past waits with it. The time this takes grows with the
    channels, not with what waits in them.
    """
    rows = [row for receiver in receivers for row in connection.execute(HEADS, {RECEIVER.key: receiver})]
    found = [
        Waiting(**{**row._mapping, "state": State(row.state), "overtaken": bool(row.overtaken)}) for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda row: row.id)


def _heads() -> sa.Select[Any]:
    lanes = _channels()
    firsts = [sa.select(_first(lanes.c.channel, state).label("id")).select_from(lanes) for state in IN_ORDER]
    failed = sa.select(outbox.c.id).join_from(
        lanes,
        outbox,
        sa.and_(outbox.c.receiver == RECEIVER, outbox.c.channel == lanes.c.channel, outbox.c.state == State.FAILED),
    )
    chosen = sa.union_all(*firsts, failed).subquery()
    columns = [outbox.c[name] for name in COLUMNS]
    return sa.select(*columns, _overtaken().label("overtaken")).join(chosen, chosen.c.id == outbox.c.id)


def _channels() -> sa.CTE:
    """The names of all channels, by one step of the index `ix_outbox_lane` each; the last is null."""
    lanes = (
        sa.select(sa.func.min(outbox.c.channel).label("channel"))
        .where(outbox.c.receiver == RECEIVER)
        .cte("lanes", recursive=True)
    )
    following = sa.select(sa.func.min(outbox.c.channel)).where(
        outbox.c.receiver == RECEIVER, outbox.c.channel > lanes.c.channel
    )
    return lanes.union_all(sa.select(following.scalar_subquery()).where(lanes.c.channel.is_not(None)))


def _first(channel: sa.ColumnElement[str], state: State) -> sa.ScalarSelect[int]:
    """The oldest of a channel in a state, but for those whose story is gone past."""
    row, failed = outbox.alias(), outbox.alias()
    gone_past = sa.exists().where(
        failed.c.receiver == row.c.receiver,
        failed.c.channel == row.c.channel,
        failed.c.state == State.FAILED,
        failed.c.story == row.c.story,
        failed.c.id < row.c.id,
    )
    return (
        sa.select(row.c.id)
        .where(row.c.receiver == RECEIVER, row.c.channel == channel, row.c.state == state, ~gone_past)
        .order_by(row.c.id)
        .limit(1)
        .scalar_subquery()
    )


def _overtaken() -> sa.ColumnElement[bool]:
    """Whether it is an edit, and a later one of the same message waits as well."""
    later = outbox.alias()
    waits = sa.exists().where(
        later.c.story == outbox.c.story,
        later.c.receiver == outbox.c.receiver,
        later.c.channel == outbox.c.channel,
        later.c.kind == "update",
        later.c.state.in_(OPEN_STATES),
        later.c.id > outbox.c.id,
    )
    return sa.and_(outbox.c.kind == "update", waits)


# Built once: building it takes ten times as long as running it.
HEADS = _heads()
