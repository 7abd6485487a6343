"""`brinkwatch backtest`: what another configuration would have sent. Sends nothing and changes no store."""

import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import Progress

from brinkwatch.cli import backtest_picture
from brinkwatch.cli.backtest_view import as_json, show
from brinkwatch.cli.lines import write
from brinkwatch.cli.replay import arrivals_of, quiet
from brinkwatch.config.load import load
from brinkwatch.engine.backtest import Given, backtest
from brinkwatch.engine.sweep import STEPS, everywhere, own_thresholds
from brinkwatch.ops.logging import configure
from brinkwatch.signals.load import load_classifier, load_embedder

if TYPE_CHECKING:
    from brinkwatch.config import settings as configuration
    from brinkwatch.config.settings import Settings
    from brinkwatch.signals.catalogue import Signal
    from brinkwatch.signals.classifier import Classifier, Embedder
    from brinkwatch.store.past import PastItem

INSTALL = "pip install 'brinkwatch[plot]'"


def run(
    new: Path,
    present: Path | None,
    since: timedelta,
    items: Path | None,
    picture: Path | None,
    pick: int | None,
    *,
    quick: bool,
    plain: bool,
    progress: bool,
) -> int:
    """Print what would differ; 1 if there is nothing to run, or a line of `items` is wrong. Raises what `load` does."""
    if picture is not None and not backtest_picture.available():
        return _say(f"--picture needs matplotlib: {INSTALL}")
    # As every filter, a run over a file is hermetic; the store is found as the daemon finds it.
    old, other = (load(path) if items is None else load(path, env={}) for path in (present, new))
    configure(quiet(old))
    given, wrong = _given(old, since) if items is None else _from_file(items)
    if given is None:
        return 1
    steps = () if quick else STEPS
    with Progress(console=Console(stderr=True), disable=not progress) as bar:
        task = bar.add_task("backtest", total=given.size * (2 + len(steps)))
        found = backtest(given, old, other, _open, lambda done: bar.update(task, completed=done), steps)
    if plain:
        written = write(sys.stdout, [as_json(found)])
    else:
        show(found, Console())
        written = True
    if picture is not None:
        try:
            backtest_picture.draw(found, picture)
        except OSError as error:
            return _say(f"--picture: {picture} cannot be written: {error.strerror}")
    if pick is not None:
        for line in _picked(other, found.model, pick):
            typer.echo(line, err=plain)
    return 1 if wrong or not written else 0


def _open(settings: "configuration.Classifier") -> "tuple[Classifier, Embedder]":
    return load_classifier(settings), load_embedder(settings)


def _given(present: "Settings", since: timedelta) -> tuple[Given | None, bool]:
    """The items of the present configuration's store; those of one window before let stories be known."""
    from brinkwatch.cli.stored import open_store
    from brinkwatch.store.past import since as items_since

    database = open_store(present)
    if database is None:
        return None, False
    now = datetime.now(UTC)
    begin = now - since
    try:
        with database.read() as connection:
            found: list[PastItem] = items_since(connection, begin - present.stories.window)
    finally:
        database.close()
    given = Given(past=found, since=begin, now=now)
    if not given.count:
        _say("the store has no item of that time that could alert: give another --since, or a file with --items")
        return None, False
    return given, False


def _from_file(items: Path) -> tuple[Given | None, bool]:
    if str(items) == "-":
        arrivals, wrong = arrivals_of(sys.stdin.buffer)
    else:
        with items.open("rb") as lines:
            arrivals, wrong = arrivals_of(lines)
    for line in wrong:
        _say(f"{items} line {line.line}: {line.error}")
    if not arrivals:
        _say(f"{items} holds no item")
        return None, True
    return Given(arrivals=arrivals), bool(wrong)


def _picked(settings: "Settings", model: "Mapping[Signal, float]", percent: int) -> Iterator[str]:
    """The thresholds of a step as YAML, to be put into the configuration."""
    found = everywhere(settings.thresholds, model, percent)
    if own_thresholds(settings):
        yield "# Feeds or routes have thresholds of their own, which were moved as well: see to those by hand."
    yield "thresholds:"
    if found.default is not None:
        yield f"  default: {found.default:g}"
        return
    yield "  signals:"
    for signal, limit in found.signals.items():
        yield f"    {signal.value}: {limit:g}"


def _say(words: str) -> int:
    typer.echo(f"brinkwatch: {words}", err=True)
    return 1
