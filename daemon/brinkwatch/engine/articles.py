"""Reads the whole articles of feeds that want it, before their items are assessed: politely, once, and never at the
cost of an item."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog

from brinkwatch.config.settings import FeedSettings
from brinkwatch.engine.rules import Rules
from brinkwatch.feeds import robots
from brinkwatch.feeds.article import available
from brinkwatch.feeds.fetch import Fetcher
from brinkwatch.feeds.fetched import Fetched, FetchKind, Known
from brinkwatch.feeds.notafeed import NotAFeed
from brinkwatch.feeds.robots import Robots
from brinkwatch.feeds.worker import ParseWorkers
from brinkwatch.items.clean import clean_text
from brinkwatch.outcomes import Stage
from brinkwatch.store import articles, items
from brinkwatch.store.database import Database

AT_ONCE = 8
PATIENCE = timedelta(minutes=2)
"""An item that has waited this long goes on with what the feed said: a warning must not wait for a slow host."""
REMEMBERED = 2_000
ACCEPT = "text/html, application/xhtml+xml;q=0.9"
log = structlog.get_logger(__name__)


class Articles:
    """`read` is called after an article that lets an item go on. Use within a running event loop."""

    def __init__(
        self, database: Database, fetcher: Fetcher, workers: ParseWorkers, clock: Callable[[], datetime]
    ) -> None:
        self.database = database
        self.fetcher = fetcher
        self.workers = workers
        self.clock = clock
        self.read: Callable[[], None] = lambda: None
        self._robots: dict[str, Robots] = {}
        self._turns: dict[str, float] = {}
        self._reading: dict[int, asyncio.Task[None]] = {}

    def start(self, rules: Rules) -> int:
        """Start reading what waits, as far as there is room; returns how many were started."""
        room = AT_ONCE - len(self._reading)
        if room <= 0:
            return 0
        with self.database.read() as connection:
            waiting = items.at_stage(connection, Stage.ARTICLE, AT_ONCE + room)
        started = [item for item in waiting if item.id not in self._reading][:room]
        for item in started:
            task = asyncio.create_task(self._read(item, rules.feed(item.feed)), name=f"article {item.id}")
            self._reading[item.id] = task
        return len(started)

    async def finish(self) -> None:
        """Wait until what is now being read has ended."""
        await asyncio.gather(*self._reading.values())

    async def close(self) -> None:
        """Abandon what is being read; it is read again after the next start."""
        for task in self._reading.values():
            task.cancel()
        await asyncio.gather(*self._reading.values(), return_exceptions=True)

    async def _read(self, item: items.StoredItem, feed: FeedSettings) -> None:
        try:
            status, text = await self._text(item, feed)
            with self.database.begin() as connection:
                articles.settle(connection, item, status, text, self.clock())
            log.debug("article", feed=item.feed, item=item.id, status=status)
            self.read()
        except Exception:
            # The store is to blame, and the item still waits there.
            log.critical("article cannot be settled", item=item.id, exc_info=True)
        finally:
            self._reading.pop(item.id, None)

    async def _text(self, item: items.StoredItem, feed: FeedSettings) -> tuple[str, str | None]:
        """How the reading ended, and the text if there is one. Raises nothing but a cancellation."""
        left = (item.changed_at + PATIENCE - self.clock()).total_seconds()
        if not feed.full_text or not item.link or left <= 0:
            return "too_late" if left <= 0 else "not_wanted", None
        if not available():
            return "no_extra", None
        page = _page(feed, item.link)
        try:
            async with asyncio.timeout(left):
                rules = await self._rules(page)
                if not rules.allows(page.url):
                    return "robots", None
                await self._in_turn(page, rules.delay, left)
                fetched = await self.fetcher.fetch(page, Known(), accept=ACCEPT)
                if fetched.kind is not FetchKind.DOCUMENT:
                    return fetched.error or "unreadable", None
                if not _is_page(fetched):
                    return "no_page", None
                return "ok", clean_text(await self.workers.article(fetched.body))
        except TimeoutError:
            return "too_late", None
        except NotAFeed as error:
            return error.kind, None
        except Exception as error:
            log.warning("article cannot be read", feed=feed.id, item=item.id, exc_info=True)
            return type(error).__name__, None

    async def _rules(self, page: FeedSettings) -> Robots:
        """The robots.txt of the page's host; it is asked for once a day."""
        parts = urlsplit(page.url)
        origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        now = self.clock()
        known = self._robots.get(origin)
        if known is None or known.until <= now:
            rules = page.model_copy(update={"url": f"{origin}/robots.txt"})
            fetched = await self.fetcher.fetch(rules, Known(), accept="text/plain, */*;q=0.5")
            known = robots.judge(fetched.status, fetched.body, now)
            if len(self._robots) >= REMEMBERED:
                self._robots.clear()
            self._robots[origin] = known
        return known

    async def _in_turn(self, page: FeedSettings, delay: timedelta, left: float) -> None:
        """Wait as long as the host asks for between two pages. Raises TimeoutError if that is too long for the item.

        Feeds are no pages: they go on at their own pace meanwhile.
        """
        if not delay:
            return
        host = urlsplit(page.url).hostname or ""
        now = asyncio.get_running_loop().time()
        turn = max(now, self._turns.get(host, now))
        if turn - now > left:
            raise TimeoutError
        if len(self._turns) >= REMEMBERED:
            self._turns = {name: moment for name, moment in self._turns.items() if moment > now}
        self._turns[host] = turn + delay.total_seconds()
        await asyncio.sleep(turn - now)


def _page(feed: FeedSettings, link: str) -> FeedSettings:
    """The article as an address to visit: without the feed's login, and inside only on the feed's own host."""
    private = feed.allow_private and urlsplit(link).hostname == urlsplit(feed.url).hostname
    return FeedSettings.model_construct(id=feed.id, url=link, allow_private=private)


def _is_page(fetched: Fetched) -> bool:
    kind = (fetched.content_type or "text/html").partition(";")[0].strip().lower()
    return kind in ("text/html", "application/xhtml+xml")
