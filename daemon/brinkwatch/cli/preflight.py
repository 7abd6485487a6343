"""`python -m brinkwatch.cli.preflight`, for the installer: whether this version can take over a store, before it does.

Prints one line; exits with 2 and the reason when it cannot. Changes nothing.
"""

import argparse
import sys
from pathlib import Path

import typer

from brinkwatch.config.load import ConfigError, load
from brinkwatch.store.fault import StoreError
from brinkwatch.store.revision import head, refuse_unknown, revision_of


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
    path = (settings.state_dir or state_dir) / "brinkwatch.db"
    if not path.exists():
        return "there is no store yet"
    revision = revision_of(path)
    refuse_unknown(revision)
    if revision in (None, head()):
        return "the store needs no migration"
    return f"the store is migrated from revision {revision} to {head()}; a copy is kept beside it"


if __name__ == "__main__":
    sys.exit(main())
