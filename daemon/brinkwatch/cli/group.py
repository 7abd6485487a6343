"""`brinkwatch group`: items in, the story of each out, one JSON object a line. Decides nothing; keeps no state."""

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, TextIO

from brinkwatch.cli.lines import Line, LineError, Moment, OptionalText, Record, Title, read, write
from brinkwatch.config.settings import Settings
from brinkwatch.items.item import ItemText
from brinkwatch.signals.classifier import Embedder
from brinkwatch.signals.load import load_embedder
from brinkwatch.stories.features import features
from brinkwatch.stories.group import group
from brinkwatch.stories.story import Features

BATCH = 256


class Question(Record):
    """One line of the input. `feed` changes nothing: who tells a story does not matter to which story it is."""

    title: Title
    summary: OptionalText = ""
    published: Moment
    feed: OptionalText = ""


def read_features(questions: Sequence[Question], embedder: Embedder) -> Iterator[tuple[str | int, Features]]:
    """Each item with what the decision compares."""
    for start in range(0, len(questions), BATCH):
        batch = questions[start : start + BATCH]
        vectors = embedder.embed([ItemText(q.title, q.summary) for q in batch])
        for question, vector in zip(batch, vectors, strict=True):
            yield question.id, features(question.title, question.summary, vector, question.published)


def run(stdin: BinaryIO, stdout: TextIO, settings: Settings) -> int:
    """Answer standard input and return the exit status: 1 if any line was wrong. Raises ModelError.

    The whole input is read first, because its order does not matter.
    """
    lines = list(read(stdin, Question))
    questions = [line.record for line in lines if isinstance(line, Line)]
    stories: dict[str | int, str] = {}
    if questions:
        stories = group(read_features(questions, load_embedder(settings.classifier)), settings.stories)

    def answers() -> Iterator[dict[str, Any]]:
        for line in lines:
            if isinstance(line, LineError):
                yield line.answer()
            else:
                yield {"id": line.record.id, "story": stories[line.record.id]}

    written = write(stdout, answers())
    return 0 if written and len(questions) == len(lines) else 1
