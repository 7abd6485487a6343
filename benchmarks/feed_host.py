"""Many feeds on loopback, each on a host of its own (127.x.y.z), and a record of how politely they were asked.

Run as a process of its own by the other benchmarks: `python benchmarks/feed_host.py KILOBYTES FEEDS` makes its
documents, prints its port, and one JSON object with the record for each line it reads.
"""

import asyncio
import hashlib
import json
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import cast

_HOST = re.compile(rb"\r\nhost: ([^:\r]+)", re.IGNORECASE)
_ETAG = re.compile(rb"\r\nif-none-match: ([^\r]+)", re.IGNORECASE)


def address(number: int, port: int) -> str:
    """The address of a feed: loopback has 127.0.0.0/8, so that every feed can have a host."""
    return f"http://127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}:{port}/feed"


def document(host: str, kilobytes: int) -> bytes:
    """An RSS document of that size with 30 entries of its own."""
    filler = "The delegation left the talks without a statement and the road to the crossing stayed closed. "
    entry_bytes = kilobytes * 1024 // 30 - 220
    text = (filler * (entry_bytes // len(filler) + 1))[:entry_bytes]
    entries = "".join(
        f'<item><guid isPermaLink="false">{host}-{n}</guid><title>Report {n} from {host}</title>'
        f"<link>http://{host}/{n}</link><pubDate>{formatdate(time.time() - n * 3600)}</pubDate>"
        f"<description>{text}</description></item>"
        for n in range(30)
    )
    return f'<rss version="2.0"><channel><title>{host}</title>{entries}</channel></rss>'.encode()


@dataclass
class Record:
    """What was asked, over all hosts."""

    requests: int = 0
    not_modified: int = 0
    together: int = 0
    smallest_gap: float | None = None
    in_flight: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    ended: dict[str, float] = field(default_factory=dict)

    def began(self, host: str) -> None:
        self.requests += 1
        self.in_flight[host] += 1
        self.together += self.in_flight[host] > 1
        if host in self.ended:
            gap = time.monotonic() - self.ended[host]
            self.smallest_gap = gap if self.smallest_gap is None else min(gap, self.smallest_gap)

    def done(self, host: str) -> None:
        self.in_flight[host] -= 1
        self.ended[host] = time.monotonic()

    def as_json(self) -> str:
        return json.dumps(
            {
                "requests": self.requests,
                "not_modified": self.not_modified,
                "two_in_flight_to_a_host": self.together,
                "smallest_gap_of_a_host_s": self.smallest_gap,
            }
        )


class Answers(asyncio.Protocol):
    """One connection. As cheap as Python allows: what is measured is who asks."""

    def __init__(self, record: Record, answer: Callable[[str, str | None], bytes]) -> None:
        self.record = record
        self.answer = answer
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.received += data
        while b"\r\n\r\n" in self.received:
            head, _, self.received = self.received.partition(b"\r\n\r\n")
            host = _field(_HOST, head) or ""
            self.record.began(host)
            self.transport.write(self.answer(host, _field(_ETAG, head)))
            self.record.done(host)


def _field(pattern: re.Pattern[bytes], head: bytes) -> str | None:
    found = pattern.search(head)
    return found[1].decode("latin-1") if found else None


async def main(kilobytes: int, count: int) -> None:
    record = Record()
    whole: dict[str, tuple[str, bytes]] = {}
    for number in range(count):
        host = address(number, 80).removeprefix("http://").partition(":")[0]
        body = document(host, kilobytes)
        etag = f'"{hashlib.blake2b(body, digest_size=6).hexdigest()}"'
        fields = f"Content-Type: application/rss+xml\r\nETag: {etag}\r\nContent-Length: {len(body)}"
        whole[host] = etag, f"HTTP/1.1 200 OK\r\n{fields}\r\n\r\n".encode() + body

    def answer(host: str, known: str | None) -> bytes:
        etag, document = whole[host]
        if known != etag:
            return document
        record.not_modified += 1
        return f"HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\n\r\n".encode()

    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Answers(record, answer), "0.0.0.0", 0, backlog=2_048)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(record.as_json(), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
