"""A process that polls one feed over and over and does nothing else, until it is killed.

Usage: python poll_forever.py STATE_DIR URL
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from brinkwatch.config.settings import FeedSettings, Polling, Settings
from brinkwatch.engine.poll import Poller
from brinkwatch.engine.rules import Rules
from brinkwatch.feeds.fetch import Fetcher
from brinkwatch.feeds.worker import ParseWorkers
from brinkwatch.store import feeds
from brinkwatch.store.database import Database


def now() -> datetime:
    return datetime.now(UTC)


async def main(folder: Path, url: str) -> None:
    polling = Polling(host_gap="0s", timeout="5s", connect_timeout="2s")
    rules = Rules(Settings(feeds=(FeedSettings(id="f", url=url, allow_private=True),), polling=polling), {})
    database = Database.open(None, folder)
    with database.begin() as connection:
        feeds.enrol(connection, {"f": (url, now())})
    poller = Poller(database, Fetcher(polling), ParseWorkers(), rules, now)
    print("ready", flush=True)
    while True:
        with database.begin() as connection:
            state = feeds.get(connection, "f")
        assert state is not None
        await poller.poll(state)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
