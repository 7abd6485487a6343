"""How a story stands follows from its reports and from how long it has been quiet."""

from datetime import UTC, datetime, timedelta

import pytest

from brinkwatch.config.settings import Stories
from brinkwatch.signals.catalogue import Signal
from brinkwatch.stories.state import state
from brinkwatch.stories.story import Member, Story, StoryState, Tier

NOON = datetime(2022, 10, 10, 12, tzinfo=UTC)
SETTINGS = Stories()


def story(*flagged: bool) -> Story:
    members = tuple(
        Member(n, "", "", None, NOON, NOON, "f", "f", "f", {Signal.TALKS: 0.9} if yes else {})
        for n, yes in enumerate(flagged)
    )
    return Story("s-1", NOON, NOON, StoryState.NEW, Tier.WATCH, members)


@pytest.mark.parametrize(
    ("reports", "quiet", "expected"),
    [
        ((True,), timedelta(0), StoryState.NEW),
        ((True, False), timedelta(0), StoryState.NEW),
        ((True, True), timedelta(0), StoryState.DEVELOPING),
        ((True, True), SETTINGS.cooling_after, StoryState.DEVELOPING),
        ((True,), SETTINGS.cooling_after + timedelta(seconds=1), StoryState.COOLING),
        ((True, True), SETTINGS.window, StoryState.COOLING),
        ((True, True), SETTINGS.window + timedelta(seconds=1), StoryState.CLOSED),
    ],
)
def test_state_follows_reports_and_quiet(reports: tuple[bool, ...], quiet: timedelta, expected: StoryState) -> None:
    assert state(story(*reports), NOON + quiet, SETTINGS) is expected
