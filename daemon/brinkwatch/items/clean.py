"""Makes clean text of what a feed published: no markup, no invisible characters, no boilerplate. Pure."""

import html
import re
import unicodedata
from collections.abc import Collection

import nh3
from ftfy import fix_encoding
from ftfy.badness import is_bad

from brinkwatch.items.item import ItemText

MAX_TITLE = 500
MAX_SUMMARY = 100_000
_MAX_RAW = 400_000
_FIRST_SENTENCE = 200

_BLOCK = re.compile(
    r"<(?=/?(?:p|br|div|li|ul|ol|td|th|tr|table|h[1-6]|hr|dd|dt|dl|blockquote|section|article|figure|figcaption|header"
    r"|footer|aside|pre|img)\b)",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>|&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});|<!--")
_BREAKS = re.compile(r"[\x09-\x0d\x1c-\x1f\x85\u2028\u2029]+")
_SURROGATES = re.compile("[\ud800-\udfff]+")
# Invisible: controls, soft hyphen, zero-width, bidi, tags, lone surrogates and noncharacters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff\ud800-\udfff]+"
)
# Joiners shape letters in Persian or Hindi and hold emoji together; beside ASCII they only hide something.
_IDLE_JOINER = re.compile(r"(?<![^\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f])")
_SPACE = re.compile(r"\s+")
_ASCII = dict.fromkeys((*range(9), *range(14, 28), 127)) | dict.fromkeys((*range(9, 14), *range(28, 32)), " ")
# What feeds hang on the end of a summary. Words that could belong to a sentence count only where one has ended.
_TAIL = re.compile(
    r"(?:\s*\b(?:continue|keep) reading\b[\s.…>»→]*"
    r"|(?:^|(?<=[.!?…>»)\]\"”’]))\s*\(?(?:read (?:more|on|the (?:full|rest)|full)|(?:continue|keep) reading"
    r"|view full|full (?:story|article))\b[^.!?…]{0,60}[\s.…>»→)]*"
    r"|\s*\bThe post\b.{1,300}\bappeared first on\b.{1,100}"
    r"|\s*\[\s*(?:…|\.\.\.)\s*\]|\s*\[\+\d+ chars\])$",
    re.IGNORECASE,
)
# What each of these ends holds: most texts have none of it, and looking at every place for an end takes long.
_TAIL_WORDS = ("read", "view full", "full story", "full article", "appeared first on")
_SUFFIX = re.compile(r"^(.*\S)\s+[-–—|•·]\s+(\S.*)$")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+(?=\S)|(?<=[。！？])(?=\S)")
_ABBREVIATION = re.compile(r"(?:\b[A-Z]|\b(?:Mr|Mrs|Ms|Dr|St|Gen|Lt|Col|Sgt|Sen|Rep|Gov|No|vs))\.$")


def clean(title: str, summary: str, *, publishers: Collection[str] = ()) -> ItemText | None:
    """An entry's text, ready to be read and shown; None when nothing is left of it.

    `publishers` are the names (feed title, publisher) that are cut from the end of a title ("… - Name"). An entry
    without a title is given the first sentence of its summary.
    """
    heading = without_publisher(clean_line(title), publishers)
    text = clean_text(summary)
    if not heading and text:
        heading, text = _split_first_sentence(text)
    if not heading:
        return None
    heading = shorten(heading, MAX_TITLE)
    return ItemText(heading, "" if text.casefold() == heading.casefold() else text)


def clean_line(markup: str) -> str:
    """HTML as one line of text."""
    return _fold(_text_of(markup))


def clean_text(markup: str) -> str:
    """HTML as text, its closing "read more" and such cut off, at most `MAX_SUMMARY` characters."""
    text = _fold(_text_of(markup))
    while _may_have_tail(text) and (shorter := _TAIL.sub("", text[-500:])) != text[-500:]:
        text = (text[:-500] + shorter).rstrip()
    return shorten(text, MAX_SUMMARY)


def _may_have_tail(text: str) -> bool:
    end = text[-500:].casefold()
    return end.endswith("]") or any(words in end for words in _TAIL_WORDS)


def without_publisher(title: str, publishers: Collection[str]) -> str:
    """The title without a closing "- Name", "| Name" or such, where Name is one of these names and more is left."""
    match = _SUFFIX.search(title)
    if match is None:
        return title
    known = {name for publisher in publishers if (name := clean_line(publisher).casefold())}
    return match[1] if match[2].casefold() in known else title


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut at a space, with an ellipsis."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    cut = head.rfind(" ")
    return (head[:cut] if cut > limit // 2 else head).rstrip(" ,;:-–—") + "…"


def _text_of(markup: str) -> str:
    """The text of HTML; feeds that escape once too often are forgiven."""
    text = markup[:_MAX_RAW]
    if not text.isascii():
        text = _SURROGATES.sub("", text)
    for _ in range(2):
        if not ("<" in text or "&" in text) or not _MARKUP.search(text):
            return text
        # nh3 leaves escaped text; tags that part words must leave a space behind.
        text = html.unescape(nh3.clean(_BLOCK.sub(" <", text), tags=set(), clean_content_tags={"script", "style"}))
    return text


def _fold(text: str) -> str:
    """One line without what cannot be seen."""
    if text.isascii():  # the same, several times faster
        return " ".join(text.translate(_ASCII).split())
    return _fold_any(text)


def _fold_any(text: str) -> str:
    text = _INVISIBLE.sub("", _BREAKS.sub(" ", text))
    text = _IDLE_JOINER.sub("", text)
    if is_bad(text):
        text = fix_encoding(text)
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    return _SPACE.sub(" ", text).strip()


def _split_first_sentence(text: str) -> tuple[str, str]:
    """The first sentence as a title, and what follows it."""
    for end in _SENTENCE_END.finditer(text, 0, _FIRST_SENTENCE):
        sentence = text[: end.end()].strip()
        if not _ABBREVIATION.search(sentence):
            return sentence, text[end.end() :].strip()
    return (text, "") if len(text) <= _FIRST_SENTENCE else (shorten(text, _FIRST_SENTENCE), text)
