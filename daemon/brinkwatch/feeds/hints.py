"""Reads what HTTP headers say about time: how long a document stays fresh, when to come back. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(days=366)


def fresh_for(headers: Mapping[str, str]) -> timedelta | None:
    """How much longer the document stays fresh by Cache-Control and Age, else Expires and Date (RFC 9111, 4.2).

    None where nothing is said, or where caching is refused.
    """
    control = headers.get("Cache-Control", "").lower()
    if re.search(r"\bno-(cache|store)\b", control):
        return None
    if stated := re.search(r"\bmax-age\s*=\s*\"?(\d+)", control):
        age = headers.get("Age", "0").strip()
        return _positive(_seconds(stated[1]) - (_seconds(age) if age.isdecimal() else timedelta(0)))
    expires, date = http_date(headers.get("Expires")), http_date(headers.get("Date"))
    return _positive(expires - date) if expires and date else None


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long Retry-After asks to wait: seconds, or a date measured against the server's own clock if it shows one."""
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d+(\.\d*)?", value):
        return _positive(_seconds(value.split(".")[0]))
    moment = http_date(value)
    return _positive(moment - (http_date(headers.get("Date")) or now)) if moment else None


def http_date(value: str | None) -> datetime | None:
    """An HTTP date as aware UTC; None for what is not one."""
    if not value:
        return None
    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _seconds(digits: str) -> timedelta:
    return timedelta(seconds=min(int(digits[:12]), int(LONGEST.total_seconds())))


def _positive(wait: timedelta) -> timedelta | None:
    return min(wait, LONGEST) if wait > timedelta(0) else None
