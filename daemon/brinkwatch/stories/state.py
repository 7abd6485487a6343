"""Decides how a story stands. Touches no clock: `now` is an argument."""

from datetime import datetime, timedelta

from brinkwatch.config.settings import Stories
from brinkwatch.stories.story import Story, StoryState


def state(story: Story, now: datetime, settings: Stories) -> StoryState:
    """How `story` stands at `now`.

    New until a second report comes; then developing; cooling once nothing has joined for `cooling_after`; closed once
    nothing has joined for the whole window.
    """
    quiet = now - story.last_at
    if quiet > settings.window:
        return StoryState.CLOSED
    if quiet > settings.cooling_after:
        return StoryState.COOLING
    return StoryState.DEVELOPING if len(story.reports) > 1 else StoryState.NEW


def ends_at(story: Story, now: datetime, settings: Stories) -> datetime | None:
    """When the story's present state ends if nothing more comes; None for one that is closed."""
    ends = (story.last_at + span + timedelta.resolution for span in (settings.cooling_after, settings.window))
    return min((moment for moment in ends if moment > now), default=None)
