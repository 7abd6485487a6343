"""Writes down what many polls brought in one transaction, as soon as the one before is committed.

A durable commit takes milliseconds, and as long for thirty polls as for one. Nobody waits for company: what comes while
a transaction is under way is the next one.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Brought = TypeVar("Brought")
Settled = TypeVar("Settled")

MOST = 64
"""Polls in one transaction; while it lasts nothing else is written."""


class Together(Generic[Brought, Settled]):
    """`settle` writes what several polls brought, in a thread, and returns what each came to or what went wrong."""

    def __init__(self, settle: Callable[[Sequence[Brought]], Sequence[Settled | Exception]]) -> None:
        self._settle = settle
        self._waiting: list[tuple[Brought, asyncio.Future[Settled]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def put(self, brought: Brought) -> Settled:
        """Have it written; returns once it is committed. Whoever is cancelled meanwhile is written all the same."""
        answer: asyncio.Future[Settled] = asyncio.get_running_loop().create_future()
        self._waiting.append((brought, answer))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write(), name="write polls")
        return await answer

    async def close(self) -> None:
        """Wait until all is written."""
        if self._writing is not None:
            await self._writing

    async def _write(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                settled = await asyncio.to_thread(self._all, [brought for brought, _ in group])
                for (_, answer), outcome in zip(group, settled, strict=True):
                    if answer.done():
                        continue
                    if isinstance(outcome, Exception):
                        answer.set_exception(outcome)
                    else:
                        answer.set_result(outcome)
        finally:
            self._writing = None

    def _all(self, group: Sequence[Brought]) -> Sequence[Settled | Exception]:
        try:
            return self._settle(group)
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            return [error] * len(group)
