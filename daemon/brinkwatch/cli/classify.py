"""`brinkwatch classify`: items in, assessments out, one JSON object a line. Decides nothing; keeps no state."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, TextIO

from brinkwatch.cli.lines import OptionalMoment, OptionalText, Record, Title, answer_lines
from brinkwatch.config.settings import Settings
from brinkwatch.items.item import ItemText
from brinkwatch.signals.catalogue import Signal
from brinkwatch.signals.classifier import Classifier
from brinkwatch.signals.describe import answer
from brinkwatch.signals.load import load_classifier


class Question(Record):
    """One line of the input. `summary` may be a whole article; `published` changes nothing, but must be a moment."""

    title: Title
    summary: OptionalText = ""
    published: OptionalMoment = None


def classify(
    questions: Sequence[Question], classifier: Classifier, thresholds: Mapping[Signal, float]
) -> Iterator[dict[str, Any]]:
    """One answer per question, in order."""
    texts = [ItemText(question.title, question.summary) for question in questions]
    for question, assessment in zip(questions, classifier.assess(texts, thresholds=thresholds), strict=True):
        yield answer(question.id, assessment)


def run(stdin: BinaryIO, stdout: TextIO, settings: Settings) -> int:
    """Answer standard input and return the exit status: 1 if any line was wrong. Raises ModelError."""
    classifier = load_classifier(settings.classifier)
    thresholds = settings.thresholds.resolve(dict(classifier.thresholds))
    return answer_lines(stdin, stdout, Question, lambda questions: classify(questions, classifier, thresholds))
