"""The command line: names, options and exit codes. Each command's work is elsewhere and imported when it runs."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brinkwatch import __version__
from brinkwatch.cli.alert import app as alert_app
from brinkwatch.cli.backup import backup, restore
from brinkwatch.cli.config import app as config_app
from brinkwatch.cli.feeds import app as feeds_app
from brinkwatch.cli.init import init
from brinkwatch.cli.outbox import app as outbox_app
from brinkwatch.cli.routes import app as routes_app
from brinkwatch.cli.silence import app as silence_app

if TYPE_CHECKING:
    from brinkwatch.config.settings import Settings

CANNOT_START = 2

app = typer.Typer(
    name="brinkwatch",
    help="Reads news feeds, follows crises between states, and alerts in Slack.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)
app.add_typer(config_app, name="config")
app.add_typer(feeds_app, name="feeds")
app.add_typer(outbox_app, name="outbox")
app.add_typer(alert_app, name="alert")
app.add_typer(routes_app, name="routes")
app.add_typer(silence_app, name="silence")
app.command()(init)
app.command()(backup)
app.command()(restore)

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="YAML file; default: the packaged defaults.", show_default=False),
]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"brinkwatch {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version


def _settings(config: Path | None) -> "Settings":
    from brinkwatch.config.load import load

    return load(config, env={})  # filters are hermetic: no variable changes an answer


@app.command()
def run(config: ConfigOption = None) -> None:
    """Run the daemon until SIGTERM or Ctrl-C. A changed configuration is taken up; SIGHUP has it read at once."""
    from brinkwatch.cli.run import run as work

    work(config)


@app.command()
def status(
    config: ConfigOption = None,
    days: Annotated[
        int, typer.Option("--days", min=0, help="Also show what became of the entries of so many days, by feed.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what the daemon is doing now, and whether every entry seen is accounted for; exits with 1 if not."""
    from brinkwatch.cli.status import run as work

    raise typer.Exit(work(config, days, as_json=as_json))


@app.command()
def doctor(
    config: ConfigOption = None,
    feeds: Annotated[bool, typer.Option("--feeds", help="Fetch every feed as well.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Look at everything that must be right for an alert to arrive, with the mend; exits with 1 on a failure."""
    from brinkwatch.cli.doctor import run as work

    raise typer.Exit(work(config, visit=feeds, as_json=as_json))


@app.command()
def demo() -> None:
    """Run the real daemon on bundled feeds over loopback and show its alerts here. Needs no token and no internet."""
    from brinkwatch.cli.demo import demo as work

    raise typer.Exit(work())


@app.command()
def classify(config: ConfigOption = None) -> None:
    """Filter: news items, one JSON object per line, to signals with probabilities."""
    from brinkwatch.cli.classify import run as work

    raise typer.Exit(work(sys.stdin.buffer, sys.stdout, _settings(config)))


@app.command()
def group(config: ConfigOption = None) -> None:
    """Filter: news items, one JSON object per line, to the story of each."""
    from brinkwatch.cli.group import run as work

    raise typer.Exit(work(sys.stdin.buffer, sys.stdout, _settings(config)))


@app.command()
def summarize(config: ConfigOption = None) -> None:
    """Filter: texts, one JSON object per line, to summaries of at most 3 sentences and 400 characters."""
    from brinkwatch.cli.summarize import run as work

    raise typer.Exit(work(sys.stdin.buffer, sys.stdout, _settings(config)))


def _readable(items: Path) -> Path:
    # Not opened: a named pipe can be opened only once.
    if str(items) != "-" and (items.is_dir() or not os.access(items, os.R_OK)):
        raise typer.BadParameter(f"{items} is no file that can be read")
    return items


def _readable_if_given(items: Path | None) -> Path | None:
    return None if items is None else _readable(items)


@app.command()
def replay(
    items: Annotated[
        Path,
        typer.Option("--items", callback=_readable, help="Items, one JSON object per line; `-`: standard input."),
    ],
    config: ConfigOption = None,
    progress: Annotated[bool, typer.Option("--progress", help="Show progress on standard error.")] = False,
) -> None:
    """Run the real stages over given items on a virtual clock and print each decision. Sends nothing."""
    from brinkwatch.cli.replay import run as work

    raise typer.Exit(work(items, sys.stdout, _settings(config), progress=progress))


@app.command()
def backtest(
    config: Annotated[Path, typer.Option("--config", "-c", metavar="NEW", help="The configuration to be tried.")],
    present: Annotated[
        Path | None,
        typer.Option(
            "--present", help="The one in use, whose store is read; default: the packaged defaults.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DURATION", help="How far back; default: 30d.", show_default=False),
    ] = None,
    items: Annotated[
        Path | None,
        typer.Option(
            "--items", callback=_readable_if_given, help="Items as of `replay`, in place of the store's.",
            show_default=False,
        ),
    ] = None,
    picture: Annotated[
        Path | None, typer.Option("--picture", metavar="FILE", help="Draw it as a PNG as well.", show_default=False)
    ] = None,
    pick: Annotated[
        int | None,
        typer.Option(
            "--pick", min=-99, max=99, metavar="PERCENT", show_default=False,
            help="Print the thresholds of a step, as YAML.",
        ),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out other thresholds: a fifth of the time.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    progress: Annotated[bool, typer.Option("--progress", help="Show progress on standard error.")] = False,
) -> None:  # fmt: skip
    """Run the items of the last weeks under another configuration and print what it would have sent more, less and
    otherwise. Sends nothing and changes no store."""
    from brinkwatch.cli.backtest import run as work
    from brinkwatch.config.duration import parse_duration

    if since is not None and items is not None:
        raise typer.BadParameter("give --since or --items, not both", param_hint="--since")
    try:
        span = parse_duration(since or "30d")
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--since") from None
    raise typer.Exit(work(config, present, span, items, picture, pick, quick=quick, plain=as_json, progress=progress))


@app.command()
def explain(
    words: Annotated[str, typer.Argument(metavar="ITEM|STORY", help="An id, an address, or words of a title.")],
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say why an item or a story is what it is: its assessment, its story and why, each decision and its reason."""
    from brinkwatch.cli.explain import run as work

    raise typer.Exit(work(words, config, as_json=as_json))


@app.command()
def stories(
    config: ConfigOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Closed ones as well.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most, the latest first.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """List the stories that are followed, the latest change first."""
    from brinkwatch.cli.stories import show as work

    raise typer.Exit(work(config, everything=everything, limit=limit, as_json=as_json))


@app.command()
def merge(
    story: Annotated[str, typer.Argument(metavar="STORY", help="Its id, or how it begins.")],
    other: Annotated[str, typer.Argument(metavar="STORY", help="The same of the other.")],
    config: ConfigOption = None,
) -> None:
    """Make two stories one, for good. A daemon that runs takes it over; the thread of the one that ends has a note."""
    from brinkwatch.cli.stories import merge as work

    raise typer.Exit(work(story, other, config))


@app.command()
def split(
    story: Annotated[str, typer.Argument(metavar="STORY", help="Its id, or how it begins.")],
    items: Annotated[list[int], typer.Argument(metavar="ITEM…", help="Numbers of its items; `explain` shows them.")],
    config: ConfigOption = None,
) -> None:
    """Make some items of a story a story of their own, for good. Nothing is sent for that."""
    from brinkwatch.cli.stories import split as work

    raise typer.Exit(work(story, items, config))


model_app = typer.Typer(help="The classifier that is configured.", no_args_is_help=True)
app.add_typer(model_app, name="model")


@model_app.callback()
def _model() -> None:
    """The classifier that is configured."""


@model_app.command("info")
def model_info(config: ConfigOption = None) -> None:
    """Show the model, its thresholds and its calibration."""
    from brinkwatch.cli.model import info as work

    work(_settings(config))


def main() -> None:
    """Run the command line. What a person can mend is told in a line on standard error, with exit code 2."""
    from brinkwatch.config.load import ConfigError
    from brinkwatch.ops.logging import configure

    configure()  # standard output is for answers
    try:
        app()
    except ConfigError as error:
        sys.exit(_refuse(str(error)))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        if type(error).__name__ in {
            "ModelError",
            "StoreError",
            "ListenError",
        }:  # their modules are heavy; do not import them here
            sys.exit(_refuse(str(error)))
        if type(error).__name__ == "Damaged":  # not exit code 2: the next start can mend it
            _refuse(str(error))
            sys.exit(1)
        raise


def _refuse(words: str) -> int:
    typer.echo(f"brinkwatch: {words}", err=True)
    return CANNOT_START
