"""Finds the numbers of a text that tell one event from another. Pure.

Written as `kind:value`: `count:12` (a plain number), `ordinal:13:packag` (with each of the two words that follow),
`share:5.1` (per cent), `magnitude:6.2`, `date:3-20`, `weekday:fri`, `year:2014`.
"""

import re
from functools import lru_cache

from brinkwatch.stories.wordstock import TITLES_KEPT, stem

_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
_TENS = {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_CARDINALS = {word: value for value, word in enumerate(_UNITS) if value > 1} | _TENS
_IRREGULAR = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth", "twenty": "twentieth",
}  # fmt: skip
_ORDINALS = {_IRREGULAR.get(word, f"{word}th"): value for value, word in enumerate(_UNITS) if value}
_SCALES = {"k": 1e3, "m": 1e6, "million": 1e6, "mn": 1e6, "bn": 1e9, "billion": 1e9, "trillion": 1e12, "thousand": 1e3}
_MONTHS = {
    "january": 1, "jan": 1, "february": 2, "feb": 2, "march": 3, "mar": 3, "april": 4, "apr": 4, "may": 5, "june": 6,
    "jun": 6, "july": 7, "jul": 7, "august": 8, "aug": 8, "september": 9, "sept": 9, "sep": 9, "october": 10, "oct": 10,
    "november": 11, "nov": 11, "december": 12, "dec": 12,
}  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_DATE = re.compile(
    rf"\b(?:(\d{{1,2}}) ({'|'.join(_MONTHS)})|({'|'.join(_MONTHS)})\.? (\d{{1,2}})(?:st|nd|rd|th)?)\b(?! ?\d)"
)
_MAGNITUDE = re.compile(r"\b(?:magnitude[- ](\d\.?\d?)|(\d\.?\d?)[- ]?magnitude|(\d\.\d) (?:earth)?quake)\b")
_SHARE = re.compile(r"(\d+(?:\.\d+)?) ?(?:%|per ?cent\b|pct\b|pc\b)")
_ORDINAL = re.compile(rf"\b(?:(\d+)(?:st|nd|rd|th)|({'|'.join(_ORDINALS)}))[- ]([a-z]+)(?: ([a-z]+))?")
_WEEKDAY = re.compile(rf"\b({'|'.join(_WEEKDAYS)})s?\b")
_PLAIN = re.compile(
    rf"(?<![\w.,-])(?:[$£€¥])?(\d{{1,3}}(?:,\d{{3}})+|\d+(?:\.\d+)?) ?({'|'.join(_SCALES)})?\b"
    r"(?!(?:[.,]\d)|(?:st|nd|rd|th)\b|[-–]\d)"
)
_WORD = re.compile(rf"\b({'|'.join(_CARDINALS)})\b(?: ({'|'.join(_SCALES)})\b)?")


def _shown(value: float) -> str:
    return f"{value:.10g}"


def numerals(text: str) -> frozenset[str]:
    """The numbers of a text."""
    rest = text.lower().replace("\u00a0", " ")
    found: set[str] = set()

    def take(pattern: re.Pattern[str], kind: str) -> None:
        nonlocal rest
        for match in pattern.finditer(rest):
            found.update(f"{kind}:{value}" for value in _read(kind, match))
        rest = pattern.sub(" ", rest)

    take(_DATE, "date")
    take(_MAGNITUDE, "magnitude")
    take(_SHARE, "share")
    take(_ORDINAL, "ordinal")
    take(_WEEKDAY, "weekday")
    for digits, scale in _PLAIN.findall(rest):
        value = float(digits.replace(",", "")) * _SCALES.get(scale, 1)
        year = not scale and digits.isdigit() and 1900 <= value <= 2100
        found.add(f"{'year' if year else 'count'}:{_shown(value)}")
    for word, scale in _WORD.findall(rest):
        found.add(f"count:{_shown(_CARDINALS[word] * _SCALES.get(scale, 1))}")
    return frozenset(found)


@lru_cache(maxsize=TITLES_KEPT)
def of_title(title: str) -> frozenset[str]:
    """`numerals` for a title, which is compared again and again."""
    return numerals(title)


def _read(kind: str, match: re.Match[str]) -> list[str]:
    if kind == "date":
        day, month, month_first, day_after = match.groups()
        return [f"{_MONTHS[month or month_first]}-{int(day or day_after)}"]
    if kind == "ordinal":
        digits, word, *nouns = match.groups()
        return [f"{int(digits) if digits else _ORDINALS[word]}:{stem(noun)}" for noun in nouns if noun]
    if kind == "weekday":
        return [match.group(1)[:3]]
    return [_shown(float(next(group for group in match.groups() if group)))]
