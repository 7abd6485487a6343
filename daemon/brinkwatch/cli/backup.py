"""`brinkwatch backup` and `brinkwatch restore`: the store as one file, and back. Loads no classifier."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from brinkwatch.config.settings import Settings
    from brinkwatch.store.database import Database

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="YAML file; default: the packaged defaults.", show_default=False),
]


def backup(
    file: Annotated[
        Path | None, typer.Argument(help="Default: a new file in `backups` of the state directory.")
    ] = None,
    config: ConfigOption = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
) -> None:
    """Copy the store to a file while the daemon runs, and check the copy.

    With PostgreSQL `pg_dump` is called, whose archive `brinkwatch restore` or `pg_restore` reads.
    """
    from datetime import UTC, datetime

    from brinkwatch.cli.stored import open_store
    from brinkwatch.config.load import load
    from brinkwatch.ops.paths import state_dir
    from brinkwatch.store import backups
    from brinkwatch.store.saving import save
    from brinkwatch.store.sqlite_file import stamp

    settings = load(config)
    database = open_store(settings)
    if database is None:
        raise typer.Exit(1)
    ending = ".db" if database.path is not None else ".dump"
    try:
        home = (database.path.parent if database.path is not None else state_dir(settings.state_dir)) / "backups"
        target = file or home / f"{backups.MANUAL}-{stamp(datetime.now(UTC))}{ending}"
        rows = save(database, target, force=force)
    finally:
        database.close()
    typer.echo(f"{target}: {target.stat().st_size:,} bytes" + (f", {rows:,} rows, checked" if rows is not None else ""))


def restore(
    file: Annotated[Path, typer.Argument(help="A backup that `brinkwatch backup` or the daemon has made.")],
    config: ConfigOption = None,
) -> None:
    """Put a backup in the place of the store. The daemon must not run; a SQLite store that is there is kept beside it.

    The first poll of each feed alerts nobody afterwards: what came since the backup may have been told.
    """
    from datetime import UTC, datetime

    from brinkwatch.config.load import load
    from brinkwatch.store.saving import bring_back

    settings = load(config)
    database = _to_replace(settings)
    try:
        former = bring_back(database, file, datetime.now(UTC))
    finally:
        database.close()
    typer.echo(f"restored from {file}")
    if former is not None:
        typer.echo(f"what was there before is kept as {former}")


def _to_replace(settings: "Settings") -> "Database":
    """The store, claimed as a daemon would. Raises StoreError."""
    from brinkwatch.ops.paths import state_dir
    from brinkwatch.store.database import Database

    url = settings.store.url.get_secret_value() if settings.store.url else None
    database = Database.connect(url, state_dir(settings.state_dir))
    database.claim()
    return database
