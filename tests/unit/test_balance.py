"""Everything is accounted for: the sums of the ledger."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from brinkwatch.cli.main import app
from brinkwatch.engine.balance import balance
from brinkwatch.engine.intake import enter, intake
from brinkwatch.feeds.entry import Entry
from brinkwatch.outcomes import Outcome, Stage
from brinkwatch.store import items, ledger, polls
from brinkwatch.store.database import Database

NOW = datetime.now(UTC)
DAY = NOW.date().isoformat()


def test_a_day_adds_up_if_every_entry_has_one_outcome_of_its_poll() -> None:
    rows = [("f", "d", Outcome.PENDING, 3), ("f", "d", Outcome.UNCHANGED, 2), ("f", "d", Outcome.ASSESSED, 3)]
    assert balance(rows, {("f", "d"): 5}, {}).balanced
    assert balance(rows, {("f", "d"): 8}, {}).off == 3
    assert not balance([], {("f", "d"): 1}, {}).balanced


def test_what_is_pending_ends_or_waits_also_over_midnight() -> None:
    rows = [("f", "d1", Outcome.PENDING, 4), ("f", "d2", Outcome.ASSESSED, 2), ("f", "d2", Outcome.SUPERSEDED, 1)]
    assert balance(rows, {("f", "d1"): 4}, {"f": 1}).balanced
    assert not balance(rows, {("f", "d1"): 4}, {"f": 2}).balanced


def entry(guid: str, title: str) -> Entry:
    return Entry(guid, None, title, "", NOW, None)


def poll(database: Database, *entries: Entry) -> None:
    with database.begin() as connection:
        counts = intake(connection, "f", entries, NOW, first_poll=False, max_alert_age=timedelta(hours=6))
        enter(connection, {"f": counts}, NOW)
        polls.count(connection, [polls.ended("f", "ok", timedelta(0), len(entries), NOW)])


def assess(database: Database) -> None:
    with database.begin() as connection:
        for item in items.at_stage(connection, Stage.ASSESS, 100):
            assert items.advance(connection, item, Stage.RELATE, Outcome.ASSESSED)
            ledger.count(connection, "f", {Outcome.ASSESSED: 1}, NOW)


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "b.yaml"
    path.write_text(f"state_dir: {tmp_path}\nfeeds: [{{id: f, url: 'https://f.example/'}}]\n")
    return str(path)


def test_status_shows_the_sums_and_says_if_they_do_not_hold(tmp_path: Path, config: str) -> None:
    def status(*more: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["status", "--config", config, *more], env={"COLUMNS": "200"})
        return done.exit_code, done.output

    assert status()[0] == 0
    database = Database.open(None, tmp_path)
    poll(database, entry("1", "Frigate leaves port"), entry("2", "Talks resume"), entry("2", "Talks resume"))
    poll(database, entry("1", "Frigate returns to port under fire"), entry("2", "Talks resume"))
    assert json.loads(status("--json")[1])["feeds"] == [
        {"feed": "f", "pending": 3, "ended": 1, "waiting": 2, "balanced": True}
    ]
    assess(database)
    code, shown = status()
    assert (code, "adds up" in shown, "not running" in shown) == (0, True, True)
    assert "Everything is accounted for" in status("--days", "1")[1]
    assert json.loads(status("--json")[1])["days"][0] == {
        "feed": "f", "day": DAY, "seen": 5, "balanced": True,
        "outcomes": {"pending": 3, "refused_duplicate": 1, "unchanged": 1, "superseded": 1, "assessed": 2},
    }  # fmt: skip
    with database.begin() as connection:
        ledger.count(connection, "f", {Outcome.UNCHANGED: 1}, NOW)
    database.close()
    code, shown = status("--days", "1")
    assert (code, "NOT add up: f" in shown) == (1, True)
    code, shown = status()
    assert (code, "does NOT add up: 1 unaccounted for" in shown) == (1, True)
