"""Decides how a feed stands after a poll: one pure state machine. Reads no clock and stores nothing.

A feed is never switched off: every state but the configuration's own word leads back to `ok` with the next good poll.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from brinkwatch.feeds.entry import ParsedFeed
from brinkwatch.feeds.fetched import Fetched, FetchKind
from brinkwatch.feeds.notafeed import NotAFeed
from brinkwatch.feeds.rate import Rate, is_quiet, is_stale


class Health(StrEnum):
    """How a feed stands."""

    NEW = "new"
    """Never polled."""
    OK = "ok"
    QUIET = "quiet"
    """Read, but silent for longer than its own rate makes likely."""
    STALE = "stale"
    """Read, but all that it holds is old."""
    DEGRADED = "degraded"
    """Read, but the document is damaged: something may be missing."""
    FAILING = "failing"
    CHALLENGED = "challenged"
    """The publisher wants proof that a person is reading."""
    THROTTLED = "throttled"
    """The server says that it is asked too often."""
    GONE = "gone"
    """The server says that the feed was withdrawn (410); it is still visited, seldom."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is remembered of a feed's polls. `status` is `ok`, `not_modified` or a named failure; `error` its words."""

    health: Health = Health.NEW
    since: datetime | None = None
    failures: int = 0
    """In a row."""
    status: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """How one poll ended: `status` as in Standing; `error` is None if the feed was read or is unchanged."""

    status: str
    error: str | None = None
    damaged: bool = False
    retry_after: timedelta | None = None


# Failures of the document, not of the way to it. Such a feed must be fetched whole next time.
_DOCUMENT_FAILURES = frozenset({"html_page", "challenge", "empty", "unreadable", "hostile"})


def visit(fetched: Fetched, parsed: ParsedFeed | NotAFeed | None) -> Visit:
    """What a poll amounts to. `parsed` is None unless a document was fetched."""
    if fetched.kind is FetchKind.NOT_MODIFIED:
        return Visit("not_modified")
    if isinstance(parsed, ParsedFeed):
        return Visit("ok", damaged=bool(parsed.problems))
    if isinstance(parsed, NotAFeed):
        return Visit(parsed.kind, parsed.words)
    return Visit(fetched.error or "unreadable", fetched.words or "no document", retry_after=fetched.retry_after)


def stand(old: Standing, poll: Visit, now: datetime, silence: Health | None = None) -> Standing:
    """How the feed stands after this poll. `silence` is QUIET or STALE where its publications say so."""
    if poll.error is not None:
        health = _failed(poll)
        failures = old.failures + 1
    elif poll.status == "not_modified":
        # The last document that was read still stands; one that could not be read is not healed by being unchanged.
        if old.status in _DOCUMENT_FAILURES:
            return Standing(old.health, old.since, old.failures + 1, old.status, old.error)
        health = Health.DEGRADED if old.health is Health.DEGRADED else Health.OK
        failures = 0
    else:
        health = Health.DEGRADED if poll.damaged else Health.OK
        failures = 0
    if health is Health.OK and silence is not None:
        health = silence
    since = old.since if health is old.health and old.since else now
    return Standing(health, since, failures, poll.status, poll.error)


def silence(rate: Rate, now: datetime) -> Health | None:
    """What a feed's publications say of it: nothing while it goes on as it used to."""
    if is_stale(rate.moments, now):
        return Health.STALE
    return Health.QUIET if is_quiet(rate, now) else None


def keeps_validators(poll: Visit) -> bool:
    """Whether ETag and Last-Modified may be kept after this poll.

    Not after a document that could not be read: the next poll must bring it again, whole, or a 304 would hide it.
    """
    return poll.status not in _DOCUMENT_FAILURES


def _failed(poll: Visit) -> Health:
    if poll.status == "challenge":
        return Health.CHALLENGED
    if poll.status in ("http_429", "throttled") or (poll.status == "http_503" and poll.retry_after):
        return Health.THROTTLED
    return Health.GONE if poll.status == "http_410" else Health.FAILING
