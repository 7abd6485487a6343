"""Queries on a store that a backup gave back: what has happened since it was made must not happen again."""

from datetime import datetime

import sqlalchemy as sa

from brinkwatch.store.outbox import OPEN_STATES, State
from brinkwatch.store.tables import feeds, outbox, unfinished


def settle_restored(connection: sa.Connection, now: datetime) -> None:
    """Make a restored store tell nobody what they may know already.

    Each feed's next poll seeds: what came since the backup was told then, if at all. What was to be sent is looked for
    first. Whole documents are read: a 304 would hide what the backup does not know.
    """
    connection.execute(feeds.update().values(seeded_at=None, etag=None, last_modified=None, validators_for=None))
    connection.execute(
        outbox.update()
        .where(unfinished, outbox.c.state.in_(OPEN_STATES))
        .values(state=State.AMBIGUOUS, next_attempt_at=now)
    )
