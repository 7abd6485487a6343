"""Decides which address of a feed is asked: its own, or the one it has moved to for good. Pure."""

from dataclasses import dataclass
from urllib.parse import urlsplit

STREAK = 10
"""Good polls in a row that were led to the same address by permanent redirects; one may be a mistake of a day."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Where permanent redirects lead, and how many good polls in a row have been led there."""

    to: str | None = None
    streak: int = 0


def address(url: str, moved: Moved) -> str:
    """The address to ask. The configuration is left as it is: whoever wrote it is shown the new address."""
    return moved.to if moved.to and moved.streak >= STREAK and _may_replace(url, moved.to) else url


def follow(url: str, old: Moved, *, good: bool, moved_to: str | None) -> Moved:
    """What is known after a poll of `address(url, old)`; `moved_to` is where its permanent redirects led."""
    settled = address(url, old) != url
    if not good:
        return Moved() if settled else Moved(old.to, 0)  # the new address fails: the old one knows where to
    if moved_to is None:
        return old if settled else Moved()
    return Moved(moved_to, old.streak + 1 if moved_to == old.to else 1)


def _may_replace(url: str, to: str) -> bool:
    """Never from an encrypted address to one that is not, and never away from the place that has our login."""
    old, new = urlsplit(url), urlsplit(to)
    return not (old.scheme == "https" and new.scheme != "https") and "@" not in old.netloc
