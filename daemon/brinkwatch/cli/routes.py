"""`brinkwatch routes …`: shows the way of an item down the routes, and why. Opens no store and sends nothing."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from brinkwatch.alerts.matching import Check
    from brinkwatch.alerts.routes import Visit

app = typer.Typer(help="Which stories go where.", no_args_is_help=True)

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="YAML file; default: the packaged defaults.", show_default=False),
]


@app.callback()
def _routes() -> None:
    """Which stories go where."""


@app.command("test")
def ask(
    title: Annotated[str | None, typer.Option("--title", help="A text for the classifier.", show_default=False)] = None,
    summary: Annotated[str, typer.Option("--summary", help="Its summary.", show_default=False)] = "",
    feed: Annotated[str, typer.Option("--feed", help="The feed it is from, by id.", show_default=False)] = "",
    signal: Annotated[
        list[str] | None, typer.Option("--signal", help="A signal it carries, in place of the classifier's word.")
    ] = None,
    tier: Annotated[str | None, typer.Option("--tier", help="Its tier, in place of the one it would have.")] = None,
    name: Annotated[list[str] | None, typer.Option("--name", help="An actor or a place that it names as well.")] = None,
    language: Annotated[str, typer.Option("--language", help="Its language (ISO 639-1).", show_default=False)] = "",
    config: ConfigOption = None,
) -> None:
    """Show which routes would take an item as the first of a story, and which not, with what each asked.

    Exits with 1 if none takes it.
    """
    from brinkwatch.config.load import load
    from brinkwatch.engine.wayfinding import Asked, way

    if title is None and not signal:
        raise typer.BadParameter("give a text with --title, or signals with --signal")
    settings = load(config, env={})
    if feed and feed not in {known.id for known in settings.feeds}:
        raise typer.BadParameter(f"the configuration has no feed {feed!r}", param_hint="--feed")
    try:
        asked = Asked.of(title or "", summary, feed, signal or (), tier, name or (), language)
    except (KeyError, ValueError) as error:
        raise typer.BadParameter(str(error.args[0])) from None
    found = way(settings, asked)
    story = found.story
    flagged = ", ".join(f"{signal} {probability:.0%}" for signal, probability in story.signals.items()) or "no signal"
    typer.echo(f"{story.tier.word}, {story.direction}: {flagged}")
    for visit in found.visits:
        for line in _lines(visit):
            typer.echo(line)
    if found.form.value in ("correction", "no_news"):
        typer.echo(f"by its title no report ({found.form.value.replace('_', ' ')}): by itself it alerts nobody")
    taken = [visit.route for visit in found.visits if visit.takes]
    if not taken:
        typer.echo(f"no route takes it ({found.why_nobody})")
        raise typer.Exit(1)
    typer.echo("told by: " + ", ".join(f"{route.label} in {route.channel}" for route in taken))


def _lines(visit: "Visit") -> list[str]:
    indent = "  " * visit.depth
    took = "takes it" if visit.takes else "matches; a route under it takes it" if visit.matches else "does not match"
    goes_on = ", and the next is asked as well (continue)" if visit.matches and visit.route.continue_ else ""
    asked = (check for check in visit.checks if not (check.fits and check.word == "thresholds"))
    return [f"{indent}{visit.route.label}: {took}{goes_on}", *(f"{indent}  {_said(check)}" for check in asked)]


def _said(check: "Check") -> str:
    found = ", ".join(check.found) or "none"
    if check.word == "min_tier":
        return f"{'yes' if check.fits else 'no '}  min_tier {check.wanted[0]}: it is {found}"
    if check.word == "thresholds":
        return "no   no signal passes the thresholds"
    return f"{'yes' if check.fits else 'no '}  {check.word} {', '.join(check.wanted)}: it has {found}"
