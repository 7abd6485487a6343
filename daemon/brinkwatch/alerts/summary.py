"""Shortens a text to its most telling sentences. Never writes a word of its own; touches no model.

Sentences that carry a signal come first; the rest are chosen by how early and how central they are.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations

from brinkwatch.alerts.boilerplate import is_boilerplate, trim_sentence, trim_start
from brinkwatch.items.sentences import sentences

MAX_SENTENCES = 3
MAX_CHARACTERS = 400
ELLIPSIS = "…"

# News puts first what matters: each sentence further down counts for this much of the one before it.
LEAD_BIAS = 0.9
CENTRALITY = 1.0
"""How much being central counts beside the place in the text."""
SHORTEST = 20
"""Shorter pieces ("It was raining.") say nothing by themselves, in characters."""

# Some archives set a stop by itself between sentences and captions.
_LONE_STOP = re.compile(r"(?<=\s\.)\s(?=[A-Z\"'‘“])")
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"[^\W\d_]{4,}|\d+")
_CLAUSE = re.compile(
    r"[,;:](?=\s)|\s[—–-](?=\s)|[，、；：。]|\s(?=(?:and|but|which|who|while|after|as|because|although|when)\s)"
)


def flat(text: str) -> str:
    """One line, single spaces."""
    return _SPACE.sub(" ", text).strip()


def clean_sentences(text: str) -> list[str]:
    """The sentences of a text that belong to the story, each once, on one line, in order."""
    found: dict[str, None] = {}
    for piece in _LONE_STOP.split(trim_start(text.strip())):
        for sentence in sentences(piece):
            trimmed = trim_sentence(flat(sentence))
            if any(c.isalnum() for c in trimmed) and not is_boilerplate(trimmed):
                found.setdefault(trimmed)
    return list(found)


def summarize(text: str, *, title: str = "", evidence: Sequence[str] = ()) -> str:
    """At most MAX_SENTENCES sentences and MAX_CHARACTERS characters of `text`; of the title if there is no text.

    `evidence` are sentences of the text, the most important first. They are preferred, and the summary keeps the order
    of the text. A sentence that is too long by itself is cut at a clause and ends in an ellipsis.
    """
    candidates = clean_sentences(text)
    if not candidates:
        return shorten(flat(title) or flat(text))
    others = [sentence for sentence in candidates if sentence != flat(title)]
    candidates = others or candidates
    chosen: list[int] = []
    used = 0
    for number in _by_importance(candidates, [flat(e) for e in evidence]):
        cost = len(candidates[number]) + (1 if chosen else 0)
        if used + cost <= MAX_CHARACTERS:
            chosen.append(number)
            used += cost
        elif not chosen:
            return shorten(candidates[number])
        if len(chosen) == MAX_SENTENCES:
            break
    return " ".join(candidates[number] for number in sorted(chosen))


def tell_most(worth: Mapping[str, float]) -> list[str]:
    """Sentences in the order in which a summary should take them: first those that together are worth most within its
    bounds, then the others by their own worth."""
    sentences_ = sorted(worth, key=lambda sentence: (-worth[sentence], len(sentence)))
    fitting = [
        group
        for size in range(1, MAX_SENTENCES + 1)
        for group in combinations(sentences_, size)
        if sum(map(len, group)) + size - 1 <= MAX_CHARACTERS
    ]
    best = max(fitting, key=lambda group: sum(worth[sentence] for sentence in group), default=())
    return [*best, *(sentence for sentence in sentences_ if sentence not in best)]


def shorten(sentence: str) -> str:
    """A sentence of at most MAX_CHARACTERS characters, cut at its last clause that fits, else between words."""
    if len(sentence) <= MAX_CHARACTERS:
        return sentence
    room = sentence[: MAX_CHARACTERS - len(ELLIPSIS)]
    cuts = [match.start() for match in _CLAUSE.finditer(room) if match.start() >= len(room) // 2]
    end = cuts[-1] if cuts else room.rfind(" ", len(room) // 2)
    if end < 0:
        end = len(room)
        while end > 1 and unicodedata.combining(sentence[end]):
            end -= 1
    return room[:end].rstrip(" ,;:—–-") + ELLIPSIS


def _by_importance(candidates: Sequence[str], evidence: Sequence[str]) -> list[int]:
    """The numbers of the sentences, the most important first."""
    proof: list[int] = []
    for sentence in evidence:
        for number, candidate in enumerate(candidates):
            same = (
                candidate == sentence or (len(candidate) >= SHORTEST and candidate in sentence) or sentence in candidate
            )
            if sentence and same and number not in proof:
                proof.append(number)
    worth = _worth(candidates)
    rest = sorted((n for n in range(len(candidates)) if n not in proof), key=lambda n: (-worth[n], n))
    return proof + rest


def _worth(candidates: Sequence[str]) -> list[float]:
    """Lead-biased centrality: how much of what the text speaks about a sentence says, and how early."""
    bags = [set(_WORD.findall(sentence.lower())) for sentence in candidates]
    spread = Counter(word for bag in bags for word in bag)
    worth = []
    for place, (sentence, bag) in enumerate(zip(candidates, bags, strict=True)):
        central = sum(spread[word] - 1 for word in bag) / (math.sqrt(len(bag)) * len(bags)) if bag else 0.0
        early = LEAD_BIAS**place
        worth.append((early + CENTRALITY * central * early) * (0.2 if len(sentence) < SHORTEST else 1.0))
    return worth
