"""`python -m brinkwatch.cli.preflight`, for the installer: whether this version can take over a store, before it does.

Prints one line; exits with 2 and the reason when it cannot. Changes nothing.
"""

import argparse
import os
import sys
from pathlib import Path

import typer

from brinkwatch.config.load import ConfigError, load
from brinkwatch.store.database import FILE_NAME, StoreError, refuse_newer, script_directory
from brinkwatch.store.sqlite_file import BadFile, revision


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--state-dir", type=Path, required=True, help="where the service keeps its state")
    options = parser.parse_args(arguments)
    try:
        typer.echo(judge(options.config, options.state_dir))
    except (ConfigError, StoreError) as error:
        typer.echo(error, err=True)
        return 2
    return 0


def judge(config: Path, state_dir: Path) -> str:
    """What will become of the store, in words. Raises StoreError or ConfigError."""
    settings = load(config, env={})
    if settings.store.url is not None:
        return "the store is a server: it is checked when the service starts; make a dump of it first"
    path = (settings.state_dir or state_dir) / FILE_NAME
    if not path.exists():
        return "there is no store yet"
    try:
        found, head = revision(path), script_directory().get_current_head()
    except BadFile as error:
        return f"the store is damaged ({error}): the daemon will set it aside"
    finally:
        _give_back(path)
    refuse_newer(found)
    if found in (None, head):
        return "the store needs no migration"
    return f"the store is migrated from revision {found} to {head}; a backup is made first"


def _give_back(path: Path) -> None:
    """What SQLite keeps beside the store belongs to whoever owns the store, although root has looked."""
    if os.geteuid() == 0:
        owner = path.stat()
        for suffix in ("-wal", "-shm"):
            beside = path.with_name(path.name + suffix)
            if beside.exists() and beside.stat().st_uid != owner.st_uid:
                os.chown(beside, owner.st_uid, owner.st_gid)


if __name__ == "__main__":
    sys.exit(main())
