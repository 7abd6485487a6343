"""A year of state, in small: every query of a running daemon finds its rows by an index, before and after ANALYZE.

Times are measured by `benchmarks/year.py`; a plan that reads a whole table is what would make them grow with the year.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from brinkwatch.app import present
from brinkwatch.cli.status import read
from brinkwatch.config.settings import Operators
from brinkwatch.engine.engine import Engine
from brinkwatch.outcomes import Outcome, Stage
from brinkwatch.store import decisions, items, ledger, standing, upkeep
from brinkwatch.store.database import FILE_NAME, Database
from fakes.year import engine_on, feed_in, make, micros

GROWS = ("items", "assessments", "articles", "revisions", "members", "decisions", "outbox", "deliveries")
PARTIAL = ("ix_items_stage", "ix_items_pending", "ix_outbox_unsettled")
"""They hold what is unfinished, which is little."""
SCAN = re.compile(rf"^SCAN ({'|'.join(GROWS)})\b(?!.*INDEX ({'|'.join(PARTIAL)})$)")
Statement = tuple[str, tuple[Any, ...]]


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("year")
    make(folder, 50_000)
    return folder


@contextmanager
def listening(database: Database) -> Iterator[dict[str, Statement]]:
    """What is asked of the database meanwhile, by its text without the number of parameters."""
    asked: dict[str, Statement] = {}

    def remember(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        values = parameters[0] if parameters and isinstance(parameters[0], (tuple, list)) else parameters
        if statement.split()[0] in {"SELECT", "UPDATE", "DELETE", "INSERT", "WITH"}:
            asked.setdefault(re.sub(r"\?(, \?)+", "?…", statement), (statement, tuple(values)))

    sa.event.listen(database.engine, "before_cursor_execute", remember)
    yield asked
    sa.event.remove(database.engine, "before_cursor_execute", remember)


def plans(folder: Path, asked: dict[str, Statement]) -> dict[str, list[str]]:
    """How SQLite answers each: the steps of its plan."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        return {
            text: [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
            for text, (statement, values) in asked.items()
        }


def whole_tables(found: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Steps that read all of a table that grows with the year."""
    return [
        (step, " ".join(text.split()))
        for text, steps in found.items()
        for step in steps
        if SCAN.match(step) and not _for_the_last(text)
    ]


def _for_the_last(text: str) -> bool:
    """`max(id)` and the newest of a channel are found at the end of the table, without reading it."""
    return bool(re.search(r"max\(\w+\.id\)|ORDER BY (outbox|items)\.id( DESC)?\s+LIMIT", " ".join(text.split())))


async def a_day(engine: Engine) -> None:
    """What a daemon asks: start, polls, decisions, sends, notices, commands, a night's care, stop."""
    settings = engine.settings.model_copy(update={"operators": Operators(channel="#ops")})
    engine.restore()
    for number in range(4):
        feed_in(engine, number, micros(present()), 50)
    feed_in(engine, 1, 0, 3)
    feed_in(engine, 1, 0, 3)
    engine.articles.start(engine.pipeline.rules)
    engine._claim_due()
    engine.notices.tell(settings, present().replace(hour=9))
    engine.digest()
    await engine.deliver()
    engine.pending()
    read(engine.database)
    with engine.database.read() as connection:
        items.at_stage(connection, Stage.ASSESS, 10)
        standing.told_since(connection, present() - timedelta(days=1))
        decisions.history(connection, "s-1", "#alerts")
    engine.care.tidy(settings)


@pytest.mark.parametrize("analyzed", [False, True], ids=["no statistics", "with statistics"])
async def test_no_query_of_a_running_daemon_reads_a_whole_table(year: Path, analyzed: bool) -> None:
    with capture_logs():
        engine = engine_on(year, keep="300d")
        if analyzed:
            upkeep.optimize(engine.database)
        with listening(engine.database) as asked:
            await a_day(engine)
        await engine.close(timedelta(seconds=5))
        engine.database.close()
    assert len(asked) > 60  # it did listen
    assert whole_tables(plans(year, asked)) == []


def test_a_query_without_an_index_would_be_found(year: Path) -> None:
    asked = {"x": ("SELECT count(*) FROM items WHERE title = ?", ("x",))}
    assert whole_tables(plans(year, asked)) == [("SCAN items", "x")]


async def test_after_the_nights_care_the_ledger_still_adds_up_and_the_rest_is_there(year: Path) -> None:
    with capture_logs():
        engine = engine_on(year, keep="200d")
        engine.restore()
        with engine.database.read() as connection:
            before = ledger.totals(connection)[Outcome.ASSESSED]
        engine.care.tidy(engine.settings)
        with engine.database.read() as connection:
            assert ledger.totals(connection)[Outcome.ASSESSED] == before
            oldest = connection.execute(sa.text("select min(first_seen), count(*) from items")).one()
            orphans = connection.execute(
                sa.text("select count(*) from assessments where item not in (select id from items)")
            ).scalar()
        feed_in(engine, 1, 99, 5)
        await engine.close(timedelta(seconds=5))
        engine.database.close()
    assert oldest[0] >= micros(present() - timedelta(days=201))
    assert oldest[1] > 20_000
    assert orphans == 0
