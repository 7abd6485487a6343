"""`brinkwatch silence`: who, why and until when are asked for; a list; an early end."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from brinkwatch.cli.main import app
from brinkwatch.store import silences
from brinkwatch.store.database import Database

RUNNER = CliRunner()
WHO = ("--author", "ana", "--comment", "exercise at sea")


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "brinkwatch.yaml"
    path.write_text("state_dir: state\nfeeds: [{id: wire, url: 'https://wire.example/rss'}]\n")
    return str(path)


@pytest.fixture
def store(tmp_path: Path) -> Database:
    """It stays open, as a running daemon has it."""
    database = Database.open(None, tmp_path / "state")
    database.claim()
    return database


def run(config: str, *words: str) -> tuple[int, str, str]:
    done = RUNNER.invoke(app, ["silence", *words, "--config", config], env={"COLUMNS": "200", "TERM": "dumb"})
    return done.exit_code, done.stdout, " ".join(done.stderr.replace("│", " ").split())


def test_what_is_added_is_listed_beside_a_running_daemon_and_can_be_ended(config: str, store: Database) -> None:
    code, out, _ = run(config, "add", "-m", "signal=blockade", "-m", "signal=incursion", "-m", "actor=China", "--for",
                       "2h", *WHO)  # fmt: skip
    assert code == 0
    assert out.startswith("1: signal=blockade|incursion, actor=China, until ")
    with store.begin() as connection:
        (found,) = silences.active(connection, datetime.now(UTC))
    assert found.ends_at - found.starts_at == timedelta(hours=2)
    (row,) = [json.loads(line) for line in run(config, "list", "--json")[1].splitlines()]
    assert (row["state"], row["author"], row["comment"]) == ("active", "ana", "exercise at sea")
    assert row["match"] == {"signals": ["blockade", "incursion"], "actors": ["China"]}
    assert run(config, "expire", "1")[:2] == (0, "1: ended\n")
    assert json.loads(run(config, "list", "--json")[1])["state"] == "expired"
    assert run(config, "expire", "1")[0] == 1


def test_one_that_begins_later_is_pending(config: str, store: Database) -> None:
    begins = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert run(config, "add", "-m", "tier=watch", "--from", begins, "--for", "1h", *WHO)[0] == 0
    table = run(config, "list")[1]
    assert ["pending" in table, "tier=watch" in table, "exercise at sea" in table] == [True] * 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-m", "tier=watch", *WHO), "a silence needs an end: give --for or --until"),
        (("-m", "tier=watch", "--for", "2h", "--author", "ana"), "say who and why, with --author and --comment"),
        (("-m", "tier=watch", "--for", "2h", "--author", "ana", "--comment", " "), "say who and why"),
        (("--for", "2h", *WHO), "say what to hold back, with --match"),
        (("-m", "tier=watch", "--until", "2001-01-01T00:00Z", *WHO), "has passed"),
        (("-m", "tier=watch", "--until", "tomorrow", *WHO), "'tomorrow' is no time with an offset"),
        (("-m", "tier=watch", "--for", "long", *WHO), "'long' is no duration"),
        (("-m", "tier=urgent", "--for", "2h", *WHO), "tier=urgent: Input should be 'watch', 'elevated' or 'critical'"),
        (("-m", "colour=red", "--for", "2h", *WHO), "is not WORD=VALUE with a word of signal, direction, tier"),
        (("-m", "feed=nobody", "--for", "2h", *WHO), "the configuration has no feed 'nobody'"),
        (("-m", "route=#nowhere", "--for", "2h", *WHO), "the configuration has no route '#nowhere'"),
    ],
)
def test_what_is_missing_or_wrong_is_said_and_nothing_is_stored(
    config: str, store: Database, words: tuple[str, ...], said: str
) -> None:
    code, _, error = run(config, "add", *words)
    assert code == 2
    assert said in error
    with store.begin() as connection:
        assert silences.listed(connection) == []


def test_without_a_store_there_is_nothing_to_silence(config: str) -> None:
    assert run(config, "add", "-m", "tier=watch", "--for", "2h", *WHO)[0] == 1
    assert "no state yet" in run(config, "list")[2]
