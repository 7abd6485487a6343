"""Polls that end together are written together: real HTTP on loopback, a real store."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fault_server import RSS, FaultServer, document

from brinkwatch.config.settings import FeedSettings, Polling, Settings
from brinkwatch.engine import poll as module
from brinkwatch.engine.poll import Poller
from brinkwatch.engine.rules import Rules
from brinkwatch.engine.together import Together
from brinkwatch.feeds.fetch import Fetcher
from brinkwatch.feeds.worker import ParseWorkers
from brinkwatch.store import feeds, ledger
from brinkwatch.store.database import Database

NOW = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)
NAMES = tuple(f"f{number}" for number in range(12))


class Desk:
    """Twelve feeds, each with the same document on a host of its own."""

    def __init__(self, folder: Path, server: FaultServer) -> None:
        polling = Polling(timeout="5s", connect_timeout="2s", host_gap="0s")
        self.feeds = tuple(
            FeedSettings(id=name, url=server.url("/f", f"{name}.localhost"), allow_private=True) for name in NAMES
        )
        self.database = Database.open(None, folder)
        rules = Rules(Settings(feeds=self.feeds, polling=polling), {})
        self.poller = Poller(self.database, Fetcher(polling), ParseWorkers(), rules, lambda: NOW)
        with self.database.begin() as connection:
            feeds.enrol(connection, {feed.id: (feed.url, NOW) for feed in self.feeds})

    def states(self) -> list[feeds.FeedState]:
        with self.database.begin() as connection:
            return feeds.all_states(connection)

    async def poll(self) -> dict[str, str | None]:
        """Poll all at once; how each ended."""
        await asyncio.gather(*(self.poller.poll(state) for state in self.states()))
        return {state.id: state.last_status for state in self.states()}

    def count(self, table: str) -> int:
        with self.database.begin() as connection:
            return int(connection.execute(sa.text(f"select count(*) from {table}")).scalar_one())


@pytest.fixture
async def server() -> AsyncIterator[FaultServer]:
    async with FaultServer() as running:
        running.answers["/f"] = document()
        yield running


@pytest.fixture
async def desk(tmp_path: Path, server: FaultServer) -> AsyncIterator[Desk]:
    one = Desk(tmp_path, server)
    yield one
    await one.poller.close()
    one.database.close()


async def test_many_polls_are_few_transactions(desk: Desk) -> None:
    written = desk.poller._write
    groups: list[int] = []

    def noted(group: Any) -> Any:
        groups.append(len(group))
        return written(group)

    desk.poller._write = noted  # type: ignore[method-assign]
    assert set((await desk.poll()).values()) == {"ok"}
    assert sum(groups) == len(NAMES)
    assert len(groups) < len(NAMES)


async def test_a_poll_that_cannot_be_stored_costs_the_others_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = module.intake

    def poisoned(connection: Any, feed: str, *rest: Any, **more: Any) -> Any:
        if feed == "f3":
            raise ValueError("no store takes this")
        return real(connection, feed, *rest, **more)

    monkeypatch.setattr(module, "intake", poisoned)
    ended = await desk.poll()
    assert ended.pop("f3") == "hostile"
    assert set(ended.values()) == {"ok"}
    each = desk.count("items") // len(ended)
    assert desk.count("items") == each * len(ended) > 0
    with desk.database.begin() as connection:
        assert sum(ledger.totals(connection).values()) == desk.count("items")  # none counted twice


async def test_a_store_that_is_not_there_fails_each_poll_and_keeps_what_they_knew(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = desk.states()

    def gone(*_: Any, **__: Any) -> Any:
        raise sa.exc.OperationalError("select", {}, Exception("disk I/O error"))

    monkeypatch.setattr(module, "intake", gone)
    ended = await asyncio.gather(*(desk.poller.poll(state) for state in before), return_exceptions=True)
    assert {type(error) for error in ended} == {sa.exc.OperationalError}
    assert desk.states() == before


async def test_who_is_cancelled_meanwhile_is_written_all_the_same() -> None:
    written: list[int] = []
    go, begun = threading.Event(), threading.Event()

    def settle(group: Sequence[int]) -> list[int]:
        begun.set()
        go.wait(5)
        written.extend(group)
        return list(group)

    together: Together[int, int] = Together(settle)
    waiting = [asyncio.create_task(together.put(number)) for number in range(3)]
    await asyncio.to_thread(begun.wait, 5)
    waiting.append(asyncio.create_task(together.put(3)))
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    go.set()
    await together.close()
    assert written == [0, 1, 2, 3]
    assert await together.put(4) == 4


async def test_a_document_that_was_read_before_is_not_read_again_without_conditional_requests(
    server: FaultServer, desk: Desk
) -> None:
    server.answers["/f"] = document(ETag="")  # no validators
    assert set((await desk.poll()).values()) == {"ok"}
    items = desk.count("items")
    assert set((await desk.poll()).values()) == {"not_modified"}
    server.answers["/f"] = document(RSS.replace(b"</channel>", b"<item><title>More</title></item></channel>"), ETag="")
    assert set((await desk.poll()).values()) == {"ok"}
    assert desk.count("items") == items + len(NAMES)


async def test_a_document_counts_as_read_only_if_the_feed_was_not_failing_since(
    server: FaultServer, desk: Desk
) -> None:
    server.answers["/f"] = document(ETag="")
    await desk.poll()
    server.answers["/f"] = document(b"<!doctype html><html></html>", ETag="")
    assert set((await desk.poll()).values()) == {"html_page"}
    server.answers["/f"] = document(ETag="")
    assert set((await desk.poll()).values()) == {"ok"}
