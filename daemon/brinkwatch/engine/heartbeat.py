"""Requests an address while all is well, so that an outside monitor notices when the daemon is gone.

Its own failures stop nothing, and are logged once until it works again.
"""

from datetime import datetime

import aiohttp
import structlog

from brinkwatch.config.settings import Heartbeat as HeartbeatSettings

TIMEOUT = aiohttp.ClientTimeout(total=10)
log = structlog.get_logger(__name__)


class Heartbeat:
    """When the address was last requested, and whether that worked."""

    def __init__(self) -> None:
        self._last: datetime | None = None
        self._failing = False

    def due(self, settings: HeartbeatSettings, now: datetime) -> bool:
        """Whether it is time; a clock that was set back does not make it wait."""
        if settings.url is None:
            return False
        return self._last is None or not self._last <= now < self._last + settings.interval

    async def beat(self, settings: HeartbeatSettings, now: datetime) -> bool:
        """Request the address, if it is time; returns whether it was reached."""
        if settings.url is None or not self.due(settings, now):
            return False
        self._last = now
        error = await _get(settings.url.get_secret_value())
        if error is not None and not self._failing:
            log.warning("the heartbeat's address cannot be reached", error=error)
        elif error is None and self._failing:
            log.info("the heartbeat's address is reached again")
        self._failing = error is not None
        return error is None


async def _get(url: str) -> str | None:
    """None, or why it failed: in words that hold no part of the address, which is a secret."""
    try:
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT, trust_env=True) as session,
            session.get(url, headers={"User-Agent": "Brinkwatch"}) as response,
        ):
            return None if response.status < 400 else f"status {response.status}"
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        return type(error).__name__
