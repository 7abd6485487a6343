"""Silences: what they match, how they stand, and until when one holds a story back. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from brinkwatch.alerts.matching import Names, matches
from brinkwatch.config.alerting import Matchers, Word
from brinkwatch.stories.story import Story


class Silenced(Matchers):
    """What a silence matches: the words of a route, and single stories and routes."""

    stories: tuple[Word, ...] = Field((), description="Only these stories; empty: all.")
    routes: tuple[Word, ...] = Field((), description="Only on these routes, by name or channel; empty: all.")


class SilenceState(StrEnum):
    """How a silence stands."""

    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Silence:
    """Holds back what it matches from `starts_at` until before `ends_at`. Who made it and why is always known."""

    id: int
    matchers: Silenced
    author: str
    comment: str
    created_at: datetime
    starts_at: datetime
    ends_at: datetime

    def state(self, now: datetime) -> SilenceState:
        if now >= self.ends_at:
            return SilenceState.EXPIRED
        return SilenceState.ACTIVE if now >= self.starts_at else SilenceState.PENDING


def silenced_until(
    silences: Iterable[Silence], story: Story, route: Iterable[str], names: Names, now: datetime
) -> datetime | None:
    """When the last silence ends that holds the story back now; None: none does. `route`: its name and channel."""
    called = set(route)
    ends = (
        silence.ends_at
        for silence in silences
        if silence.state(now) is SilenceState.ACTIVE
        and (not silence.matchers.stories or story.id in silence.matchers.stories)
        and (not silence.matchers.routes or not called.isdisjoint(silence.matchers.routes))
        and matches(silence.matchers, story, names)
    )
    return max(ends, default=None)
