"""Joins two stories and splits one, as a person asks. Writes rows that a running daemon takes over; posts nothing.

What is done by hand sticks: `stories.index` keeps to it, also after a restart. A merge leaves a note in the thread of
the story that ends; a split tells nobody, and what comes next in the new story is told as a story of its own.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from brinkwatch.alerts.words import plural
from brinkwatch.delivery.receiver import Kind
from brinkwatch.store import links, outbox, stories
from brinkwatch.store.database import Connection
from brinkwatch.store.links import LinkKind
from brinkwatch.store.stories import StoryRow
from brinkwatch.stories.group import story_id
from brinkwatch.stories.story import StoryState, Tier


class ByHandError(Exception):
    """What a person asked for cannot be done; the text says why."""


@dataclass(frozen=True, slots=True)
class Merged:
    """`story` goes on and has taken in `absorbed`; `noted` is how many threads were left a note."""

    story: str
    absorbed: str
    items: int
    noted: int


def merge(connection: Connection, one: str, other: str, now: datetime) -> Merged:
    """Make two stories one. The one that people were told of goes on; if both or neither, the one opened first.

    Raises ByHandError.
    """
    first, second = (_standing(connection, name) for name in (one, other))
    if first.id == second.id:
        raise ByHandError(f"{one} and {other} are one story already")
    goes_on, ends = sorted(
        (first, second), key=lambda row: (not links.told_at_all(connection, row.id), row.opened_at, row.id)
    )
    links.hand_over(connection, ends.id, goes_on.id)
    moved = links.move_members(connection, ends.id, goes_on.id)
    links.absorb(connection, ends.id, goes_on.id)
    stories.touch(connection, goes_on.id, last_at=max(goes_on.last_at, ends.last_at))
    links.add(connection, LinkKind.MUST, goes_on.id, ends.id, now)
    threads = links.threads_of(connection, ends.id)
    for receiver, channel in threads:
        outbox.put(
            connection, key=secrets.token_hex(12), decision=None, story=ends.id, receiver=receiver, channel=channel,
            kind=Kind.REPLY.value, card=None, next_attempt_at=now, created_at=now,
            text=f"Merged by hand: this story goes on as {goes_on.id}, {plural(moved, 'item')} with it.",
        )  # fmt: skip
    return Merged(goes_on.id, ends.id, moved, len(threads))


def split(connection: Connection, story: str, items: Sequence[int], now: datetime) -> str:
    """Make some items of a story a story of their own; returns its id. Raises ByHandError.

    Exactly the items that a merge brought in make the story again that they were before.
    """
    row = _standing(connection, story)
    parts = stories.parts_of(connection, row.id)
    chosen = sorted(set(items))
    if strangers := [str(item) for item in chosen if item not in parts]:
        raise ByHandError(f"not in {row.id}: {', '.join(strangers)}")
    if not chosen or len(chosen) == len(parts):
        raise ByHandError("a split takes some of a story's items, neither none nor all")
    left = {parts[item] for item in chosen}
    before = next(iter(left)) if len(left) == 1 else None
    whole = before is not None and {item for item, part in parts.items() if part == before} == set(chosen)
    if before is not None and whole:
        name = before
        stories.touch(connection, name, merged_into=None, last_at=row.last_at)
    else:
        name = story_id(f"{row.id}\n{chosen[0]}\n{now.isoformat()}")
        stories.open_story(connection, StoryRow(name, now, row.last_at, StoryState.NEW, Tier.WATCH))
    links.move_items(connection, chosen, name)
    links.add(connection, LinkKind.CANNOT, row.id, name, now)
    return name


def _standing(connection: Connection, name: str) -> StoryRow:
    """A story, or the one that it was merged into."""
    row = stories.get(connection, name)
    if row is not None and row.merged_into is not None:
        row = stories.get(connection, row.merged_into)
    if row is None:
        raise ByHandError(f"there is no story {name}")
    return row
