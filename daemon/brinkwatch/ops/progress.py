"""Knows since when each stage owes something, and decides which are stuck. Reads no clock but the one it is given.

A stage that rests owes nothing; one that works owes until the piece in hand is done; one that was asked owes until it
takes the work up. So neither a quiet hour nor an hour of steady work looks like a hang.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager


class Progress:
    """Stamps in seconds of a monotonic clock. Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._asked: dict[str, float] = {}
        self._pieces: dict[object, tuple[str, float]] = {}
        self._ended: dict[str, float] = {}
        self._failing: set[str] = set()

    def asked(self, stage: str) -> None:
        """There is work for the stage; asking again changes nothing."""
        self._asked.setdefault(stage, self._clock())

    def moved(self, stage: str) -> None:
        """The stage did a part of what it was asked for."""
        if stage in self._asked:
            self._asked[stage] = self._clock()
        self._ended[stage] = self._clock()

    def answered(self, stage: str) -> None:
        """The stage has taken up what it was asked for."""
        self._asked.pop(stage, None)

    @contextmanager
    def piece(self, stage: str) -> Iterator[None]:
        """One piece of a stage's work, under way as long as the block runs."""
        key = object()
        self._pieces[key] = (stage, self._clock())
        try:
            yield
        finally:
            del self._pieces[key]

    @contextmanager
    def round(self, stage: str) -> Iterator[None]:
        """One round of a stage, from taking the work up to the end: it ends well, or raises."""
        try:
            yield
        except Exception:
            self._failing.add(stage)
            raise
        self._failing.discard(stage)
        self._ended[stage] = self._clock()

    def failing(self) -> list[str]:
        """The stages whose last round ended badly."""
        return sorted(self._failing)

    def ages(self) -> dict[str, float]:
        """Seconds since each stage last ended a round well, or moved on in the present one."""
        now = self._clock()
        return {stage: now - at for stage, at in sorted(self._ended.items())}

    def owed_since(self) -> dict[str, float]:
        """Since when each stage owes its oldest piece or answer; a stage that owes nothing is not named."""
        found: dict[str, float] = {}
        for stage, since in (*list(self._asked.items()), *list(self._pieces.values())):
            found[stage] = min(since, found.get(stage, since))
        return found

    def stuck(self, patience: Mapping[str, float], otherwise: float) -> list[str]:
        """The stages that owe something for longer than their patience in seconds (`otherwise`: of one not named)."""
        return overdue(self.owed_since(), self._clock(), patience, otherwise)


def overdue(owed_since: Mapping[str, float], now: float, patience: Mapping[str, float], otherwise: float) -> list[str]:
    """The stages whose patience is over, by name."""
    return sorted(stage for stage, since in owed_since.items() if now - since > patience.get(stage, otherwise))
