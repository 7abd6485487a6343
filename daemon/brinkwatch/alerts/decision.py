"""Decisions and notifications: plain data."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from brinkwatch.signals.catalogue import Direction, Signal
from brinkwatch.stories.story import Tier


class Action(StrEnum):
    """What is done. `POST` opens a message, `REPLY` answers in its thread, `UPDATE` edits it in place."""

    POST = "post"
    REPLY = "reply"
    UPDATE = "update"
    DIGEST = "digest"
    NONE = "none"


class Reason(StrEnum):
    """Why something was sent, or was not."""

    FIRST = "first"
    TIER_UP = "tier_up"
    NEW_SIGNAL = "new_signal"
    CORROBORATED = "corroborated"
    DEESCALATED = "deescalated"
    PASSED_OVER = "passed_over"
    """A digest of what seeding or staleness kept silent."""

    BELOW_THRESHOLD = "below_threshold"
    DUPLICATE = "duplicate"
    WAITING = "waiting"
    COOLDOWN = "cooldown"
    STALE = "stale"
    SEEDED = "seeded"
    MUTED_FEED = "muted_feed"
    NO_ROUTE = "no_route"
    UNSUPPORTED_LANGUAGE = "unsupported_language"
    FAILED = "failed"
    """A stage cannot handle this very item; the log says why."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Send or not, and why. `next_possible_at` is when a timer should ask again; None when only news can change it."""

    action: Action
    reason: Reason
    next_possible_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What a route was last told of a story."""

    at: datetime
    tier: Tier
    direction: Direction
    signals: frozenset[Signal]
    families: int


@dataclass(frozen=True, slots=True)
class History:
    """What has been told to one route of one story, and since when it has been waiting."""

    waiting_since: datetime | None = None
    first: Sent | None = None
    last: Sent | None = None
    """The last state that people know of, whether by post, reply or update."""
    last_reply_at: datetime | None = None
