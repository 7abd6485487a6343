"""What the journal gets, over a real datagram socket that reads its protocol."""

import io
import json
import logging
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.config.settings import Settings
from brinkwatch.ops import journal
from brinkwatch.ops.journal import JournalHandler, connected, encode, fields
from brinkwatch.ops.logging import bind, configure


def decode(data: bytes) -> list[tuple[str, str]]:
    """The journal's side of the protocol."""
    found: list[tuple[str, str]] = []
    while data:
        name, _, data = data.partition(b"\n")
        (length,) = struct.unpack("<Q", data[:8])
        found.append((name.decode("ascii"), data[8 : 8 + length].decode()))
        assert data[8 + length : 9 + length] == b"\n"
        data = data[9 + length :]
    return found


class Journal:
    """The socket of a journal."""

    def __init__(self, path: Path) -> None:
        self.address = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.address)
        self.socket.settimeout(5)

    def next(self) -> dict[str, str]:
        data, files, _, _ = socket.recv_fds(self.socket, 1_000_000, 1)
        for file in files:
            with os.fdopen(os.dup(file), "rb") as reader:
                os.lseek(file, 0, os.SEEK_SET)
                data += reader.read()
            os.close(file)
        found = decode(data)
        assert len(dict(found)) == len(found)
        return dict(found)


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Journal]:
    """A journal that the process's log leads to, as under systemd."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    listening = Journal(tmp_path / "socket")
    with (tmp_path / "stderr").open("w") as stream:
        status = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")
        monkeypatch.setattr(journal.JournalHandler.__init__, "__defaults__", (listening.address, None))
        configure(Settings(), stream=stream)
        yield listening
        for handler in root.handlers:
            handler.close()
    listening.socket.close()
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    logging.captureWarnings(False)


def test_a_line_has_its_context_as_fields(heard: Journal) -> None:
    with bind(feed="wire", story="s1", item=7):
        structlog.get_logger("brinkwatch.x").warning("decided", reason="new")
    found = heard.next()
    assert {name: found[name] for name in ("FEED", "STORY", "ITEM", "REASON", "LOGGER", "PRIORITY")} == {
        "FEED": "wire", "STORY": "s1", "ITEM": "7", "REASON": "new", "LOGGER": "brinkwatch.x", "PRIORITY": "4",
    }  # fmt: skip
    assert found["SYSLOG_IDENTIFIER"] == "brinkwatch"
    assert json.loads(found["MESSAGE"])["event"] == "decided"
    assert "TIMESTAMP" not in found


def test_third_party_loggers_come_the_same_way(heard: Journal) -> None:
    logging.getLogger("somebody.else").error("took %d ms", 5, extra={"host": "x"})
    found = heard.next()
    assert (found["LOGGER"], found["HOST"], found["PRIORITY"]) == ("somebody.else", "x", "3")


def test_feed_text_can_neither_act_on_a_terminal_nor_make_a_field(heard: Journal) -> None:
    structlog.get_logger("a").info("item", title="a\x1b[2J\nPRIORITY=0\nb\u202e", **{"bad key\n=": "x", "_pid": "1"})
    found = heard.next()
    assert found["TITLE"].isprintable()
    assert found["BAD_KEY__"] == "x"
    assert found["PRIORITY"] == "6"
    assert "_PID" not in found
    assert "\x1b" not in found["MESSAGE"]


def test_a_record_larger_than_a_datagram_arrives_whole(heard: Journal) -> None:
    text = "x" * 900_000
    handler = JournalHandler(heard.address)
    handler.emit(logging.LogRecord("a", logging.INFO, "", 0, text, None, None))
    handler.close()
    assert heard.next()["MESSAGE"] == text


def test_a_journal_that_is_gone_loses_no_line(tmp_path: Path) -> None:
    stream = io.StringIO()
    handler = JournalHandler(str(tmp_path / "nobody"), stream)
    handler.emit(logging.LogRecord("a", logging.INFO, "", 0, "said all the same", None, None))
    handler.close()
    assert stream.getvalue() == "said all the same\n"


def test_a_stream_is_the_journals_only_if_it_is_the_very_one(tmp_path: Path) -> None:
    with (tmp_path / "a").open("w") as one, (tmp_path / "b").open("w") as other:
        status = os.fstat(one.fileno())
        env = {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}
        assert connected(one, env)
        assert not connected(other, env), "standard error was sent elsewhere"
        assert not connected(one, {})
    assert not connected(io.StringIO(), {"JOURNAL_STREAM": "1:2"})


@given(st.text(), st.dictionaries(st.text(), st.text() | st.integers() | st.none(), max_size=5))
def test_whatever_is_logged_can_be_read_back(message: str, event: dict[str, str | int | None]) -> None:
    found = fields(message, logging.INFO, event)
    read = decode(encode(found))
    assert [name for name, _ in read] == list(found)
    assert all(name.isascii() and name[0].isalpha() and name == name.upper() for name in found)
    assert [value for _, value in read] == [
        value.encode("utf-8", "backslashreplace").decode() for value in found.values()
    ]
