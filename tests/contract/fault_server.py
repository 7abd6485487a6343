"""A loopback HTTP server that answers as a test tells it to, faults included, and records what it was asked."""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

RSS = (
    b'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Harbour Post</title>'
    b"<item><guid>a1</guid><title>Frigate leaves port</title><link>/news/a1</link></item></channel></rss>"
)


@dataclass
class Asked:
    """One request as it came in, with the loop's time when it started and ended."""

    path: str
    headers: dict[str, str]
    began: float
    ended: float = 0.0


Answer = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Exchange:
    """One request being answered. The verbs write to the wire; nothing is checked, so that anything can be sent."""

    asked: Asked
    writer: asyncio.StreamWriter

    async def send(self, status: int, body: bytes = b"", **headers: str) -> None:
        fields = {"Content-Length": str(len(body)), "Content-Type": "application/rss+xml"}
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        await self.head(status, **fields)
        await self.raw(body)

    async def head(self, status: int, **headers: str) -> None:
        lines = [f"HTTP/1.1 {status} Words", *(f"{n.replace('_', '-')}: {v}" for n, v in headers.items()), "", ""]
        await self.raw("\r\n".join(lines).encode("latin-1"))

    async def raw(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def drip(self, data: bytes, seconds: float) -> None:
        for byte in data:
            await self.raw(bytes([byte]))
            await asyncio.sleep(seconds)

    def reset(self) -> None:
        """Break the connection off so that the other side sees a reset."""
        import socket
        import struct

        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@dataclass
class FaultServer:
    """Answers by path; an unknown path is 404."""

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    port: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def at(self, path: str) -> Callable[[Answer], Answer]:
        """Decorator: the answer for a path."""

        def keep(answer: Answer) -> Answer:
            self.answers[path] = answer
            return answer

        return keep

    def url(self, path: str, host: str | None = None) -> str:
        return f"http://{host or self.host}:{self.port}{path}"

    async def __aenter__(self) -> "FaultServer":
        self._server = await asyncio.start_server(self._serve, self.host, 0, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._answer(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("utf-8", "surrogateescape").split("\r\n")
        headers = {n.strip().lower(): v.strip() for n, _, v in (line.partition(":") for line in lines[1:] if line)}
        loop = asyncio.get_running_loop()
        asked = Asked(lines[0].split(" ")[1], headers, loop.time())
        self.asked.append(asked)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await self.answers.get(asked.path, _not_found)(Exchange(asked, writer))
        finally:
            self.in_flight -= 1
            asked.ended = loop.time()


async def _not_found(exchange: Exchange) -> None:
    await exchange.send(404)


def document(body: bytes = RSS, **headers: str) -> Answer:
    """An answer: this body, with status 200."""

    async def answer(exchange: Exchange) -> None:
        await exchange.send(200, body, **headers)

    return answer


def status(code: int, **headers: str) -> Answer:
    """An answer: this status, without a body."""

    async def answer(exchange: Exchange) -> None:
        await exchange.send(code, **headers)

    return answer
