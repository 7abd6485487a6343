"""Decides whether two items tell the same story. The one place; touches no store, clock or model.

The score is a logistic sum of how alike the vectors are, how many words and names (weighed by rarity) are shared, and
of what speaks against it. Names and numbers that tell two events apart are a veto.
"""

import math
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache

from brinkwatch.stories import conflict
from brinkwatch.stories.gazetteer import words
from brinkwatch.stories.story import Features
from brinkwatch.stories.wordstock import TITLES_KEPT, WORDS_KEPT, foreignness, weight

_ENTITY_WEIGHTS = {
    "state": 0.4, "org": 0.4, "region": 0.3, "person": 0.6, "group": 0.6, "place": 0.8, "area": 0.8, "city": 0.8,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SamePolicy:
    """The weights of the decision, fitted by `benchmarks.fit_same`; `threshold` is a probability.

    `foreign` moves trust from the vectors to the words in texts that are not English (set by hand, not fitted).
    `per_day` is what a day between two publications takes away: the longer apart, the more alike they must be.
    """

    threshold: float = 0.5
    cohesion: float = 0.25
    """What the members of a story, asked one by one, must say on average: keeps stories from growing along a chain."""
    crowd: int = 12
    crowding: float = 1.0
    """A story of more members than `crowd` asks this much more (in logits) per doubling: large stories come apart into
    their turns instead of swallowing what follows."""
    base: float = -5.09
    cosine: float = 2.7
    cosine_squared: float = 5.0
    shared: float = 3.8
    common_names: float = -0.52
    length: float = 2.35
    other_names: float = -1.0
    other_bodies: float = -0.73
    other_counts: float = -1.35
    common_counts: float = 1.06
    other_dates: float = -1.82
    other_shares: float = -1.68
    foreign: float = -3.0
    foreign_shared: float = 5.0
    per_day: float = -0.5


@dataclass(frozen=True, slots=True)
class Match:
    """The answer. `score` is from 0 to 1; `reason` is for people; `seen` is what was weighed, None under a veto.

    An index says which `story` it was, which `part` of a merged one, and the `nearest` item there.
    """

    same: bool
    score: float
    reason: str
    seen: "Evidence | None" = None
    story: str | None = None
    part: str | None = None
    nearest: Hashable | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for and against, as numbers; each field has its weight of the same name in the policy."""

    cosine: float
    cosine_squared: float
    shared: float
    common_names: float
    """Whether any name of the gazetteer is in both: it explains some likeness, so that the rest must be more."""
    length: float
    """Words of the shorter title, as a share of a headline's most: longer titles are not alike by chance."""
    other_names: float
    other_bodies: float
    other_counts: float
    common_counts: float
    other_dates: float
    other_shares: float
    foreign: float
    foreign_shared: float
    per_day: float


@lru_cache(maxsize=WORDS_KEPT)
def _weight(term: str) -> float:
    kind, colon, _ = term.partition(":")
    return _ENTITY_WEIGHTS[kind] if colon else weight(term)


def _mass(terms: frozenset[str]) -> float:
    return sum(_weight(term) for term in terms)


def overlap(a: frozenset[str], b: frozenset[str]) -> float:
    """The share of two sets of terms that is common, weighed by rarity: a cosine, from 0 to 1."""
    both = _mass(a & b)
    return both / math.sqrt(_mass(a) * _mass(b)) if both else 0.0


@lru_cache(maxsize=TITLES_KEPT)
def _length(title: str) -> int:
    return len(words(title))


def evidence(a: Features, b: Features) -> Evidence:
    """What `same` weighs."""
    cosine = max(0.0, float(a.vector @ b.vector))
    shared = overlap(a.tokens | a.entities, b.tokens | b.entities)
    foreign = max(foreignness(a.title), foreignness(b.title))
    return Evidence(
        cosine=cosine,
        cosine_squared=cosine * cosine,
        shared=shared,
        common_names=float(bool(a.entities & b.entities)),
        length=min(_length(a.title), _length(b.title), conflict.HEADLINE_WORDS) / conflict.HEADLINE_WORDS,
        other_names=float(conflict.different_names(a, b) is not None),
        other_bodies=float(conflict.different_bodies(a, b) is not None),
        other_counts=float(conflict.different_counts(a, b)),
        common_counts=float(conflict.common_counts(a, b)),
        other_dates=float(conflict.different_dates(a, b)),
        other_shares=float(conflict.different_shares(a, b)),
        foreign=foreign,
        foreign_shared=foreign * shared,
        per_day=abs((a.published - b.published).total_seconds()) / 86_400,
    )


LEAST = -700.0
"""Below this exp() overflows: texts that are four years apart get there."""


def same(a: Features, b: Features, policy: SamePolicy) -> Match:
    """Whether `a` and `b` tell the same story."""
    if against := conflict.veto(a, b):
        return Match(False, 0.0, f"different: {against}")
    seen = evidence(a, b)
    logit = policy.base + sum(getattr(policy, name) * getattr(seen, name) for name in Evidence.__slots__)
    score = 1 / (1 + math.exp(-max(logit, LEAST)))
    return Match(score >= policy.threshold, score, _reason(a, b, seen), seen)


def _reason(a: Features, b: Features, seen: Evidence) -> str:
    common = sorted((a.tokens & b.tokens) | (a.entities & b.entities), key=lambda term: (-_weight(term), term))
    parts = [f"alike {seen.cosine:.2f}"]
    if common:
        parts.append(f"both have {', '.join(common[:5])}")
    parts += [
        word
        for present, word in (
            (seen.common_counts, "the same number"),
            (seen.other_names, "other names"),
            (seen.other_bodies, "other bodies"),
            (seen.other_counts, "other numbers"),
            (seen.other_dates, "other dates"),
            (seen.other_shares, "other percentages"),
        )
        if present
    ]
    return "; ".join(parts)
