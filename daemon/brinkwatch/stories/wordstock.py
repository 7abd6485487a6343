"""Words as the same-story decision sees them: stemmed, and weighed by how rare they are in English. Pure.

Scripts without spaces between words are cut into pairs of characters. Frequencies come from the order of the base
model's vocabulary (`names/stems.txt`).
"""

import math
import re
from functools import cache, lru_cache

import snowballstemmer

from brinkwatch.stories.gazetteer import lines, plain, word_set, words

TITLES_KEPT = 2_048
"""Titles of which is remembered what they say: those of open stories are compared with every item, other texts once."""
WORDS_KEPT = 16_384
"""Words whose stem and weight are remembered, the last used; a rarer one is looked up again in microseconds."""

COMMONEST = 120
"""Words before this rank carry no matter ("the", "after", "says")."""

ENGLISH_UNKNOWN, FOREIGN_UNKNOWN = 0.3, 0.6
"""Shares of unknown words: up to the first a title is taken for English, from the second on it is surely not."""

_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+")
_UNSPACED_WEIGHT = 0.6
_STEMMER = snowballstemmer.stemmer("english")

# Words of the trade: frequent in headlines, though not in the vocabulary's sources.
_TRADE = word_set(
    "say says said report reports reported official officials source sources news latest update updates live video",
    "watch breaking exclusive analysis opinion amid despite over after before day week month year today",
)


@lru_cache(maxsize=WORDS_KEPT)
def stem(word: str) -> str:
    """The stem of a lower-case word."""
    return str(_STEMMER.stemWord(word))


@cache
def _ranks() -> dict[str, int]:
    """The rank of each stem's most frequent word; the list is stemmed already, because stemming it takes a second."""
    ranks = {known: int(rank) for known, rank in (line.split() for line in lines("stems.txt"))}
    return ranks | dict.fromkeys(map(stem, _TRADE), 0)


@lru_cache(maxsize=WORDS_KEPT)
def weight(token: str) -> float:
    """How much a shared stem says, from 0 (everywhere) to 1 (rare)."""
    if not token[0].isascii() and _UNSPACED.match(token):
        return _UNSPACED_WEIGHT
    ranks = _ranks()
    rank = ranks.get(token)
    if rank is None:
        return 1.0
    return min(1.0, max(0.0, math.log(max(rank, 1) / COMMONEST) / math.log(len(ranks) / COMMONEST)))


@lru_cache(maxsize=TITLES_KEPT)
def foreignness(title: str) -> float:
    """How little a title looks like English, from 0 to 1: by the share of its words that the frequent ones lack.

    The vectors are of an English model and find any two texts of some languages alike.
    """
    stems = [stem(plain(word)) for word in words(title) if len(word) > 1 and not word.isdigit()]
    unknown = sum(known not in _ranks() for known in stems) / len(stems) if stems else 0.0
    return min(1.0, max(0.0, (unknown - ENGLISH_UNKNOWN) / (FOREIGN_UNKNOWN - ENGLISH_UNKNOWN)))


def tokens(text: str) -> frozenset[str]:
    """The stems of a text that carry matter."""
    found: set[str] = set()
    for word in words(text):
        lower = plain(word)
        if not lower.isascii() and _UNSPACED.fullmatch(lower):
            found.update(lower[i : i + 2] for i in range(max(1, len(lower) - 1)))
        elif len(lower) > 1 and not lower.isdigit():
            found.add(stem(lower))
    return frozenset(token for token in found if weight(token) > 0)
