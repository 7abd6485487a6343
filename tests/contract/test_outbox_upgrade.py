"""An older store's outbox is taken over: what may have been seen is looked for where it was sent."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from brinkwatch.store import outbox
from brinkwatch.store.database import MIGRATIONS, Database

ROWS = (
    ("r", "reply", "ambiguous", "ref"),
    ("p", "post", "ambiguous", None),
    ("d", "reply", "dead", "ref"),
    ("w", "reply", "pending", None),
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'brinkwatch.db'}"


def test_an_older_outbox_knows_where_its_messages_were_sent(url: str, tmp_path: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0006-1")
        connection.execute(
            sa.text("insert into threads (story, receiver, channel, reference) values ('s', 'slack', '#a', 'ref')")
        )
        for key, kind, state, _ in ROWS:
            statement = (
                "insert into outbox (key, story, receiver, channel, kind, text, state, attempts, next_attempt_at, "
                "created_at) values (:key, 's', 'slack', '#a', :kind, '', :state, 1, 0, 0)"
            )
            connection.execute(sa.text(statement), {"key": key, "kind": kind, "state": state})
    engine.dispose()
    database = Database.open(url, tmp_path)
    with database.begin() as connection:
        found = outbox.unsettled(connection)
    database.close()
    assert [(row.key, row.sent_to) for row in found] == [(key, sent_to) for key, _, _, sent_to in ROWS]
    assert [row.key for row in found if row.told_at is not None] == ["d"], "it was told of before"
