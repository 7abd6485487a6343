"""`brinkwatch init [DIR]`: writes a commented configuration to start from, and the schema for editors beside it."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

# The file may come to hold a token: not for everybody to read.
PERMISSIONS = 0o640


def init(
    directory: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Where to write; made if it is not there.")
    ] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace a brinkwatch.yaml that is there already.")] = False,
    pack: Annotated[
        list[str] | None,
        typer.Option("--pack", help="A pack of feeds in place of the default ones; may be given again, or `all`."),
    ] = None,
) -> None:
    """Write a commented brinkwatch.yaml and its schema into DIR (default: here).

    On a terminal it asks which packs of feeds to take; `brinkwatch feeds packs` lists them.
    """
    from brinkwatch.config.default import FILE_NAME as YAML
    from brinkwatch.config.default import default_file
    from brinkwatch.config.schema import FILE_NAME as SCHEMA
    from brinkwatch.config.schema import schema_text

    file = directory / YAML
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if not force and file.exists():
            raise FileExistsError
        text = _text(default_file().read_text(encoding="utf-8"), pack)
        _write(file, text, PERMISSIONS, replace=force)
        # The schema belongs to the version, not to the user: it is always the present one.
        _write(directory / SCHEMA, schema_text(), 0o644, replace=True)
    except FileExistsError:
        if not file.exists():  # It is DIR that is there already, and a file.
            typer.echo(f"brinkwatch: {directory} cannot be written: it is not a directory", err=True)
            raise typer.Exit(1) from None
        typer.echo(f"brinkwatch: {file} is there already; --force replaces it", err=True)
        raise typer.Exit(1) from None
    except OSError as error:
        typer.echo(f"brinkwatch: {error.filename or directory} cannot be written: {error.strerror}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"""{file} is written, and {SCHEMA} for your editor beside it. What to do next:
  1. Choose the feeds and the channel in {file}.
  2. Try the addresses:    brinkwatch feeds check --all --config {file}
  3. Check the file:       brinkwatch config check {file}
  4. Run it:               brinkwatch run --config {file}
Alerts appear in the terminal until there is a Slack token, for example in BRINKWATCH_SLACK_TOKEN.""")


def _text(text: str, wanted: list[str] | None) -> str:
    """The file's text with the packs that are wanted, or chosen now. Exits with 2 for a pack that is not there."""
    if wanted is None and not (sys.stdin.isatty() and sys.stdout.isatty()):
        return text
    from brinkwatch.config.catalogue import packs, with_packs

    there = packs()
    if wanted is None:
        for name, pack in there.items():
            typer.echo(f"  {name:<18}{len(pack.feeds):>4}  {pack.title}")
        question = "Packs of feeds, separated by spaces, or `all` (Enter: a selection of them)"
        wanted = typer.prompt(question, default="", show_default=False).split()
    names = [name for each in wanted for name in each.replace(",", " ").split()]
    if not names:
        return text
    names = list(there) if "all" in names else names
    if unknown := [name for name in names if name not in there]:
        typer.echo(f"brinkwatch: no pack is called {', '.join(unknown)}; there are: {', '.join(there)}", err=True)
        raise typer.Exit(2)
    return with_packs(text, names)


def _write(path: Path, text: str, permissions: int, *, replace: bool) -> None:
    """Write the file whole or not at all. Raises FileExistsError unless `replace`, and OSError."""
    if not replace:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, permissions)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        return
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, permissions)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
