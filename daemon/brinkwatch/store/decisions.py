"""Queries on decisions, and on what each route was last told of a story."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from brinkwatch.alerts.budget import Held
from brinkwatch.alerts.decision import Action, Decision, History, Reason, Sent
from brinkwatch.signals.catalogue import Signal
from brinkwatch.store.items import BATCH
from brinkwatch.store.ledger import upsert
from brinkwatch.store.tables import Moment, decisions, items, shifted, told
from brinkwatch.stories.story import StoryState, Tier


def record(
    connection: sa.Connection,
    key: str,
    decision: Decision,
    *,
    at: datetime,
    item: int | None,
    story: str | None,
    route: str | None,
    channel: str | None,
    tier: Tier | None,
    signals: Mapping[Signal, float],
) -> int | None:
    """Store a decision; returns its id, or None if this very decision was stored before."""
    statement = (
        upsert(connection, decisions)
        .values(
            key=key,
            at=at,
            item=item,
            story=story,
            route=route,
            channel=channel,
            action=decision.action.value,
            reason=decision.reason.value,
            tier=int(tier) if tier else None,
            signals={signal.value: round(p, 4) for signal, p in signals.items()},
            next_possible_at=decision.next_possible_at,
        )
        .on_conflict_do_nothing()
        .returning(decisions.c.id)
    )
    identity: int | None = connection.execute(statement).scalar()
    return identity


def record_silent(connection: sa.Connection, feed: str, keys: Sequence[str], now: datetime) -> None:
    """Store why nobody is told of these items of a feed before they are even assessed: their outcome says it."""
    for start in range(0, len(keys), BATCH):
        chosen = sa.select(
            sa.literal("item:") + sa.cast(items.c.id, sa.Text) + ":" + sa.cast(items.c.revision, sa.Text),
            sa.literal(now, Moment), items.c.id, sa.literal(Action.NONE.value), items.c.outcome,
            sa.literal({}, sa.JSON),
        ).where(items.c.feed == feed, items.c.key.in_(keys[start : start + BATCH]))  # fmt: skip
        made = upsert(connection, decisions).from_select(["key", "at", "item", "action", "reason", "signals"], chosen)
        connection.execute(made.on_conflict_do_nothing())


def counts(connection: sa.Connection) -> dict[tuple[Action, Reason], int]:
    """How many decisions there are by action and reason."""
    rows = connection.execute(
        sa.select(decisions.c.action, decisions.c.reason, sa.func.count()).group_by(
            decisions.c.action, decisions.c.reason
        )
    )
    return {(Action(action), Reason(reason)): number for action, reason, number in rows}


def history(connection: sa.Connection, story: str, route: str) -> History:
    """What a route was told of a story."""
    row = connection.execute(sa.select(told).where(told.c.story == story, told.c.route == route)).one_or_none()
    if row is None:
        return History()
    return History(row.waiting_since, _sent(row.first), _sent(row.last), row.last_reply_at, row.repeated_at)


def told_routes(connection: sa.Connection, story: str) -> set[str]:
    """The routes, by label, that have been told of a story."""
    rows = connection.execute(sa.select(told.c.route, told.c.first).where(told.c.story == story))
    return {row.route for row in rows if row.first is not None}


def remember(
    connection: sa.Connection,
    story: str,
    route: str,
    history: History,
    *,
    check_at: datetime | None,
    cause: int | None,
) -> None:
    """Store what a route was told, when a timer must ask again, and the item to name then."""
    values = {
        "waiting_since": history.waiting_since,
        "first": _json(history.first),
        "last": _json(history.last),
        "last_reply_at": history.last_reply_at,
        "repeated_at": history.repeated_at,
        "check_at": check_at,
        "cause": cause,
    }
    statement = upsert(connection, told).values(story=story, route=route, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["story", "route"], set_=values))


def timer_of(connection: sa.Connection, story: str, route: str) -> tuple[datetime | None, int | None]:
    """(when, which item) a timer will ask again for; (None, None) if none is set."""
    row = connection.execute(
        sa.select(told.c.check_at, told.c.cause).where(told.c.story == story, told.c.route == route)
    ).one_or_none()
    return (row.check_at, row.cause) if row else (None, None)


def due_timers(connection: sa.Connection, now: datetime) -> list[tuple[str, str, datetime, int | None]]:
    """(story, route, due, cause) of each timer that has run out, earliest first."""
    rows = connection.execute(
        sa.select(told.c.story, told.c.route, told.c.check_at, told.c.cause)
        .where(told.c.check_at <= now)
        .order_by(told.c.check_at, told.c.story, told.c.route)
    )
    return [(row.story, row.route, row.check_at, row.cause) for row in rows]


def timers(connection: sa.Connection) -> int:
    """How many stories wait to be told: an item is the cause. A notice of a state and a reminder have none."""
    waits = sa.and_(told.c.check_at.is_not(None), told.c.cause.is_not(None))
    statement = sa.select(sa.func.count()).select_from(told).where(waits)
    return int(connection.execute(statement).scalar_one())


def shift_timers(connection: sa.Connection, by: timedelta) -> None:
    """Move every wait, because the clock was set by so much."""
    columns = (told.c.check_at, told.c.waiting_since, told.c.last_reply_at, told.c.repeated_at)
    connection.execute(told.update().values({column.name: shifted(column, by) for column in columns}))


def next_timer(connection: sa.Connection) -> datetime | None:
    moment: datetime | None = connection.execute(sa.select(sa.func.min(told.c.check_at))).scalar()
    return moment


def _json(sent: Sent | None) -> dict[str, Any] | None:
    if sent is None:
        return None
    return {
        "at": sent.at.isoformat(),
        "tier": int(sent.tier),
        "direction": sent.direction,
        "signals": sorted(signal.value for signal in sent.signals),
        "families": sent.families,
        "parties": None if sent.parties is None else sorted(sent.parties),
        "corrections": sent.corrections,
        "state": sent.state.value,
        "noticed": sorted(state.value for state in sent.noticed),
    }


def _sent(data: Mapping[str, Any] | None) -> Sent | None:
    if data is None:
        return None
    return Sent(
        at=datetime.fromisoformat(data["at"]),
        tier=Tier(data["tier"]),
        direction=data["direction"],
        signals=frozenset(Signal(name) for name in data["signals"]),
        families=data["families"],
        # An earlier version did not write these.
        parties=frozenset(data["parties"]) if data.get("parties") is not None else None,
        corrections=data.get("corrections", 0),
        state=StoryState(data.get("state", StoryState.NEW)),
        noticed=frozenset(StoryState(name) for name in data.get("noticed", ())),
    )


VISIBLE = (Action.POST.value, Action.REPLY.value, Action.DIGEST.value)


def told_at(connection: sa.Connection, channel: str, since: datetime) -> list[datetime]:
    """When a channel was told something that people see arrive, after `since`: posts, replies and digest lines."""
    rows = connection.execute(
        sa.select(decisions.c.at).where(
            decisions.c.channel == channel, decisions.c.action.in_(VISIBLE), decisions.c.at > since
        )
    )
    return list(rows.scalars())


def last_budget_line(connection: sa.Connection, channel: str) -> datetime | None:
    """When a channel was last told in one line what its budget held back."""
    statement = sa.select(sa.func.max(decisions.c.at)).where(
        decisions.c.channel == channel,
        decisions.c.action == Action.DIGEST.value,
        decisions.c.reason == Reason.BUDGET.value,
    )
    moment: datetime | None = connection.execute(statement).scalar()
    return moment


def held_back(connection: sa.Connection, channel: str, since: datetime) -> list[Held]:
    """The stories that a channel's budget held back since its last line about them, and that it has not been told of
    by now; nothing from before `since`."""
    last = last_budget_line(connection, channel)
    rows = connection.execute(
        sa.select(decisions.c.at, decisions.c.story, decisions.c.reason, decisions.c.tier, items.c.title)
        .join_from(decisions, items, decisions.c.item == items.c.id, isouter=True)
        .where(
            decisions.c.channel == channel,
            decisions.c.at > max(last or since, since),
            sa.or_(
                sa.and_(decisions.c.action == Action.NONE.value, decisions.c.reason == Reason.BUDGET.value),
                decisions.c.action.in_((Action.POST.value, Action.REPLY.value)),
            ),
        )
        .order_by(decisions.c.at, decisions.c.id)
    )
    held: dict[str, Held] = {}
    for row in rows:
        if row.reason != Reason.BUDGET.value:
            held.pop(row.story, None)
        elif row.story not in held:
            held[row.story] = Held(row.story, row.at, Tier(row.tier or Tier.WATCH), row.title or "")
    return list(held.values())


@dataclass(frozen=True, slots=True)
class Logged:
    """A decision as people read it. `guid` is the item's, as its feed gave it."""

    at: datetime
    guid: str | None
    story: str | None
    action: str
    reason: str
    tier: Tier | None
    signals: list[str]
    channel: str | None
    next_possible_at: datetime | None = None


def log(connection: sa.Connection) -> list[Logged]:
    """Every decision, by time."""
    rows = connection.execute(
        sa.select(decisions, items.c.guid)
        .join_from(decisions, items, decisions.c.item == items.c.id, isouter=True)
        .order_by(decisions.c.at, decisions.c.id)
    )
    return [
        Logged(
            row.at, row.guid, row.story, row.action, row.reason, Tier(row.tier) if row.tier else None,
            list(row.signals), row.channel, row.next_possible_at,
        )
        for row in rows
    ]  # fmt: skip
