"""What the service manager is told, over a real datagram socket."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from brinkwatch.ops.notify import LONGEST_STATUS, Notifier


class Manager:
    """The other end of the socket."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address.replace("@", "\0", 1))
        self.socket.setblocking(False)

    def heard(self) -> list[str]:
        found: list[str] = []
        while True:
            try:
                found.append(self.socket.recv(65_536).decode())
            except BlockingIOError:
                return found


@pytest.fixture(params=["path", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "notify") if request.param == "path" else f"@brinkwatch-{tmp_path.name}-{time.time_ns()}"


@pytest.fixture
def manager(address: str) -> Iterator[Manager]:
    listening = Manager(address)
    yield listening
    listening.socket.close()


def test_each_message_is_one_datagram(address: str, manager: Manager) -> None:
    notifier = Notifier(address)
    notifier.ready()
    notifier.alive()
    notifier.stopping()
    assert manager.heard() == ["READY=1", "WATCHDOG=1", "STOPPING=1"]


def test_a_reload_carries_the_moment_it_began(address: str, manager: Manager) -> None:
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    Notifier(address).reloading()
    (message,) = manager.heard()
    first, second = message.split("\n")
    assert first == "RELOADING=1"
    assert before <= int(second.removeprefix("MONOTONIC_USEC=")) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


def test_a_status_is_one_line_and_can_say_nothing_else(address: str, manager: Manager) -> None:
    Notifier(address).status("3 feeds\nREADY=1\n" + "x" * 1000)
    (message,) = manager.heard()
    assert message.startswith("STATUS=3 feeds READY=1 xxx")
    assert "\n" not in message
    assert len(message) == len("STATUS=") + LONGEST_STATUS


def test_without_a_manager_nothing_happens() -> None:
    Notifier.from_environment({}).ready()


def test_a_manager_that_is_gone_stops_nothing(address: str, manager: Manager) -> None:
    manager.socket.close()
    Notifier(address).ready()


def test_the_watchdog_is_taken_from_the_environment() -> None:
    env = {"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "120000000", "WATCHDOG_PID": "7"}
    assert Notifier.from_environment(env, pid=7).watchdog == 120.0
    assert Notifier.from_environment(env, pid=8).watchdog is None, "it is another process's"
    assert Notifier.from_environment({**env, "WATCHDOG_USEC": "soon"}, pid=7).watchdog is None
    del env["WATCHDOG_PID"]
    assert Notifier.from_environment(env, pid=8).watchdog == 120.0


def test_more_time_to_start_is_asked_for_now_and_then_however_often_a_step_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    notifier = Notifier("/nowhere")
    monkeypatch.setattr(notifier, "_send", lambda *lines: said.extend(lines))
    now = 0.0
    monkeypatch.setattr("brinkwatch.ops.notify.time.monotonic", lambda: now)
    for _ in range(100):
        notifier.starting()
    assert said == ["EXTEND_TIMEOUT_USEC=300000000"]
    now = 10.0
    notifier.starting()
    assert len(said) == 2
