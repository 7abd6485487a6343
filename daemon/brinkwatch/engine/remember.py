"""Puts the decisions about one poll together: what the store is to remember of the feed. Pure."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from brinkwatch.config.settings import FeedSettings, Polling
from brinkwatch.feeds import asks, moved, rate
from brinkwatch.feeds.asks import Asks
from brinkwatch.feeds.cadence import next_due
from brinkwatch.feeds.entry import ParsedFeed
from brinkwatch.feeds.fetched import Fetched
from brinkwatch.feeds.health import Health, Standing, Visit, keeps_validators, silence, stand, visit
from brinkwatch.feeds.notafeed import NotAFeed
from brinkwatch.feeds.notice import notice, retired
from brinkwatch.outcomes import Outcome
from brinkwatch.store.feeds import FeedState
from brinkwatch.store.polls import HealthChange

USUAL = timedelta(minutes=10)
"""Between two polls of a feed whose rate is not known yet."""
RETIRED = timedelta(days=1)
RECENT = 5
"""Polls that are kept one by one."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What one poll comes to: the feed's row, and what is to be kept or told besides."""

    visit: Visit
    standing: Standing
    state: FeedState
    change: HealthChange | None
    notice: Health | None
    moved_now: str | None
    """The address that is asked from now on in place of the configured one, if that has just been settled."""


def remember(
    polling: Polling,
    feed: FeedSettings,
    state: FeedState,
    fetched: Fetched,
    parsed: ParsedFeed | NotAFeed | None,
    counts: Counter[Outcome],
    now: datetime,
    digest: bytes | None = None,
) -> Settled:
    """What a poll that ended at `now` means for the feed; `digest` is that of the document."""
    poll = visit(fetched, parsed)
    good = poll.error is None
    known = rate.from_json(state.rate)
    values: dict[str, Any] = {}
    asked = asks.from_json(state.asks)
    if isinstance(parsed, ParsedFeed):
        new = counts[Outcome.PENDING] + counts[Outcome.SEEDED] + counts[Outcome.STALE]
        known = rate.learn(known, (entry.published or entry.updated for entry in parsed.entries), new, now)
        asked = Asks(parsed.ttl_seconds, parsed.skip_hours, parsed.skip_days)
        values = {
            "etag": fetched.etag,
            "last_modified": fetched.last_modified,
            "validators_for": fetched.final_url,
            "seeded_at": state.seeded_at or now,
            "rate": known.as_json(),
            "asks": asked.as_json(),
            "body_digest": digest,
        }
    elif not keeps_validators(poll):
        values = {"etag": None, "last_modified": None, "validators_for": None, "body_digest": None}
    if good:
        values["last_ok_at"] = now
    before = standing_of(state)
    after = stand(before, poll, now, silence(known, now) if good else None)
    told = notice(Health(state.health_told) if state.health_told else None, after, now)
    was = moved.Moved(state.moved_to, state.moved_streak)
    now_moved = moved.follow(feed.url, was, good=good, moved_to=fetched.moved_to)
    address = moved.address(feed.url, now_moved)
    entries = len(parsed.entries) if isinstance(parsed, ParsedFeed) else 0
    milliseconds = fetched.took // timedelta(milliseconds=1)
    last = {"at": now.isoformat(timespec="seconds"), "status": poll.status, "ms": milliseconds, "entries": entries}
    change = None
    if after.health is not before.health:
        change = HealthChange(feed.id, now, after.health.value, before.health.value, after.error)
    values |= {
        "next_due": due(polling, feed, state, now, after, known, asked, fetched),
        "last_poll_at": now,
        "last_status": after.status,
        "last_error": after.error,
        "failures": after.failures,
        "health": after.health.value,
        "health_since": after.since,
        "health_told": told.value if told else state.health_told,
        "moved_to": now_moved.to,
        "moved_streak": now_moved.streak,
        "latency_ms": milliseconds,
        "recent": [last, *(state.recent or [])][:RECENT],
    }
    moved_now = address if address not in (feed.url, moved.address(feed.url, was)) else None
    return Settled(poll, after, replace(state, **values), change, told, moved_now)


def due(
    polling: Polling,
    feed: FeedSettings,
    state: FeedState,
    now: datetime,
    standing: Standing | None = None,
    known: rate.Rate | None = None,
    asked: Asks | None = None,
    fetched: Fetched | None = None,
) -> datetime:
    """When the feed is next polled. Without what a poll has just brought: by what the store remembers."""
    standing = standing or standing_of(state)
    asked = asked or asks.from_json(state.asks)
    interval = feed.interval or polling.interval
    if interval is None:
        interval = rate.pace(
            known or rate.from_json(state.rate), now,
            usual=USUAL, min_interval=polling.min_interval, max_interval=polling.max_interval,
        )  # fmt: skip
    hints = [fetched.hint if fetched else None, timedelta(seconds=asked.seconds) if asked.seconds else None]
    return next_due(
        feed.id,
        now,
        interval=max(interval, RETIRED) if retired(standing, now) else interval,
        min_interval=polling.min_interval,
        max_backoff=polling.max_backoff,
        failures=standing.failures,
        hint=max((hint for hint in hints if hint), default=None),
        retry_after=fetched.retry_after if fetched else None,
        skip_hours=asked.skip_hours,
        skip_days=asked.skip_days,
    )


def standing_of(state: FeedState) -> Standing:
    """How the feed stood when it was last polled."""
    return Standing(Health(state.health), state.health_since, state.failures, state.last_status, state.last_error)
