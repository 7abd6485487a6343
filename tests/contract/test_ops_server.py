"""Health, readiness and metrics, asked over real HTTP."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from brinkwatch.ops.server import Answers, ListenError, served


class Daemon:
    """What stands behind the answers."""

    def __init__(self) -> None:
        self.dead: list[str] = []
        self.unready: list[str] = []
        self.registry = CollectorRegistry()
        Gauge("brinkwatch_ready", "1: /readyz says yes.", registry=self.registry).set(1)
        self.answers = Answers(lambda: self.dead, lambda: self.unready, self.registry)


@pytest.fixture
def daemon() -> Daemon:
    return Daemon()


@asynccontextmanager
async def asking(daemon: Daemon, listen: str) -> AsyncIterator[aiohttp.ClientSession]:
    host = listen.replace("localhost", "127.0.0.1")
    async with served(listen, daemon.answers), aiohttp.ClientSession(f"http://{host}") as session:
        yield session


IPV6 = pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="needs IPv6")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", pytest.param("[::1]", marks=IPV6)])
async def test_it_says_why_it_is_not_ready_and_is_alive_all_the_same(
    daemon: Daemon, free_port: Callable[[], int], host: str
) -> None:
    async with asking(daemon, f"{host}:{free_port()}") as session:
        async with session.get("/readyz") as answer:
            assert (answer.status, await answer.json()) == (200, {"ready": True, "reasons": []})
        daemon.unready = ["messages to #alerts do not go out"]
        async with session.get("/readyz") as answer:
            assert (answer.status, await answer.json()) == (503, {"ready": False, "reasons": daemon.unready})
        async with session.get("/healthz") as answer:
            assert (answer.status, await answer.json()) == (200, {"alive": True, "reasons": []})
        daemon.dead = ["the stage think is stuck"]
        async with session.get("/healthz") as answer:
            assert (answer.status, await answer.json()) == (503, {"alive": False, "reasons": daemon.dead})


async def test_metrics_come_in_the_form_that_is_asked_for(daemon: Daemon, free_port: Callable[[], int]) -> None:
    async with asking(daemon, f"127.0.0.1:{free_port()}") as session:
        async with session.get("/metrics") as answer:
            assert answer.content_type == "text/plain"
            (family,) = text_string_to_metric_families(await answer.text())
            assert family.samples[0].value == 1
        async with session.get("/metrics", headers={"Accept": "application/openmetrics-text"}) as answer:
            assert answer.content_type == "application/openmetrics-text"
            assert (await answer.text()).endswith("# EOF\n")


async def test_nothing_else_is_there(daemon: Daemon, free_port: Callable[[], int]) -> None:
    async with asking(daemon, f"127.0.0.1:{free_port()}") as session:
        assert [(await session.get(path)).status for path in ("/", "/debug", "/metrics/x")] == [404, 404, 404]
        assert (await session.post("/metrics")).status == 405


async def test_a_slow_answer_holds_up_nobody(daemon: Daemon, free_port: Callable[[], int]) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow() -> list[str]:
        loop.call_soon_threadsafe(asked.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(30)
        return []

    daemon.answers = Answers(lambda: daemon.dead, slow, daemon.registry)
    async with asking(daemon, f"127.0.0.1:{free_port()}") as session:
        waits = asyncio.create_task(session.get("/readyz"))
        await asked.wait()
        assert (await session.get("/healthz")).status == 200
        go_on.set()
        assert (await waits).status == 200


async def test_a_taken_port_is_said_in_words_with_the_option(daemon: Daemon, free_port: Callable[[], int]) -> None:
    listen = f"127.0.0.1:{free_port()}"
    async with served(listen, daemon.answers):
        with pytest.raises(ListenError, match=rf"{listen}: Address already in use; .*`ops.listen` to a free port"):
            async with served(listen, daemon.answers):
                pass


async def test_off_listens_nowhere(daemon: Daemon) -> None:
    async with served("off", daemon.answers) as port:
        assert port is None


@pytest.mark.parametrize(
    ("host", "warned"), [("127.0.0.1", False), ("0.0.0.0", True), pytest.param("[::]", True, marks=IPV6)]
)
async def test_an_address_that_others_reach_is_warned_of(
    daemon: Daemon, free_port: Callable[[], int], host: str, warned: bool
) -> None:
    with capture_logs() as logs:
        async with served(f"{host}:{free_port()}", daemon.answers):
            pass
    assert any("from other machines" in line["event"] for line in logs if line["log_level"] == "warning") is warned
