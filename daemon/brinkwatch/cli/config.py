"""`brinkwatch config …`: validate a file, print the schema. Loads no classifier and touches no store."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Check a configuration, or print what one may hold.", no_args_is_help=True)


@app.command()
def check(file: Annotated[Path, typer.Argument(help="The YAML file.", show_default=False)]) -> None:
    """Validate FILE: one line for everything that is wrong with it, and exit code 1; or `ok` and 0."""
    from brinkwatch.alerts.routes import plant
    from brinkwatch.config.load import ConfigError, load

    try:
        settings = load(file)
    except ConfigError as error:
        for problem in error.problems:
            typer.echo(str(problem))
        raise typer.Exit(1) from None
    feeds, routes = len(settings.feeds), sum(1 for node in plant(settings.routes) for _ in node.flat())
    typer.echo(f"ok: {feeds} {'feed' if feeds == 1 else 'feeds'}, {routes} {'route' if routes == 1 else 'routes'}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of the configuration, for editors and other tools."""
    from brinkwatch.config.schema import schema_text

    typer.echo(schema_text(), nl=False)


@app.command()
def reference() -> None:
    """Print the reference of the configuration as Markdown: a table per block."""
    from brinkwatch.config.reference import reference as text

    typer.echo(text(), nl=False)
