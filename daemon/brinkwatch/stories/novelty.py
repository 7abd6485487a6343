"""Says how much a report adds to what earlier reports of its story have said. Pure."""

from collections.abc import Iterable

from brinkwatch.stories.wordstock import tokens, weight


def adds(title: str, said: Iterable[frozenset[str]]) -> float:
    """The weight of the words of a title that no earlier report has: a rare word counts 1, a common one nearly 0."""
    known = frozenset().union(*said)
    return sum(weight(word) for word in tokens(title) - known)
