"""Says which actors of weight a title names: nuclear powers, and the states and groups of the flashpoints. Pure."""

from functools import cache

from brinkwatch.stories.entities import of_title
from brinkwatch.stories.tier import dyads

_ACTORS = ("state:", "group:")


@cache
def weighty() -> frozenset[str]:
    """The actors whose coming into a story is news by itself."""
    return frozenset(side for dyad in dyads() for side in (dyad.one, dyad.other) if side and side.startswith(_ACTORS))


def parties(title: str) -> frozenset[str]:
    """The actors of weight that a title names. What stands in the text alone is often background."""
    return of_title(title).all & weighty()
