"""Tells the service manager how the daemon stands: the protocol of sd_notify(3), one datagram a message.

Without a manager (no $NOTIFY_SOCKET) it does nothing. Decides nothing: what is said, and when, is the caller's.
"""

import os
import socket
import time
from collections.abc import Mapping

import structlog

SEND_SECONDS = 1.0
"""The manager's socket holds megabytes; when it is full all the same, the daemon goes on."""
LONGEST_STATUS = 500
EXTEND_EVERY, EXTEND_BY = 10.0, 300.0
"""Seconds between two requests for more time to start, and how much is asked for: a step of the work takes less."""
log = structlog.get_logger(__name__)


class Notifier:
    """`address`: a path, or `@name` for an abstract socket; None: nobody listens.

    `watchdog` is after how many seconds without `alive` the manager kills this process; None: never.
    """

    def __init__(self, address: str | None = None, watchdog: float | None = None) -> None:
        self._address = f"\0{address[1:]}" if address and address.startswith("@") else address or None
        self.watchdog = watchdog
        self._failing = False
        self._extended: float | None = None

    @classmethod
    def from_environment(cls, env: Mapping[str, str] = os.environ, pid: int | None = None) -> "Notifier":
        """What systemd tells a service: $NOTIFY_SOCKET, and $WATCHDOG_USEC if it is meant for this process."""
        microseconds = env.get("WATCHDOG_USEC", "")
        ours = env.get("WATCHDOG_PID", str(pid or os.getpid())) == str(pid or os.getpid())
        watched = ours and microseconds.isdecimal() and int(microseconds) > 0
        return cls(env.get("NOTIFY_SOCKET"), int(microseconds) / 1e6 if watched else None)

    def ready(self) -> None:
        """All is up; also the end of a reload."""
        self._send("READY=1")

    def starting(self) -> None:
        """A step of a long start is done: ask for more time. Costs next to nothing when it was asked for just now."""
        now = time.monotonic()
        if self._extended is None or now - self._extended >= EXTEND_EVERY:
            self._extended = now
            self._send(f"EXTEND_TIMEOUT_USEC={EXTEND_BY * 1e6:.0f}")

    def reloading(self) -> None:
        """The configuration is read again; `ready` ends it."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def alive(self) -> None:
        """Feed the watchdog."""
        self._send("WATCHDOG=1")

    def status(self, line: str) -> None:
        """One line for people, in `systemctl status`."""
        self._send(f"STATUS={' '.join(line.split())[:LONGEST_STATUS]}")

    def _send(self, *lines: str) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.settimeout(SEND_SECONDS)
                sender.connect(self._address)
                sender.send("\n".join(lines).encode())
            self._failing = False
        except OSError as error:
            if not self._failing:
                log.error("the service manager cannot be told", error=error.strerror or type(error).__name__)
            self._failing = True
