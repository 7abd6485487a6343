"""How a text longer than the model's window is read: windows of whole sentences, no token left out. Pure.

A span is (start, end) in tokens of the text. A sentence that does not fit a window is cut into pieces that overlap,
so that what stands at a cut is seen with its neighbours on one side or the other.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

Span = tuple[int, int]

# Of a window, how much two pieces of one long sentence share.
OVERLAP = 0.25
# An item is read up to this many windows: some 100,000 characters of English at 128 tokens.
MAX_WINDOWS = 320


def pieces(span: Span, size: int) -> list[Span]:
    """A span as it is if it fits `size` tokens, else in overlapping pieces of at most `size`."""
    start, end = span
    if end - start <= size:
        return [span]
    step = max(1, size - int(size * OVERLAP))
    return [(at, min(at + size, end)) for at in range(start, end - size + step, step)]


def windows(sentences: Iterable[Span], size: int, limit: int = MAX_WINDOWS) -> list[Span]:
    """Whole sentences packed into as few windows of at most `size` tokens as their order allows; the first `limit`."""
    packed: list[Span] = []
    for sentence in sentences:
        for start, end in pieces(sentence, size) if sentence[0] < sentence[1] else ():
            if packed and end - packed[-1][0] <= size:
                packed[-1] = (packed[-1][0], end)
            elif len(packed) == limit:
                return packed
            else:
                packed.append((start, end))
    return packed


def sentence_tokens(token_starts: Sequence[int], sentence_starts: Sequence[int]) -> list[Span]:
    """Each sentence's tokens, given where tokens and sentences start in characters; every token is in one sentence."""
    if not sentence_starts:
        return []
    cuts = [0, *(bisect_left(token_starts, start) for start in sentence_starts[1:]), len(token_starts)]
    return list(pairwise(cuts))
