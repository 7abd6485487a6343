"""`brinkwatch summarize`: texts in, summaries out, one JSON object a line. Decides nothing; keeps no state."""

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, TextIO

from brinkwatch.alerts.summary import summarize
from brinkwatch.cli.lines import OptionalText, Record, answer_lines
from brinkwatch.config.settings import Settings


class Question(Record):
    """One line of the input. A text that is empty is answered with the title."""

    title: OptionalText = ""
    text: OptionalText


def answers(questions: Sequence[Question]) -> Iterator[dict[str, Any]]:
    """One answer per question, in order."""
    for question in questions:
        yield {"id": question.id, "summary": summarize(question.text, title=question.title)}


def run(stdin: BinaryIO, stdout: TextIO, settings: Settings) -> int:
    """Answer standard input and return the exit status: 1 if any line was wrong."""
    del settings
    return answer_lines(stdin, stdout, Question, answers)
