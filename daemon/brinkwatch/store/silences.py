"""Queries on silences."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from brinkwatch.alerts.silences import Silence, Silenced
from brinkwatch.store.tables import silences, told


def add(
    connection: sa.Connection, matchers: Silenced, *, author: str, comment: str, starts_at: datetime, ends_at: datetime,
    now: datetime,
) -> int:  # fmt: skip
    """Store a silence; returns its number."""
    statement = silences.insert().values(
        matchers=matchers.model_dump(mode="json", exclude_defaults=True), author=author, comment=comment,
        created_at=now, starts_at=starts_at, ends_at=ends_at,
    )  # fmt: skip
    return int(connection.execute(statement.returning(silences.c.id)).scalar_one())


def active(connection: sa.Connection, now: datetime) -> list[Silence]:
    """The silences that hold something back now."""
    return _read(connection, silences.c.starts_at <= now, silences.c.ends_at > now)


def listed(connection: sa.Connection) -> list[Silence]:
    """All silences, oldest first."""
    return _read(connection)


def expire(connection: sa.Connection, silence: int, now: datetime) -> bool:
    """End a silence now; what it held back is asked about again. False: it is not there, or has ended already."""
    row = connection.execute(sa.select(silences).where(silences.c.id == silence)).one_or_none()
    if row is None or row.ends_at <= now:
        return False
    connection.execute(silences.update().where(silences.c.id == silence).values(ends_at=now))
    connection.execute(told.update().where(told.c.check_at == row.ends_at).values(check_at=now))
    return True


def _read(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> list[Silence]:
    rows: Sequence[sa.Row[Any]] = connection.execute(sa.select(silences).where(*where).order_by(silences.c.id)).all()
    return [
        Silence(
            row.id, Silenced.model_validate(row.matchers), row.author, row.comment, row.created_at, row.starts_at,
            row.ends_at,
        )
        for row in rows
    ]  # fmt: skip
