"""Cuts a text into its sentences, never changing a character of them. Pure; the rules are those of `sentencex`.

`docs/decisions/0003-sentence-splitter.md` says why this library, and what it gets wrong in news English; the three
corrections below are for that.
"""

import re
from typing import Any

from sentencex import get_sentence_boundaries

# "Menendez, D-N.|J., spoke": a cut inside an abbreviation of single letters.
_LETTER = re.compile(r"(?:^|[^A-Za-z])[A-Z]\.$")
_NEXT_LETTER = re.compile(r"[A-Z]\.")
# "at 11 a.m.| Friday": news writes the day or the zone after the hour.
_HOUR = re.compile(r"\d\s*[ap]\.m\.$")
_AFTER_HOUR = re.compile(
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|(?:Eastern|Central|Pacific|Moscow|Kyiv|GMT|UTC|[A-Z]{1,2}[SD]?T)\b"
)
_WIDE_SPACE = re.compile(r"[^\S\x00-\x7f]")
# "2.| Second point": the number of a list belongs to what it numbers.
_NUMBER = re.compile(r"^\(?\d{1,3}[.)]$")


def sentences(text: str, language: str = "en") -> list[str]:
    """The sentences of a text, in order, without the white space around them. `language` is an ISO 639-1 code."""
    return [text[start:end] for start, end in spans(text, language)]


def spans(text: str, language: str = "en") -> list[tuple[int, int]]:
    """Where each sentence starts and ends (in characters). Every character outside the spans is white space."""
    found: list[tuple[int, int]] = []
    for piece in _boundaries(text, language):
        start, end = _stripped(text, piece["start_index"], piece["end_index"])
        if start == end:
            continue
        if found and _belongs(text[found[-1][0] : found[-1][1]], text[found[-1][1] : start], text[start:end]):
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _boundaries(text: str, language: str) -> list[dict[str, Any]]:
    """What the library says. Where its Rust code panics, the text is one sentence: feeds must not end the daemon."""
    # It cuts bytes behind a period after white space: wider kinds of that end in the middle of a character.
    narrow = _WIDE_SPACE.sub(" ", text)
    try:
        return list(get_sentence_boundaries(language, narrow))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 - a panic is not an Exception
        return [{"start_index": 0, "end_index": len(text)}]


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    end = start + len(piece.rstrip())
    return min(end, start + len(piece) - len(piece.lstrip())), end


def _belongs(before: str, gap: str, piece: str) -> bool:
    """Whether the library cut where no sentence ends."""
    if "\n\n" in gap:
        return False
    if not gap and _LETTER.search(before[-3:]) and _NEXT_LETTER.match(piece):
        return True
    if _HOUR.search(before[-8:]) and _AFTER_HOUR.match(piece):
        return True
    return bool(_NUMBER.match(before[:6])) or not any(map(str.isalnum, piece))
