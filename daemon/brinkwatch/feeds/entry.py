"""One entry as a feed gave it, and one parsed document: plain data."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """Text is as published (may hold HTML); `link` is absolute; dates are aware UTC or None."""

    guid: str | None
    link: str | None
    title: str
    summary: str
    published: datetime | None
    updated: datetime | None
    author: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What one document held. `problems` are short English sentences for people."""

    format: str
    """Such as `rss20`, `rss10`, `atom10`, `json11`."""
    title: str
    language: str | None
    entries: tuple[Entry, ...]
    problems: tuple[str, ...] = ()
    ttl_seconds: int | None = None
    """How long the document asks to be left alone: RSS `ttl`, or `sy:updatePeriod` by `sy:updateFrequency`."""
    skip_hours: tuple[int, ...] = ()
    """Hours of the day (UTC) in which the publisher asks for no visits."""
    skip_days: tuple[int, ...] = ()
    """The same for days of the week (UTC); 0 is Monday."""
