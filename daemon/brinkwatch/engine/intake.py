"""The end of a poll: what its entries mean, written together with the feed's new state. Asks no network."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from brinkwatch.alerts.decision import Reason
from brinkwatch.feeds.entry import Entry
from brinkwatch.items.item import ItemIntent, KnownItem
from brinkwatch.items.settle import keys, settle
from brinkwatch.outcomes import Outcome, Stage
from brinkwatch.store import decisions, items, ledger
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
    """Store what is new or changed and count every entry once; the arguments are those of `settle`.

    `full_text`: what is new waits for its whole article first.

    Runs inside the caller's transaction, so that a feed's validators never get ahead of its items.
    """
    known = items.known(connection, feed, keys(entries))
    intents = settle(
        entries,
        known,
        first_poll=first_poll,
        max_alert_age=max_alert_age,
        now=now,
        publisher=publisher,
        feed_title=feed_title,
        last_read=last_read,
    )
    ids = items.write(connection, feed, intents, now, Stage.ARTICLE if full_text else Stage.ASSESS)
    silent = [
        (item, intent.write.revision, Reason(intent.outcome.value))
        for item, intent in zip(ids, intents, strict=True)
        if item is not None and intent.write is not None and intent.outcome in PASSED_OVER
    ]
    decisions.record_silent(connection, silent, now)
    counts = Counter(intent.outcome for intent in intents)
    superseded = sum(1 for intent in intents if _supersedes(intent, known))
    ledger.count(connection, feed, {Outcome.SUPERSEDED: superseded}, now)
    ledger.count(connection, feed, counts, now)
    for outcome in PASSED_OVER:
        ledger.pass_over(connection, feed, outcome, counts[outcome], now)
    return counts


def _supersedes(intent: ItemIntent, known: Mapping[str, KnownItem]) -> bool:
    """Whether an entry takes the place of a text of its own that still waits."""
    old = known.get(intent.write.key) if intent.write else None
    return old is not None and old.outcome is Outcome.PENDING and intent.outcome is not Outcome.COSMETIC
