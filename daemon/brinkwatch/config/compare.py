"""Decides what of a new configuration a running daemon can take up at once, and what waits for a restart. Pure."""

from dataclasses import dataclass
from typing import Any

from brinkwatch.config.settings import Settings

# The store and the connections are opened once. Everything else is read anew at each use, or can be exchanged.
NEEDS_RESTART: dict[str, tuple[str, ...]] = {
    "state_dir": (),
    "store": (),
    "slack": ("base_url",),
    "webhook": ("url",),
    "polling": (
        "connect_timeout", "timeout", "max_bytes", "max_redirects", "host_gap", "concurrency", "user_agent", "contact",
        "proxy",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """`settings` can be in force now; `restart` names what of the new file is not in them.

    `changed` names the blocks that differ, `added`, `removed` and `altered` the feeds.
    """

    settings: Settings
    restart: tuple[str, ...]
    changed: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    altered: tuple[str, ...]


def compare(old: Settings, new: Settings) -> Change:
    """From the settings in force to those of the file."""
    kept: dict[str, Any] = {}
    restart: list[str] = []
    for block, fields in NEEDS_RESTART.items():
        before, after = getattr(old, block), getattr(new, block)
        if not fields and before != after:
            kept[block] = before
            restart.append(block)
        differing = [field for field in fields if getattr(before, field) != getattr(after, field)]
        if differing:
            kept[block] = after.model_copy(update={field: getattr(before, field) for field in differing})
            restart += [f"{block}.{field}" for field in differing]
    blocks = (block for block in Settings.model_fields if getattr(old, block) != getattr(new, block))
    was, will = ({feed.id: feed for feed in settings.feeds} for settings in (old, new))
    return Change(
        settings=new.model_copy(update=kept),
        restart=tuple(restart),
        changed=tuple(blocks),
        added=tuple(feed for feed in will if feed not in was),
        removed=tuple(feed for feed in was if feed not in will),
        altered=tuple(feed for feed in will if feed in was and will[feed] != was[feed]),
    )
