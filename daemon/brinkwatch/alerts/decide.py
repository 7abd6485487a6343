"""Decides whether a route is told of a story now, and for which reason. Touches no clock, store or network.

`decide` reads top to bottom: the first rule that applies gives the answer. Every silence has a name as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from brinkwatch.alerts.decision import Action, Decision, History, Reason, Sent
from brinkwatch.alerts.news import another_act, from_muted_alone, news, taken_back
from brinkwatch.stories.story import Story, StoryState, Tier

# Told although the thread rests: what is graver, and what people must no longer believe.
AT_ONCE = frozenset({Reason.TIER_UP, Reason.CORRECTED})
# What time brings, not a report: it tells nothing of the story that the thread does not say already.
NOTICES = frozenset({Reason.COOLING, Reason.CLOSED})
GOING_ON = frozenset({StoryState.NEW, StoryState.DEVELOPING})


@dataclass(frozen=True, slots=True)
class Policy:
    """What a route wants to know, how long it waits, and what holds its channel back just now.

    `window`: a story that nobody reports for so long is over. `begins`: when the story is in a state if nothing
    more comes. `silenced_until`: the end of the last silence that matches the story. `budget_free_at`: when its channel
    may be told more again. None: never, or nothing does.
    """

    min_tier: Tier
    group_wait: timedelta
    group_wait_critical: timedelta
    group_interval: dict[Tier, timedelta]
    max_alert_age: timedelta | None
    """None: nothing is ever too old (replay)."""
    window: timedelta = timedelta(hours=72)
    signal_memory: timedelta = timedelta(hours=2)
    """For this long after a message another act of a kind that was told already is no news."""
    repeat_interval: timedelta | None = None
    notices: frozenset[StoryState] = frozenset()
    begins: Mapping[StoryState, datetime] = field(default_factory=dict)
    silenced_until: datetime | None = None
    budget_free_at: datetime | None = None


def decide(story: Story, history: History, policy: Policy, now: datetime) -> Decision:
    """Tell the route now, later, or not.

    `story` holds only the signals that pass the route's thresholds. A `next_possible_at` is always after `now`.
    An update edits the first message and notifies nobody, so it needs no interval and no budget.
    """
    found = _first(story, policy) if history.first is None else _further(story, history, history.first, policy, now)
    if found.action is Action.NONE:
        return found
    if found.action is Action.POST and policy.max_alert_age and now - story.last_at > policy.max_alert_age:
        return Decision(Action.NONE, Reason.STALE)
    ready_at = _ready_at(story, history, policy, found, now)
    if now < ready_at:
        return Decision(Action.NONE, Reason.COOLDOWN if history.first else Reason.WAITING, ready_at)
    if policy.silenced_until and now < policy.silenced_until:
        return Decision(Action.NONE, Reason.SILENCED, policy.silenced_until)
    free = found.action is Action.UPDATE or story.tier is Tier.CRITICAL
    if policy.budget_free_at and now < policy.budget_free_at and not free:
        return Decision(Action.NONE, Reason.BUDGET, policy.budget_free_at)
    return found


def _first(story: Story, policy: Policy) -> Decision:
    """What a route that knows nothing of the story would be told, were now the time."""
    if not story.signals or story.tier < policy.min_tier:
        return Decision(Action.NONE, Reason.BELOW_THRESHOLD)
    if story.no_news:
        return Decision(Action.NONE, Reason.NOT_NEWS)
    if story.muted:
        return Decision(Action.NONE, Reason.MUTED_FEED)
    return Decision(Action.POST, Reason.FIRST)


def _further(story: Story, history: History, first: Sent, policy: Policy, now: datetime) -> Decision:
    """What a route that knows of the story would be told, were now the time."""
    last = history.last or first
    new = news(story, last, policy.window)
    if new is None and another_act(story, last) and now - _told_at(history, first, now) >= policy.signal_memory:
        new = Reason.NEW_SIGNAL
    if new is not None and not from_muted_alone(story, last, new):
        return Decision(Action.REPLY, new)
    if story.state in policy.notices and story.state not in last.noticed:
        return Decision(Action.REPLY, Reason(story.state.value))
    if policy.repeat_interval and story.state in GOING_ON and now >= _repeat_at(history, first, policy.repeat_interval):
        return Decision(Action.REPLY, Reason.REPEAT)
    if new is not None:
        return Decision(Action.NONE, Reason.MUTED_FEED)
    if len(story.families) > last.families:
        return Decision(Action.UPDATE, Reason.CORROBORATED)
    if taken_back(story, last):
        return Decision(Action.UPDATE, Reason.CORRECTED)
    return Decision(Action.NONE, Reason.DUPLICATE)


def _ready_at(story: Story, history: History, policy: Policy, found: Decision, now: datetime) -> datetime:
    """When the clock that rules this message has run out. Each clock runs by itself: none moves another.

    `group_wait` runs from the story's first flagged item, `group_interval` from the last news that was told, whatever
    else has been said in the thread. Never from later than now: the clock may have been set back since.
    """
    if history.first is None:
        wait = policy.group_wait_critical if story.tier is Tier.CRITICAL else policy.group_wait
        return min(history.waiting_since or now, now) + wait
    if found.action is Action.UPDATE or found.reason in {*AT_ONCE, *NOTICES, Reason.REPEAT}:
        return now
    return _told_at(history, history.first, now) + policy.group_interval[story.tier]


def _told_at(history: History, first: Sent, now: datetime) -> datetime:
    """When the last news was told."""
    return min(max(first.at, history.last_reply_at or first.at), now)


def _repeat_at(history: History, first: Sent, interval: timedelta) -> datetime:
    """When the channel is reminded: counted from the first message, then from reminder to reminder."""
    return (history.repeated_at or first.at) + interval


def asks_again(story: Story, history: History, policy: Policy, now: datetime) -> datetime | None:
    """When time alone may bring a message about a story that was told: a notice of its state, or a reminder."""
    if history.first is None:
        return None
    moments: list[datetime] = []
    noticed = (history.last or history.first).noticed
    moments += [policy.begins[state] for state in policy.notices - noticed if state in policy.begins]
    if policy.repeat_interval and story.state in GOING_ON:
        due = _repeat_at(history, history.first, policy.repeat_interval)
        moments.append(due if due > now else now + policy.repeat_interval)  # held back this time
    return min((moment for moment in moments if moment > now), default=None)


def remembered(history: History, decision: Decision, story: Story, now: datetime) -> History:
    """The history after a decision was carried out."""
    if decision.reason in {Reason.WAITING, Reason.SILENCED, Reason.BUDGET}:
        # Who was held back does not wait a second time.
        waiting = min(history.waiting_since or now, now) if history.first is None else None
        return replace(history, waiting_since=waiting)
    if decision.action is Action.NONE:
        return history if history.first else replace(history, waiting_since=None)
    sent = snapshot(story, now)
    last = history.last or history.first
    if last is None:
        return History(first=sent, last=sent)
    if decision.reason is Reason.REPEAT:
        return replace(history, repeated_at=now)
    if decision.reason in NOTICES:
        return replace(history, last=replace(last, state=story.state, noticed=last.noticed | {story.state}))
    over = last.state is StoryState.CLOSED and story.state is not StoryState.CLOSED
    sent = sent if over else replace(sent, noticed=last.noticed)
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
        parties=story.parties | story.actors,
        corrections=story.corrections,
        state=story.state,
    )
