"""What a check of `brinkwatch doctor` found: plain data."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is. A failure keeps alerts from arriving; a warning will, some day or under some condition."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. `check` is what was looked at, `words` what was found, `mend` what a person can do about it."""

    level: Level
    check: str
    words: str
    mend: str | None = None


def ok(check: str, words: str) -> Finding:
    return Finding(Level.OK, check, words)


def warning(check: str, words: str, mend: str | None = None) -> Finding:
    return Finding(Level.WARNING, check, words, mend)


def failure(check: str, words: str, mend: str | None = None) -> Finding:
    return Finding(Level.FAILURE, check, words, mend)
