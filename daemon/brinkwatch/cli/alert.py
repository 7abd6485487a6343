"""`brinkwatch alert …`: tries whether alerts arrive. Loads no classifier and opens no store."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brinkwatch.config.alerting import Route
    from brinkwatch.config.settings import Settings
    from brinkwatch.engine.trial import Trial

app = typer.Typer(help="Try whether alerts arrive.", no_args_is_help=True)

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="YAML file; default: the packaged defaults.", show_default=False),
]


@app.callback()
def _alert() -> None:
    """Try whether alerts arrive."""


@app.command("test")
def send(
    route: Annotated[str | None, typer.Option("--route", "-r", help="Only this route, by its name or channel.")] = None,
    config: ConfigOption = None,
) -> None:
    """Send a card that says "This is a test" to each route, by whatever is configured, and say what became of it."""
    from brinkwatch.alerts.routes import plant
    from brinkwatch.config.load import load

    settings = load(config)
    every = [known for node in plant(settings.routes) for known in node.flat()]
    chosen = [known for known in every if route is None or route in (known.label, known.channel)]
    if not chosen:
        known_routes = ", ".join(known.label for known in every) or "none is configured"
        raise typer.BadParameter(f"there is no route {route!r}; there are: {known_routes}")
    found = asyncio.run(_try(settings, chosen))
    for one in found:
        typer.echo(_line(one))
    raise typer.Exit(any(one.state != "sent" for one in found))


async def _try(settings: "Settings", routes: "Sequence[Route]") -> "list[Trial]":
    from brinkwatch.app import present, receivers
    from brinkwatch.engine.trial import trial

    return await trial(routes, receivers(settings), present)


def _line(found: "Trial") -> str:
    where = f"{found.route}: {found.channel} by {found.receiver}"
    if found.state == "sent":
        return f"{where}: sent"
    unsure = found.state in ("ambiguous", "sending")
    words = "no answer, it may have been sent" if unsure else "not sent"
    because = f" ({found.error})" if found.error else ""
    return f"{where}: {words}{because}" + (f"; {found.mend}" if found.mend else "")
