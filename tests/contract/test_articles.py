"""Whole articles: read politely before an item is assessed, and never at the cost of the item."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fault_server import Exchange, FaultServer, document, status

from brinkwatch.config.settings import FeedSettings, Polling, Settings
from brinkwatch.engine import articles as engine_articles
from brinkwatch.engine.articles import PATIENCE, Articles
from brinkwatch.engine.intake import intake
from brinkwatch.engine.rules import Rules
from brinkwatch.feeds.entry import Entry
from brinkwatch.feeds.fetch import Fetcher
from brinkwatch.feeds.worker import ParseWorkers
from brinkwatch.outcomes import Stage
from brinkwatch.store import articles, items
from brinkwatch.store.database import Database

NOW = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)
SENTENCE = "The ministry said on Monday that brigade {} had crossed the border and that talks would go on."
PAGE = (
    "<html><body><nav>Home Sport Weather</nav><article><h1>Brigades cross</h1>"
    + "".join(f"<p>{SENTENCE.format(n)}</p>" for n in range(8))
    + "</article></body></html>"
).encode()


class Reading:
    """One feed with `full_text`, and what waits for its articles."""

    def __init__(self, folder: Path, server: FaultServer) -> None:
        self.server = server
        self.now = NOW
        self.database = Database.open(None, folder)
        feed = FeedSettings(id="f", url=server.url("/f"), allow_private=True, full_text=True)
        self.rules = Rules(Settings(feeds=(feed,)), {})
        self.fetcher = Fetcher(Polling(timeout="2s", connect_timeout="1s", host_gap="0s"))
        self.workers = ParseWorkers()
        self.articles = Articles(self.database, self.fetcher, self.workers, lambda: self.now)

    def take(self, *paths: str, title: str = "Brigades cross", host: str | None = None) -> None:
        entries = [Entry(path, self.server.url(path, host), title, f"About {path}.", NOW, None) for path in paths]
        with self.database.begin() as connection:
            intake(connection, "f", entries, self.now, first_poll=False, max_alert_age=None, full_text=True)

    async def read(self) -> dict[str, tuple[str, str]]:
        """Read all that waits; the status and the text that goes on to be assessed, by path."""
        while self.articles.start(self.rules):
            await self.articles.finish()
        found = {}
        with self.database.begin() as connection:
            assert items.at_stage(connection, Stage.ARTICLE, 99) == []
            for item in items.at_stage(connection, Stage.ASSESS, 99):
                kept = articles.status_of(connection, item.id)
                assert kept is not None
                found[(item.link or "").partition(str(self.server.port))[2]] = (kept[0], item.summary)
        return found

    async def close(self) -> None:
        await self.articles.close()
        await self.workers.close()
        await self.fetcher.close()
        self.database.close()


@pytest.fixture
async def server() -> AsyncIterator[FaultServer]:
    async with FaultServer() as running:
        yield running


@pytest.fixture
async def reading(tmp_path: Path, server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Reading]:
    monkeypatch.setattr(engine_articles, "available", lambda: True)
    one = Reading(tmp_path, server)
    yield one
    await one.close()


async def test_the_article_takes_the_place_of_the_summary(server: FaultServer, reading: Reading) -> None:
    pytest.importorskip("trafilatura")
    server.answers["/a"] = document(PAGE, Content_Type="text/html; charset=utf-8")
    reading.take("/a")
    state, text = (await reading.read())["/a"]
    assert state == "ok"
    assert SENTENCE.format(7) in text
    assert "Weather" not in text
    # An edit is read again; if that fails, what the feed now says counts, not the former article.
    server.answers["/a"] = status(500)
    reading.take("/a", title="Brigades withdraw from the border")
    assert (await reading.read())["/a"] == ("http_500", "About /a.")


async def test_no_failure_loses_an_item(server: FaultServer, reading: Reading) -> None:
    server.answers["/missing"] = status(404)
    server.answers["/picture"] = document(b"GIF89a", Content_Type="image/gif")
    server.answers["/notice"] = document(b"<html><p>Log in</p></html>", Content_Type="text/html")

    @server.at("/hang")
    async def hang(exchange: Exchange) -> None:
        await exchange.drip(b"x" * 1_000, 0.1)

    @server.at("/cut")
    async def cut(exchange: Exchange) -> None:
        exchange.reset()

    paths = ("/missing", "/picture", "/notice", "/hang", "/cut")
    reading.take(*paths)
    found = await reading.read()
    assert {path: text for path, (_, text) in found.items()} == {path: f"About {path}." for path in paths}
    states = {path: state for path, (state, _) in found.items()}
    assert states["/missing"] == "http_404"
    assert states["/picture"] == "no_page"
    assert states["/notice"] in ("empty", "unreadable")


async def test_robots_txt_is_honoured_and_asked_for_once(server: FaultServer, reading: Reading) -> None:
    server.answers["/robots.txt"] = document(b"User-agent: *\nDisallow: /closed/", Content_Type="text/plain")
    reading.take("/closed/1", "/closed/2", "/open")
    found = await reading.read()
    assert [found[path][0] for path in ("/closed/1", "/closed/2")] == ["robots", "robots"]
    asked = [asked.path for asked in server.asked]
    assert asked.count("/robots.txt") <= 3  # those that began together; later ones know
    assert "/closed/1" not in asked
    assert "/open" in asked
    server.asked.clear()
    reading.take("/closed/3")
    await reading.read()
    assert server.asked == []


async def test_the_delay_that_a_host_asks_for_lies_between_its_pages(
    server: FaultServer, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers["/robots.txt"] = document(b"User-agent: *\nCrawl-delay: 50", Content_Type="text/plain")
    waits: list[float] = []
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        waits.append(seconds)
        await sleep(min(seconds, 0.01))

    monkeypatch.setattr(asyncio, "sleep", noted)
    paths = ("/1", "/2", "/3", "/4")
    reading.take(*paths)
    found = await reading.read()
    assert [round(wait) for wait in waits if wait > 5] == [50, 100]
    # The fourth would have waited longer than an item may.
    assert [found[path][0] for path in paths] == ["http_404", "http_404", "http_404", "too_late"]
    assert sorted(asked.path for asked in server.asked if asked.path != "/robots.txt") == ["/1", "/2", "/3"]


async def test_a_link_may_not_lead_inside_except_to_the_feeds_own_host(server: FaultServer, reading: Reading) -> None:
    reading.take("/a", host="other.localhost")
    assert (await reading.read())["/a"][0] == "robots"  # its robots.txt cannot be asked for either
    assert server.asked == []


async def test_an_item_that_has_waited_long_goes_on_without(server: FaultServer, reading: Reading) -> None:
    reading.take("/a")
    reading.now += PATIENCE + timedelta(seconds=1)
    assert (await reading.read())["/a"] == ("too_late", "About /a.")
    assert server.asked == []


async def test_without_the_extra_nothing_is_fetched(
    server: FaultServer, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_articles, "available", lambda: False)
    reading.take("/a")
    assert (await reading.read())["/a"] == ("no_extra", "About /a.")
    assert server.asked == []
