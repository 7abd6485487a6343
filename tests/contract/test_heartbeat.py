"""The sign of life, over real HTTP."""

from collections.abc import AsyncIterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr, ValidationError
from structlog.testing import capture_logs

from brinkwatch.config.settings import Heartbeat as HeartbeatSettings
from brinkwatch.engine.daemon import Daemon
from brinkwatch.engine.heartbeat import Heartbeat
from brinkwatch.engine.storewatch import StoreWatch
from brinkwatch.ops.progress import Progress
from fakes.cards import NOW

MINUTE = timedelta(minutes=1)


class Monitor:
    """Counts the requests; answers with `status`."""

    def __init__(self) -> None:
        self.visits = 0
        self.status = 200
        self.settings = HeartbeatSettings()

    async def handle(self, _: web.Request) -> web.Response:
        self.visits += 1
        return web.Response(status=self.status)


@pytest.fixture
async def monitor() -> AsyncIterator[Monitor]:
    made, app = Monitor(), web.Application()
    app.router.add_get("/ping/secret-part", made.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    made.settings = HeartbeatSettings(url=SecretStr(f"http://127.0.0.1:{port}/ping/secret-part"), interval=MINUTE)
    yield made
    await runner.cleanup()


async def test_it_beats_once_an_interval(monitor: Monitor) -> None:
    heart = Heartbeat()
    beats = [await heart.beat(monitor.settings, NOW + second * timedelta(seconds=1)) for second in (0, 30, 59, 60, 61)]
    assert beats == [True, False, False, True, False]
    assert monitor.visits == 2


async def test_without_an_address_nothing_is_requested() -> None:
    assert not await Heartbeat().beat(HeartbeatSettings(), NOW)


async def test_a_clock_set_back_does_not_silence_it(monitor: Monitor) -> None:
    heart = Heartbeat()
    await heart.beat(monitor.settings, NOW)
    assert await heart.beat(monitor.settings, NOW - timedelta(hours=5))


async def test_its_failure_is_logged_once_without_the_address(monitor: Monitor) -> None:
    heart = Heartbeat()
    monitor.status = 500
    with capture_logs() as lines:
        for minute in range(3):
            await heart.beat(monitor.settings, NOW + minute * MINUTE)
        monitor.status = 200
        await heart.beat(monitor.settings, NOW + 3 * MINUTE)
    assert [(line["log_level"], line.get("error")) for line in lines] == [("warning", "status 500"), ("info", None)]
    assert "secret-part" not in str(lines)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://[", "https://nowhere.invalid/"])
async def test_an_address_that_nobody_answers_stops_nothing(url: str) -> None:
    assert not await Heartbeat().beat(HeartbeatSettings(url=SecretStr(url)), NOW)


def test_another_kind_of_address_is_refused() -> None:
    with pytest.raises(ValidationError, match="http or https"):
        HeartbeatSettings(url=SecretStr("ftp://monitor.example/"))


async def test_a_daemon_whose_stage_failed_gives_no_sign_of_life_until_it_ends_well(monitor: Monitor) -> None:
    def broken() -> None:
        raise OSError("disk full")

    outbox = SimpleNamespace(unwritten=None)
    engine: Any = SimpleNamespace(
        tell_operators=broken, settings=SimpleNamespace(heartbeat=monitor.settings), outbox=outbox,
        watch=StoreWatch(), progress=Progress(),
    )  # fmt: skip
    daemon = Daemon(engine)
    with pytest.raises(OSError, match="disk full"):
        await daemon._tell_operators()
    await daemon._beat()
    assert monitor.visits == 0
    engine.tell_operators = lambda: None
    await daemon._tell_operators()
    await daemon._beat()
    assert monitor.visits == 1


async def test_a_daemon_that_cannot_write_down_what_it_sent_gives_no_sign_of_life(monitor: Monitor) -> None:
    outbox = SimpleNamespace(unwritten="OperationalError")
    settings = SimpleNamespace(heartbeat=monitor.settings)
    engine: Any = SimpleNamespace(settings=settings, outbox=outbox, watch=StoreWatch(), progress=Progress())
    daemon = Daemon(engine)
    await daemon._beat()
    outbox.unwritten = None
    assert monitor.visits == 0
    await daemon._beat()
    assert monitor.visits == 1
