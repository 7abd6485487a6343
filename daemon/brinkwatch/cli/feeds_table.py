"""The table of feeds and how they stand, from the configuration and the store. Polls nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from brinkwatch.cli.stored import open_store
from brinkwatch.cli.times import from_now

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from brinkwatch.config.settings import FeedSettings, Settings
    from brinkwatch.store.feeds import FeedState

_COLORS = {"ok": "green", "new": "", "degraded": "yellow", "quiet": "yellow", "stale": "yellow", "paused": "dim"}


def states(settings: "Settings") -> "dict[str, FeedState]":
    """What the store knows of the feeds; nothing if there is no store yet. Raises StoreError."""
    from brinkwatch.store import feeds

    database = open_store(settings)
    if database is None:
        return {}
    try:
        with database.read() as connection:
            return {state.id: state for state in feeds.all_states(connection)}
    finally:
        database.close()


def table(settings: "Settings", known: "Mapping[str, FeedState]", now: datetime) -> "Table":
    """One row for each configured feed."""
    from rich.table import Table

    made = Table("feed", "state", "since", "next poll", "items a day", "latency", "last error", expand=False)
    for feed in settings.feeds:
        made.add_row(*_row(feed, known.get(feed.id), now))
    return made


def _row(feed: "FeedSettings", state: "FeedState | None", now: datetime) -> "list[str | Text]":
    from rich.text import Text

    from brinkwatch.feeds import moved, rate

    health = "paused" if feed.paused else state.health if state else "new"
    shown = Text(health, style=_COLORS.get(health, "red"))
    if state is None:
        return [feed.id, shown, "", "", "", "", ""]
    due = "" if feed.paused else "now" if state.next_due and state.next_due <= now else from_now(state.next_due, now)
    a_day = rate.from_json(state.rate).a_day(now)
    words = state.last_error or ""
    address = moved.address(feed.url, moved.Moved(state.moved_to, state.moved_streak))
    if not words and address != feed.url:
        words = f"has moved: set url: {address}"
    latency = "" if state.latency_ms is None else f"{state.latency_ms} ms"
    items = "" if a_day is None else f"{a_day:.0f}" if a_day >= 10 else f"{a_day:.1f}"
    return [feed.id, shown, from_now(state.health_since, now), due, items, latency, Text(words[:200])]
