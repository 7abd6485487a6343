"""Says what in two headlines tells two events apart: places, actors, ordinals, magnitudes, dates. Pure."""

from collections.abc import Iterable

from brinkwatch.stories import entities, numerals
from brinkwatch.stories.entities import PLACES, lies_in
from brinkwatch.stories.gazetteer import words
from brinkwatch.stories.story import Features

HEADLINE_WORDS = 16
"""A longer title is a sentence with background: names that differ in it prove little."""

MAGNITUDE_REVISION = 0.4
"""Seismologists revise a magnitude by less than this in the first days."""

_EXCLUSIVE = (("state:",), PLACES, ("person:",))
_SOFTER = ("group:", "org:")


def is_headline(title: str) -> bool:
    return len(words(title)) <= HEADLINE_WORDS


def _of(terms: Iterable[str], kinds: tuple[str, ...] | str) -> set[str]:
    return {term for term in terms if term.startswith(kinds)}


def _related(one: str, others: Iterable[str]) -> bool:
    return any(lies_in(one, other) or lies_in(other, one) for other in others)


def _unmatched(named: Iterable[str], kinds: tuple[str, ...] | str, other: Features) -> set[str]:
    """What a title names of these kinds that the other item nowhere touches on."""
    return {name for name in _of(named, kinds) if not _related(name, other.entities)}


def _each_alone(a: Features, b: Features, kinds: tuple[str, ...] | str) -> str | None:
    left = _unmatched(entities.of_title(a.title).named, kinds, b)
    right = _unmatched(entities.of_title(b.title).named, kinds, a)
    if left and right:
        return f"{', '.join(sorted(left))} against {', '.join(sorted(right))}"
    return None


def different_names(a: Features, b: Features) -> str | None:
    """Each title names a state, place or person that the other item does not: in words, or None."""
    for kinds in _EXCLUSIVE:
        if told := _each_alone(a, b, kinds):
            return told
    left, right = entities.of_title(a.title).loci, entities.of_title(b.title).loci
    met = any(_related(x, right | b.entities) for x in left) or any(_related(y, left | a.entities) for y in right)
    if left and right and not met:
        return f"in {', '.join(sorted(left))} against in {', '.join(sorted(right))}"
    return None


def different_bodies(a: Features, b: Features) -> str | None:
    """Each title names an armed group or a body that the other item does not."""
    return _each_alone(a, b, _SOFTER)


def different_ordinals(a: Features, b: Features) -> str | None:
    """The same noun with another number: "12th package" and "13th package"."""
    left = {tuple(n.split(":")[1:]) for n in _of(numerals.of_title(a.title), "ordinal:")}
    right = {tuple(n.split(":")[1:]) for n in _of(numerals.of_title(b.title), "ordinal:")}
    for value, noun in sorted(left):
        others = sorted(v for v, n in right if n == noun)
        if others and value not in others:
            return f"{noun} number {value} against {others[0]}"
    return None


def different_magnitudes(a: Features, b: Features) -> str | None:
    """Two earthquakes whose magnitudes no revision explains."""
    left = [float(n.split(":")[1]) for n in sorted(_of(a.numbers, "magnitude:"))]
    right = [float(n.split(":")[1]) for n in sorted(_of(b.numbers, "magnitude:"))]
    if left and right and min(abs(x - y) for x in left for y in right) > MAGNITUDE_REVISION:
        return f"magnitude {left[0]:g} against {right[0]:g}"
    return None


def _differ(a: Features, b: Features, kind: str) -> bool:
    left, right = _of(numerals.of_title(a.title), kind), _of(numerals.of_title(b.title), kind)
    return bool(left and right and not left & right)


def different_dates(a: Features, b: Features) -> bool:
    return _differ(a, b, "date:") or _differ(a, b, "weekday:")


def different_shares(a: Features, b: Features) -> bool:
    return _differ(a, b, "share:")


def different_counts(a: Features, b: Features) -> bool:
    return _differ(a, b, "count:")


def common_counts(a: Features, b: Features) -> bool:
    return bool(_of(numerals.of_title(a.title), "count:") & _of(numerals.of_title(b.title), "count:"))


def veto(a: Features, b: Features) -> str | None:
    """Why two items are not the same story whatever else they share, in words; None when nothing speaks against it."""
    if not (is_headline(a.title) and is_headline(b.title)):
        return None
    return different_ordinals(a, b) or different_magnitudes(a, b) or different_names(a, b)
