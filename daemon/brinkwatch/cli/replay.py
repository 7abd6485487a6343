"""`brinkwatch replay`: reads items, runs `engine.replay` over them, prints the decisions. Sends nothing."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO, TextIO

from rich.console import Console
from rich.progress import Progress

from brinkwatch.cli.lines import LineError, OptionalMoment, OptionalText, Record, Title, read, write
from brinkwatch.config.settings import Settings
from brinkwatch.engine.replay import Arrival, Replay
from brinkwatch.items.clean import clean
from brinkwatch.ops.logging import configure
from brinkwatch.signals.load import load_classifier, load_embedder


class Question(Record):
    """One line of the input. It arrives at `seen`, else at `published`; one of the two must be there."""

    title: Title
    summary: OptionalText = ""
    link: OptionalText = ""
    feed: OptionalText = ""
    published: OptionalMoment = None
    seen: OptionalMoment = None


def run(items: Path, stdout: TextIO, settings: Settings, *, progress: bool) -> int:
    """Print every decision by time, then the wrong lines; returns 1 if there were any. Raises ModelError."""
    configure(quiet(settings))
    with nullcontext(sys.stdin.buffer) if str(items) == "-" else items.open("rb") as lines:
        arrivals, wrong = arrivals_of(lines)
    replay = Replay(settings, load_classifier(settings.classifier), load_embedder(settings.classifier))
    with Progress(console=Console(stderr=True), disable=not progress) as bar:
        task = bar.add_task("replay", total=len(arrivals))
        replay.run(arrivals, lambda done: bar.update(task, completed=done))
    written = write(stdout, replay.lines()) and write(stdout, (line.answer() for line in wrong))
    return 1 if wrong or not written else 0


def arrivals_of(lines: BinaryIO) -> tuple[list[Arrival], list[LineError]]:
    """The items of the input, and what is wrong with the lines that hold none."""
    arrivals: list[Arrival] = []
    wrong: list[LineError] = []
    for line in read(lines, Question):
        if isinstance(line, LineError):
            wrong.append(line)
            continue
        record = line.record
        seen = record.seen or record.published
        if seen is None:
            wrong.append(LineError("neither `seen` nor `published` is there", line.line))
            continue
        if clean(record.title, record.summary) is None:
            wrong.append(LineError("title: nothing but markup", line.line))
            continue
        arrivals.append(
            Arrival(
                id=record.id,
                title=record.title,
                summary=record.summary,
                link=record.link or None,
                feed=record.feed,
                published=record.published or seen,
                seen=seen,
            )
        )
    return arrivals, wrong


def quiet(settings: Settings) -> Settings:
    """The settings with a log that speaks only of errors."""
    return settings.model_copy(update={"logging": settings.logging.model_copy(update={"level": "error"})})
