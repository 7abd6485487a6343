"""What every test may ask for: a database of either kind, a PostgreSQL server, a free port.

What a test needs and the machine does not have makes it skip; where CI=true it makes it fail, so that nothing is
left out unnoticed there.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import settings

from brinkwatch.store.database import Database

CI = os.environ.get("CI") == "true"
DEBIAN_POSTGRESQL = Path("/usr/lib/postgresql")
ADDRESS = "127.0.0.1"

# A busy machine makes single examples slow; that is no fault. In CI the same examples run every time.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if CI else "local")

# The hub is never asked, and onnxruntime reports nothing, whoever imports them first.
os.environ |= {"HF_HUB_OFFLINE": "1", "ORT_DISABLE_TELEMETRY": "1"}


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("slack_emulator") and not (shutil.which("node") and shutil.which("npm")):
        lacking("Node and npm")


def lacking(what: str) -> NoReturn:
    """Skip the test, or fail it in CI."""
    if CI:
        pytest.fail(f"CI must have {what}", pytrace=False)
    pytest.skip(f"needs {what}")


@pytest.fixture
def free_port() -> Callable[[], int]:
    """A function that gives a port nobody listens on now."""

    def pick() -> int:
        with socket.socket() as probe:
            probe.bind((ADDRESS, 0))
            return int(probe.getsockname()[1])

    return pick


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server of this test run; stops with it. Needs the server's binaries."""
    binaries = _postgresql_binaries()
    if binaries is None:
        lacking("the PostgreSQL server binaries (Debian: postgresql)")
    # PostgreSQL refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="brinkwatch-pg-") as folder:
        data = Path(folder) / "data"
        if user is not None:
            shutil.chown(folder, user)

        def call(*command: str) -> None:
            done = subprocess.run(command, cwd=folder, user=user, capture_output=True, text=True, check=False)
            if done.returncode:
                pytest.fail(f"{Path(command[0]).name} failed: {done.stderr or done.stdout}", pytrace=False)

        make = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        call(f"{binaries}/initdb", f"--pgdata={data}", *make)
        with socket.socket() as probe:
            probe.bind((ADDRESS, 0))
            port = int(probe.getsockname()[1])
        options = f"-c listen_addresses={ADDRESS} -c port={port} -c unix_socket_directories='' -c fsync=off"
        log = Path(folder) / "log"
        call(f"{binaries}/pg_ctl", f"--pgdata={data}", f"--log={log}", f"--options={options}", "--wait", "start")
        try:
            yield f"postgresql+psycopg://postgres@{ADDRESS}:{port}"
        finally:
            call(f"{binaries}/pg_ctl", f"--pgdata={data}", "--mode=immediate", "stop")


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database of its own."""
    import psycopg

    name = f"t{uuid.uuid4().hex}"
    server = postgres_server.replace("+psycopg", "") + "/postgres"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    yield f"{postgres_server}/{name}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated store; the test runs once on each kind."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    opened = Database.open(url, tmp_path)
    yield opened
    opened.close()


def _postgresql_binaries() -> Path | None:
    """The folder of `initdb` and `pg_ctl`: Debian keeps them off the PATH, one folder per version."""
    versions = sorted(DEBIAN_POSTGRESQL.glob("*/bin"), key=lambda path: float(path.parent.name))
    for folder in reversed(versions):
        if (folder / "pg_ctl").exists():
            return folder
    found = shutil.which("pg_ctl")
    return Path(found).resolve().parent if found else None
