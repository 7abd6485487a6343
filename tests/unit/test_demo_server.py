"""The demonstration's server behaves as a good feed server does."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from brinkwatch.demo.scenario import Scenario, load
from brinkwatch.demo.server import FeedServer, Request

START = datetime(2024, 5, 1, 12, 0, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load()


class Clock:
    """Ten seconds pass whenever the test says so."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def tick(self) -> None:
        self.now += timedelta(seconds=10)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def server(scenario: Scenario, clock: Clock) -> AsyncIterator[FeedServer]:
    async with FeedServer(scenario, START, clock) as running:
        yield running


@pytest.fixture
async def get(server: FeedServer) -> AsyncIterator["Get"]:
    async with aiohttp.ClientSession() as session:
        yield Get(session, server)


class Get:
    """Asks for a feed; returns status, headers and body."""

    def __init__(self, session: aiohttp.ClientSession, server: FeedServer) -> None:
        self._session, self._server = session, server

    async def __call__(self, feed: str, **headers: str) -> tuple[int, Mapping[str, str], bytes]:
        url = f"http://127.0.0.1:{self._server.port}/{feed}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self._session.get(url, headers=named) as response:
            return response.status, response.headers, await response.read()


async def test_whoever_has_the_document_gets_304_until_it_changes(server: FeedServer, get: Get) -> None:
    status, headers, body = await get("meridian-post")
    assert (status, headers["Content-Type"]) == (200, "application/feed+json")
    etag = headers["ETag"]

    status, headers, nothing = await get("meridian-post", If_None_Match=f'"other", W/{etag}')
    assert (status, nothing, headers["ETag"]) == (304, b"", etag)

    server.advance()
    status, headers, changed = await get("meridian-post", If_None_Match=etag)
    assert (status, headers["ETag"] != etag) == (200, True)
    assert len(json.loads(changed)["items"]) > len(json.loads(body)["items"])


async def test_last_modified_alone_is_enough(server: FeedServer, get: Get, clock: Clock) -> None:
    _, headers, _ = await get("harbour-gazette")
    first = headers["Last-Modified"]
    assert first == "Wed, 01 May 2024 12:00:30 GMT"
    assert (await get("harbour-gazette", If_Modified_Since=first))[0] == 304
    assert (await get("harbour-gazette", If_Modified_Since="nonsense"))[0] == 200

    clock.tick()
    server.advance()
    status, headers, _ = await get("harbour-gazette", If_Modified_Since=first)
    assert (status, headers["Last-Modified"]) == (200, "Wed, 01 May 2024 12:00:40 GMT")


async def test_a_feed_without_news_keeps_its_validators(server: FeedServer, get: Get, clock: Clock) -> None:
    for _ in range(2):
        server.advance()
    _, quiet, _ = await get("coastal-bulletin")
    _, busy, _ = await get("pacific-ledger")
    clock.tick()
    server.advance()
    assert (await get("coastal-bulletin", If_None_Match=quiet["ETag"]))[0] == 304
    assert (await get("coastal-bulletin"))[1]["Last-Modified"] == quiet["Last-Modified"]
    assert (await get("pacific-ledger", If_None_Match=busy["ETag"]))[0] == 200


async def test_faults_are_served_while_they_last(server: FeedServer, get: Get) -> None:
    seen = []
    for round_ in range(9):
        seen.append([(await get(feed))[0] for feed in ("coastal-bulletin", "pacific-ledger")])
        _, headers, body = await get("pacific-ledger")
        assert headers["Content-Type"].startswith("text/html") == (3 <= round_ <= 5)
        assert (b"<rss" in body) == (not 3 <= round_ <= 5)
        server.advance()
    assert seen == [[200, 200]] * 5 + [[500, 200]] * 4


async def test_requests_are_recorded_and_a_round_knows_when_every_feed_was_asked(
    server: FeedServer, get: Get, scenario: Scenario
) -> None:
    everyone = [feed.id for feed in scenario.feeds]
    waiting = asyncio.create_task(server.asked_for_all())
    for feed in everyone[:-1]:
        await get(feed)
    assert server.unasked == {everyone[-1]}
    assert not waiting.done()
    await get(everyone[-1])
    await waiting
    assert {request.feed for request in server.requests} == set(everyone)

    server.advance()
    assert server.unasked == set(everyone)
    await get(everyone[0])
    assert server.requests[-1] == Request(everyone[0], 1, 200)


async def test_an_unknown_feed_is_404_and_counts_nothing(server: FeedServer, get: Get) -> None:
    assert (await get("nobody"))[0] == 404
    assert server.requests == []


def test_every_feed_has_a_host_of_its_own(scenario: Scenario) -> None:
    server = FeedServer(scenario, START, lambda: START)
    hosts = {server.url(feed.id).split("/")[2].rpartition(":")[0] for feed in scenario.feeds}
    assert len(hosts) == len(scenario.feeds)
    assert all(host.endswith(".localhost") for host in hosts)
