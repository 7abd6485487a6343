"""`brinkwatch run` as a process: signals, restarts, and what is told of mistakes. Real time, real model, real HTTP."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fakes.feeds import FeedServer, Item
from fakes.slack import FakeSlack

CRISIS = "Russia masses tanks and artillery along the border with Ukraine, satellite images show"
PATIENCE = 60.0


class Process:
    """A running daemon and what it logged so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.log: list[str] = []
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.log.append(line.decode())

    async def logged(self, words: str) -> None:
        await until(lambda: any(words in line for line in self.log), f"{words!r} in the log", self.log)

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> float:
        """Send a signal; returns the seconds until the process had ended."""
        began = time.monotonic()
        self.process.send_signal(how)
        await asyncio.wait_for(self.process.wait(), PATIENCE)
        await self._reader
        return time.monotonic() - began


async def until(claim: object, what: str, log: object = "") -> None:
    began = time.monotonic()
    while not claim():  # type: ignore[operator]
        if time.monotonic() - began > PATIENCE:
            pytest.fail(f"not within {PATIENCE:.0f} s: {what}\n{''.join(log) if isinstance(log, list) else log}")
        await asyncio.sleep(0.05)


@asynccontextmanager
async def running(config: Path) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "brinkwatch", "run", "--config", str(config), stderr=asyncio.subprocess.PIPE
    )
    daemon = Process(process)
    try:
        yield daemon
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as server:
        yield server


@pytest.fixture
def config(tmp_path: Path, feeds: FeedServer, slack: FakeSlack) -> Path:
    path = tmp_path / "brinkwatch.yaml"
    path.write_text(text_of(tmp_path, feeds, slack))
    return path


def text_of(folder: Path, feeds: FeedServer, slack: FakeSlack, more: str = "") -> str:
    return f"""
state_dir: {folder}/state
feeds: [{{id: wire, url: "{feeds.url("wire")}", allow_private: true}}]
polling: {{interval: 1s, min_interval: 0.2s, host_gap: 0s}}
slack: {{token: {slack.token}, base_url: "{slack.url}"}}
routes: [{{channel: "#alerts", min_tier: watch}}]
alerting: {{group_wait: 0s, digest_wait: 1h}}
logging: {{format: json}}
{more}
"""


def crisis(number: int) -> Item:
    return Item(
        f"crisis-{number}", CRISIS, "Troops arrived by rail for weeks.", datetime.now(UTC) - timedelta(minutes=1)
    )


async def test_it_seeds_alerts_and_stops_within_ten_seconds(config: Path, feeds: FeedServer, slack: FakeSlack) -> None:
    async with running(config) as daemon:
        await daemon.logged("ready")
        await until(lambda: feeds.visits["wire"] > 0, "a first poll", daemon.log)
        feeds.items["wire"] = [crisis(1)]
        await until(lambda: slack.people_see(), "an alert", daemon.log)
        assert await daemon.stop() < 10
        assert daemon.process.returncode == 0
    (message,) = slack.people_see()
    assert "tanks" in message.words


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_a_restart_sends_nothing_twice(
    config: Path, feeds: FeedServer, slack: FakeSlack, how: signal.Signals
) -> None:
    async with running(config) as daemon:
        await until(lambda: feeds.visits["wire"] > 0, "a first poll", daemon.log)
        feeds.items["wire"] = [crisis(1)]
        await until(lambda: slack.people_see(), "an alert", daemon.log)
        await daemon.stop(how)
    async with running(config) as daemon:
        visits = feeds.visits["wire"]
        await until(lambda: feeds.visits["wire"] > visits + 2, "more polls", daemon.log)
        await daemon.stop()
    assert len(slack.people_see()) == 1


async def test_sighup_applies_a_new_threshold_and_survives_a_broken_file(
    config: Path, feeds: FeedServer, slack: FakeSlack, tmp_path: Path
) -> None:
    async with running(config) as daemon:
        await until(lambda: feeds.visits["wire"] > 0, "a first poll", daemon.log)
        config.write_text("feeds: [")
        daemon.process.send_signal(signal.SIGHUP)
        await daemon.logged("reload refused")
        config.write_text(text_of(tmp_path, feeds, slack, "thresholds: {default: 1.0}"))
        daemon.process.send_signal(signal.SIGHUP)
        await daemon.logged("reloaded")
        feeds.items["wire"] = [crisis(1)]
        await until(lambda: feeds.answers.count(("wire", 304)) > 2, "the item was read and passed over", daemon.log)
        assert slack.people_see() == []
        config.write_text(text_of(tmp_path, feeds, slack))
        daemon.process.send_signal(signal.SIGHUP)
        await until(lambda: sum("reloaded" in line for line in daemon.log) == 2, "a second reload", daemon.log)
        other = Item("crisis-2", CRISIS.replace("Ukraine", "Lithuania"), "", datetime.now(UTC))
        feeds.items["wire"] = [other, *feeds.items["wire"]]
        await until(lambda: slack.people_see(), "an alert", daemon.log)
        await daemon.stop()


async def test_the_token_stands_in_no_log_line(config: Path, feeds: FeedServer, slack: FakeSlack) -> None:
    slack.revoked = True
    async with running(config) as daemon:
        await until(lambda: feeds.visits["wire"] > 0, "a first poll", daemon.log)
        feeds.items["wire"] = [crisis(1)]
        await until(lambda: slack.calls, "an attempt", daemon.log)
        await daemon.stop()
    assert daemon.log
    assert not [line for line in daemon.log if slack.token in line]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("treshold: {}", "thresholds"),
        ("classifier: {model: /nowhere}", "/nowhere"),
        ("state_dir: /proc/nowhere", "state directory"),
    ],
)
async def test_what_keeps_it_from_starting_is_said_in_words(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "brinkwatch.yaml"
    path.write_text(text)
    async with running(path) as daemon:
        await asyncio.wait_for(daemon.process.wait(), PATIENCE)
        await daemon._reader
        assert daemon.process.returncode == 2
        assert words in "".join(daemon.log)
        assert "Traceback" not in "".join(daemon.log)
