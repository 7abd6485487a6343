"""kill -9 during polling: no item lost, none doubled, the ledger whole, validators never ahead of items.

BRINKWATCH_KILLS sets how many times (default: a few, to keep the suite short).
"""

import asyncio
import os
import random
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from aiohttp import web

from brinkwatch.engine.balance import balance
from brinkwatch.store import feeds, ledger, polls
from brinkwatch.store.database import Database
from fakes.feeds import Item, rss

KILLS = int(os.environ.get("BRINKWATCH_KILLS", "6"))
SCRIPT = Path(__file__).parents[1] / "fakes" / "poll_forever.py"


class GrowingFeed:
    """Every fourth visit there is one item more; the ETag names how many there are."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.visits = 0
        self.grows = True

    async def serve(self, request: web.Request) -> web.Response:
        self.visits += 1
        if self.grows and self.visits % 4 == 1:
            number = len(self.items) + 1
            self.items.insert(0, Item(f"i{number}", f"Report number {number} of the day", "", datetime.now(UTC)))
        etag = f'"{len(self.items)}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=rss(self.items), content_type="application/rss+xml", headers={"ETag": etag})


async def killed(folder: Path, url: str, after: float) -> None:
    """Let a poller run for so many seconds after it is ready, and kill it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(SCRIPT), str(folder), url, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 60) == b"ready\n"
    await asyncio.sleep(after)
    process.send_signal(signal.SIGKILL)
    await process.wait()


def check(folder: Path) -> int:
    """What must hold after every kill; returns how many items there are."""
    database = Database.open(None, folder)
    try:
        with database.begin() as connection:
            guids = connection.execute(sa.text("select guid from items")).scalars().all()
            state = feeds.get(connection, "f")
            rows, waiting = ledger.rows(connection), ledger.waiting(connection)
            seen: dict[tuple[str, str], int] = {}
            for day in polls.days(connection, ""):
                seen[day.feed, day.day] = seen.get((day.feed, day.day), 0) + day.entries
    finally:
        database.close()
    assert len(guids) == len(set(guids))
    assert state is not None
    if state.etag:
        promised = int(state.etag.strip('"'))
        assert {f"i{n}" for n in range(1, promised + 1)} <= set(guids), "the validator is ahead of the items"
    assert balance(rows, seen, waiting).balanced
    return len(guids)


async def test_nothing_is_lost_or_doubled_however_often_it_is_killed(tmp_path: Path) -> None:
    feed = GrowingFeed()
    app = web.Application()
    app.router.add_get("/f", feed.serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/f"
    moments = random.Random(7)
    try:
        for _ in range(KILLS):
            await killed(tmp_path, url, moments.uniform(0.0, 0.6))
            check(tmp_path)
        feed.grows = False
        await killed(tmp_path, url, 1.5)
        assert check(tmp_path) == len(feed.items) > 0
    finally:
        await runner.cleanup()
