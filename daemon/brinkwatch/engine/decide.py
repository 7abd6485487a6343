"""Decides for each route whether it is told of a story, and writes the decision with what follows from it.

The decision itself is `alerts.decide`; this reads the story, stores one row for each answer, and fills the outbox in
the same transaction.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from brinkwatch.alerts.compose import compose, newest
from brinkwatch.alerts.decide import decide, remembered
from brinkwatch.alerts.decision import Action, Decision, History, Reason
from brinkwatch.alerts.routes import routes_for, why_nobody
from brinkwatch.config.settings import Route
from brinkwatch.delivery.receiver import Kind
from brinkwatch.engine.rules import Rules
from brinkwatch.store import decisions, outbox, stories
from brinkwatch.store.database import Connection
from brinkwatch.stories.state import state
from brinkwatch.stories.story import Story


def decide_item(
    connection: Connection,
    story: str,
    item: int,
    revision: int,
    rules: Rules,
    receivers: Sequence[str],
    now: datetime,
) -> list[Decision]:
    """Decide for every route, because an item joined the story or was edited."""
    views = _views(connection, story, rules, now)
    key = f"item:{item}:{revision}"
    if not views.taken:
        nobody = Decision(Action.NONE, views.why_nobody)
        decisions.record(
            connection, key, nobody, at=now, item=item, story=story, route=None, channel=None,
            tier=views.whole.tier, signals=views.whole.signals,
        )  # fmt: skip
        return [nobody]
    return [
        _settle(connection, f"{key}:{route.label}", route, view, rules, receivers, item, now)
        for route, view in views.taken
    ]


def decide_unrelated(
    connection: Connection, item: int, revision: int, reason: Reason, now: datetime, story: str | None = None
) -> Decision:
    """Record why no route is asked about an item: as a rule, because it is in no story."""
    decision = Decision(Action.NONE, reason)
    decisions.record(
        connection, f"item:{item}:{revision}", decision, at=now, item=item, story=story, route=None, channel=None,
        tier=None, signals={},
    )  # fmt: skip
    return decision


def decide_timer(
    connection: Connection, story: str, label: str, due: datetime, item: int | None, rules: Rules,
    receivers: Sequence[str], now: datetime,
) -> Decision | None:  # fmt: skip
    """Ask again, because a wait is over. None: the route is gone, or takes the story no more; the timer goes too."""
    for route, view in _views(connection, story, rules, now).taken:
        if route.label == label:
            key = f"timer:{story}:{label}:{due.isoformat()}"
            if rules.too_old(due, now):  # the daemon was down when the wait was over
                stale = Decision(Action.NONE, Reason.STALE)
                decisions.record(
                    connection, key, stale, at=now, item=item, story=story, route=label, channel=route.channel,
                    tier=view.tier, signals=view.signals,
                )  # fmt: skip
                drop_timer(connection, story, label)
                return stale
            made = _settle(connection, key, route, view, rules, receivers, item, now)
            if decisions.timer_of(connection, story, label)[0] == due:
                # Decided before under this very due time, which a clock that was set back can bring again.
                drop_timer(connection, story, label)
            return made
    drop_timer(connection, story, label)
    return None


def refresh(connection: Connection, story: str, rules: Rules, now: datetime) -> None:
    """Bring a story's row up to date with its members; one without members is left as it is."""
    if stories.members_of(connection, story):
        _views(connection, story, rules, now)


def drop_timer(connection: Connection, story: str, label: str) -> None:
    """Ask no more; what the route was told stays known."""
    history = decisions.history(connection, story, label)
    decisions.remember(connection, story, label, history, check_at=None, cause=None)


def _settle(
    connection: Connection, key: str, route: Route, view: Story, rules: Rules, receivers: Sequence[str],
    item: int | None, now: datetime,
) -> Decision:  # fmt: skip
    history = decisions.history(connection, view.id, route.label)
    decision = decide(view, history, rules.policy(route), now)
    row = decisions.record(
        connection, key, decision, at=now, item=item, story=view.id, route=route.label, channel=route.channel,
        tier=view.tier, signals=view.signals,
    )  # fmt: skip
    if row is None:  # a run before a crash decided this already
        return decision
    check_at, cause = decisions.timer_of(connection, view.id, route.label)
    if decision.next_possible_at is None:
        cause = None
    elif check_at is None:
        cause = item
    decisions.remember(
        connection, view.id, route.label, remembered(history, decision, view, now),
        check_at=decision.next_possible_at, cause=cause,
    )  # fmt: skip
    if decision.action is not Action.NONE:
        _notify(connection, row, decision, route, view, history, receivers, now)
    return decision


def _notify(
    connection: Connection, row: int, decision: Decision, route: Route, view: Story, history: History,
    receivers: Sequence[str], now: datetime,
) -> None:  # fmt: skip
    """Fill the outbox: the post, or the reply and the edited first message, or the edit alone."""
    last = history.last or history.first
    cards = []
    if decision.action is Action.REPLY:
        cards.append((Kind.REPLY, compose(view, decision.reason, last, route, about=newest(view))))
    if decision.action is Action.POST:
        cards.append((Kind.POST, compose(view, decision.reason, None, route)))
    else:
        cards.append((Kind.UPDATE, compose(view, decision.reason, last, route)))
    for receiver in receivers:
        for kind, card in cards:
            outbox.put(
                connection,
                key=secrets.token_hex(12),
                decision=row,
                story=view.id,
                receiver=receiver,
                channel=route.channel,
                kind=kind.value,
                card=card.to_json(),
                text=f"{card.tier}, {card.direction}: {card.headline} ({card.publisher})",
                broadcast=kind is Kind.REPLY and decision.reason is Reason.TIER_UP,
                next_attempt_at=now,
                created_at=now,
            )


@dataclass(frozen=True, slots=True)
class _Views:
    """A story as whoever has the lowest thresholds sees it, and as each route that takes it does."""

    whole: Story
    taken: list[tuple[Route, Story]]
    why_nobody: Reason


def _views(connection: Connection, story: str, rules: Rules, now: datetime) -> _Views:
    """Read a story and bring its row up to date. Raises LookupError if there is none."""
    row = stories.get(connection, story)
    if row is None:
        raise LookupError(f"no story {story}")
    members = stories.members_of(connection, story)

    def seen_by(route: Route | None) -> Story:
        return rules.view(story, members, route=route, opened_at=row.opened_at, last_at=row.last_at, state=row.state)

    whole = seen_by(None)
    present = state(whole, now, rules.settings.stories)
    if (present, whole.tier) != (row.state, row.tier):
        stories.touch(connection, story, state=present, tier=int(whole.tier))
    routes = rules.settings.routes
    views = [seen_by(route) for route in routes]
    told = decisions.told_routes(connection, story)
    return _Views(whole, routes_for(routes, views, told), why_nobody(routes, views))
