"""Decides whether an article may be read, by its host's robots.txt (RFC 9309). Asks no network and reads no clock."""

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


@dataclass(frozen=True, slots=True)
class Robots:
    """What one origin allows, and until when that is believed."""

    until: datetime
    lines: tuple[str, ...] = ()
    closed: bool = False
    """Nothing may be read: the rules could not be asked for."""

    def allows(self, url: str) -> bool:
        if self.closed:
            return False
        parser = RobotFileParser()
        parser.parse(self.lines)
        parser.modified()
        return parser.can_fetch(AGENT, url)


def judge(status: int | None, body: bytes, now: datetime) -> Robots:
    """The rules that an answer holds. None there (4xx): all is allowed; no answer, or 5xx or 429: nothing is."""
    if status is not None and 200 <= status < 300:
        return Robots(now + GOOD_FOR, _lines(body[:LONGEST]))
    if status is not None and 400 <= status < 500 and status != 429:
        return Robots(now + GOOD_FOR)
    return Robots(now + UNREACHABLE_FOR, closed=True)


def _lines(body: bytes) -> tuple[str, ...]:
    return tuple(body.decode("utf-8-sig", "replace").splitlines())
