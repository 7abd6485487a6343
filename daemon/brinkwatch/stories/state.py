"""Decides how a story stands. Touches no clock: `now` is an argument."""

from datetime import datetime

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
