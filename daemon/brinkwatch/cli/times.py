"""Moments as people say them. Pure."""

from datetime import datetime


def from_now(moment: datetime | None, now: datetime) -> str:
    """A moment seen from now: `in 4m`, `3h ago`."""
    if moment is None:
        return ""
    seconds = round((moment - now).total_seconds())
    size = abs(seconds)
    value = f"{size}s" if size < 60 else f"{size // 60}m" if size < 3600 else f"{size // 3600}h"
    value = f"{size // 86400}d" if size >= 2 * 86400 else value
    return f"in {value}" if seconds > 0 else f"{value} ago"
