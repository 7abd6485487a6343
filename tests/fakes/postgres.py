"""A PostgreSQL server of its own, on loopback, gone afterwards; and empty databases on it."""

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DEBIAN_POSTGRESQL = Path("/usr/lib/postgresql")
ADDRESS = "127.0.0.1"


def binaries() -> Path | None:
    """The folder of `initdb` and `pg_ctl`: Debian keeps them off the PATH, one folder per version."""
    versions = sorted(DEBIAN_POSTGRESQL.glob("*/bin"), key=lambda path: float(path.parent.name))
    for folder in reversed(versions):
        if (folder / "pg_ctl").exists():
            return folder
    found = shutil.which("pg_ctl")
    return Path(found).resolve().parent if found else None


@contextmanager
def server(tools: Path) -> Iterator[str]:
    """Start a server with the binaries in `tools`; yields its address. Raises RuntimeError with what it said."""
    # PostgreSQL refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="brinkwatch-pg-") as folder:
        data = Path(folder) / "data"
        if user is not None:
            shutil.chown(folder, user)

        def call(*command: str) -> None:
            done = subprocess.run(command, cwd=folder, user=user, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(f"{Path(command[0]).name} failed: {done.stderr or done.stdout}")

        make = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        call(f"{tools}/initdb", f"--pgdata={data}", *make)
        with socket.socket() as probe:
            probe.bind((ADDRESS, 0))
            port = int(probe.getsockname()[1])
        options = f"-c listen_addresses={ADDRESS} -c port={port} -c unix_socket_directories='' -c fsync=off"
        log = Path(folder) / "log"
        call(f"{tools}/pg_ctl", f"--pgdata={data}", f"--log={log}", f"--options={options}", "--wait", "start")
        try:
            yield f"postgresql+psycopg://postgres@{ADDRESS}:{port}"
        finally:
            call(f"{tools}/pg_ctl", f"--pgdata={data}", "--mode=immediate", "stop")


@contextmanager
def empty_database(address: str) -> Iterator[str]:
    """The address of a new database on a server; it is dropped afterwards."""
    import psycopg

    name = f"t{uuid.uuid4().hex}"
    maintenance = address.replace("+psycopg", "") + "/postgres"
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    yield f"{address}/{name}"
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")
