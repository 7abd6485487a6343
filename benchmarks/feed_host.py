"""Many feeds on loopback, each on a host of its own (127.x.y.z), and a record of how politely they were asked.

Run as a process of its own by the other benchmarks: `python benchmarks/feed_host.py KILOBYTES FEEDS
[CHANGE_EVERY]` makes its documents, prints its port, and one JSON object with the record for each line it reads. With
CHANGE_EVERY each so many requests find a new document of new entries, a day old.
"""

import asyncio
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
        f"<link>http://{host}/{n}</link><pubDate>{formatdate(time.time() - 86_400 - n * 3600)}</pubDate>"
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


class Feeds:
    """What the hosts serve: each its own document, and at every `change_every`th question to all of them a new one."""

    def __init__(self, kilobytes: int, count: int, change_every: int = 0) -> None:
        self.kilobytes = kilobytes
        self.change_every = change_every
        self.asked = self.not_modified = 0
        hosts = [address(number, 80).removeprefix("http://").partition(":")[0] for number in range(count)]
        self.versions = dict.fromkeys(hosts, 0)
        self.documents: dict[str, bytes] = {}
        if not change_every:  # made beforehand: what is measured is who asks
            for host in hosts:
                self.whole(host)

    def answer(self, host: str, known: str | None) -> bytes:
        self.asked += 1
        if self.change_every and self.asked % self.change_every == 0:
            self.versions[host] += 1
            self.documents.pop(host, None)
        etag = first_etag(host).replace("-0", f"-{self.versions[host]}")
        if known == etag:
            self.not_modified += 1
            return f"HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\n\r\n".encode()
        return self.whole(host)

    def whole(self, host: str) -> bytes:
        if host not in self.documents:
            body = document(f"{host}-{self.versions[host]}" if self.versions[host] else host, self.kilobytes)
            etag = first_etag(host).replace("-0", f"-{self.versions[host]}")
            fields = f"Content-Type: application/rss+xml\r\nETag: {etag}\r\nContent-Length: {len(body)}"
            self.documents[host] = f"HTTP/1.1 200 OK\r\n{fields}\r\n\r\n".encode() + body
        return self.documents[host]


def first_etag(host: str) -> str:
    return f'"{host}-0"'


async def main(kilobytes: int, count: int, change_every: int = 0) -> None:
    record = Record()
    feeds = Feeds(kilobytes, count, change_every)

    def answer(host: str, known: str | None) -> bytes:
        told = feeds.answer(host, known)
        record.not_modified = feeds.not_modified
        return told

    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Answers(record, answer), "0.0.0.0", 0, backlog=2_048)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(record.as_json(), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
