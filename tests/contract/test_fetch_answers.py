"""What the fetcher makes of proper answers: documents, validators, redirects, hints, politeness."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from fault_server import RSS, Exchange, FaultServer, document, status

from brinkwatch.config.settings import FeedSettings, Polling
from brinkwatch.feeds.fetch import Fetcher, user_agent
from brinkwatch.feeds.fetched import FetchKind, Known

QUICK = Polling(timeout="2s", connect_timeout="1s", host_gap="0.01s", max_bytes=100_000)


@pytest.fixture
async def server() -> AsyncIterator[FaultServer]:
    async with FaultServer() as running:
        yield running


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(QUICK) as ready:
        yield ready


def feed(url: str, **more: object) -> FeedSettings:
    return FeedSettings(id="f", url=url, **{"allow_private": True, **more})


async def test_a_document_comes_with_its_validators_byte_for_byte(server: FaultServer, fetcher: Fetcher) -> None:
    server.answers["/f"] = document(
        etag='W/"a\'b, c"', Last_Modified="mon, 1 jan 2024 00:00:00 gmt", Cache_Control="public, max-age=900", Age="300"
    )
    got = await fetcher.fetch(feed(server.url("/f")), Known())
    assert (got.kind, got.status, got.body) == (FetchKind.DOCUMENT, 200, RSS)
    assert (got.etag, got.last_modified) == ('W/"a\'b, c"', "mon, 1 jan 2024 00:00:00 gmt")
    assert got.hint == timedelta(minutes=10)
    assert got.final_url == server.url("/f")
    assert got.content_type == "application/rss+xml"


async def test_validators_are_sent_back_as_they_came_and_304_is_not_a_document(
    server: FaultServer, fetcher: Fetcher
) -> None:
    server.answers["/f"] = status(304)
    known = Known('W/"a\'b, é"', "mon, 1 jan 2024 00:00:00 gmt", server.url("/f"))
    got = await fetcher.fetch(feed(server.url("/f")), known)
    assert server.asked[0].headers["if-none-match"] == 'W/"a\'b, é"'
    assert server.asked[0].headers["if-modified-since"] == "mon, 1 jan 2024 00:00:00 gmt"
    assert (got.kind, got.etag, got.body) == (FetchKind.NOT_MODIFIED, known.etag, b"")


async def test_validators_go_only_to_the_address_they_came_from(server: FaultServer, fetcher: Fetcher) -> None:
    server.answers["/f"] = document()
    await fetcher.fetch(feed(server.url("/f")), Known('"x"', None, server.url("/other")))
    assert "if-none-match" not in server.asked[0].headers


async def test_a_304_nobody_asked_for_is_a_failure(server: FaultServer, fetcher: Fetcher) -> None:
    server.answers["/f"] = status(304)
    got = await fetcher.fetch(feed(server.url("/f")), Known())
    assert (got.kind, got.error) == (FetchKind.FAILED, "http_304")


async def test_an_etag_that_cannot_be_sent_back_is_dropped(server: FaultServer, fetcher: Fetcher) -> None:
    server.answers["/f"] = document(ETag='"caf\xe9"')  # Latin-1 on the wire
    assert (await fetcher.fetch(feed(server.url("/f")), Known())).etag is None


async def test_a_body_that_may_have_been_cut_off_unseen_keeps_no_validators(
    server: FaultServer, fetcher: Fetcher
) -> None:
    @server.at("/f")
    async def unframed(exchange: Exchange) -> None:
        await exchange.head(200, ETag='"x"', Connection="close")
        await exchange.raw(RSS)

    got = await fetcher.fetch(feed(server.url("/f")), Known())
    assert (got.body, got.etag) == (RSS, None)


@pytest.mark.parametrize(
    ("encoding", "wire"),
    [
        ("gzip", gzip.compress(RSS)),
        ("gzip", gzip.compress(RSS[:50]) + gzip.compress(RSS[50:])),
        ("gzip", gzip.compress(RSS) + b"\0\0\0"),
        ("gzip", RSS),
        ("deflate", zlib.compress(RSS)),
        ("deflate", zlib.compress(RSS)[2:-4]),
        ("identity", RSS),
    ],
    ids=["gzip", "two members", "padded", "claims gzip", "zlib", "raw deflate", "identity"],
)
async def test_encoded_bodies_are_decoded(server: FaultServer, fetcher: Fetcher, encoding: str, wire: bytes) -> None:
    server.answers["/f"] = document(wire, Content_Encoding=encoding)
    assert (await fetcher.fetch(feed(server.url("/f")), Known())).body == RSS


async def test_permanent_redirects_are_reported_up_to_the_first_temporary_one(
    server: FaultServer, fetcher: Fetcher
) -> None:
    server.answers["/old"] = status(301, Location="/new")
    server.answers["/new"] = status(308, Location="newer?x=1")
    server.answers["/newer?x=1"] = status(302, Location=server.url("/today"))
    server.answers["/today"] = document()
    got = await fetcher.fetch(feed(server.url("/old")), Known())
    assert (got.kind, got.final_url, got.moved_to) == (
        FetchKind.DOCUMENT,
        server.url("/today"),
        server.url("/newer?x=1"),
    )


async def test_a_temporary_redirect_moves_nothing(server: FaultServer, fetcher: Fetcher) -> None:
    server.answers["/a"] = status(302, Location="/b")
    server.answers["/b"] = status(301, Location="/c")
    server.answers["/c"] = document()
    assert (await fetcher.fetch(feed(server.url("/a")), Known())).moved_to is None


async def test_credentials_stay_on_their_host_and_out_of_what_is_stored(server: FaultServer, fetcher: Fetcher) -> None:
    server.answers["/f"] = status(302, Location=server.url("/elsewhere", host="other.localhost"))
    server.answers["/elsewhere"] = document()
    with_login = server.url("/f").replace("http://", "http://reader:secret@")
    got = await fetcher.fetch(feed(with_login), Known())
    assert server.asked[0].headers["authorization"].startswith("Basic ")
    assert "authorization" not in server.asked[1].headers
    assert "secret" not in repr(got)


async def test_a_login_named_by_a_redirect_is_not_used(server: FaultServer, fetcher: Fetcher) -> None:
    server.answers["/f"] = status(302, Location=server.url("/g").replace("http://", "http://a:b@"))
    server.answers["/g"] = document()
    await fetcher.fetch(feed(server.url("/f")), Known())
    assert "authorization" not in server.asked[1].headers


async def test_the_user_agent_is_honest_and_names_a_contact() -> None:
    assert user_agent(Polling()).startswith("Brinkwatch/0")
    assert user_agent(Polling(contact="desk@example.org")).endswith("; desk@example.org)")
    assert user_agent(Polling(user_agent="Ours/1", contact="a\r\nX-Evil: b")) == "Ours/1 (a X-Evil: b)"


async def test_no_cookies_are_kept(server: FaultServer, fetcher: Fetcher) -> None:
    server.answers["/f"] = document(Set_Cookie="track=1; Path=/")
    for _ in range(2):
        await fetcher.fetch(feed(server.url("/f")), Known())
    assert "cookie" not in server.asked[1].headers


async def test_a_host_sees_one_request_at_a_time_and_never_sooner_than_the_gap(server: FaultServer) -> None:
    async def slow(exchange: Exchange) -> None:
        await asyncio.sleep(0.02)
        await exchange.send(200, RSS)

    server.answers |= {f"/{n}": slow for n in range(5)}
    async with Fetcher(QUICK.model_copy(update={"host_gap": timedelta(seconds=0.05)})) as fetcher:
        await asyncio.gather(*(fetcher.fetch(feed(server.url(f"/{n}")), Known()) for n in range(5)))
    assert server.most_in_flight == 1
    gaps = [later.began - earlier.ended for earlier, later in zip(server.asked, server.asked[1:], strict=False)]
    assert len(gaps) == 4
    assert min(gaps) >= 0.045


async def test_different_hosts_do_not_wait_for_each_other(server: FaultServer) -> None:
    together = asyncio.Barrier(3)

    async def all_at_once(exchange: Exchange) -> None:
        await asyncio.wait_for(together.wait(), 1)
        await exchange.send(200, RSS)

    server.answers["/f"] = all_at_once
    async with Fetcher(QUICK) as fetcher:
        hosts = ["f1.localhost", "f2.localhost", "127.0.0.1"]
        got = await asyncio.gather(*(fetcher.fetch(feed(server.url("/f", host=h)), Known()) for h in hosts))
    assert [g.kind for g in got] == [FetchKind.DOCUMENT] * 3


async def test_no_more_requests_than_allowed_are_in_flight_at_once(server: FaultServer) -> None:
    async def slow(exchange: Exchange) -> None:
        await asyncio.sleep(0.02)
        await exchange.send(200, RSS)

    server.answers["/f"] = slow
    async with Fetcher(QUICK.model_copy(update={"concurrency": 2})) as fetcher:
        await asyncio.gather(
            *(fetcher.fetch(feed(server.url("/f", host=f"h{n}.localhost")), Known()) for n in range(6))
        )
    assert server.most_in_flight == 2


async def test_retry_after_holds_for_every_feed_of_the_host(server: FaultServer, fetcher: Fetcher) -> None:
    server.answers["/a"] = status(429, Retry_After="120")
    server.answers["/b"] = document()
    first = await fetcher.fetch(feed(server.url("/a")), Known())
    second = await fetcher.fetch(feed(server.url("/b")), Known())
    elsewhere = await fetcher.fetch(feed(server.url("/b", host="other.localhost")), Known())
    assert (first.error, first.retry_after) == ("http_429", timedelta(seconds=120))
    assert second.error == "throttled"
    assert second.retry_after is not None
    assert timedelta(seconds=115) < second.retry_after <= timedelta(seconds=120)
    assert elsewhere.kind is FetchKind.DOCUMENT
    assert [asked.path for asked in server.asked] == ["/a", "/b"]


async def test_a_retry_after_date_is_measured_by_the_servers_own_clock(server: FaultServer, fetcher: Fetcher) -> None:
    server.answers["/f"] = status(
        503, Date="Mon, 01 Jan 2024 00:00:00 GMT", Retry_After="Mon, 01 Jan 2024 00:30:00 GMT"
    )
    got = await fetcher.fetch(feed(server.url("/f")), Known())
    assert (got.error, got.retry_after) == ("http_503", timedelta(minutes=30))
