"""Opens the store of a configuration for commands that look into it. Takes no daemon's place."""

from typing import TYPE_CHECKING

import typer

from brinkwatch.ops.paths import where_state_is

if TYPE_CHECKING:
    from brinkwatch.config.settings import Settings
    from brinkwatch.store.database import Database


def open_store(settings: "Settings") -> "Database | None":
    """The store, of a daemon that runs or does not; None, and a line that says so, if there is none yet.

    Raises StoreError. The caller closes it.
    """
    from brinkwatch.store.database import Database

    url = settings.store.url.get_secret_value() if settings.store.url else None
    directory = where_state_is(settings.state_dir)
    if url is None and not (directory / "brinkwatch.db").exists():
        typer.echo(f"no state yet in {directory}: `brinkwatch run` has not run with this configuration", err=True)
        return None
    database = Database.connect(url, directory)
    database.expect_current()
    return database
