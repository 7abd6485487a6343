"""Processes of `brinkwatch` that begin at once, as their imports are done before. For tests that end many of them."""

import asyncio
import os
import signal
import sys
from pathlib import Path

PROGRAM = Path(__file__).parent / "zygote.py"


class Life:
    """One process."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @property
    def returncode(self) -> int | None:
        return self.ended.result() if self.ended.done() else None

    def send_signal(self, number: int) -> None:
        """Nothing happens if it has ended."""
        if not self.ended.done():
            os.kill(self.pid, number)

    async def wait(self) -> int:
        return await asyncio.shield(self.ended)


class Lives:
    """One process at a time; the next may begin once the last has ended. `log` gets what they say."""

    def __init__(self, *arguments: str, log: Path) -> None:
        self.arguments = arguments
        self.log = log
        self._zygote: asyncio.subprocess.Process | None = None
        self._life: Life | None = None
        self._reading: asyncio.Task[None] | None = None

    async def begin(self) -> Life:
        """A new process."""
        if self._zygote is None:
            self._zygote = await self._start()
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        assert self._life is None or self._life.returncode is not None, "one at a time"
        self._zygote.stdin.write(b".")
        await self._zygote.stdin.drain()
        life = self._life = Life(int(await self._zygote.stdout.readline()))
        self._reading = asyncio.create_task(self._await_end(self._zygote.stdout, life))
        return life

    async def close(self) -> None:
        """End whatever runs."""
        if self._zygote is None:
            return
        if self._life is not None:
            self._life.send_signal(signal.SIGKILL)
            await self._life.wait()
        self._zygote.kill()
        await self._zygote.wait()
        self._zygote = None

    async def _start(self) -> asyncio.subprocess.Process:
        with self.log.open("ab") as log:
            started = await asyncio.create_subprocess_exec(
                sys.executable, str(PROGRAM), *self.arguments, stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE, stderr=log, env=os.environ | {"OMP_NUM_THREADS": "1"},
            )  # fmt: skip
        assert started.stdout is not None
        if await started.stdout.readline() != b"ready\n":
            raise RuntimeError(f"it does not start: {self.log.read_text()[-500:]}")
        return started

    @staticmethod
    async def _await_end(stdout: asyncio.StreamReader, life: Life) -> None:
        life.ended.set_result(int(await stdout.readline()))
