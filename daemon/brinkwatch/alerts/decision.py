"""Decisions and notifications: plain data."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from brinkwatch.signals.catalogue import Direction, Signal
from brinkwatch.stories.story import StoryState, Tier


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
    NEW_ACTOR = "new_actor"
    """A nuclear power or a party of a flashpoint is named that was not."""
    CORROBORATED = "corroborated"
    DEESCALATED = "deescalated"
    CORRECTED = "corrected"
    """What was told is taken back: an edit takes its signals away, or an item says so."""
    REOPENED = "reopened"
    """A story that was over is reported again."""
    REPEAT = "repeat"
    COOLING = "cooling"
    CLOSED = "closed"
    PASSED_OVER = "passed_over"
    """A digest of what seeding or staleness kept silent."""

    BELOW_THRESHOLD = "below_threshold"
    DUPLICATE = "duplicate"
    WAITING = "waiting"
    COOLDOWN = "cooldown"
    SILENCED = "silenced"
    BUDGET = "budget"
    """The channel has been told enough in this hour; also the reason of the digest line that says so."""
    STALE = "stale"
    SEEDED = "seeded"
    NOT_NEWS = "not_news"
    """Nothing but opinion, looks back and corrections."""
    MUTED_FEED = "muted_feed"
    NO_ROUTE = "no_route"
    UNSUPPORTED_LANGUAGE = "unsupported_language"
    FAILED = "failed"
    """A stage cannot handle this very item; the log says why."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Send or not, and why. `next_possible_at` is the earliest time at which the answer can be another by itself; None
    when only news can change it."""

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
    parties: frozenset[str] | None = None
    """Who had been named by then. None: not known, as an earlier version wrote it."""
    corrections: int = 0
    state: StoryState = StoryState.NEW
    noticed: frozenset[StoryState] = frozenset()
    """The states that were told by a notice of their own."""


@dataclass(frozen=True, slots=True)
class History:
    """What has been told to one route of one story, and since when it has been waiting."""

    waiting_since: datetime | None = None
    first: Sent | None = None
    last: Sent | None = None
    """The last state that people know of, whether by post, reply or update."""
    last_reply_at: datetime | None = None
    repeated_at: datetime | None = None
    """When the channel was last reminded."""
