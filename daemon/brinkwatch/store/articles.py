"""Queries on whole articles, which stand in for what a feed said of them."""

from datetime import datetime

import sqlalchemy as sa

from brinkwatch.outcomes import Stage
from brinkwatch.store.items import StoredItem
from brinkwatch.store.ledger import upsert
from brinkwatch.store.tables import articles, items


def settle(connection: sa.Connection, item: StoredItem, status: str, text: str | None, now: datetime) -> bool:
    """Keep what came of reading the article and let the item go on; False if it was edited meanwhile."""
    result = connection.execute(
        items.update()
        .where(items.c.id == item.id, items.c.revision == item.revision, items.c.stage == Stage.ARTICLE)
        .values(stage=Stage.ASSESS)
    )
    if result.rowcount != 1:
        return False
    values = {"at": now, "status": status, "text": text}
    statement = upsert(connection, articles).values(item=item.id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["item"], set_=values))
    return True


def status_of(connection: sa.Connection, item: int) -> tuple[str, str | None] | None:
    """How reading an item's article ended, and its text; None where it was not tried."""
    row = connection.execute(sa.select(articles.c.status, articles.c.text).where(articles.c.item == item)).one_or_none()
    return (row.status, row.text) if row else None
