"""Decides whether an edit of a text is material: whether a reader learns something new from it. Pure."""

import re
import unicodedata
from enum import Enum, auto

from brinkwatch.items.item import ItemText

_WORD = re.compile(r"\w+")
_SPACE = re.compile(r"\s+")
_UNIT = r"(?:seconds?|secs?|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?)"
_ZONE = r"(?:UTC|GMT|BST|CES?T|E[SD]?T|P[SD]?T|IST|MSK)"
_CLOCK = re.compile(
    rf"\b(?:(?:about|almost|over)\s+)?(?:\d+|an?|one|two|few)\s*{_UNIT}\s+ago\b"
    r"|\b(?:(?:last\s+)?updated|published|posted|as of)\b\s*(?:at|on)?[:\s]*\d{1,2}[:.]\d\d(?:[:.]\d\d)?"
    rf"(?:\s*[ap]\.?m\b\.?)?(?:\s*{_ZONE}\b)?"
    rf"|\b\d{{1,2}}[:.]\d\d(?:[:.]\d\d)?\s*{_ZONE}\b"
    r"|\b(?:just now|moments ago)\b",
    re.IGNORECASE,
)


class Edit(Enum):
    """What became of a text between two sights."""

    NONE = auto()
    """Nothing, or only what time itself changes ("5 minutes ago", "updated 10:45 GMT")."""
    COSMETIC = auto()
    """Case, punctuation, white space."""
    MATERIAL = auto()
    """The words."""


def compare(old: ItemText, new: ItemText) -> Edit:
    """How the new text differs from the old one."""
    if old == new or _timeless(old) == _timeless(new):
        return Edit.NONE
    return Edit.COSMETIC if _bare(old) == _bare(new) else Edit.MATERIAL


def bare(text: str) -> str:
    """What is left of a text when case, punctuation, white space and the clock do not count."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", _CLOCK.sub(" ", text)).casefold()))


def _bare(text: ItemText) -> tuple[str, str]:
    return bare(text.title), bare(text.summary)


def _timeless(text: ItemText) -> tuple[str, str]:
    return tuple(_SPACE.sub(" ", _CLOCK.sub(" ", part)).strip() for part in (text.title, text.summary))  # type: ignore[return-value]
