"""The local socket: who may ask, what is answered, and what an ended process leaves behind."""

import asyncio
import contextlib
import json
import socket
import stat
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from brinkwatch.ops.socket import NAME, answering, ask

ANSWERS = {"status": lambda: {"feeds": 3, "title": "Grenzübergänge"}}


async def asked(directory: Path, question: str = "status") -> dict[str, Any] | None:
    return await asyncio.to_thread(ask, directory, question)


async def raw(directory: Path, line: bytes) -> Any:
    reader, writer = await asyncio.open_unix_connection(str(directory / NAME))
    writer.write(line)
    answer = await reader.read()
    writer.close()
    return json.loads(answer)


async def test_one_question_gets_one_answer(tmp_path: Path) -> None:
    async with answering(tmp_path, ANSWERS) as there:
        assert there
        assert await asked(tmp_path) == {"feeds": 3, "title": "Grenzübergänge"}
        assert await asked(tmp_path) == {"feeds": 3, "title": "Grenzübergänge"}
    assert await asked(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


async def test_others_may_not_open_it(tmp_path: Path) -> None:
    async with answering(tmp_path, ANSWERS):
        assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) & 0o007 == 0


@pytest.mark.parametrize("line", [b"{}\n", b"nonsense\n", b"\xff\n", b'{"ask": ["status"]}\n', b'{"ask": "stop"}\n'])
async def test_a_question_it_does_not_know_is_told_what_there_is(tmp_path: Path, line: bytes) -> None:
    async with answering(tmp_path, ANSWERS):
        assert await raw(tmp_path, line) == {"error": 'ask {"ask": "status"}'}
        assert await asked(tmp_path)


async def test_an_endless_question_is_cut_off(tmp_path: Path) -> None:
    async with answering(tmp_path, ANSWERS):
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / NAME))
        writer.write(b"x" * 100_000)
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        assert await asked(tmp_path)


async def test_what_an_ended_process_left_is_replaced(tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / NAME))
    left.close()
    assert (tmp_path / NAME).exists()
    assert await asked(tmp_path) is None
    async with answering(tmp_path, ANSWERS):
        assert await asked(tmp_path)


async def test_a_socket_that_answers_is_left_alone(tmp_path: Path) -> None:
    async with answering(tmp_path, ANSWERS):
        with capture_logs() as logs:
            async with answering(tmp_path, {"status": lambda: {"second": True}}) as there:
                assert not there
        assert [line["log_level"] for line in logs] == ["warning"]
        assert await asked(tmp_path) == ANSWERS["status"]()


async def test_a_directory_that_cannot_be_written_stops_no_daemon(tmp_path: Path) -> None:
    with capture_logs() as logs:
        async with answering(tmp_path / "missing", ANSWERS) as there:
            assert not there
    assert "cannot ask this daemon" in logs[0]["event"]


async def test_a_long_path_works_like_a_short_one(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    async with answering(deep, ANSWERS):
        assert await asked(deep)
    assert await asked(deep) is None


async def test_an_answer_that_fails_is_no_answer_and_no_crash(tmp_path: Path) -> None:
    def broken() -> dict[str, Any]:
        raise RuntimeError("broken")

    async with answering(tmp_path, {"status": broken, "other": lambda: {"ok": 1}}):
        with pytest.raises(OSError, match="without an answer"):
            await asked(tmp_path)
        assert await asked(tmp_path, "other") == {"ok": 1}
