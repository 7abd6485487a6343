"""Decides whether an article may be read, by its host's robots.txt (RFC 9309). Asks no network and reads no clock."""

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.robotparser import RobotFileParser

AGENT = "Brinkwatch"
"""The product token that a robots.txt may name."""
GOOD_FOR = timedelta(hours=24)
"""RFC 9309, 2.4: not used for longer than a day."""
UNREACHABLE_FOR = timedelta(hours=1)
LONGEST = 500_000
"""Bytes; RFC 9309, 2.5 asks for at least this."""

_PART = re.compile(r"^(\s*crawl-delay\s*:\s*)(\d{1,6}\.\d{0,6})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Robots:
    """What one origin allows, and until when that is believed."""

    until: datetime
    lines: tuple[str, ...] = ()
    closed: bool = False
    """Nothing may be read: the rules could not be asked for."""

    def allows(self, url: str) -> bool:
        return not self.closed and self._parser().can_fetch(AGENT, url)

    @property
    def delay(self) -> timedelta:
        """What `Crawl-delay` asks to leave between two pages. No part of the RFC, yet many publishers write it."""
        return timedelta(seconds=int(self._parser().crawl_delay(AGENT) or 0))

    def _parser(self) -> RobotFileParser:
        parser = RobotFileParser()
        parser.parse(self.lines)
        parser.modified()
        return parser


def judge(status: int | None, body: bytes, now: datetime) -> Robots:
    """The rules that an answer holds. None there (4xx): all is allowed; no answer, or 5xx or 429: nothing is."""
    if status is not None and 200 <= status < 300:
        return Robots(now + GOOD_FOR, _lines(body[:LONGEST]))
    if status is not None and 400 <= status < 500 and status != 429:
        return Robots(now + GOOD_FOR)
    return Robots(now + UNREACHABLE_FOR, closed=True)


def _lines(body: bytes) -> tuple[str, ...]:
    # Python's parser passes over parts of a second.
    return tuple(_PART.sub(_rounded_up, line) for line in body.decode("utf-8-sig", "replace").splitlines())


def _rounded_up(found: re.Match[str]) -> str:
    return f"{found[1]}{math.ceil(float(found[2]))}"
