"""Decides whether a file has been changed and is now left alone; looks at its marks, never into it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

Marks = Mapping[Path, tuple[int, int, int] | None]
"""Inode, time of change in nanoseconds, and size of each file; None: there is no such file."""


@dataclass(frozen=True, slots=True)
class Watch:
    """`known`: the marks of what was read last. `last`: those of the last look."""

    known: Marks
    last: Marks

    def look(self, found: Marks) -> tuple["Watch", bool]:
        """The next state, and whether it is time to read again: something differs from what was read, and nothing
        has moved since the last look.

        An editor that writes into the file itself empties it first: an empty file is one that is being written.
        """
        settled = found == self.last and found != self.known
        empty = any(mark is not None and mark[2] == 0 and self.known.get(path) != mark for path, mark in found.items())
        return replace(self, last=found), settled and not empty

    def read(self, found: Marks) -> "Watch":
        """What has these marks was read, whatever came of it."""
        return Watch(found, found)


def marks(paths: Iterable[Path]) -> Marks:
    """The marks of each file as it is now; links are followed. Never raises."""
    return {path: _mark(path) for path in paths}


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
