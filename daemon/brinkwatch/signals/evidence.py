"""Which sentence carries a signal: which are worth scoring, and which of the scored wins. Pure."""

from collections.abc import Iterable, Sequence

from brinkwatch.signals.assessment import Evidence
from brinkwatch.signals.calibration import DIGITS, Floats
from brinkwatch.signals.catalogue import SIGNALS, Signal
from brinkwatch.signals.windows import Span

# News puts its news first. Of a long article the first sentences are scored, and those of the windows that flagged it.
FIRST_SENTENCES = 40


def worth_scoring(spans: Sequence[Span], telling: Iterable[Span], first: int = FIRST_SENTENCES) -> list[int]:
    """Numbers of the sentences to score: the first ones, and all that share a token with a telling window."""
    telling = list(telling)
    return [
        number
        for number, (start, end) in enumerate(spans)
        if start < end and (number < first or any(start < till and since < end for since, till in telling))
    ]


def choose(texts: Sequence[str], scores: Sequence[Floats], flagged: Sequence[Signal]) -> tuple[Evidence, ...]:
    """For each flagged signal the text with the highest probability, the earlier one of equals.

    `scores` holds the 18 calibrated probabilities of each text by itself, in catalogue order.
    """
    found = []
    for signal in flagged:
        column = SIGNALS.index(signal)
        best = max(range(len(texts)), key=lambda number: (scores[number][column], -number))
        found.append(Evidence(texts[best], signal, round(float(scores[best][column]), DIGITS)))
    return tuple(found)
