"""Decides how a story stands. Touches no clock: `now` is an argument."""

from datetime import datetime, timedelta

from brinkwatch.config.settings import Stories
from brinkwatch.stories.story import Story, StoryState


def state(story: Story, now: datetime, settings: Stories) -> StoryState:
    """How `story` stands at `now`."""
    return standing(story.last_at, len(story.reports), now, settings)


def standing(last_at: datetime, reports: int, now: datetime, settings: Stories) -> StoryState:
    """How a story stands at `now` that something joined last at `last_at` and that has so many reports.

    New until a second report comes; then developing; cooling once nothing has joined for `cooling_after`; closed once
    nothing has joined for the whole window.
    """
    quiet = now - last_at
    if quiet > settings.window:
        return StoryState.CLOSED
    if quiet > settings.cooling_after:
        return StoryState.COOLING
    return StoryState.DEVELOPING if reports > 1 else StoryState.NEW


def begins(story: Story, settings: Stories) -> dict[StoryState, datetime]:
    """When the story cools and when it closes, if nothing more comes."""
    spans = {StoryState.COOLING: settings.cooling_after, StoryState.CLOSED: settings.window}
    return {name: story.last_at + span + timedelta.resolution for name, span in spans.items()}
