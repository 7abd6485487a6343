"""Parses documents in a process of its own, bounded in time and memory: a hostile feed costs one worker, never the
daemon.

A process and not a thread: a thread that a document holds up can be neither stopped nor limited in memory, and holds
the interpreter's lock against the event loop. The worker is a plain child that loads feedparser and nothing of the
classifier, and answers in JSON, so that nothing which a document makes of it can run here.

On the wire, both ways: frames of a 4-byte length and that many bytes. A request is a frame of JSON (`content_type`,
`url`) and one with the body; an answer is a frame of JSON.
"""

import asyncio
import contextlib
import json
import os
import resource
import signal
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from brinkwatch.feeds.entry import Entry, ParsedFeed
from brinkwatch.feeds.notafeed import NotAFeed

TIME_LIMIT = timedelta(seconds=10)
MEMORY_BYTES = 250_000_000
RETIRE_BYTES = 150_000_000
LONGEST_ANSWER = 200_000_000


Answer = ParsedFeed | NotAFeed | str


class _Died(Exception):  # noqa: N818 - it says what happened
    """The worker ended in the middle of a document, or answered nonsense."""


@dataclass(frozen=True, slots=True)
class _Worker:
    process: asyncio.subprocess.Process
    requests: asyncio.StreamWriter
    answers: asyncio.StreamReader

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()

    async def ask(self, request: Mapping[str, Any], body: bytes) -> tuple[Answer, bool]:
        """The answer, and whether the worker may stay. Raises _Died."""
        try:
            self.requests.writelines((_frame(json.dumps(request).encode()), _frame(body)))
            await self.requests.drain()
            (length,) = struct.unpack(">I", await self.answers.readexactly(4))
            if length > LONGEST_ANSWER:
                raise ValueError("an answer larger than any feed")
            answer = json.loads(await self.answers.readexactly(length))
            stays = not answer.pop("retire")
            if "kind" in answer:
                return NotAFeed(**answer), stays
            return (str(answer["text"]) if "text" in answer else from_json(answer)), stays
        except (OSError, asyncio.IncompleteReadError, ValueError, TypeError, KeyError) as error:
            raise _Died from error


class ParseWorkers:
    """Worker processes, started when first needed. Use within a running event loop; close at the end."""

    def __init__(self, count: int = 2, time_limit: timedelta = TIME_LIMIT, memory_bytes: int = MEMORY_BYTES) -> None:
        self._limit = time_limit.total_seconds()
        self._memory_bytes = memory_bytes
        self._free: asyncio.LifoQueue[_Worker | None] = asyncio.LifoQueue()
        for _ in range(count):
            self._free.put_nowait(None)
        self._started: list[_Worker] = []

    async def parse(self, body: bytes, *, content_type: str | None, url: str) -> ParsedFeed:
        """As `parse.parse`; also raises NotAFeed (`hostile`) when the bounds of time or memory are reached."""
        answer = await self._work({"content_type": content_type, "url": url}, body)
        if not isinstance(answer, ParsedFeed):
            raise NotAFeed("unreadable", "the answer is no feed")
        return answer

    async def article(self, body: bytes) -> str:
        """As `article.article_text`, within the same bounds."""
        answer = await self._work({"article": True}, body)
        if not isinstance(answer, str):
            raise NotAFeed("unreadable", "the answer is no article")
        return answer

    async def _work(self, request: Mapping[str, Any], body: bytes) -> ParsedFeed | str:
        """The worker's answer to one request. Raises NotAFeed."""
        worker = await self._free.get()
        stays = False
        try:
            if worker is not None:
                try:
                    answer, stays = await self._ask(worker, request, body)
                except _Died:
                    worker.kill()
                    worker = None  # perhaps it had ended before it saw this document: a fresh one decides
            if worker is None:
                worker = await self._start()
                answer, stays = await self._ask(worker, request, body)
        except _Died:
            raise NotAFeed("hostile", "reading the document ended the process that did it") from None
        except TimeoutError:
            raise NotAFeed("hostile", f"reading the document takes longer than {self._limit:g} s") from None
        except OSError as error:
            raise NotAFeed("unreadable", f"no process can be started to read it: {error.strerror}") from None
        finally:
            # Also after a cancellation: a worker in the middle of an answer is of no further use.
            if worker is not None and not stays:
                worker.kill()
            self._free.put_nowait(worker if stays else None)
        if isinstance(answer, NotAFeed):
            raise answer
        return answer

    async def close(self) -> None:
        """End the workers. What is still being parsed ends as `hostile`."""
        for worker in self._started:
            worker.kill()
        for worker in self._started:
            await worker.process.wait()
        self._started.clear()

    async def _ask(self, worker: _Worker, request: Mapping[str, Any], body: bytes) -> tuple[Answer, bool]:
        async with asyncio.timeout(self._limit):
            return await worker.ask(request, body)

    async def _start(self) -> _Worker:
        self._started = [worker for worker in self._started if worker.process.returncode is None]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "brinkwatch.feeds.worker",
            str(self._memory_bytes),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=_environment(),
        )
        if process.stdin is None or process.stdout is None:
            raise OSError("the process has no pipes")
        worker = _Worker(process, process.stdin, process.stdout)
        self._started.append(worker)
        return worker


def _environment() -> dict[str, str]:
    """What the worker may know: where Python's modules are, and no credentials."""
    kept = ("PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")
    return {name: os.environ[name] for name in kept if name in os.environ}


def _frame(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


_FEED = [field.name for field in fields(ParsedFeed)]
_ENTRY = [field.name for field in fields(Entry)]


def to_json(feed: ParsedFeed) -> dict[str, Any]:
    """What `from_json` reads back. `asdict` would do, and takes as long as half of the parsing."""
    entries = [{name: getattr(entry, name) for name in _ENTRY} for entry in feed.entries]
    for entry in entries:
        for name in ("published", "updated"):
            entry[name] = entry[name] and entry[name].isoformat()
    return {**{name: getattr(feed, name) for name in _FEED}, "entries": entries}


def from_json(data: Mapping[str, Any]) -> ParsedFeed:
    entries = [
        Entry(**{**entry, **{n: entry[n] and datetime.fromisoformat(entry[n]) for n in ("published", "updated")}})
        for entry in data["entries"]
    ]
    lists = {name: tuple(data[name]) for name in ("problems", "skip_hours", "skip_days")}
    return ParsedFeed(**{**data, **lists, "entries": tuple(entries)})


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """The worker's life: answer until there are no more requests, or until a document has left it fat."""
    from brinkwatch.feeds.article import article_text
    from brinkwatch.feeds.parse import parse

    while len(head := requests.read(4)) == 4:
        request = json.loads(requests.read(struct.unpack(">I", head)[0]))
        body = requests.read(struct.unpack(">I", requests.read(4))[0])
        # Should the daemon die meanwhile, nobody else ends a worker that hangs.
        signal.setitimer(signal.ITIMER_REAL, 2 * TIME_LIMIT.total_seconds())
        try:
            answer = (
                {"text": article_text(body)}
                if request.get("article")
                else to_json(parse(body, content_type=request["content_type"], url=request["url"]))
            )
            encoded = json.dumps(answer | {"retire": _is_fat()})
        except NotAFeed as error:
            encoded = json.dumps({"kind": error.kind, "words": error.words, "retire": _is_fat()})
        except MemoryError:
            encoded = json.dumps({"kind": "hostile", "words": "the document takes too much memory", "retire": True})
        signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(_frame(encoded.encode()))
        answers.flush()


def _is_fat() -> bool:
    # Not ru_maxrss: it begins with what the daemon had in memory when it started this process.
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() > RETIRE_BYTES


def _mapped() -> int:
    """Address space in use at the start: some systems map large locale files into every process."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def main(memory_bytes: int) -> None:
    """Run as a worker on stdin and stdout, with this much memory. The daemon ends it by closing the pipe."""
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.SIG_IGN)
    limit = _mapped() + memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main(int(sys.argv[1]))
