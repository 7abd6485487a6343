"""Reads what a document itself asks of its readers: how long to stay away, which hours and days to leave out. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_HEAD = 64_000  # the channel's own elements stand before its items; after that nothing is looked for
_ITEM = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIODS = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}


@dataclass(frozen=True, slots=True)
class Asks:
    """What a document asks for; hours and days are UTC, 0 is Monday."""

    seconds: int | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()

    def as_json(self) -> dict[str, Any] | None:
        """Plain data for the store; None when nothing is asked for."""
        if self == Asks():
            return None
        return {"seconds": self.seconds, "skip_hours": list(self.skip_hours), "skip_days": list(self.skip_days)}


def from_json(kept: Mapping[str, Any] | None) -> Asks:
    """What the store kept of it."""
    return Asks(kept["seconds"], tuple(kept["skip_hours"]), tuple(kept["skip_days"])) if kept else Asks()


def asked(data: bytes) -> Asks:
    """Reads RSS `ttl`, `skipHours`, `skipDays` and the module `sy:`. What is not understood asks for nothing.

    feedparser keeps only the last of several `hour`s, so that the channel's head is read here.
    """
    item = _ITEM.search(data, 0, _HEAD)
    head = data[: item.start() if item else _HEAD].decode("ascii", "replace")
    # Everything skipped is nothing meant: such a feed would never be read.
    hours = {int(hour) % 24 for hour in _all(head, "skipHours", r"<hour>\s*(\d{1,2})\s*</hour>") if int(hour) <= 24}
    names = (day.lower() for day in _all(head, "skipDays", r"<day>\s*([A-Za-z]+)\s*</day>"))
    days = {_DAYS.index(name) for name in names if name in _DAYS}
    waits = [wait for wait in (_ttl(head), _period(head)) if wait]
    return Asks(
        max(waits, default=None),
        tuple(sorted(hours)) if len(hours) < 24 else (),
        tuple(sorted(days)) if len(days) < 7 else (),
    )


def _all(head: str, block: str, pattern: str) -> list[str]:
    found = re.search(rf"<{block}\b[^>]*>(.{{0,4000}}?)</{block}>", head, re.IGNORECASE | re.DOTALL)
    return re.findall(pattern, found[1], re.IGNORECASE) if found else []


def _ttl(head: str) -> int | None:
    """RSS `ttl`, in minutes."""
    found = re.search(r"<ttl>\s*(\d{1,6})\s*</ttl>", head, re.IGNORECASE)
    return int(found[1]) * 60 if found else None


def _period(head: str) -> int | None:
    """`sy:updatePeriod`, that many times in it as `sy:updateFrequency` says; both have the module's defaults."""
    period = re.search(r"<(\w+):updatePeriod>\s*([a-z]+)\s*</\1:updatePeriod>", head, re.IGNORECASE)
    often = re.search(r"<(\w+):updateFrequency>\s*(\d{1,6})\s*</\1:updateFrequency>", head, re.IGNORECASE)
    if not period and not often:
        return None
    seconds = _PERIODS.get(period[2].lower() if period else "daily")
    return seconds // max(int(often[2]) if often else 1, 1) if seconds else None
