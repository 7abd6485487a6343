"""Serves the scenario's feeds over HTTP on loopback, round by round, and records who asked for what.

Answers as a good feed server does: each document with ETag and Last-Modified, and 304 to whoever has it already.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from types import TracebackType
from typing import Self

from aiohttp import web

from brinkwatch.demo.render import CONTENT_TYPES, challenge, document, truncated
from brinkwatch.demo.scenario import Fault, Feed, Scenario

ADDRESS = "127.0.0.1"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a feed gives to whoever asks at one round."""

    status: int
    content_type: str
    body: bytes

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it was answered."""

    feed: str
    round: int
    status: int


def answer(feed: Feed, at_round: int, start: datetime) -> Answer:
    """The feed's document of a round, or what is in its place. Pure."""
    fault = feed.fault(at_round)
    if fault is Fault.SERVER_ERROR:
        return Answer(500, HTML, b"<h1>Internal Server Error</h1>")
    if fault is Fault.CHALLENGE:
        return Answer(200, HTML, challenge(feed))
    whole = document(feed, at_round, start)
    return Answer(200, CONTENT_TYPES[feed.format], truncated(whole) if fault is Fault.TRUNCATED else whole)


class FeedServer:
    """Use with `async with`. `start` is the moment that the items' times are relative to; `clock` gives the present.

    Begins at round 0. Every feed has a host of its own under `.localhost`, since one host is visited once at a time.
    """

    def __init__(self, scenario: Scenario, start: datetime, clock: Callable[[], datetime]) -> None:
        self.round = 0
        self.requests: list[Request] = []
        self.port = 0
        self._feeds = {feed.id: feed for feed in scenario.feeds}
        self._start = start
        self._clock = clock
        self._asked: set[str] = set()
        self._all_asked = asyncio.Event()
        self._answers: dict[str, Answer] = {}
        self._changed: dict[str, datetime] = {}
        self._show()
        app = web.Application()
        app.router.add_get("/{feed}", self._serve)
        self._runner = web.AppRunner(app, access_log=None)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        # Port 0: one that is free.
        await web.TCPSite(self._runner, ADDRESS, 0).start()
        self.port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    def url(self, feed: str) -> str:
        """The address of a feed."""
        return f"http://{feed}.localhost:{self.port}/{feed}"

    def advance(self) -> int:
        """Go on to the next round; returns its number."""
        self.round += 1
        self._show()
        self._asked.clear()
        self._all_asked.clear()
        return self.round

    async def asked_for_all(self) -> None:
        """Wait until every feed was asked for since the round began."""
        await self._all_asked.wait()

    @property
    def unasked(self) -> frozenset[str]:
        """The feeds that nobody has asked for since the round began."""
        return frozenset(self._feeds) - self._asked

    def _show(self) -> None:
        for name, feed in self._feeds.items():
            now_shown = answer(feed, self.round, self._start)
            if self._answers.get(name) != now_shown:
                self._answers[name] = now_shown
                self._changed[name] = self._clock().astimezone(UTC).replace(microsecond=0)

    async def _serve(self, request: web.Request) -> web.Response:
        name = request.match_info["feed"]
        shown = self._answers.get(name)
        if shown is None:
            raise web.HTTPNotFound
        changed = self._changed[name]
        known = shown.status == 200 and _has(request, shown.etag, changed)
        status = 304 if known else shown.status
        self.requests.append(Request(name, self.round, status))
        self._asked.add(name)
        if not self.unasked:
            self._all_asked.set()
        headers = {"Content-Type": shown.content_type}
        if shown.status == 200:
            headers |= {"ETag": shown.etag, "Last-Modified": format_datetime(changed, usegmt=True)}
        return web.Response(status=status, body=b"" if known else shown.body, headers=headers)


def _has(request: web.Request, etag: str, changed: datetime) -> bool:
    """Whether the one who asks has this document. If-None-Match beats If-Modified-Since (RFC 9110, 13.1.3)."""
    tags = request.headers.get("If-None-Match")
    if tags is not None:
        return etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))
    since = request.headers.get("If-Modified-Since")
    try:
        return since is not None and parsedate_to_datetime(since) >= changed
    except (ValueError, TypeError):
        return False
