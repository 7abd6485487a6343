"""Reads a moment from the text people and feeds write. Pure: never asks the clock, never guesses a missing year."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

ALLOWED = "a moment is written as 2022-02-24T05:00:00Z or Thu, 24 Feb 2022 05:00:00 +0000"

_ISO = re.compile(r"^\d{4}-?\d\d-?\d\d")
_LEAP_SECOND = re.compile(r"(\d\d:\d\d:|[Tt]\d{4})60(?!\d)")
_ISO_ZONE = re.compile(r"\s*(?:UTC|GMT)$")
_COMMENT = re.compile(r"\s*\([^()]*\)$")
_LAST_WORD = re.compile(r"([A-Za-z]+)$")
# The zones RFC 822 names. Any other name would silently count as UTC, hours off, so it is refused.
_ZONES = frozenset({"UT", "UTC", "GMT", "Z", "AST", "ADT", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT"})
_DAYS = ("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%a, %d %b %Y")


def parse_moment(text: str) -> datetime:
    """An aware UTC datetime from RFC 3339, ISO 8601 or RFC 822 text; a text without a zone is UTC.

    A date alone is its midnight, a leap second the second before it. Raises ValueError that says what is allowed.
    """
    text = _LEAP_SECOND.sub(r"\g<1>59", text.strip(), count=1)
    try:
        if not text.isascii():
            raise ValueError(ALLOWED)
        moment = _iso(text) if _ISO.match(text) else _day(text) or _rfc_822(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        raise ValueError(ALLOWED) from None


def _iso(text: str) -> datetime:
    return datetime.fromisoformat(_ISO_ZONE.sub("Z", text.upper()))


def _day(text: str) -> datetime | None:
    for written in _DAYS:
        try:
            return datetime.strptime(text, written).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def _rfc_822(text: str) -> datetime:
    text = _COMMENT.sub("", text)
    word = _LAST_WORD.search(text)
    if word and word[1].upper() not in _ZONES:
        raise ValueError(ALLOWED)
    return parsedate_to_datetime(text)
