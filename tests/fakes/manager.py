"""A service manager that only listens."""

from brinkwatch.ops.notify import Notifier


class Listener(Notifier):
    """Keeps what it was told, in place of a socket."""

    def __init__(self, watchdog: float | None = 120.0) -> None:
        super().__init__(None, watchdog)
        self.told: list[str] = []

    def _send(self, *lines: str) -> None:
        self.told += lines
