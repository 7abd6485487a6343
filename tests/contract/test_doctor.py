"""`brinkwatch doctor` against a strict Slack, real files and a real store: broken in one way each."""

import asyncio
import json
import socket
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from brinkwatch.cli.doctor_look import environment
from brinkwatch.cli.main import app
from brinkwatch.delivery.slack.examine import SlackFacts, examine, judge
from brinkwatch.ops.finding import Finding, Level
from brinkwatch.ops.socket import answering
from brinkwatch.store.database import Database
from fakes.feeds import FeedServer, Item
from fakes.slack import FakeSlack, refuse
from fakes.slack_workspace import SCOPES


class House:
    """A configuration on which everything is well, to be broken."""

    def __init__(self, folder: Path, slack: FakeSlack, feeds: FeedServer) -> None:
        self.folder, self.slack, self.feeds = folder, slack, feeds
        self.token_file = folder / "token"
        self.token_file.write_text(slack.token)
        self.token_file.chmod(0o600)
        self.feed = f'{{id: wire, url: "{feeds.url("wire")}", allow_private: true}}'
        self.slack_block = f'{{token_file: {self.token_file}, base_url: "{slack.url}"}}'
        self.more = ""
        Database.open(None, folder).close()

    async def doctor(self, *options: str) -> tuple[int, list[dict[str, Any]]]:
        config = self.folder / "b.yaml"
        config.write_text(
            f"state_dir: {self.folder}\nfeeds: [{self.feed}]\nslack: {self.slack_block}\n"
            f'routes: [{{channel: "#alerts"}}]\noperators: {{channel: "#ops"}}\n'
            f"heartbeat: {{url: 'http://127.0.0.1:1/'}}\n{self.more}"
        )
        config.chmod(0o600)
        done = await asyncio.to_thread(CliRunner().invoke, app, ["doctor", "--config", str(config), "--json", *options])
        return done.exit_code, json.loads(done.stdout)["findings"]

    async def trouble(self, *options: str) -> list[tuple[str, str, str]]:
        """(level, check, found) of what is not ok, without the daemon that does not run here."""
        _, found = await self.doctor(*options)
        bad = [line for line in found if line["level"] != "ok" and line["check"] != "daemon"]
        assert all(line["mend"] for line in bad), bad
        return [(line["level"], line["check"], line["found"]) for line in bad]


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack(channels=("alerts", "ops"), private=("secret",)) as server:
        yield server


@pytest.fixture
async def feeds() -> AsyncIterator[FeedServer]:
    server = FeedServer()
    server.items["wire"] = [Item("1", "Envoys meet at the border", "", datetime.now(UTC))]
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def house(tmp_path: Path, slack: FakeSlack, feeds: FeedServer) -> House:
    return House(tmp_path, slack, feeds)


async def test_a_sound_house_has_no_trouble(house: House, slack: FakeSlack) -> None:
    assert await house.trouble("--feeds") == []
    code, found = await house.doctor()
    assert code == 0
    checks = {line["check"] for line in found}
    assert checks >= {
        "configuration", "state directory", "slack.token_file", "DNS", "clock", "disk", "database", "model",
        "Slack token", "Slack scopes", "channel #alerts", "channel #ops", "daemon",
    }  # fmt: skip
    assert slack.people_see() == []
    assert slack.token not in json.dumps(found)


async def test_a_broken_configuration_names_each_line_and_nothing_else(house: House) -> None:
    house.more = "treshold: {}\npolling: {timeout: soon}\n"
    code, found = await house.doctor()
    assert code == 1
    assert [line["level"] for line in found] == ["failure", "failure"]
    assert ":7: treshold" in found[0]["found"]


async def test_a_token_everybody_reads_is_a_failure(house: House) -> None:
    house.token_file.chmod(0o644)
    found = await house.trouble()
    assert [(level, check) for level, check, _ in found] == [
        ("failure", "slack.token_file"),
        ("failure", "Slack token"),
    ]


async def test_a_configuration_with_a_secret_must_not_be_readable(house: House, slack: FakeSlack) -> None:
    house.slack_block = f'{{token: {slack.token}, base_url: "{slack.url}"}}'
    assert await house.trouble() == []
    config = house.folder / "b.yaml"
    config.chmod(0o644)
    done = await asyncio.to_thread(CliRunner().invoke, app, ["doctor", "--config", str(config), "--json"])
    (line,) = [line for line in json.loads(done.stdout)["findings"] if line["check"] == "configuration file"]
    assert (line["level"], done.exit_code) == ("failure", 1)


async def test_a_revoked_token_is_told_with_slacks_word_and_the_mend(house: House, slack: FakeSlack) -> None:
    slack.revoked = True
    assert await house.trouble() == [("failure", "Slack token", "token_revoked")]


async def test_slack_that_cannot_be_reached_is_told(house: House, slack: FakeSlack) -> None:
    await slack.stop()
    ((level, check, words),) = await house.trouble()
    assert (level, check, "cannot be reached" in words) == ("failure", "Slack", True)


async def test_a_missing_channel_is_a_failure(house: House) -> None:
    house.more = "max_alert_age: 6h\n"
    house.slack.ids.pop("ops")
    assert await house.trouble() == [("failure", "channel #ops", "channel_not_found")]


async def test_a_channel_that_nobody_invited_the_app_to_can_be_posted_in_but_not_read(
    house: House, slack: FakeSlack
) -> None:
    slack.not_member.add("alerts")
    ((level, check, words),) = await house.trouble()
    assert (level, check, "cannot look" in words) == ("warning", "channel #alerts", True)


async def test_a_clock_that_is_wrong_is_told(house: House, slack: FakeSlack) -> None:
    slack.date = format_datetime(datetime.now(UTC) + timedelta(minutes=30), usegmt=True)
    ((level, check, words),) = await house.trouble()
    assert (level, check, "behind Slack" in words) == ("failure", "clock", True)


async def test_a_damaged_database_is_a_failure(house: House) -> None:
    file = house.folder / "brinkwatch.db"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    content = bytearray(file.read_bytes())
    content[8192:40960] = bytes(32768)
    file.write_bytes(content)
    ((level, check, words),) = await house.trouble()
    assert (level, check, "damaged" in words) == ("failure", "database", True)


async def test_a_file_that_is_no_database_is_a_failure(house: House) -> None:
    (house.folder / "brinkwatch.db").write_bytes(b"not a database at all" * 100)
    ((level, check, words),) = await house.trouble()
    assert (level, check, "damaged" in words) == ("failure", "database", True)


async def test_a_database_of_a_newer_version_is_a_failure_and_is_left_as_it_is(house: House) -> None:
    file = house.folder / "brinkwatch.db"
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    ((level, check, words),) = await house.trouble()
    assert (level, check, "newer version" in words) == ("failure", "database", True)
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
    connection.close()


async def test_no_store_yet_is_well_and_none_is_made(house: House, tmp_path: Path) -> None:
    for file in tmp_path.glob("brinkwatch.db*"):
        file.unlink()
    assert await house.trouble() == []
    assert not (tmp_path / "brinkwatch.db").exists()


async def test_a_model_that_is_not_there_is_a_failure(house: House) -> None:
    house.more = "classifier: {model: /nowhere}\n"
    ((level, check, words),) = await house.trouble()
    assert (level, check, "/nowhere" in words) == ("failure", "model", True)


async def test_a_private_address_that_is_not_admitted_is_a_failure(house: House) -> None:
    house.feed = f'{{id: wire, url: "{house.feeds.url("wire")}"}}'
    ((level, check, words),) = await house.trouble()
    assert (level, check) == ("failure", "addresses")
    assert "wire" in words


async def test_a_name_that_does_not_exist_is_a_failure(house: House) -> None:
    house.feed = '{id: wire, url: "http://nowhere.invalid/rss"}'
    ((level, check, _),) = await house.trouble()
    assert (level, check) == ("failure", "DNS")


async def test_feeds_are_fetched_only_when_asked(house: House, feeds: FeedServer) -> None:
    feeds.broken["wire"] = (500, b"")
    assert await house.trouble() == []
    assert feeds.visits["wire"] == 0
    (first, second) = await house.trouble("--feeds")
    assert first[:2] == ("warning", "feed wire")
    assert second[:2] == ("failure", "feeds")


async def test_a_daemon_that_is_not_ready_is_a_failure(house: House, tmp_path: Path) -> None:
    reasons = ["messages to #alerts do not go out by slack: token_revoked"]
    async with answering(tmp_path, {"status": lambda: {"reasons": reasons}}):
        code, found = await house.doctor()
    (line,) = [line for line in found if line["check"] == "daemon"]
    assert (line["level"], reasons[0] in line["found"], code) == ("failure", True, 1)


async def test_a_socket_that_an_ended_daemon_left_is_no_daemon(house: House, tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "brinkwatch.sock"))
    left.close()
    _, found = await house.doctor()
    assert [line["found"] for line in found if line["check"] == "daemon"] == ["not running"]


@pytest.mark.parametrize("scope", sorted(SCOPES))
async def test_each_scope_that_is_missing_is_named_with_what_is_lost(slack: FakeSlack, scope: str) -> None:
    slack.scopes.discard(scope)
    facts = await examine(slack.token, slack.url, ["#alerts"], datetime.now(UTC))
    lines = [finding for finding in judge(facts) if finding.check == "Slack scopes"]
    (line,) = lines
    assert line.level is (Level.FAILURE if scope == "chat:write" else Level.WARNING)
    assert f"{scope} is missing: " in line.words
    assert "slack-app-manifest" in (line.mend or "")


async def test_channels_are_found_by_id_and_by_name_also_private_ones(slack: FakeSlack) -> None:
    facts = await examine(slack.token, slack.url, ["#secret", slack.ids["alerts"]], datetime.now(UTC))
    assert set(facts.channels.values()) == {None}
    assert slack.count("chat.postMessage") == 0


async def test_what_slack_refuses_to_tell_of_a_channel_is_its_line(slack: FakeSlack) -> None:
    slack.script("conversations.history", refuse("missing_scope"), refuse("ekm_access_denied"))
    facts = await examine(slack.token, slack.url, ["#alerts", "#ops"], datetime.now(UTC))
    levels = {finding.check: finding.level for finding in judge(facts)}
    assert (levels["channel #alerts"], levels["channel #ops"]) == (Level.WARNING, Level.FAILURE)


def test_a_server_that_names_no_scopes_is_no_trouble() -> None:
    found: list[Finding] = list(judge(SlackFacts(scopes=None)))
    assert {finding.level for finding in found} == {Level.OK}


def test_credentials_of_the_service_are_found_beside_it(tmp_path: Path) -> None:
    assert environment({}, tmp_path)["CREDENTIALS_DIRECTORY"] == str(tmp_path)
    assert environment({"CREDENTIALS_DIRECTORY": "/own"}, tmp_path)["CREDENTIALS_DIRECTORY"] == "/own"
    assert "CREDENTIALS_DIRECTORY" not in environment({}, tmp_path / "missing")
