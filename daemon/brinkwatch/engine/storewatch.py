"""Remembers what keeps the store from being written, and says so once: when it begins and when it is over.

`short` is pure; the class touches the log and a clock alone.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from brinkwatch.store.database import Damaged
from brinkwatch.store.trouble import words

AGAIN = 1.25
"""So much more than the least there must be before polling goes on, so that it does not stop and go."""
DISK = "disk"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Spell:
    """A time of trouble. `until` None: it lasts."""

    what: str
    since: datetime
    until: datetime | None = None


def _present() -> datetime:
    return datetime.now(UTC)


def short(free: int, min_free: int, was_short: bool) -> bool:
    """Whether there is too little room on the disk to poll; all in bytes."""
    return free < min_free * (AGAIN if was_short else 1)


class StoreWatch:
    """What is wrong with the store, by the part of the daemon that met it. For use in the event loop's thread."""

    def __init__(self, clock: Callable[[], datetime] = _present) -> None:
        self._clock = clock
        self._found: dict[str, str] = {}
        self.spell: Spell | None = None
        """The present trouble, or the last there was."""
        self.damaged = asyncio.Event()
        """Set once SQLite met damage in its file: the daemon ends, and its next start sets the file aside."""

    @property
    def trouble(self) -> str | None:
        """In words for people; None while all is well."""
        return next(iter(self._found.values()), None)

    @property
    def short(self) -> bool:
        """Whether the disk runs short of room; then the store can still be written."""
        return DISK in self._found

    def failed(self, part: str, error: BaseException) -> None:
        """A part of the daemon could not use the store."""
        if isinstance(error, Damaged):
            self.damaged.set()
        self._note(part, words(error))

    def worked(self, part: str) -> None:
        """It could."""
        self._note(part, None)

    def room(self, free: int, min_free: int) -> bool:
        """Whether there is room on the disk to poll, given the bytes that are free now."""
        too_little = short(free, min_free, self.short)
        about = f"only {min_free / 1e6:,.0f} MB or less are free on the disk (store.min_free): polling pauses"
        self._note(DISK, about if too_little else None)
        return not too_little

    def _note(self, part: str, what: str | None) -> None:
        before = self.trouble
        if what is None:
            self._found.pop(part, None)
        else:
            self._found.setdefault(part, what)
        after = self.trouble
        if after and not before:
            self.spell = Spell(after, self._clock())
            log.error("the store is in trouble", reason=after, mend="it goes on by itself once that is over")
        elif before and not after:
            self.spell = replace(self.spell, until=self._clock()) if self.spell else None
            log.info("the store is in order again", was=before)
