"""Settles what each entry of a poll is: new, known, edited, or refused. Touches no clock and no store.

What an edit is worth: a material edit of an item (the words of its title or summary) makes it pending again, with its
revision raised. It was made after the feed was last read, so it is fresh if that was lately, whatever date the entry
bears: publishers rewrite the day's leading report for hours under its first date. Otherwise, as after an outage, it is
as old as the newest date that the entry bears, and an edit older than `max_alert_age` is stored and stays silent.

An item that alerted nobody so far, being seeded or stale, is not followed: its edit is news only if the entry's own
date is fresh. What was there before the first poll must not alert as first news because somebody mended its summary.
The same holds for an item that was deleted for its age while its feed still shows it: of that one a digest is left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from brinkwatch.feeds.entry import Entry
from brinkwatch.items.clean import clean
from brinkwatch.items.compare import Edit, compare
from brinkwatch.items.identity import canonical, keys
from brinkwatch.items.item import ItemIntent, ItemRow, ItemText, KnownItem
from brinkwatch.items.tombstone import said
from brinkwatch.outcomes import Outcome

__all__ = ["keys", "settle"]

_SILENT = (Outcome.SEEDED, Outcome.STALE)


def settle(
    entries: Sequence[Entry],
    known: Mapping[str, KnownItem],
    *,
    first_poll: bool,
    max_alert_age: timedelta | None,
    now: datetime,
    publisher: str = "",
    feed_title: str = "",
    last_read: datetime | None = None,
    buried: Mapping[str, bytes] = MappingProxyType({}),
    identities: Sequence[str] | None = None,
) -> list[ItemIntent]:
    """One intent per entry, in the entries' order.

    `known` holds what the store remembers of `keys(entries)`; `identities` are these keys, if the caller has them.
    `max_alert_age` None: nothing is stale, and dates in the future are believed. `publisher` and `feed_title` are cut
    from the ends of titles. `last_read` is when the feed was last read well; None: not known. `buried` holds the digest
    of the words of items that were deleted for their age.
    """
    settling = _Settling(first_poll, max_alert_age, now, last_read)
    seen: set[str] = set()
    intents = []
    for key, entry in zip(keys(entries) if identities is None else identities, entries, strict=True):
        text = clean(entry.title, entry.summary, publishers=(publisher, feed_title))
        if text is None:
            intents.append(ItemIntent(Outcome.REFUSED_EMPTY, None))
        elif key in seen:
            intents.append(ItemIntent(Outcome.REFUSED_DUPLICATE, None))
        else:
            seen.add(key)
            if old := known.get(key):
                intents.append(settling.edit(entry, text, old))
            elif stone := buried.get(key):
                intents.append(settling.again(key, entry, text, stone))
            else:
                intents.append(settling.new(key, entry, text))
    return intents


@dataclass(frozen=True, slots=True)
class _Settling:
    """What all entries of one poll have in common."""

    first_poll: bool
    max_alert_age: timedelta | None
    now: datetime
    last_read: datetime | None

    def new(self, key: str, entry: Entry, text: ItemText) -> ItemIntent:
        """An entry that was never seen: seeds, is too old, or goes on."""
        dated = self.believed(entry.published or entry.updated)
        published = dated or self.now
        if self.first_poll:
            outcome = Outcome.SEEDED
        elif self.is_old(published) or (dated is None and self.last_read and self.is_old(self.last_read)):
            # Without a date it may be as old as the outage.
            outcome = Outcome.STALE
        else:
            outcome = Outcome.PENDING
        return self.write(outcome, key, entry, text, published=published, revision=1)

    def edit(self, entry: Entry, text: ItemText, old: KnownItem) -> ItemIntent:
        """An entry that was seen before: the same, touched up, or with something new to say."""
        edit = compare(ItemText(old.title, old.summary), text)
        if edit is Edit.MATERIAL:
            if any(compare(former, text) is not Edit.MATERIAL for former in old.former):
                # Back to a text that it had before: feeds that alternate between two would be news for ever.
                return ItemIntent(Outcome.UNCHANGED, None)
            edited_at = self.edited_at(entry, old)
            outcome = Outcome.STALE if self.is_old(edited_at) else Outcome.PENDING
            return self.write(outcome, old.key, entry, text, published=edited_at, revision=old.revision + 1)
        moved = entry.link not in (None, old.link) and canonical(entry.link) != canonical(old.link or "")
        if edit is Edit.COSMETIC or moved:
            return self.write(Outcome.COSMETIC, old.key, entry, text, published=old.published, revision=old.revision)
        return ItemIntent(Outcome.UNCHANGED, None)

    def again(self, key: str, entry: Entry, text: ItemText, stone: bytes) -> ItemIntent:
        """An entry whose item was deleted: news only with other words and a fresh date of its own."""
        newest = max(filter(None, (self.believed(entry.published), self.believed(entry.updated))), default=None)
        if said(text) == stone or newest is None or self.is_old(newest):
            return ItemIntent(Outcome.UNCHANGED, None)
        outcome = Outcome.SEEDED if self.first_poll else Outcome.PENDING
        return self.write(outcome, key, entry, text, published=newest, revision=1)

    def edited_at(self, entry: Entry, old: KnownItem) -> datetime:
        """When the edit was made, as far as can be told."""
        dates = (self.believed(entry.published), self.believed(entry.updated))
        newest = max([old.published, *(date for date in dates if date)])
        followed = old.outcome not in _SILENT
        if followed and self.last_read and not self.is_old(self.last_read) and newest <= self.last_read:
            return self.now
        return newest

    def write(
        self, outcome: Outcome, key: str, entry: Entry, text: ItemText, *, published: datetime, revision: int
    ) -> ItemIntent:
        row = ItemRow(
            key=key,
            guid=entry.guid,
            link=entry.link,
            title=text.title,
            summary=text.summary,
            published=published,
            revision=revision,
        )
        return ItemIntent(outcome, row)

    def believed(self, moment: datetime | None) -> datetime | None:
        """A date as far as it is believed: nothing is published in the future."""
        return min(moment, self.now) if moment and self.max_alert_age is not None else moment

    def is_old(self, moment: datetime) -> bool:
        return self.max_alert_age is not None and self.now - moment > self.max_alert_age
