"""Leads a daemon through the scenario: advance, wait until every feed was read and nothing is left to do, advance.

Knows the daemon by three verbs only, and waits for events, never for a guessed time.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from brinkwatch.demo.server import FeedServer

ROUND_LIMIT = timedelta(seconds=60)


class Daemon(Protocol):
    """What the demonstration needs of a daemon."""

    async def start(self) -> None:
        """Begin to poll; returns once the work is under way."""
        ...

    async def idle(self) -> None:
        """Wait until nothing is under way: no poll, no item between two stages, no story's wait, no unsettled send."""
        ...

    async def stop(self) -> None:
        """Finish or abandon what is in flight."""
        ...


class StuckError(Exception):
    """A round did not come to its end. The message says what was missing."""


async def lead_through(
    server: FeedServer,
    daemon: Daemon,
    last_round: int,
    *,
    begun: Callable[[int], None] = lambda _: None,
    limit: timedelta = ROUND_LIMIT,
) -> None:
    """Start the daemon and show it every round; it is still running afterwards. `begun` is told of each round.

    Raises StuckError when a round takes longer than `limit`.
    """
    await daemon.start()
    begun(server.round)
    await _settled(server, daemon, limit)
    while server.round < last_round:
        begun(server.advance())
        await _settled(server, daemon, limit)


async def _settled(server: FeedServer, daemon: Daemon, limit: timedelta) -> None:
    try:
        async with asyncio.timeout(limit.total_seconds()):
            await server.asked_for_all()
            await daemon.idle()
    except TimeoutError:
        unasked = ", ".join(sorted(server.unasked))
        what = f"never polled: {unasked}" if unasked else "the daemon is still at work"
        raise StuckError(f"round {server.round} did not end within {limit.total_seconds():g} s; {what}") from None
