"""The one enumeration of outcomes, from poll to decision: every entry seen ends in exactly one."""

from enum import StrEnum


class Outcome(StrEnum):
    """What became of one entry of one poll. The ledger counts these per feed and day."""

    # Ended at the poll: nothing further happens.
    UNCHANGED = "unchanged"
    """Known, and nothing that matters differs."""
    COSMETIC = "cosmetic"
    """Known; case, white space, punctuation or a date differs: stored, not assessed again."""
    REFUSED_EMPTY = "refused_empty"
    """No usable title or text."""
    REFUSED_DUPLICATE = "refused_duplicate"
    """The same identity a second time in one document."""
    SEEDED = "seeded"
    """There before the feed's first poll; alerts nobody."""
    STALE = "stale"
    """Published longer ago than `max_alert_age`; alerts nobody."""

    # Waiting: new, or materially updated, and not yet assessed.
    PENDING = "pending"

    # Ended after the poll.
    UNSUPPORTED_LANGUAGE = "unsupported_language"
    ASSESSED = "assessed"
    SUPERSEDED = "superseded"
    """Edited again before it was assessed: the later text took its place."""
    FAILED = "failed"
    """The classifier cannot read this very item; given up, so that it does not hold up the others."""


AFTER_PENDING = (Outcome.ASSESSED, Outcome.UNSUPPORTED_LANGUAGE, Outcome.SUPERSEDED, Outcome.FAILED)
"""What a pending entry ends as; all other outcomes are those of the poll."""


class Stage(StrEnum):
    """What still has to be done with a stored item; after a crash a query on this finds the rest."""

    ARTICLE = "article"
    """Its whole article is read first, where the feed wants that."""
    ASSESS = "assess"
    RELATE = "relate"
    DONE = "done"
