"""Says what of a story people do not know yet, given what they were last told. Pure."""

from datetime import timedelta

from brinkwatch.alerts.decision import Reason, Sent
from brinkwatch.signals.catalogue import DE_ESCALATION
from brinkwatch.stories.story import Story, StoryState

# From one publisher to two is news ("corroborated"); so is a broad echo. In between it is only repetition.
CORROBORATION_STEPS = (2, 4)
# Two rare words that no report of the story had: a fresh act brings them, a report in other words as a rule does not.
ANOTHER_ACT = 1.5


def news(story: Story, last: Sent, window: timedelta) -> Reason | None:
    """What people do not know yet; what they must no longer believe comes first, then the gravest."""
    if story.corrections > last.corrections or _retracted(story, last):
        return Reason.CORRECTED
    if story.tier > last.tier:
        return Reason.TIER_UP
    if _returned(story, last, window):
        return Reason.REOPENED
    new = set(story.signals) - last.signals
    if new - DE_ESCALATION:
        return Reason.NEW_SIGNAL
    if last.parties is not None and story.parties - last.parties:
        return Reason.NEW_ACTOR
    if new & DE_ESCALATION:
        return Reason.DEESCALATED
    families = len(story.families)
    if any(last.families < step <= families for step in CORROBORATION_STEPS):
        return Reason.CORROBORATED
    return None


def taken_back(story: Story, last: Sent) -> bool:
    """Whether an edit took away a signal that was told: no report carries it, none comes near, one was edited."""
    hinted = {signal for member in story.members for signal in member.hinted}
    return bool(last.signals - story.signals.keys() - hinted) and any(member.revised for member in story.members)


def _retracted(story: Story, last: Sent) -> bool:
    """Whether edits took away all that the story was told for; a part of it only corrects the first message."""
    told = last.signals - DE_ESCALATION or last.signals
    hinted = {signal for member in story.members for signal in member.hinted}
    return taken_back(story, last) and not told & (story.signals.keys() | hinted)


def _returned(story: Story, last: Sent, window: timedelta) -> bool:
    """Whether the story was over when its newest report came."""
    newest = max((member.seen for member in story.reports), default=last.at)
    before = [member.seen for member in story.members if member.seen < newest]
    over = last.state is StoryState.CLOSED or (bool(before) and newest - max(before) > window)
    return over and newest > last.at


def from_muted_alone(story: Story, last: Sent, new: Reason) -> bool:
    """Whether nothing but feeds that never alert alone brought the news. They may confirm, and correct."""
    fresh = [member for member in story.reports if member.seen > last.at]
    confirms = new in {Reason.CORROBORATED, Reason.CORRECTED}
    return not confirms and bool(fresh) and all(member.muted for member in fresh)


def another_act(story: Story, last: Sent) -> bool:
    """Whether the newest report brings a kind of signal that is known, by an act that is not."""
    newest = story.newest
    if newest is None or newest.seen <= last.at or story.newest_adds < ANOTHER_ACT:
        return False
    return bool(set(newest.signals) - DE_ESCALATION)
