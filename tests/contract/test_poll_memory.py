"""What a poller remembers from one poll to the next: real HTTP on loopback, a real store, a clock that is given."""

import base64
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fault_server import RSS, Exchange, FaultServer, document, status
from pydantic import SecretStr
from structlog.testing import capture_logs

from brinkwatch.config.settings import FeedSettings, Polling, Settings
from brinkwatch.engine.poll import Poller
from brinkwatch.engine.rules import Rules
from brinkwatch.feeds.fetch import Fetcher
from brinkwatch.feeds.moved import STREAK
from brinkwatch.feeds.worker import ParseWorkers
from brinkwatch.store import feeds, polls
from brinkwatch.store.database import Database
from brinkwatch.store.feeds import FeedState

START = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)
QUICK = Polling(timeout="5s", connect_timeout="2s", host_gap="0s")


class Desk:
    """One feed, polled by hand."""

    def __init__(self, folder: Path, server: FaultServer, **feed: object) -> None:
        self.folder = folder
        self.server = server
        self.now = START
        self.feed = FeedSettings(id="f", url=server.url("/f"), **{"allow_private": True, **feed})
        self.polling = QUICK
        self.open()

    def open(self) -> None:
        self.database = Database.open(None, self.folder)
        settings = Settings(feeds=(self.feed,), polling=self.polling)
        rules = Rules(settings, {})
        self.poller = Poller(self.database, Fetcher(self.polling), ParseWorkers(), rules, lambda: self.now)
        with self.database.begin() as connection:
            feeds.enrol(connection, {"f": (self.feed.url, START)})

    async def close(self) -> None:
        await self.poller.close()
        self.database.close()

    async def poll(self, after: timedelta = timedelta(minutes=10)) -> FeedState:
        await self.poller.poll(self.state)
        state = self.state
        self.now += after
        return state

    @property
    def state(self) -> FeedState:
        with self.database.begin() as connection:
            state = feeds.get(connection, "f")
        assert state is not None
        return state


@pytest.fixture
async def server() -> AsyncIterator[FaultServer]:
    async with FaultServer() as running:
        running.answers["/f"] = document()
        yield running


@pytest.fixture
async def desk(tmp_path: Path, server: FaultServer) -> AsyncIterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def make(**feed: object) -> Desk:
        made.append(Desk(tmp_path, server, **feed))
        return made[-1]

    yield make
    for one in made:
        await one.close()


async def test_the_new_address_is_asked_after_a_stable_streak_and_the_old_one_if_it_fails(
    server: FaultServer, desk: Callable[..., Desk]
) -> None:
    server.answers["/f"] = status(301, Location="/new")
    server.answers["/new"] = document()
    one = desk()
    with capture_logs() as log:
        for _ in range(STREAK):
            state = await one.poll()
    assert (state.moved_to, state.moved_streak, state.url) == (server.url("/new"), STREAK, server.url("/f"))
    assert [line["to"] for line in log if line["event"] == "feed has moved"] == [server.url("/new")]
    server.asked.clear()
    await one.poll()
    assert [asked.path for asked in server.asked] == ["/new"]
    server.answers["/new"] = status(500)
    server.answers["/f"] = document()
    await one.poll()
    assert (await one.poll()).health == "ok"
    assert server.asked[-1].path == "/f"


async def test_a_withdrawn_feed_is_told_of_once_and_visited_once_a_day_for_ever(
    server: FaultServer, desk: Callable[..., Desk]
) -> None:
    server.answers["/f"] = status(410)
    one = desk()
    with capture_logs() as log:
        for _ in range(8):
            state = await one.poll(timedelta(minutes=30))
    notices = [(line["health"], line["log_level"]) for line in log if line["event"] == "feed notice"]
    assert notices == [("gone", "warning")]
    assert state.next_due is not None
    assert state.next_due - one.now > timedelta(hours=8)
    server.answers["/f"] = document()
    assert (await one.poll()).health == "ok"


async def test_every_change_of_health_is_kept_and_a_passing_one_is_told_to_nobody(
    server: FaultServer, desk: Callable[..., Desk]
) -> None:
    one = desk()
    with capture_logs() as log:
        await one.poll()
        server.answers["/f"] = status(500)
        await one.poll()
        await one.poll()
        server.answers["/f"] = document()
        await one.poll()
    assert [line for line in log if line["event"] == "feed notice"] == []
    with one.database.begin() as connection:
        changes = polls.history(connection, "f")
        days = polls.days(connection, "2024-05-01")
    assert [(change.was, change.health) for change in changes] == [("failing", "ok"), ("ok", "failing"), ("new", "ok")]
    assert {day.status: day.count for day in days} == {"ok": 2, "http_500": 2}
    assert [poll["status"] for poll in one.state.recent or []] == ["ok", "http_500", "http_500", "ok"]


async def test_what_a_host_asked_for_outlives_a_restart(server: FaultServer, desk: Callable[..., Desk]) -> None:
    server.answers["/f"] = status(429, Retry_After="7200")
    one = desk()
    await one.poll()
    with one.database.begin() as connection:
        refusing = feeds.refusing_hosts(connection, one.now)
        assert refusing == {"127.0.0.1": START + timedelta(hours=2)}
        assert feeds.refusing_hosts(connection, START + timedelta(hours=3)) == {}
    await one.close()
    one.open()
    for host, until in refusing.items():
        one.poller.fetcher.leave_alone(host, until - one.now)
    server.asked.clear()
    state = await one.poll()
    assert (server.asked, state.health, state.last_status) == ([], "throttled", "throttled")


async def test_headers_and_login_go_to_the_feeds_own_host_alone(
    tmp_path: Path, server: FaultServer, desk: Callable[..., Desk]
) -> None:
    login = tmp_path / "login"
    login.write_text("desk:two words\n")
    login.chmod(0o600)
    server.answers["/f"] = status(302, Location="/here")
    server.answers["/here"] = status(302, Location=server.url("/there", "other.localhost"))
    server.answers["/there"] = document()
    one = desk(headers={"X-Api-Key": "k-123"}, auth_file=login)
    assert (await one.poll()).health == "ok"
    sent = {asked.path: asked.headers for asked in server.asked}
    wanted = "Basic " + base64.b64encode(b"desk:two words").decode()
    assert [(sent[p].get("x-api-key"), sent[p].get("authorization")) for p in ("/f", "/here", "/there")] == [
        ("k-123", wanted), ("k-123", wanted), (None, None),
    ]  # fmt: skip
    login.chmod(0o644)
    state = await one.poll()
    assert state.last_status == "no_login"
    assert "chmod" in (state.last_error or "")
    assert "two words" not in (state.last_error or "")


async def test_a_proxy_is_asked_for_public_names_and_never_for_what_is_inside(server: FaultServer) -> None:
    seen: list[str] = []

    @server.at("http://news.example/f")
    async def through(exchange: Exchange) -> None:
        seen.append(exchange.asked.headers["host"])
        await exchange.send(200, RSS)

    polling = QUICK.model_copy(update={"proxy": SecretStr(server.url(""))})
    async with Fetcher(polling) as fetcher:
        from brinkwatch.feeds.fetched import Known

        got = await fetcher.fetch(FeedSettings(id="f", url="http://news.example/f"), Known())
        assert (got.body, seen) == (RSS, ["news.example"])
        for inside in ("http://127.0.0.1/", "http://[::1]/", "http://localhost/", "http://169.254.169.254/"):
            refused = await fetcher.fetch(FeedSettings(id="f", url=inside), Known())
            assert refused.error == "forbidden_address", inside
        direct = FeedSettings(id="f", url=server.url("/f"), allow_private=True)
        assert (await fetcher.fetch(direct, Known())).body == RSS


async def test_a_feeds_own_rate_sets_its_pace_and_a_configured_interval_beats_it(
    server: FaultServer, desk: Callable[..., Desk]
) -> None:
    dated = "".join(
        f"<item><guid>{n}</guid><title>Report {n}</title><pubDate>Wed, 01 May 2024 11:{n:02}:00 +0000</pubDate></item>"
        for n in range(30, 60)
    )
    server.answers["/f"] = document(f'<rss version="2.0"><channel><title>T</title>{dated}</channel></rss>'.encode())
    one = desk()
    state = await one.poll()
    assert state.next_due is not None
    assert state.next_due - START <= timedelta(minutes=2)
    fixed = desk(interval="20m")
    state = await fixed.poll()
    assert state.next_due is not None
    assert state.next_due - START >= timedelta(minutes=10)
