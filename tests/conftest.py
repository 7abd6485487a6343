"""What every test may ask for: a database of either kind, a PostgreSQL server, a free port.

What a test needs and the machine does not have makes it skip; where CI=true it makes it fail, so that nothing is
left out unnoticed there.
"""

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from brinkwatch.store.database import Database
from fakes import postgres
from fakes.means import CI, lacking

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
    tools = postgres.binaries()
    if tools is None:
        lacking("the PostgreSQL server binaries (Debian: postgresql)")
    try:
        with postgres.server(tools) as address:
            yield address
    except RuntimeError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database of its own."""
    with postgres.empty_database(postgres_server) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated store; the test runs once on each kind."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    opened = Database.open(url, tmp_path)
    yield opened
    opened.close()
