"""Queries on the troubles of delivery, and of the store itself, that operators were told of and that are not over."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from brinkwatch.store.ledger import upsert
from brinkwatch.store.tables import troubles

STORE = "store"
"""In place of a receiver: the trouble is the store's own, not one of delivery."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Messages to a channel do not go out, or (`alone`) single ones while others go past them."""

    receiver: str
    channel: str
    alone: bool
    since: datetime
    told_at: datetime


def present(connection: sa.Connection) -> list[Trouble]:
    """All of delivery, by receiver and channel."""
    order = (troubles.c.receiver, troubles.c.channel, troubles.c.alone)
    found = sa.select(troubles).where(troubles.c.receiver != STORE).order_by(*order)
    return [Trouble(**row._mapping) for row in connection.execute(found)]


def of_store(connection: sa.Connection) -> Trouble | None:
    """That of the store itself."""
    row = connection.execute(sa.select(troubles).where(troubles.c.receiver == STORE)).one_or_none()
    return Trouble(**row._mapping) if row else None


def begin(connection: sa.Connection, trouble: Trouble) -> None:
    """Remember one; nothing changes if it is there already."""
    values = {name: getattr(trouble, name) for name in Trouble.__dataclass_fields__}
    connection.execute(upsert(connection, troubles).values(**values).on_conflict_do_nothing())


def end(connection: sa.Connection, trouble: Trouble) -> None:
    """Forget one."""
    connection.execute(
        troubles.delete().where(
            troubles.c.receiver == trouble.receiver,
            troubles.c.channel == trouble.channel,
            troubles.c.alone == trouble.alone,
        )
    )
