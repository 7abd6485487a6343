"""The demonstration shows a daemon every round, and waits for it without guessing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from brinkwatch.demo.run import StuckError, lead_through
from brinkwatch.demo.scenario import Scenario, load
from brinkwatch.demo.server import FeedServer


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load()


@pytest.fixture
async def server(scenario: Scenario) -> AsyncIterator[FeedServer]:
    start = datetime.now(UTC)
    async with FeedServer(scenario, start, lambda: start) as running:
        yield running


class TinyDaemon:
    """Polls its feeds again and again; idle when each round's documents have been read."""

    def __init__(self, server: FeedServer, feeds: list[str], *, busy: bool = False) -> None:
        self.server, self.feeds, self.busy = server, feeds, busy
        self.log: list[str] = []
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.log.append("start")
        self._task = asyncio.create_task(self._poll())

    async def idle(self) -> None:
        if self.busy:
            await asyncio.Event().wait()
        self.log.append(f"idle in round {self.server.round}")

    async def stop(self) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _poll(self) -> None:
        async with aiohttp.ClientSession() as session:
            while True:
                for feed in self.feeds:
                    async with session.get(f"http://127.0.0.1:{self.server.port}/{feed}") as response:
                        await response.read()


async def test_every_feed_is_read_and_settled_in_every_round(server: FeedServer, scenario: Scenario) -> None:
    feeds = [feed.id for feed in scenario.feeds]
    daemon, begun = TinyDaemon(server, feeds), list[int]()
    await lead_through(server, daemon, scenario.last_round, begun=begun.append)
    await daemon.stop()
    assert begun == list(range(9))
    assert daemon.log == ["start", *(f"idle in round {round_}" for round_ in range(9))]
    seen = {(request.round, request.feed) for request in server.requests}
    assert seen >= {(round_, feed) for round_ in range(9) for feed in feeds}


async def test_a_feed_that_is_never_polled_is_named(server: FeedServer, scenario: Scenario) -> None:
    daemon = TinyDaemon(server, [feed.id for feed in scenario.feeds if feed.id != "volna-agency"])
    with pytest.raises(StuckError, match=r"round 0 did not end .*never polled: volna-agency"):
        await lead_through(server, daemon, 1, limit=timedelta(seconds=0.3))
    await daemon.stop()


async def test_a_daemon_that_never_rests_is_told_apart(server: FeedServer, scenario: Scenario) -> None:
    daemon = TinyDaemon(server, [feed.id for feed in scenario.feeds], busy=True)
    with pytest.raises(StuckError, match="still at work"):
        await lead_through(server, daemon, 1, limit=timedelta(seconds=0.5))
    await daemon.stop()
