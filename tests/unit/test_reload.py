"""Reloading: what is refused changes nothing and is told; what is valid is taken up; secrets are renewed."""

import asyncio
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from brinkwatch.app import renew
from brinkwatch.config.load import load
from brinkwatch.config.settings import Settings
from brinkwatch.delivery.slack.receiver import SlackReceiver
from brinkwatch.engine import reload
from brinkwatch.engine.reload import Reloader
from brinkwatch.ops.metrics import Metrics
from brinkwatch.signals.classifier import ModelError
from fakes.manager import Listener

GOOD = "thresholds: {default: 0.9}\n"
BROKEN = "routes:\n  - channel: '#a'\n    min_tier: urgent\n"


class Daemon:
    """What a reload needs of a daemon."""

    def __init__(self) -> None:
        self.engine: Any = SimpleNamespace(
            settings=Settings(), clock=lambda: datetime.now(UTC), tell_configuration=self._told, outbox=None,
            metrics=Metrics(), refuse=self._refused,
        )  # fmt: skip
        self.refused: list[str] = []
        self.notifier = Listener()
        self.started = asyncio.Event()
        self.started.set()
        self.told: list[tuple[str, str]] = []
        self.models: list[object] = []
        self.store_fails = False

    def _refused(self, why: str) -> None:
        self.refused.append(why)

    def _told(self, problems: str, mark: str) -> None:
        self.told.append((problems, mark))

    def apply(self, settings: Settings, classifier: object) -> None:
        if self.store_fails:
            raise sa.exc.OperationalError("insert", {}, OSError("database is locked"))
        self.engine.settings = settings
        self.models.append(classifier)


@pytest.fixture(autouse=True)
def _log_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reload, "configure", lambda _: None)


@pytest.fixture
async def daemon() -> Daemon:
    return Daemon()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "brinkwatch.yaml"
    path.write_text("")
    return path


def reloader(daemon: Any, config: Path, receivers: Any = None) -> Reloader:
    return Reloader(daemon, config, partial(load, config), partial(renew, receivers or {}))


async def asked(reloader: Reloader) -> None:
    reloader.ask()
    assert reloader._work is not None
    await reloader._work


async def test_a_changed_file_is_applied_when_it_is_left_alone(daemon: Daemon, config: Path) -> None:
    reloading = reloader(daemon, config)
    config.write_text(GOOD)
    await reloading.look()
    assert reloading._work is None
    await reloading.look()
    assert reloading._work is not None
    await reloading._work
    assert daemon.engine.settings.thresholds.default == 0.9
    assert (reloading.counts.succeeded, reloading.counts.refused, reloading.counts.last_succeeded) == (1, 0, True)
    for _ in range(5):
        await reloading.look()
        await reloading._work
    assert reloading.counts.succeeded == 1
    assert [line.split("=")[0] for line in daemon.notifier.told] == ["RELOADING", "MONOTONIC_USEC", "READY"]


async def test_a_file_changed_while_the_daemon_started_is_noticed(daemon: Daemon, config: Path) -> None:
    since = reload.marks([config])
    config.write_text(GOOD)
    reloading = Reloader(daemon, config, partial(load, config), lambda _: [], since)  # type: ignore[arg-type]
    for _ in range(2):
        await reloading.look()
    assert reloading._work is not None
    await reloading._work
    assert daemon.engine.settings.thresholds.default == 0.9


async def test_a_broken_file_changes_nothing_and_is_told_once_with_the_line(daemon: Daemon, config: Path) -> None:
    reloading = reloader(daemon, config)
    config.write_text(BROKEN)
    for _ in range(6):
        await reloading.look()
        if reloading._work:
            await reloading._work
    assert daemon.engine.settings == Settings()
    assert (reloading.counts.succeeded, reloading.counts.refused, reloading.counts.last_succeeded) == (0, 1, False)
    ((problems, mark),) = daemon.told
    assert f"{config}:3: routes[0].min_tier" in problems
    await asked(reloading)
    assert daemon.told[1][1] == mark, "asked for by hand, it is the same trouble"
    config.write_text(BROKEN + "# tried again\n")
    await asked(reloading)
    assert daemon.told[2][1] != mark


async def test_a_model_that_cannot_be_opened_refuses_the_whole_file(daemon: Daemon, config: Path) -> None:
    config.write_text(GOOD + "classifier: {model: /nowhere}\n")
    reloading = reloader(daemon, config)
    await asked(reloading)
    assert daemon.engine.settings == Settings()
    assert "/nowhere" in daemon.told[0][0]


async def test_another_model_is_opened_and_handed_over(
    daemon: Daemon, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = object()
    monkeypatch.setattr(reload, "load_classifier", lambda settings: model if settings.threads == 1 else ModelError())
    reloading = reloader(daemon, config)
    config.write_text("classifier: {threads: 1}\n")
    await asked(reloading)
    config.write_text(GOOD + "classifier: {threads: 1}\n")
    await asked(reloading)
    assert daemon.models == [model, None], "a model that is the same is not opened again"


async def test_a_store_that_cannot_be_written_puts_the_reload_off(daemon: Daemon, config: Path) -> None:
    daemon.store_fails = True
    reloading = reloader(daemon, config)
    config.write_text(GOOD)
    for _ in range(4):
        await reloading.look()
        if reloading._work:
            await reloading._work
    assert reloading.counts.refused > 0
    daemon.store_fails = False
    await reloading.look()
    assert reloading._work is not None
    await reloading._work
    assert daemon.engine.settings.thresholds.default == 0.9
    assert daemon.told == []


async def test_what_needs_a_restart_is_said(daemon: Daemon, config: Path) -> None:
    config.write_text("polling: {concurrency: 2}\n")
    with capture_logs() as lines:
        reload_ = reloader(daemon, config)
        await reload_._reload()
    (line,) = [line for line in lines if "restart" in line["event"]]
    assert line["needs_restart"] == ["polling.concurrency"]


async def test_a_token_that_is_changed_in_its_file_is_used(daemon: Daemon, config: Path, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("xoxb-old")
    file.chmod(0o600)
    receiver = SlackReceiver("xoxb-old", "http://127.0.0.1:1/")
    daemon.engine.settings = Settings.model_validate({"slack": {"token_file": str(file)}})
    config.write_text(f"slack: {{token_file: {file}}}\n")
    reloading = reloader(daemon, config, {"slack": receiver})
    file.write_text("xoxb-new")
    for _ in range(2):
        await reloading.look()
    assert reloading._work is not None
    await reloading._work
    assert receiver._client._token == "xoxb-new"
    file.write_text("not a token at all")
    await asked(reloading)
    assert receiver._client._token == "xoxb-new", "what cannot be used replaces nothing"


async def test_a_token_where_there_was_none_needs_a_restart(daemon: Daemon, config: Path) -> None:
    config.write_text("slack: {token: xoxb-first}\n")
    with capture_logs() as lines:
        await reloader(daemon, config)._reload()
    assert [line["needs_restart"] for line in lines if "needs_restart" in line] == [["slack"]]


async def test_signals_in_a_row_are_one_reload(daemon: Daemon, config: Path) -> None:
    daemon.started.clear()
    reloading = reloader(daemon, config)
    for _ in range(10):
        reloading.ask()
    daemon.started.set()
    assert reloading._work is not None
    await reloading._work
    assert reloading.counts.succeeded == 1
