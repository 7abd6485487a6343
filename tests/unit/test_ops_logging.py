"""What reaches the log, and what must not."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from pydantic import SecretStr

from brinkwatch.config.settings import Logging, Settings, Slack, Store
from brinkwatch.ops.logging import bind, configure, hide
from brinkwatch.ops.logtext import escape


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    logging.captureWarnings(False)


def start(form: str = "json", level: str = "info", **blocks: object) -> io.StringIO:
    stream = io.StringIO()
    settings = Settings.model_validate({"logging": {"format": form, "level": level}, **blocks})
    configure(settings, stream=stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_the_bound_context() -> None:
    stream = start()
    with bind(feed="bbc", item=7):
        structlog.get_logger("brinkwatch.x").info("polled", entries=3)
    structlog.get_logger("brinkwatch.x").warning("after")
    first, second = lines(stream)
    assert first | {"timestamp": ""} == {
        "event": "polled",
        "level": "info",
        "logger": "brinkwatch.x",
        "timestamp": "",
        "feed": "bbc",
        "item": 7,
        "entries": 3,
    }
    assert str(first["timestamp"]).endswith("Z")
    assert "feed" not in second


def test_third_party_loggers_come_the_same_way() -> None:
    stream = start()
    logging.getLogger("somebody.else").warning("took %d ms", 5, extra={"host": "x"})
    (line,) = lines(stream)
    assert (line["event"], line["logger"], line["level"], line["host"]) == (
        "took 5 ms",
        "somebody.else",
        "warning",
        "x",
    )


def test_levels_are_kept() -> None:
    stream = start(level="warning")
    structlog.get_logger("a").info("no")
    logging.getLogger("b").info("no")
    structlog.get_logger("a").error("yes")
    assert [line["event"] for line in lines(stream)] == ["yes"]


def test_the_libraries_are_quiet_unless_debugging() -> None:
    stream = start()
    logging.getLogger("apscheduler.executors.default").info("running job")
    assert lines(stream) == []
    stream = start(level="debug")
    logging.getLogger("apscheduler.executors.default").info("running job")
    assert len(lines(stream)) == 1


@pytest.mark.parametrize("form", ["json", "console"])
def test_text_of_feeds_cannot_act_on_a_terminal(form: str) -> None:
    stream = start(form)
    hostile = "a\x1b[2Jb\x9bc\r\nd\u202ee\u2028f\ud800g\x07"
    structlog.get_logger("a").info("item", title=hostile, nested={hostile: [hostile]})
    logging.getLogger("b").warning("title %s", hostile)
    written = stream.getvalue()
    assert len(written.splitlines()) == 2
    assert all(c.isprintable() or c == "\n" for c in written)
    written.encode()


@pytest.mark.parametrize("form", ["json", "console"])
def test_tracebacks_are_written_and_inert(form: str) -> None:
    stream = start(form)
    try:
        raise ValueError("bad \x1b[31m title")
    except ValueError:
        structlog.get_logger("a").exception("failed")
    written = stream.getvalue()
    assert "Traceback (most recent call last)" in written
    assert "\x1b" not in written
    if form == "json":
        assert "\n" in str(lines(stream)[0]["exception"])
    else:
        assert len(written.splitlines()) > 3


@pytest.mark.parametrize("form", ["json", "console"])
def test_known_secrets_are_never_written(form: str) -> None:
    stream = io.StringIO()
    configure(
        Settings(
            logging=Logging(format="json" if form == "json" else "console"),
            slack=Slack(token=SecretStr("planted-one")),
            store=Store(url=SecretStr("postgresql://user:planted%40two@host/db")),
        ),
        secrets=["planted-three"],
        stream=stream,
    )
    hide("planted-four")
    secrets = "planted-one planted@two planted%40two planted-three planted-four xoxb-never-seen-before"
    structlog.get_logger("a").info("x " + secrets, value=secrets, inside={"b": [secrets.encode()]})
    logging.getLogger("b").warning("y %s", secrets)
    try:
        raise RuntimeError(secrets)
    except RuntimeError as error:
        structlog.get_logger("a").exception("failed", error=error)
    written = stream.getvalue()
    for secret in secrets.split():
        assert secret not in written
    assert "•••" in written


def test_long_values_are_cut() -> None:
    stream = start()
    structlog.get_logger("a").info("x", title="t" * 10_000)
    assert len(stream.getvalue()) < 5_000


def test_console_is_for_terminals() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal, pipe = Terminal(), io.StringIO()
    configure(Settings(), stream=terminal)
    structlog.get_logger("a").info("hello")
    configure(Settings(), stream=pipe)
    structlog.get_logger("a").info("hello")
    assert not terminal.getvalue().startswith("{")
    assert json.loads(pipe.getvalue())["event"] == "hello"


def test_escape_leaves_ordinary_text_alone() -> None:
    assert escape("Kyjev – Київ, 基辅: “talks”") == "Kyjev – Київ, 基辅: “talks”"
    assert escape("a\tb\nc\x00", lines=True) == "a\tb\nc\\x00"
