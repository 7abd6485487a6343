"""Decides whether a route is told of a story now, and for which reason. Touches no clock, store or network.

`decide` reads top to bottom: the first rule that applies gives the answer. Every silence has a name as well.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from brinkwatch.alerts.decision import Action, Decision, History, Reason, Sent
from brinkwatch.signals.catalogue import DE_ESCALATION
from brinkwatch.stories.story import Story, Tier

# From one publisher to two is news ("corroborated"); so is a broad echo. In between it is only repetition.
CORROBORATION_STEPS = (2, 4)

# Two rare words that no report of the story had: a fresh act brings them, a report in other words as a rule does not.
ANOTHER_ACT = 1.5


@dataclass(frozen=True, slots=True)
class Policy:
    """What a route wants to know and how long it waits."""

    min_tier: Tier
    group_wait: timedelta
    group_wait_critical: timedelta
    group_interval: dict[Tier, timedelta]
    max_alert_age: timedelta | None
    """None: nothing is ever too old (replay)."""
    signal_memory: timedelta
    """For this long after a message another act of a kind that was told already is no news."""


def decide(story: Story, history: History, policy: Policy, now: datetime) -> Decision:
    """Tell the route now, later, or not.

    `story` holds only the signals that pass the route's thresholds. A `next_possible_at` is always after `now`.
    An update edits the first message and notifies nobody, so it needs no interval.
    """
    if history.first is None:
        return _first(story, history, policy, now)
    last = history.last or history.first
    # Never later than now: the clock may have been set back since.
    told_at = min(max(history.first.at, history.last_reply_at or history.first.at), now)
    news = _news(story, last)
    if news is None and _another_act(story, last) and now - told_at >= policy.signal_memory:
        news = Reason.NEW_SIGNAL
    if news is None:
        if len(story.families) > last.families:
            return Decision(Action.UPDATE, Reason.CORROBORATED)
        return Decision(Action.NONE, Reason.DUPLICATE)
    if news is Reason.TIER_UP:
        return Decision(Action.REPLY, news)
    free_at = told_at + policy.group_interval[story.tier]
    if now < free_at:
        return Decision(Action.NONE, Reason.COOLDOWN, free_at)
    return Decision(Action.REPLY, news)


def _first(story: Story, history: History, policy: Policy, now: datetime) -> Decision:
    if not story.signals or story.tier < policy.min_tier:
        return Decision(Action.NONE, Reason.BELOW_THRESHOLD)
    if story.muted:
        return Decision(Action.NONE, Reason.MUTED_FEED)
    if policy.max_alert_age is not None and now - story.last_at > policy.max_alert_age:
        return Decision(Action.NONE, Reason.STALE)
    wait = policy.group_wait_critical if story.tier is Tier.CRITICAL else policy.group_wait
    ready_at = min(history.waiting_since or now, now) + wait
    if now < ready_at:
        return Decision(Action.NONE, Reason.WAITING, ready_at)
    return Decision(Action.POST, Reason.FIRST)


def _news(story: Story, last: Sent) -> Reason | None:
    """What people do not know yet; the gravest first."""
    if story.tier > last.tier:
        return Reason.TIER_UP
    new = set(story.signals) - last.signals
    if new - DE_ESCALATION:
        return Reason.NEW_SIGNAL
    if new & DE_ESCALATION:
        return Reason.DEESCALATED
    families = len(story.families)
    if any(last.families < step <= families for step in CORROBORATION_STEPS):
        return Reason.CORROBORATED
    return None


def _another_act(story: Story, last: Sent) -> bool:
    """Whether the newest report brings a kind of signal that is known, by an act that is not."""
    newest = story.newest
    if newest is None or newest.seen <= last.at or story.newest_adds < ANOTHER_ACT:
        return False
    return bool(set(newest.signals) - DE_ESCALATION)


def remembered(history: History, decision: Decision, story: Story, now: datetime) -> History:
    """The history after a decision was carried out."""
    if decision.reason is Reason.WAITING:
        return replace(history, waiting_since=min(history.waiting_since or now, now))
    if decision.action is Action.NONE:
        return history if history.first else replace(history, waiting_since=None)
    sent = snapshot(story, now)
    if decision.action is Action.POST:
        return History(first=sent, last=sent)
    told_at = now if decision.action is Action.REPLY else history.last_reply_at
    return replace(history, last=sent, last_reply_at=told_at)


def snapshot(story: Story, now: datetime) -> Sent:
    """What a route knows once it has been told of the story as it is."""
    return Sent(
        at=now,
        tier=story.tier,
        direction=story.direction,
        signals=frozenset(story.signals),
        families=len(story.families),
    )
