"""A real HTTP server on loopback that serves feeds which a test changes as it goes."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

from aiohttp import web


@dataclass(frozen=True)
class Item:
    """One item of a feed."""

    id: str
    title: str
    summary: str = ""
    published: datetime | None = None

    def xml(self) -> str:
        date = f"<pubDate>{format_datetime(self.published)}</pubDate>" if self.published else ""
        return (
            f'<item><guid isPermaLink="false">{escape(self.id)}</guid><link>https://news.example/{escape(self.id)}</link>'
            f"<title>{escape(self.title)}</title><description>{escape(self.summary)}</description>{date}</item>"
        )


def rss(items: Iterable[Item]) -> bytes:
    body = "".join(item.xml() for item in items)
    head = '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Test</title>'
    return f"{head}<link>https://news.example/</link><description>Test</description>{body}</channel></rss>".encode()


class FeedServer:
    """`items[name]` is what the feed NAME holds; `broken[name]` is (status, body) given in its place."""

    def __init__(self) -> None:
        self.items: dict[str, list[Item]] = {}
        self.broken: dict[str, tuple[int, bytes]] = {}
        self.visits: Counter[str] = Counter()
        self.answers: list[tuple[str, int]] = []
        self.entries_served = 0
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def start(self, address: str = "127.0.0.1", port: int = 0) -> None:
        """Listen, at any free port unless one is named; at 0.0.0.0 every loopback address is a host of its own."""
        app = web.Application()
        app.router.add_get("/{name}", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, address, port)
        await site.start()
        assert site._server is not None
        self.port = site._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    def url(self, name: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}/{name}"

    async def _serve(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.visits[name] += 1
        if name in self.broken:
            status, body = self.broken[name]
            self.answers.append((name, status))
            return web.Response(status=status, body=body, content_type="text/html")
        body = rss(self.items.get(name, []))
        etag = f'"{hash(body) & 0xFFFFFFFF:x}"'
        status = 304 if request.headers.get("If-None-Match") == etag else 200
        self.answers.append((name, status))
        if status == 304:
            return web.Response(status=304, headers={"ETag": etag})
        self.entries_served += len(self.items.get(name, []))
        return web.Response(body=body, content_type="application/rss+xml", headers={"ETag": etag})
