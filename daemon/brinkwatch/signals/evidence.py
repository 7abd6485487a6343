"""Which sentence carries a signal: which are worth scoring, and which of the scored wins. Pure."""

from collections.abc import Iterable, Mapping, Sequence

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


def choose(
    texts: Sequence[str],
    scores: Sequence[Floats],
    flagged: Sequence[Signal],
    *,
    title: str = "",
    limits: Mapping[Signal, float] | None = None,
) -> tuple[Evidence, ...]:
    """For each flagged signal the text with the highest probability, the earlier one of equals.

    `scores` holds the 18 calibrated probabilities of each text by itself, in catalogue order. The `title` gives way to
    a sentence that would be flagged by itself (at `limits`): it says more, and people see the title anyway.
    """
    found = []
    for signal in flagged:
        column = SIGNALS.index(signal)

        def worth(number: int, column: int = column, signal: Signal = signal) -> tuple[bool, float, int]:
            p = float(scores[number][column])
            says_more = limits is not None and texts[number] != title and p >= limits[signal]
            return says_more, p, -number

        best = max(range(len(texts)), key=worth)
        found.append(Evidence(texts[best], signal, round(float(scores[best][column]), DIGITS)))
    return tuple(found)
