"""`brinkwatch status`: what is shown of a daemon that runs, and of a store alone."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from brinkwatch.cli.main import app
from brinkwatch.cli.status_view import view
from brinkwatch.ops.socket import answering

ANSWER: dict[str, Any] = {
    "version": "0.1.0", "pid": 4711, "started_at": "2026-03-01T09:00:00Z", "at": "2026-03-01T12:00:00Z", "alive": True,
    "reasons": [], "model": "keywords 1.0", "receivers": ["slack"], "config_loaded_at": "2026-03-01T11:00:00Z",
    "config_refused": None, "polling": [], "stages": {"tick": 0.4, "think": 0.5},
    "feeds": {"ok": 41, "failing": 0, "new": 0, "paused": 1}, "queue": {"article": 0, "assess": 0, "relate": 0},
    "outbox": {"pending": 0, "dead": 0}, "outbox_oldest_at": None, "stories_open": 7,
    "next_poll_at": "2026-03-01T12:00:04Z",
    "last_poll": {"feed": "wire", "at": "2026-03-01T11:59:30Z", "status": "ok"},
    "last_alert": {"at": "2026-03-01T10:00:00Z", "channel": "#alerts", "text": "elevated: Armour at the river"},
    "ledger": {
        "outcomes": {"unchanged": 5200, "pending": 14, "assessed": 12, "failed": 1}, "unaccounted": 0,
        "checked_at": "2026-03-01T12:00:00Z",
    },
}  # fmt: skip


def shown(changes: Mapping[str, Any] | None = None, *, running: bool = True) -> dict[str, str]:
    """What stands beside each word; a word that comes twice keeps the last."""
    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    console.print(view({**ANSWER, **(changes or {})}, running=running))
    lines = [line.split("  ", 1) for line in console.export_text().splitlines() if line.strip()]
    return {line[0].strip(): line[-1].strip() for line in lines}


def test_all_is_well() -> None:
    assert shown() == {
        "daemon": "running for 3h (version 0.1.0, process 4711)",
        "ready": "yes",
        "model": "keywords 1.0",
        "alerts go to": "slack",
        "configuration": "taken up 1h ago",
        "stages": "all went on within a minute",
        "feeds": "42: 41 ok, 1 paused",
        "last poll": "30s ago: wire (ok)",
        "next poll": "in 4s",
        "items that wait": "none",
        "open stories": "7",
        "outbox": "nothing waits",
        "last alert": "2h ago to #alerts: elevated: Armour at the river",
        "entries seen": "14 new, 5,200 unchanged",
        "of the new ones": "12 assessed, 1 failed, 1 waiting",
        "ledger": "adds up",
    }


@pytest.mark.parametrize(
    ("changes", "word", "says"),
    [
        ({"reasons": ["messages to #alerts do not go out"]}, "ready", "no: messages to #alerts do not go out"),
        ({"config_refused": "b.yaml:3: feeds"}, "configuration", "was refused: b.yaml:3: feeds"),
        ({"stages": {"tick": 0.1, "think": 300.0}}, "stages", "at rest for long: think 300s"),
        ({"polling": ["a", "b", "c", "d", "e", "f"]}, "polling now", "a, b, c, d, e and 1 more"),
        ({"store_error": "OperationalError"}, "store", "cannot be read"),
        ({"queue": {"article": 0, "assess": 3, "relate": 1}}, "items that wait", "3 to assess, 1 to relate"),
        ({"outbox": {"pending": 2, "dead": 1}, "outbox_oldest_at": "2026-03-01T11:00:00Z"}, "outbox",
         "2 wait, the oldest since 1h ago; 1 given up, see `brinkwatch outbox`"),
        ({"last_alert": None}, "last alert", "none yet"),
        ({"ledger": {**ANSWER["ledger"], "unaccounted": 3}}, "ledger", "does NOT add up: 3 unaccounted for"),
    ],
)  # fmt: skip
def test_trouble_is_said(changes: Mapping[str, Any], word: str, says: str) -> None:
    assert says in shown(changes)[word]


def test_text_of_feeds_cannot_act_on_a_terminal() -> None:
    alert = {**ANSWER["last_alert"], "text": "\x1b[2Jcritical\r\n[bold]x"}
    assert "\x1b" not in shown({"last_alert": alert})["last alert"]
    assert "[bold]x" in shown({"last_alert": alert})["last alert"]


def test_a_store_alone_says_that_nothing_runs() -> None:
    rows = shown(running=False)
    assert "not running" in rows["daemon"]
    assert "model" not in rows
    assert rows["feeds"] == "42: 41 ok, 1 paused"


async def test_a_running_daemon_is_asked_and_its_store_left_alone(tmp_path: Path) -> None:
    config = tmp_path / "b.yaml"
    config.write_text(f"state_dir: {tmp_path}\n")

    def status(*more: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["status", "--config", str(config), *more], env={"COLUMNS": "200"})
        return done.exit_code, done.output

    answers = {"status": lambda: ANSWER}
    async with answering(tmp_path, answers):
        code, output = await asyncio.to_thread(status)
        assert (code, "running for 3h" in output) == (0, True)
        assert not (tmp_path / "brinkwatch.db").exists()
    answers["status"] = lambda: {**ANSWER, "ledger": {**ANSWER["ledger"], "unaccounted": 3}}
    async with answering(tmp_path, answers):
        assert (await asyncio.to_thread(status))[0] == 1
    code, output = await asyncio.to_thread(status)
    assert (code, "has not run" in output) == (0, True)


async def test_json_holds_the_answer_and_the_ledger(tmp_path: Path) -> None:
    from brinkwatch.store.database import Database

    Database.open(None, tmp_path).close()
    config = tmp_path / "b.yaml"
    config.write_text(f"state_dir: {tmp_path}\n")

    def status() -> dict[str, Any]:
        return dict(json.loads(CliRunner().invoke(app, ["status", "--config", str(config), "--json"]).stdout))

    async with answering(tmp_path, {"status": lambda: ANSWER}):
        found = await asyncio.to_thread(status)
    assert (found["running"], found["now"], found["balanced"], found["days"]) == (True, ANSWER, True, [])
    found = await asyncio.to_thread(status)
    assert (found["running"], found["now"]["feeds"]["new"]) == (False, 0)
