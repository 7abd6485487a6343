"""Sends log records to systemd's journal with fields, by its native protocol; knows nothing of what they mean.

The protocol: https://systemd.io/JOURNAL_NATIVE_PROTOCOL/. A record that the socket has no room for goes as a sealed
file in memory; one that cannot be sent at all goes to standard error, so that no line is lost.
"""

import errno
import fcntl
import logging
import os
import re
import socket
import struct
import sys
from collections.abc import Mapping
from typing import Any, TextIO

SOCKET = "/run/systemd/journal/socket"
IDENTIFIER = "brinkwatch"
LONGEST_NAME = 64
# syslog(3): 2 critical … 7 debug.
_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
# Said by the journal itself, by MESSAGE, or by PRIORITY.
_NO_FIELDS = frozenset({"event", "level", "timestamp"})
_TAKEN = frozenset({"MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER"})
_TOO_LARGE = frozenset({errno.EMSGSIZE, errno.ENOBUFS})
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL


def connected(stream: TextIO, env: Mapping[str, str] = os.environ) -> bool:
    """Whether the stream leads to the journal: $JOURNAL_STREAM names its device and inode (systemd.exec(5))."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return env.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def fields(message: str, level: int, event: Mapping[str, Any]) -> dict[str, str]:
    """The fields of one record: `feed` becomes FEED, and so on."""
    found = {
        "MESSAGE": message,
        "PRIORITY": str(next((priority for floor, priority in _PRIORITIES if level >= floor), 7)),
        "SYSLOG_IDENTIFIER": IDENTIFIER,
    }
    for key, value in event.items():
        name = _name(key)
        if key not in _NO_FIELDS and name and name not in _TAKEN and value is not None:
            found[name] = value if isinstance(value, str) else str(value)
    return found


def encode(found: Mapping[str, str]) -> bytes:
    """The fields as one datagram. Every value goes with its length, so that none can be taken for another field."""
    parts: list[bytes] = []
    for name, value in found.items():
        data = value.encode("utf-8", errors="backslashreplace")
        parts += [name.encode("ascii"), b"\n", struct.pack("<Q", len(data)), data, b"\n"]
    return b"".join(parts)


def _name(key: str) -> str | None:
    """Capitals, digits and underscores, beginning with a letter: a leading underscore is the journal's own."""
    name = re.sub(r"[^A-Z0-9_]", "_", key.upper()).lstrip("_0123456789")[:LONGEST_NAME]
    return name or None


class JournalHandler(logging.Handler):
    """A record's fields are what a formatter puts into its attribute `_fields`. `address` is the journal's socket."""

    def __init__(self, address: str = SOCKET, otherwise: TextIO | None = None) -> None:
        super().__init__()
        self._address = address
        self._otherwise = otherwise
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)

    def emit(self, record: logging.LogRecord) -> None:
        event: dict[str, Any] = {}
        record._fields = event  # formatters work on a copy of the record, which shares this
        message = self.format(record)
        try:
            self._send(encode(fields(message, record.levelno, event)))
        except OSError:
            print(message, file=self._otherwise or sys.stderr, flush=True)

    def close(self) -> None:
        self._socket.close()
        super().close()

    def _send(self, data: bytes) -> None:
        try:
            self._socket.sendto(data, self._address)
        except OSError as error:
            if error.errno not in _TOO_LARGE:
                raise
            self._send_file(data)

    def _send_file(self, data: bytes) -> None:
        file = os.memfd_create("journal-entry", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            with os.fdopen(file, "wb", closefd=False) as writer:
                writer.write(data)
            fcntl.fcntl(file, fcntl.F_ADD_SEALS, _SEALS)
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.connect(self._address)
                socket.send_fds(sender, [b""], [file])
        finally:
            os.close(file)
