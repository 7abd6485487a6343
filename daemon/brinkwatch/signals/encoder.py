"""From an item's text to the token windows a model reads: `[CLS] title [SEP] part of the summary [SEP]`. Runs no model.

The tokenizer is the one that transformers would use, without transformers around it (docs/decisions/0005).
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brinkwatch.items.item import ItemText
from brinkwatch.items.sentences import spans
from brinkwatch.signals.assess import Reading
from brinkwatch.signals.classifier import ModelError
from brinkwatch.signals.windows import Span, pieces, sentence_tokens, windows

Tokens = NDArray[np.int64]

# Of a summary that is longer than this, the title and each sentence are also read by themselves: beside a title that
# tells of something else, what an article reports in its middle is not seen (docs/decisions/0004).
LONG_TOKENS = 64
ALONE_TOKENS = 40
# The first 100,000 characters of any article, a sentence at a time.
MAX_ALONE = 800
# More than MAX_WINDOWS windows can hold of any ordinary text; keeps sentence cutting and tokenising bounded as well.
MAX_CHARACTERS = 200_000


class Encoder:
    """Reads items into windows of at most `max_tokens` tokens. Safe to use from several threads."""

    def __init__(self, tokenizer: Any, max_tokens: int) -> None:
        self._backend = tokenizer
        self.max_tokens = max_tokens
        self._before, self._after = self._frame(None)
        self._pair_before, self._between, self._pair_after = self._frame("a")
        self._alone_room = max_tokens - len(self._before) - len(self._after)
        # A title longer than half a window stands in front of the summary shortened, and is also read by itself.
        self._title_room = max_tokens // 2
        self._pair_frame = len(self._pair_before) + len(self._between) + len(self._pair_after)

    @classmethod
    def load(cls, directory: Path, max_tokens: int) -> "Encoder":
        """The tokenizer of a model directory; never asks the network. Raises ModelError."""
        try:
            file = directory / "tokenizer.json"
            return cls(_tokenizer(file, file.stat().st_mtime_ns), max_tokens)
        except Exception as error:
            raise ModelError(f"the tokenizer in {directory} cannot be loaded: {error}") from error

    def read(self, text: ItemText) -> Reading[Tokens]:
        """All windows of an item: the title in front of each part of the summary, and alone if there is none; of a long
        summary also the title and each sentence by itself."""
        title = self._backend.encode(text.title[:MAX_CHARACTERS], add_special_tokens=False).ids
        body = text.summary[:MAX_CHARACTERS]
        places = spans(body)
        encoded = self._backend.encode(body, add_special_tokens=False)
        summary = encoded.ids if places else []
        tokens = sentence_tokens([start for start, _ in encoded.offsets], [start for start, _ in places])
        inputs: list[Tokens] = []
        parts: list[Span | None] = []
        if not summary or len(title) > self._title_room:
            inputs += self._alone(title)
            parts += [None] * len(inputs)
        if summary:
            front = title[: self._title_room]
            room = self.max_tokens - self._pair_frame - len(front)
            paired = windows(tokens, room)
            inputs += [self._pair(front, summary[start:end]) for start, end in paired]
            parts += paired
            if len(paired) > 1 or len(summary) > LONG_TOKENS:
                room = min(ALONE_TOKENS, self._alone_room)
                sentences = [part for start, end in tokens if start < end for part in pieces((start, end), room)]
                heads = self._alone(title) if len(title) <= self._title_room else []
                alone = sentences[: MAX_ALONE - len(heads)]
                inputs += heads
                parts += [None] * len(heads)
                inputs += [self._array([*self._before, *summary[start:end], *self._after]) for start, end in alone]
                parts += alone
        said = tuple(body[start:end] for start, end in places)
        return Reading(text.title, tuple(inputs), tuple(parts), said, tuple(tokens))

    def first(self, text: ItemText) -> Tokens:
        """The beginning of an item in one window: the title, then as much of the summary as there is room for."""
        # Ten characters a token is more than any text has; it only saves tokenising an article for its first lines.
        reach = self.max_tokens * 10
        title = self._backend.encode(text.title[:reach], add_special_tokens=False).ids
        summary = self._backend.encode(text.summary[:reach], add_special_tokens=False).ids
        if not summary:
            return self._array([*self._before, *title[: self._alone_room], *self._after])
        front = title[: self._title_room]
        return self._pair(front, summary[: self.max_tokens - self._pair_frame - len(front)])

    def alone(self, text: str) -> list[Tokens]:
        """One text by itself, in pieces if it is longer than a window."""
        return self._alone(self._backend.encode(text, add_special_tokens=False).ids)

    def _alone(self, tokens: Sequence[int]) -> list[Tokens]:
        return [
            self._array([*self._before, *tokens[start:end], *self._after])
            for start, end in pieces((0, len(tokens)), self._alone_room)
        ]

    def _pair(self, front: Sequence[int], rest: Sequence[int]) -> Tokens:
        return self._array([*self._pair_before, *front, *self._between, *rest, *self._pair_after])

    @staticmethod
    def _array(tokens: Sequence[int]) -> Tokens:
        return np.array([tokens], dtype=np.int64)

    def _frame(self, second: str | None) -> tuple[list[int], ...]:
        """The special tokens a single text, or a pair, stands in: before it, (between,) and after it."""
        encoded = self._backend.encode("a", second)
        frame: list[list[int]] = [[]]
        inside: int | None = None
        for token, sequence in zip(encoded.ids, encoded.sequence_ids, strict=True):
            if sequence is None:
                frame[-1].append(token)
            elif sequence != inside:
                inside = sequence
                frame.append([])
        if len(frame) != (2 if second is None else 3):
            raise ValueError("it reads the letter a as nothing")
        return tuple(frame)


@lru_cache(maxsize=2)
def _tokenizer(file: Path, _changed: int) -> Any:
    """The tokenizer of a file, one for all that read it, as it takes 10 MB. Nobody may change it from here on."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
