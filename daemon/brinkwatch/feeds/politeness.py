"""Makes requests wait their turn: one at a time and a gap per host, a limit for all. Sends nothing itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

MANY_HOSTS = 1_000


@dataclass(slots=True)
class _Gate:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0
    free_at: float = 0.0
    refused_until: float = 0.0


class Politeness:
    """One per daemon; the event loop's clock is its clock. A host is the name in the address, whatever its port."""

    def __init__(self, gap: timedelta, concurrency: int) -> None:
        self._gap = gap.total_seconds()
        self._slots = asyncio.Semaphore(concurrency)
        self._gates: dict[str, _Gate] = {}

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Hold the host's turn: entered at least the gap after the last request to this host ended."""
        gate = self._gates.setdefault(host, _Gate())
        gate.waiting += 1
        try:
            async with gate.lock:
                clock = asyncio.get_running_loop().time
                if (wait := gate.free_at - clock()) > 0:
                    await asyncio.sleep(wait)
                # The place among all is taken last, so that a queue at one host holds up nobody else.
                async with self._slots:
                    try:
                        yield
                    finally:
                        gate.free_at = clock() + self._gap
        finally:
            gate.waiting -= 1
            self._forget_idle()

    def refuse(self, host: str, wait: timedelta) -> None:
        """The host asked to be left alone for `wait` (Retry-After): for all feeds that live there."""
        gate = self._gates.setdefault(host, _Gate())
        gate.refused_until = max(gate.refused_until, asyncio.get_running_loop().time() + wait.total_seconds())

    def refused_for(self, host: str) -> timedelta | None:
        """How much longer the host wants to be left alone; None when it may be asked."""
        gate = self._gates.get(host)
        left = gate.refused_until - asyncio.get_running_loop().time() if gate else 0.0
        return timedelta(seconds=left) if left > 0 else None

    def _forget_idle(self) -> None:
        if len(self._gates) > MANY_HOSTS:
            now = asyncio.get_running_loop().time()
            self._gates = {
                host: gate
                for host, gate in self._gates.items()
                if gate.waiting or max(gate.free_at, gate.refused_until) > now
            }
