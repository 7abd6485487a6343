"""Every fault of a server is a named failure, bounded in time, and never an exception."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fault_server import RSS, Exchange, FaultServer, document, status

from brinkwatch.config.settings import FeedSettings, Polling
from brinkwatch.feeds.fetch import Fetcher
from brinkwatch.feeds.fetched import Fetched, FetchKind, Known

BOUNDS = Polling(timeout="0.6s", connect_timeout="0.4s", host_gap="0.01s", max_bytes=2_000_000)


@pytest.fixture
async def server() -> AsyncIterator[FaultServer]:
    async with FaultServer() as running:
        yield running


async def fetch(url: str, *, allow_private: bool = True) -> Fetched:
    """One poll that must come to an end by itself, as a value."""
    async with Fetcher(BOUNDS) as fetcher:
        feed = FeedSettings(id="f", url=url, allow_private=allow_private)
        got = await asyncio.wait_for(fetcher.fetch(feed, Known()), 5)
    assert got.kind is FetchKind.FAILED
    assert got.error
    assert got.words
    return got


async def drip_body(exchange: Exchange) -> None:
    await exchange.head(200, Content_Length="5000")
    await exchange.drip(RSS, 0.05)


async def drip_head(exchange: Exchange) -> None:
    await exchange.drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 1000, 0.05)


async def silence(_: Exchange) -> None:
    await asyncio.sleep(30)


async def truncated(exchange: Exchange) -> None:
    await exchange.head(200, Content_Length="5000")
    await exchange.raw(RSS[:100])


async def truncated_chunks(exchange: Exchange) -> None:
    await exchange.head(200, Transfer_Encoding="chunked")
    await exchange.raw(b"40\r\n" + RSS[:64] + b"\r\n")


async def truncated_gzip(exchange: Exchange) -> None:
    await exchange.head(200, Content_Encoding="gzip", Connection="close")
    await exchange.raw(gzip.compress(RSS)[:-20])


async def reset_before_answer(exchange: Exchange) -> None:
    exchange.reset()


async def close_before_answer(_: Exchange) -> None:
    return


async def reset_in_body(exchange: Exchange) -> None:
    await exchange.head(200, Content_Length="5000")
    await exchange.raw(RSS[:100])
    await asyncio.sleep(0.02)
    exchange.reset()


async def huge_claim(exchange: Exchange) -> None:
    await exchange.head(200, Content_Length="3000000000")
    await exchange.raw(b"x" * 1000)


async def endless(exchange: Exchange) -> None:
    await exchange.head(200, Connection="close")
    while True:
        await exchange.raw(b"x" * 65_536)


async def garbage(exchange: Exchange) -> None:
    await exchange.raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")


async def header_flood(exchange: Exchange) -> None:
    await exchange.raw(b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(50_000)) + b"\r\n")


async def endless_header(exchange: Exchange) -> None:
    await exchange.raw(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        await exchange.raw(b"y" * 65_536)


async def bad_chunks(exchange: Exchange) -> None:
    await exchange.head(200, Transfer_Encoding="chunked")
    await exchange.raw(b"zz\r\nnonsense\r\n")


BOMB = gzip.compress(b"\0" * 60_000_000)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (drip_body, "timeout"),
        (drip_head, "timeout"),
        (silence, "timeout"),
        (truncated, "truncated"),
        (truncated_chunks, "truncated"),
        (truncated_gzip, "truncated"),
        (reset_before_answer, "reset"),
        (close_before_answer, "reset"),
        (reset_in_body, "truncated"),
        (huge_claim, "too_large"),
        (endless, "too_large"),
        (document(BOMB, Content_Encoding="gzip"), "too_large"),
        (document(b"\x1f\x8b nonsense", Content_Encoding="gzip"), "bad_encoding"),
        (document(RSS, Content_Encoding="br"), "bad_encoding"),
        (garbage, "bad_answer"),
        (header_flood, "bad_answer"),
        (endless_header, "bad_answer"),
        (bad_chunks, "bad_answer"),
        (status(200, Content_Length="-5"), "bad_answer"),
        (status(204), "http_204"),
        (status(401), "http_401"),
        (status(403), "http_403"),
        (status(404), "http_404"),
        (status(410), "http_410"),
        (status(500), "http_500"),
        (status(999), "http_999"),
        (status(403, Cf_Mitigated="challenge"), "challenge"),
        (status(302), "http_302"),
        (status(302, Location="ftp://example.org/feed"), "bad_address"),
        (status(302, Location="http://[broken/"), "bad_answer"),
        (status(302, Location="file:///etc/passwd"), "bad_address"),
        (status(302, Location="/f"), "redirect_loop"),
    ],
)
async def test_a_fault_is_a_named_failure(server: FaultServer, answer: object, error: str) -> None:
    server.answers["/f"] = answer  # type: ignore[assignment]
    assert (await fetch(server.url("/f"))).error == error


async def test_a_broken_connection_is_not_tried_twice(server: FaultServer) -> None:
    server.answers["/f"] = close_before_answer
    await fetch(server.url("/f"))
    assert len(server.asked) == 1


async def test_redirects_without_end_are_followed_five_times(server: FaultServer) -> None:
    for n in range(20):
        server.answers[f"/{n}"] = status(301, Location=f"/{n + 1}")
    assert (await fetch(server.url("/0"))).error == "too_many_redirects"
    assert len(server.asked) == 6


async def test_the_time_limit_covers_all_redirects_together(server: FaultServer) -> None:
    async def slow_redirect(exchange: Exchange) -> None:
        await asyncio.sleep(0.25)
        await exchange.send(302, Location=f"/{int(exchange.asked.path[1:]) + 1}")

    server.answers |= {f"/{n}": slow_redirect for n in range(6)}
    assert (await fetch(server.url("/0"))).error == "timeout"
    assert len(server.asked) <= 3


async def test_nobody_listening_is_refused() -> None:
    assert (await fetch("http://127.0.0.1:9/f")).error == "refused"


async def test_a_name_that_does_not_exist_is_a_dns_failure() -> None:
    assert (await fetch("http://no-such-host.invalid/f")).error in {"dns", "timeout"}


async def test_a_certificate_nobody_trusts_is_a_tls_failure() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).with_name("untrusted.pem"))
    async with FaultServer(tls=context) as server:
        server.answers["/f"] = document()
        assert (await fetch(server.url("/f", host="localhost").replace("http:", "https:"))).error == "tls"
        assert server.asked == []


async def test_a_server_that_speaks_no_tls_is_a_tls_failure() -> None:
    async def speak_first(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak_first, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert (await fetch(f"https://127.0.0.1:{port}/f")).error == "tls"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "f1.localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0177.0.0.1", "127.1"],
)
async def test_a_private_address_is_never_connected_to_without_permission(server: FaultServer, host: str) -> None:
    server.answers["/f"] = document()
    got = await fetch(server.url("/f", host=host), allow_private=False)
    assert got.error in {"forbidden_address", "bad_address", "dns"}
    assert server.asked == []


async def test_permission_for_private_addresses_does_not_reach_metadata(server: FaultServer) -> None:
    server.answers["/f"] = status(302, Location="http://169.254.169.254/latest/meta-data/")
    assert (await fetch(server.url("/f"))).error == "forbidden_address"


async def test_a_redirect_meets_the_guard_too(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A public host that redirects to a private one. 127.0.0.2 stands for the public address."""
    from brinkwatch.feeds import guard

    monkeypatch.setattr(guard, "allowed", lambda address, *, allow_private: address == "127.0.0.2")
    server.answers["/secret"] = document()
    async with FaultServer(host="127.0.0.2") as public:
        public.answers["/f"] = status(302, Location=server.url("/secret"))
        got = await fetch(public.url("/f"), allow_private=False)
        assert [asked.path for asked in public.asked] == ["/f"]
    assert got.error == "forbidden_address"
    assert server.asked == []


async def test_a_name_that_changes_its_address_meets_the_guard_each_time(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: whatever the name resolved to before, the address connected to is what counts."""
    import socket

    real = socket.getaddrinfo

    def rebound(host: str, *args: object, **kwargs: object) -> object:
        return real("127.0.0.1" if host == "rebind.example" else host, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    server.answers["/f"] = document()
    got = await fetch(server.url("/f", host="rebind.example"), allow_private=False)
    assert got.error == "forbidden_address"
    assert server.asked == []


async def test_one_bad_host_leaves_the_others_untouched(server: FaultServer) -> None:
    server.answers |= {"/bad": silence, "/good": document()}
    async with Fetcher(BOUNDS) as fetcher:
        slow = asyncio.create_task(
            fetcher.fetch(FeedSettings(id="b", url=server.url("/bad"), allow_private=True), Known())
        )
        await asyncio.sleep(0.05)
        good = FeedSettings(id="g", url=server.url("/good", host="good.localhost"), allow_private=True)
        assert (await fetcher.fetch(good, Known())).kind is FetchKind.DOCUMENT
        assert not slow.done()
        assert (await slow).error == "timeout"
