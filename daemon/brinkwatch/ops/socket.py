"""Answers one question per connection on a local socket, and asks it. Knows no stage: it is given what to answer.

The question is a line of JSON, `{"ask": "status"}`, and so is the answer. Who may open the socket, by its mode and the
state directory's, may ask.
"""

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import structlog

from brinkwatch.ops.paths import SOCKET

NAME = SOCKET
MODE = 0o660
LONGEST_QUESTION = 4096
LONGEST_PATH = 100  # a socket's address holds 107 bytes
SECONDS = 5.0
log = structlog.get_logger(__name__)

Answerer = Callable[[], Mapping[str, Any]]


@asynccontextmanager
async def answering(directory: Path, answers: Mapping[str, Answerer]) -> AsyncIterator[bool]:
    """Answer at the socket in `directory` inside the `with` block; False if there can be none, which is logged.

    The answers may block. A socket that an ended process left is replaced; one that answers is left alone.
    """
    path = directory / NAME
    try:
        if await asyncio.to_thread(_answers, path):
            log.warning("another process answers at the socket; `status` will ask that one", socket=str(path))
            yield False
            return
        listener = _listen(path)
    except OSError as error:
        log.warning("`brinkwatch status` cannot ask this daemon", socket=str(path), error=error.strerror or str(error))
        yield False
        return
    made = os.stat(path).st_ino  # noqa: PTH116 - of the socket itself
    server = await asyncio.start_unix_server(_handler(answers), sock=listener, limit=LONGEST_QUESTION)
    try:
        yield True
    finally:
        server.close()
        with suppress(OSError):
            if path.stat().st_ino == made:
                path.unlink()


def ask(directory: Path, question: str) -> dict[str, Any] | None:
    """The running daemon's answer; None where none runs. Raises OSError where it may not be asked or says nothing."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(SECONDS * 2)
        try:
            with _short(directory / NAME) as address:
                client.connect(address)
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            return None
        client.sendall(json.dumps({"ask": question}).encode() + b"\n")
        with client.makefile("rb") as answer:
            line = answer.readline()
    try:
        found = json.loads(line)
    except ValueError:
        raise OSError(None, "the daemon ended without an answer") from None
    if not isinstance(found, dict) or "error" in found:
        raise OSError(None, f"the daemon does not answer that: {found}")
    return found


def _handler(answers: Mapping[str, Answerer]) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                answer = await _answer(await reader.readline(), answers)
                writer.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
                await writer.drain()
        except (OSError, TimeoutError, ValueError):
            log.debug("a question at the socket was not understood, or its asker is gone", exc_info=True)
        except Exception:
            log.warning("a question at the socket could not be answered", exc_info=True)
        finally:
            writer.close()

    return handle


async def _answer(line: bytes, answers: Mapping[str, Answerer]) -> Mapping[str, Any]:
    try:
        question = json.loads(line)
    except ValueError:
        question = None
    wanted = question.get("ask") if isinstance(question, dict) else None
    if not isinstance(wanted, str) or wanted not in answers:
        return {"error": 'ask {"ask": ' + " | ".join(f'"{name}"' for name in answers) + "}"}
    return await asyncio.to_thread(answers[wanted])


def _answers(path: Path) -> bool:
    """Whether a living process listens there."""
    with socket.socket(socket.AF_UNIX) as probe, _short(path) as address:
        probe.settimeout(1.0)
        try:
            probe.connect(address)
        except (FileNotFoundError, ConnectionRefusedError):
            return False
    return True


def _listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    try:
        os.fchmod(
            listener.fileno(), MODE
        )  # before `bind` makes the file: there is no moment in which others may open it
        with _short(path) as address:
            listener.bind(address)
    except OSError:
        listener.close()
        raise
    listener.listen()
    return listener


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """An address for the path that fits into a socket's: through the open directory where it is long (Linux)."""
    if len(os.fsencode(path)) <= LONGEST_PATH:
        yield str(path)
        return
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)
