"""What several end-to-end tests start."""

from collections.abc import AsyncIterator

import pytest

from fakes.feeds import FeedServer


@pytest.fixture
async def feeds() -> AsyncIterator[FeedServer]:
    server = FeedServer()
    await server.start()
    yield server
    await server.stop()
