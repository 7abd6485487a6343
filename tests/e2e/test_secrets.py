"""Planted secrets: they do their work, and stand nowhere but where they were put."""

import asyncio
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path

import pytest

from brinkwatch.ops.socket import ask
from fakes.feeds import FeedServer, Item
from fakes.slack import FakeSlack

PLANTED = {
    "token": "xoxb-PLANTED-token-7f3a",
    "header": "PLANTED-header-7f3a",
    "password": "PLANTED-password-7f3a",
    "heartbeat": "PLANTED-heartbeat-7f3a",
    "query": "PLANTED-query-7f3a",
    "webhook": "PLANTED-webhook-7f3a",
    "next": "xoxb-PLANTED-next-7f3a",
}
MARK = b"PLANTED"
PATIENCE = 60.0
CRISIS = "Russia masses tanks and artillery along the border with Ukraine, satellite images show"


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack(["alerts", "ops"], token=PLANTED["token"]) as server:
        yield server


def secret_file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.touch(mode=0o600)
    path.write_text(text)
    return path


def configuration(folder: Path, feeds: FeedServer, slack: FakeSlack, port: int, more: str = "") -> Path:
    """Every kind of secret there is, in every place that takes one, but for the token: that comes where a test says."""
    secrets = folder / "secrets"
    secrets.mkdir(exist_ok=True)
    login = secret_file(secrets, "login", f"reader:{PLANTED['password']}")
    signing = secret_file(secrets, "webhook", PLANTED["webhook"])
    path = secrets / "brinkwatch.yaml"
    path.write_text(
        f"""
state_dir: {folder}/state
feeds:
  - id: wire
    url: "{feeds.url("wire")}?key={PLANTED["query"]}"
    allow_private: true
    headers: {{X-Key: {PLANTED["header"]}}}
  - {{id: locked, url: "{feeds.url("locked")}", allow_private: true, auth_file: {login}}}
polling: {{interval: 1s, min_interval: 0.2s, host_gap: 0s}}
slack: {{base_url: "{slack.url}"{more}}}
webhook: {{url: "http://127.0.0.1:1/{PLANTED["heartbeat"]}", secret_file: {signing}}}
heartbeat: {{url: "http://127.0.0.1:1/{PLANTED["heartbeat"]}", interval: 1s}}
routes: [{{channel: "#alerts", min_tier: watch}}]
operators: {{channel: "#ops"}}
alerting: {{group_wait: 0s, digest_wait: 1h}}
ops: {{listen: '127.0.0.1:{port}'}}
logging: {{format: json, level: debug}}
"""
    )
    return path


async def until(claim: object, what: str, log: Path) -> None:
    ends = asyncio.get_running_loop().time() + PATIENCE
    while not claim():  # type: ignore[operator]
        assert asyncio.get_running_loop().time() < ends, f"{what}\n{log.read_text()[-3000:]}"
        await asyncio.sleep(0.05)


def command(path: Path, *arguments: str, env: Mapping[str, str] = os.environ) -> bytes:
    """What a command says, on both streams."""
    done = subprocess.run(
        [sys.executable, "-m", "brinkwatch", *arguments, str(path)], capture_output=True, env=dict(env), check=False
    )
    return done.stdout + done.stderr


def watched(state: Path, port: int) -> dict[str, bytes]:
    """What whoever watches the daemon is told: over HTTP, and at its socket."""
    told = {"socket": json.dumps(ask(state, "status")).encode()}
    for path in ("/healthz", "/readyz", "/metrics", "/"):
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.request("GET", path)
        answer = connection.getresponse()
        told[path] = str(answer.headers).encode() + answer.read()
        connection.close()
    return told


@pytest.mark.parametrize("place", ["file", "credential", "environment"])
async def test_a_planted_secret_is_nowhere_but_where_it_was_put(
    tmp_path: Path, feeds: FeedServer, slack: FakeSlack, free_port: Callable[[], int], place: str
) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("BRINKWATCH", "CREDENTIALS"))}
    more = ""
    credentials = tmp_path / "secrets"
    credentials.mkdir()
    file = secret_file(credentials, "slack-token", PLANTED["token"])
    if place == "file":
        more = f", token_file: {file}"
    elif place == "credential":
        env["CREDENTIALS_DIRECTORY"] = str(credentials)
    else:
        env["BRINKWATCH_SLACK_TOKEN"] = PLANTED["token"]
    port = free_port()
    path = configuration(tmp_path, feeds, slack, port, more)
    log = tmp_path / "log"
    with log.open("wb") as stream:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "brinkwatch", "run", "--config", str(path), stdout=stream, stderr=stream, env=env
        )
    try:
        await until(lambda: feeds.visits["wire"] and feeds.visits["locked"], "a first poll", log)
        feeds.broken["locked"] = (401, b"who are you?")
        feeds.items["wire"] = [Item("crisis", CRISIS, "", datetime.now(UTC) - timedelta(minutes=1))]
        await until(lambda: slack.people_see(), "an alert: the token works", log)
        await until(lambda: ("locked", 401) in feeds.answers, "a refused poll", log)
        arguments = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        arguments += b"".join(Path(f"/proc/{child}/cmdline").read_bytes() for child in children)
        slack.revoked = True
        feeds.items["wire"] = [Item("more", CRISIS.replace("Ukraine", "Latvia"), "", datetime.now(UTC))]
        await until(lambda: "token_revoked" in log.read_text(), "an error of Slack's", log)
        if place == "file":
            slack.revoked, slack.token = False, PLANTED["next"]
            file.write_text(PLANTED["next"])
            await until(lambda: "Slack token renewed" in log.read_text(), "a renewed token", log)
        broken = path.with_name("broken.yaml")
        broken.write_text(path.read_text() + f"\nslack: {{token: [{PLANTED['token']}]}}\nroutes: {PLANTED['header']}\n")
        broken.replace(path)
        await until(lambda: "reload refused" in log.read_text(), "a refused file", log)
        told_to_watchers = await asyncio.to_thread(watched, tmp_path / "state", port)
    finally:
        process.terminate()
        await process.wait()
    # Each of them has something to tell: a refused file, a channel that does not go, a feed that cannot be read.
    assert b"config_refused" in told_to_watchers["socket"]
    assert b"brinkwatch_" in told_to_watchers["/metrics"]
    for where, answer in told_to_watchers.items():
        assert MARK not in answer, where
    assert MARK not in arguments
    assert MARK not in log.read_bytes()
    _nothing_in_the_store(tmp_path / "state")
    told = " ".join(seen.words for channel in ("alerts", "ops") for seen in slack.people_see(channel))
    assert MARK.decode() not in told
    said = command(path, "config", "check", env=env)
    assert said
    assert MARK not in said
    if place != "file":
        return  # the other commands say the same wherever the token is
    path.write_text(re.sub(r"\nslack: \{token: \[.*\nroutes: .*\n$", "\n", path.read_text()))
    for arguments_ in (("config", "check"), ("status", "--config"), ("feeds", "--config"), ("outbox", "--config")):
        said += command(path, *arguments_, env=env)
    assert MARK not in said


def _nothing_in_the_store(state: Path) -> None:
    # The address of a feed is its name in the store, query and all: the file is nobody else's.
    known = f"?key={PLANTED['query']}"
    for found in state.rglob("*"):
        if found.is_file() and found.stat().st_size:
            assert MARK not in found.read_bytes().replace(known.encode(), b""), found
            assert not found.stat().st_mode & 0o007, found
    with closing(sqlite3.connect(state / "brinkwatch.db")) as store:
        dump = "\n".join(store.iterdump())
    assert MARK.decode() not in dump.replace(known, "")
