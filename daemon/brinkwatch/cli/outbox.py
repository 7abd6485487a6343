"""`brinkwatch outbox …`: what waits to be sent, what was given up, another try for it, or none. Loads no classifier."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from brinkwatch.store.outbox import Notification

app = typer.Typer(help="Messages that wait to be sent or were given up.", invoke_without_command=True)

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="YAML file; default: the packaged defaults.", show_default=False),
]


@app.callback()
def show(
    context: typer.Context,
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """List what waits to be sent and what was given up, oldest first. `retry` tries again what was given up."""
    context.obj = config
    if context.invoked_subcommand is not None:
        return
    from brinkwatch.cli.stored import open_store
    from brinkwatch.config.load import load
    from brinkwatch.store import outbox

    database = open_store(load(config))
    if database is None:
        return
    try:
        with database.read() as connection:
            rows = outbox.unsettled(connection)
    finally:
        database.close()
    if as_json:
        for row in rows:
            typer.echo(json.dumps(_fields(row), ensure_ascii=False))
    elif rows:
        _print(rows)
    else:
        typer.echo("nothing waits, and nothing was given up")


@app.command()
def retry(
    context: typer.Context,
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID]…", help="Numbers that the list shows.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that was given up.")] = False,
    unseen: Annotated[
        bool, typer.Option("--unseen", help="Nobody saw it: send it without looking for it first.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Try again what was given up: the daemon sends it, at once if it runs, else at its next start.

    What people may have seen already is looked for first. An edit that a later one overtook is not made any more.
    """
    from datetime import UTC, datetime

    from brinkwatch.cli.stored import open_store
    from brinkwatch.config.load import load
    from brinkwatch.store import dead_letters, outbox

    if every == bool(ids):
        raise typer.BadParameter("give the numbers of messages that were given up; or --all")
    database = open_store(load(config or context.obj))
    if database is None:
        raise typer.Exit(1)
    try:
        with database.begin() as connection:
            done = dead_letters.redrive(connection, None if every else ids, datetime.now(UTC), unseen=unseen)
    finally:
        database.close()
    waiting = [number for number, state in done.items() if state is not outbox.State.SUPERSEDED]
    typer.echo(f"{len(waiting)} will be tried again" + (f": {', '.join(map(str, waiting))}" if waiting else ""))
    for number in done.keys() - set(waiting):
        typer.echo(f"{number}: a later edit has overtaken it; it is not made any more")
    _missing(ids, done)


@app.command()
def drop(
    context: typer.Context,
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID]…", help="Numbers that the list shows.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that was given up.")] = False,
    config: ConfigOption = None,
) -> None:
    """Strike what was given up from the list: nobody wants it any more. It stays in the store."""
    from datetime import UTC, datetime

    from brinkwatch.cli.stored import open_store
    from brinkwatch.config.load import load
    from brinkwatch.store import dead_letters

    if every == bool(ids):
        raise typer.BadParameter("give the numbers of messages that were given up; or --all")
    database = open_store(load(config or context.obj))
    if database is None:
        raise typer.Exit(1)
    try:
        with database.begin() as connection:
            done = dead_letters.drop(connection, None if every else ids, datetime.now(UTC))
    finally:
        database.close()
    typer.echo(f"{len(done)} dropped" + (f": {', '.join(map(str, done))}" if done else ""))
    _missing(ids, done)


def _missing(ids: "Sequence[int] | None", done: "Collection[int]") -> None:
    """Say which numbers were not given up, if there are any, and fail."""
    if missing := [number for number in ids or () if number not in done]:
        typer.echo(f"brinkwatch: not given up, or not there: {', '.join(map(str, missing))}", err=True)
        raise typer.Exit(1)


def _fields(row: "Notification") -> dict[str, Any]:
    from brinkwatch.alerts.card import rfc3339

    return {
        "id": row.id, "state": row.state, "receiver": row.receiver, "channel": row.channel, "kind": row.kind,
        "story": row.story, "attempts": row.attempts, "error": row.error, "text": row.text,
        "created_at": rfc3339(row.created_at),
        "next_attempt_at": None if row.state == "dead" else rfc3339(row.next_attempt_at),
    }  # fmt: skip


def _print(rows: "Sequence[Notification]") -> None:
    from datetime import UTC, datetime

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from brinkwatch.cli.times import from_now
    from brinkwatch.items.clean import clean_line

    now = datetime.now(UTC)
    table = Table("id", "state", "channel", "kind", "story", "attempts", "error", "next attempt")
    for row in rows:
        due = "" if row.state == "dead" else "now" if row.next_attempt_at <= now else from_now(row.next_attempt_at, now)
        words = (row.channel, row.kind, row.story or clean_line(row.text)[:60])
        table.add_row(
            str(row.id), row.state, *map(Text, words), str(row.attempts), Text((row.error or "")[:200]), due
        )  # fmt: skip
    Console().print(table)
