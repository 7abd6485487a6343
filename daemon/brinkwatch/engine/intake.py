"""The end of a poll: what its entries mean, written together with the feed's new state. Asks no network."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from brinkwatch.feeds.entry import Entry
from brinkwatch.items.item import ItemIntent, KnownItem
from brinkwatch.items.settle import keys, settle
from brinkwatch.outcomes import Outcome, Stage
from brinkwatch.store import decisions, items, ledger, tombstones
from brinkwatch.store.database import Connection

PASSED_OVER = (Outcome.SEEDED, Outcome.STALE)


def intake(
    connection: Connection,
    feed: str,
    entries: Sequence[Entry],
    now: datetime,
    *,
    first_poll: bool,
    max_alert_age: timedelta | None,
    publisher: str = "",
    feed_title: str = "",
    last_read: datetime | None = None,
    full_text: bool = False,
) -> Counter[Outcome]:
    """Store what is new or changed; the arguments are those of `settle`. Returns what is to be counted by `enter`:
    each entry, and the waiting texts that entries took the place of.

    `full_text`: what is new waits for its whole article first.

    Runs inside the caller's transaction, so that a feed's validators never get ahead of its items.
    """
    identities = keys(entries)
    known = items.known(connection, feed, identities)
    buried = tombstones.known(connection, feed, [key for key in identities if key not in known], now)
    intents = settle(
        entries,
        known,
        first_poll=first_poll,
        max_alert_age=max_alert_age,
        now=now,
        publisher=publisher,
        feed_title=feed_title,
        last_read=last_read,
        buried=buried,
        identities=identities,
    )
    items.write(connection, feed, intents, now, Stage.ARTICLE if full_text else Stage.ASSESS, present=known)
    silent = [intent.write.key for intent in intents if intent.write is not None and intent.outcome in PASSED_OVER]
    decisions.record_silent(connection, feed, silent, now)
    counts = Counter(intent.outcome for intent in intents)
    if superseded := sum(1 for intent in intents if _supersedes(intent, known)):
        counts[Outcome.SUPERSEDED] = superseded
    return counts


def enter(connection: Connection, counts: Mapping[str, Mapping[Outcome, int]], now: datetime) -> None:
    """Enter what the entries of these feeds came to in the ledger. Belongs into the transaction of their `intake`."""
    ledger.count_all(connection, counts, now)
    for outcome in PASSED_OVER:
        ledger.pass_over(connection, outcome, {feed: each.get(outcome, 0) for feed, each in counts.items()}, now)


def _supersedes(intent: ItemIntent, known: Mapping[str, KnownItem]) -> bool:
    """Whether an entry takes the place of a text of its own that still waits."""
    old = known.get(intent.write.key) if intent.write else None
    return old is not None and old.outcome is Outcome.PENDING and intent.outcome is not Outcome.COSMETIC
