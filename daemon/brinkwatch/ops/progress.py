"""Notes when each stage last went on, and says which has stopped. Reads no clock itself: `clock` gives seconds.

A stage that waits is as well as one that works; one that began and neither goes on nor ends is stuck.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

STUCK_AFTER = 300.0
"""Seconds. The longest step is a batch of whole articles on a busy machine, which takes a tenth of that."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Seconds of the clock. `busy`: it works now; `failed`: it ended badly the last time."""

    at: float
    busy: bool = False
    failed: bool = False


class Progress:
    """The stages of one process. A stage is known from its first step on."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._stages: dict[str, Stage] = {}

    @property
    def stages(self) -> Mapping[str, Stage]:
        return dict(self._stages)

    @contextmanager
    def step(self, stage: str) -> Iterator[None]:
        """A stage does something from here to the end of the block."""
        self._stages[stage] = Stage(self._clock(), busy=True, failed=self.failed(stage))
        try:
            yield
        except Exception:
            self._stages[stage] = Stage(self._clock(), failed=True)
            raise
        self._stages[stage] = Stage(self._clock())

    def goes_on(self, stage: str) -> None:
        """A long step of a stage has done a part of its work."""
        self._stages[stage] = Stage(self._clock(), busy=True, failed=self.failed(stage))

    def failed(self, stage: str) -> bool:
        return stage in self._stages and self._stages[stage].failed

    def failing(self) -> list[str]:
        """The stages that ended badly the last time."""
        return sorted(name for name, stage in self._stages.items() if stage.failed)

    def age(self, stage: str) -> float | None:
        """Seconds since a stage last went on; None: it never began."""
        return self._clock() - self._stages[stage].at if stage in self._stages else None

    def stuck(self, after: float = STUCK_AFTER) -> list[str]:
        """The stages that have been at one step for longer than `after` seconds."""
        now = self._clock()
        return sorted(name for name, stage in self._stages.items() if stage.busy and now - stage.at > after)
