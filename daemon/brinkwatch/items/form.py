"""Reads from its title what an item is: a report, a correction, or something that comments or looks back. Pure.

The kinds are the codebook's: reflection (opinion, analysis, explainers, quizzes), history and anniversaries are no
news. Only forms that leave no doubt count; a live page or a round-up is taken for what its title states.
"""

import re
from enum import StrEnum


class Form(StrEnum):
    """What an item is by its own words."""

    REPORT = "report"
    CORRECTION = "correction"
    """It takes back what was reported, and reports nothing of its own."""
    CORRECTED = "corrected"
    """A report in its corrected form."""
    NO_NEWS = "no_news"
    """Opinion, analysis, an explainer, a quiz, a look back: it says nothing that happened today."""


_END = r"\s*(?:[:|–—-]|$)"
_YEARS = r"(?:\d+|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|fifty|a hundred) years "
_CORRECTION = re.compile(
    rf"^\W*(?:correction|retraction|retracted|withdrawn|story withdrawn|erratum){_END}"
    r"|[:|–—-]\s*(?:correction|retraction)\W*$"
    r"|\b(?:retracts|withdraws) (?:its |the )?(?:report|story|article|claim that|statement that)\b",
    re.IGNORECASE,
)
_TAKEN_BACK = re.compile(r"\bthis (?:story|article|report) (?:has been|was) (?:retracted|withdrawn)\b", re.IGNORECASE)
_CORRECTED = re.compile(rf"^\W*corrected(?:\s*\(.*?\))?{_END}|\(corrected\)\W*$", re.IGNORECASE)
_NO_NEWS = re.compile(
    rf"^\W*(?:opinion|editorial|comment|commentary|op-ed|analysis|explainer|explained|quiz|obituary|book review|review"
    rf"|podcast|in pictures|photo essay|timeline|on this day|from the archives?|letters?|long read|fact check"
    rf"|the big read|column){_END}"
    r"|[:|–—-]\s*(?:opinion|editorial|comment|commentary|op-ed|analysis|explainer|explained|obituary|quiz|podcast"
    r"|in pictures|timeline|letters?)\W*$"
    r"|^\W*(?:on this day|from the archives?)\b"
    rf"|^\W*{_YEARS}(?:on|ago today)\b|\b{_YEARS}(?:on|ago today)\W*$"
    r"|^\W*(?:what (?:we know|to know)|everything (?:we|you need to) know|your questions answered)\b",
    re.IGNORECASE,
)


def form(title: str, summary: str = "") -> Form:
    """The form of an item. A correction in the first words of the summary counts as well."""
    if _CORRECTION.search(title) or _TAKEN_BACK.search(summary[:400]):
        return Form.CORRECTION
    if _CORRECTED.search(title):
        return Form.CORRECTED
    return Form.NO_NEWS if _NO_NEWS.search(title) else Form.REPORT
