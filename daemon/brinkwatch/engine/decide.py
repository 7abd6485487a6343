"""Decides for each route whether it is told of a story, and writes the decision with what follows from it.

The decision itself is `alerts.decide`; this reads the story, stores one row for each answer, and fills the outbox in
the same transaction.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from brinkwatch.alerts.budget import HOUR, free_at
from brinkwatch.alerts.compose import compose, newest
from brinkwatch.alerts.decide import Policy, asks_again, decide, remembered
from brinkwatch.alerts.decision import Action, Decision, History, Reason
from brinkwatch.alerts.routes import Taken, taken, walk, why_nobody
from brinkwatch.alerts.silences import silenced_until
from brinkwatch.config.alerting import Route
from brinkwatch.delivery.receiver import Kind
from brinkwatch.engine.rules import Rules
from brinkwatch.store import decisions, outbox, silences, stories
from brinkwatch.store.database import Connection
from brinkwatch.stories.state import state
from brinkwatch.stories.story import Story

# Replies that the whole channel hears of, not only those who follow the thread.
BROADCAST = frozenset({Reason.TIER_UP, Reason.CORRECTED, Reason.REOPENED, Reason.REPEAT})


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
    return [_settle(connection, f"{key}:{one.told_as}", one, rules, receivers, item, now) for one in views.taken]


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
    for one in _views(connection, story, rules, now).taken:
        if one.told_as == label:
            key = f"timer:{story}:{label}:{due.isoformat()}"
            if rules.too_old(due, now):  # the daemon was down when the wait was over
                stale = Decision(Action.NONE, Reason.STALE)
                decisions.record(
                    connection, key, stale, at=now, item=item, story=story, route=label, channel=one.route.channel,
                    tier=one.story.tier, signals=one.story.signals,
                )  # fmt: skip
                drop_timer(connection, story, label)
                return stale
            made = _settle(connection, key, one, rules, receivers, item, now)
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
    connection: Connection, key: str, one: Taken, rules: Rules, receivers: Sequence[str], item: int | None,
    now: datetime,
) -> Decision:  # fmt: skip
    route, view, label = one.route, one.story, one.told_as
    history = decisions.history(connection, view.id, label)
    policy = _policy(connection, rules, one, now)
    decision = decide(view, history, policy, now)
    row = decisions.record(
        connection, key, decision, at=now, item=item, story=view.id, route=label, channel=route.channel,
        tier=view.tier, signals=view.signals,
    )  # fmt: skip
    if row is None:  # a run before a crash decided this already
        return decision
    after = remembered(history, decision, view, now)
    # What a budget held back is told by its line; from then on only news brings it up again.
    waits = decision.next_possible_at if decision.reason is not Reason.BUDGET else None
    check_at, cause = decisions.timer_of(connection, view.id, label)
    if waits is None:
        cause = None
    elif check_at is None or cause is None:
        cause = item
    decisions.remember(
        connection, view.id, label, after, check_at=waits or asks_again(view, after, policy, now), cause=cause
    )
    if decision.action is not Action.NONE:
        _notify(connection, row, decision, route, view, history, receivers, now, rules.expires_at(now))
    return decision


def _policy(connection: Connection, rules: Rules, one: Taken, now: datetime) -> Policy:
    """What the route wants, and what holds its channel back just now."""
    route, channel = one.route, one.route.channel
    holding = silences.active(connection, now)
    silenced = silenced_until(holding, one.story, (route.label, channel), rules.names, now) if holding else None
    told = decisions.told_at(connection, channel, now - HOUR)
    free = free_at(told, rules.settings.alerting.budget.of(channel), now)
    return rules.policy_for(route, one.story, silenced, free)


def _notify(
    connection: Connection, row: int, decision: Decision, route: Route, view: Story, history: History,
    receivers: Sequence[str], now: datetime, expires_at: datetime | None,
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
                broadcast=kind is Kind.REPLY and decision.reason in BROADCAST,
                next_attempt_at=now,
                created_at=now,
                expires_at=expires_at,
            )


@dataclass(frozen=True, slots=True)
class _Views:
    """A story as whoever has the lowest thresholds sees it, and as each route that takes it does."""

    whole: Story
    taken: list[Taken]
    why_nobody: Reason


def _views(connection: Connection, story: str, rules: Rules, now: datetime) -> _Views:
    """Read a story and bring its row up to date. Raises LookupError if there is none."""
    row = stories.get(connection, story)
    if row is None:
        raise LookupError(f"no story {story}")
    members = stories.members_of(connection, story)

    def seen_by(route: Route | None) -> Story:
        view = rules.view(story, members, route=route, opened_at=row.opened_at, last_at=row.last_at, state=row.state)
        return replace(view, state=state(view, now, rules.settings.stories))

    whole = seen_by(None)
    if (whole.state, whole.tier) != (row.state, row.tier):
        stories.touch(connection, story, state=whole.state, tier=int(whole.tier))
    visits = walk(rules.tree, seen_by, rules.names)
    told = decisions.told_routes(connection, story)
    return _Views(whole, taken(rules.tree, visits, seen_by, told), why_nobody(visits))
