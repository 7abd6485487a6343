"""Cuts an item into windows of text for models that are given text, by whatever tokenizer counts. Runs no model."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from brinkwatch.items.item import ItemText
from brinkwatch.items.sentences import spans
from brinkwatch.signals.assess import Reading
from brinkwatch.signals.windows import MAX_WINDOWS, Span, sentence_tokens, windows

MAX_CHARACTERS = 200_000
# Tokens are counted word by word, and what has no spaces, such as Chinese, by this many characters.
_PIECE = re.compile(r"\S{1,20}")

Count = Callable[[Sequence[str]], list[int]]
"""How many tokens each of some pieces of text has."""


@dataclass(frozen=True, slots=True)
class TextCutter:
    """`room`: tokens of title and summary together that a window may have."""

    count: Count
    room: int

    def read(self, text: ItemText) -> Reading[str]:
        """All windows of an item: the title in front of each part of the summary, and alone if there is none."""
        title, whole = self._front(text.title[:MAX_CHARACTERS], self.room // 2)
        body = text.summary[:MAX_CHARACTERS]
        places = spans(body)
        starts, ends = self._tokens(body)
        tokens = sentence_tokens(starts, [start for start, _ in places])
        inputs: list[str] = []
        parts: list[Span | None] = []
        if not places or not whole:
            inputs += self.alone(text.title[:MAX_CHARACTERS])
            parts += [None] * len(inputs)
        used = sum(self.count([title])) + 1
        for start, end in windows(tokens, max(1, self.room - used)):
            inputs.append(_join(title, body[starts[start] : ends[end - 1]]))
            parts.append((start, end))
        sentences = tuple(body[start:end] for start, end in places)
        return Reading(text.title, tuple(inputs[:MAX_WINDOWS]), tuple(parts[:MAX_WINDOWS]), sentences, tuple(tokens))

    def alone(self, text: str) -> list[str]:
        """One text by itself, in pieces if it is longer than a window."""
        starts, ends = self._tokens(text)
        cut = windows([(0, len(starts))], self.room)
        return [text[starts[start] : ends[end - 1]] for start, end in cut] or [text]

    def _tokens(self, text: str) -> tuple[list[int], list[int]]:
        """Where each token starts and ends, in characters: of a piece with several, equal parts."""
        pieces = [(found.start(), found.end()) for found in _PIECE.finditer(text)]
        starts: list[int] = []
        ends: list[int] = []
        counts = self.count([text[start:end] for start, end in pieces]) if pieces else []
        for (start, end), count in zip(pieces, counts, strict=True):
            parts = max(1, min(count, end - start))
            cuts = [start + (end - start) * part // parts for part in range(parts + 1)]
            starts += cuts[:-1]
            ends += cuts[1:]
        return starts, ends

    def _front(self, title: str, room: int) -> tuple[str, bool]:
        """A title as it stands in front of a summary, at most `room` tokens; and whether that is all of it."""
        _, ends = self._tokens(title)
        return (title, True) if len(ends) <= room else (title[: ends[room - 1]], False)


def _join(title: str, body: str) -> str:
    if not title:
        return body
    return f"{title} {body}" if title[-1] in ".!?…:;" else f"{title}. {body}"
