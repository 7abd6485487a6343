"""`brinkwatch outbox`: lists what waits and what was given up, and has it tried again."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from brinkwatch.cli.main import app
from brinkwatch.store import outbox
from brinkwatch.store.database import Database
from brinkwatch.store.outbox import State
from fakes.cards import put

RUNNER = CliRunner()


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "brinkwatch.yaml"
    path.write_text("state_dir: state\n")
    return str(path)


@pytest.fixture
def store(tmp_path: Path) -> Database:
    """Two given up, one waiting. It stays open, as a running daemon has it."""
    database = Database.open(None, tmp_path / "state")
    database.claim()
    for key in ("a", "b", "c"):
        put(database, key, story=f"story-{key}")
    with database.begin() as connection:
        for number in (1, 2):
            outbox.mark(connection, number, state=State.DEAD, error="msg_too_long", attempts=3)
    return database


def states(database: Database) -> dict[str, str]:
    with database.begin() as connection:
        return {row.key: row.state for row in outbox.unsettled(connection)}


def test_it_says_how_each_message_stands(config: str, store: Database) -> None:
    done = RUNNER.invoke(app, ["outbox", "--config", config, "--json"])
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["id"], row["state"], row["channel"], row["story"], row["attempts"], row["error"]) for row in rows] == [
        (1, "dead", "#alerts", "story-a", 3, "msg_too_long"),
        (2, "dead", "#alerts", "story-b", 3, "msg_too_long"),
        (3, "pending", "#alerts", "story-c", 0, None),
    ]
    assert [row["next_attempt_at"] is None for row in rows] == [True, True, False]


def test_the_table_has_the_same_rows(config: str, store: Database) -> None:
    done = RUNNER.invoke(app, ["outbox", "--config", config], env={"COLUMNS": "200"})
    assert [word in done.stdout for word in ("story-a", "msg_too_long", "pending", "now")] == [True] * 4


def test_one_is_tried_again_by_its_number(config: str, store: Database) -> None:
    done = RUNNER.invoke(app, ["outbox", "retry", "1", "--config", config])
    assert (done.exit_code, done.stdout) == (0, "1 will be tried again: 1\n")
    assert states(store) == {"a": "pending", "b": "dead", "c": "pending"}


def test_all_are_tried_again(config: str, store: Database) -> None:
    done = RUNNER.invoke(app, ["outbox", "--config", config, "retry", "--all"])
    assert done.stdout == "2 will be tried again: 1, 2\n"
    assert set(states(store).values()) == {"pending"}


def test_what_was_not_given_up_is_not_touched_and_said(config: str, store: Database) -> None:
    done = RUNNER.invoke(app, ["outbox", "retry", "1", "3", "--config", config])
    assert done.exit_code == 1
    assert "3" in done.stderr
    assert states(store)["a"] == "pending"


def test_without_a_look_only_if_told_so(config: str, store: Database) -> None:
    with store.begin() as connection:
        for number in (1, 2):
            outbox.mark(connection, number, error="ambiguous")
    RUNNER.invoke(app, ["outbox", "retry", "1", "--unseen", "--config", config])
    RUNNER.invoke(app, ["outbox", "retry", "2", "--config", config])
    assert states(store) == {"a": "pending", "b": "ambiguous", "c": "pending"}


def test_what_nobody_wants_is_dropped_by_its_number(config: str, store: Database) -> None:
    done = RUNNER.invoke(app, ["outbox", "drop", "1", "--config", config])
    assert (done.exit_code, done.stdout) == (0, "1 dropped: 1\n")
    assert states(store) == {"b": "dead", "c": "pending"}
    assert RUNNER.invoke(app, ["outbox", "drop", "3", "--config", config]).exit_code == 1
    assert RUNNER.invoke(app, ["outbox", "drop", "--all", "--config", config]).stdout == "1 dropped: 2\n"


@pytest.mark.parametrize("arguments", [[], ["1", "--all"]])
@pytest.mark.parametrize("command", ["retry", "drop"])
def test_numbers_or_all_but_not_both(config: str, store: Database, command: str, arguments: list[str]) -> None:
    assert RUNNER.invoke(app, ["outbox", command, *arguments, "--config", config]).exit_code == 2


def test_without_a_store_it_says_so_and_makes_none(config: str, tmp_path: Path) -> None:
    done = RUNNER.invoke(app, ["outbox", "--config", config])
    assert (done.exit_code, "no state yet" in done.stderr) == (0, True)
    assert not (tmp_path / "state").exists()
