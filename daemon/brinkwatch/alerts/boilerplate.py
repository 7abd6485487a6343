"""Recognises what a page puts around its text: datelines, bylines, captions, calls to click. Pure.

Only whole sentences and the ends of sentences are dropped, so that what is left is still the text's own.
"""

import re

_MONTH = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_HOUR = r"\d{1,2}[:.]\d\d(?: ?[AaPp][Mm])?(?: [A-Z]{2,4})?,?\s+(?:on )?"
_STAMP = rf"(?:{_HOUR})?\d{{1,2}}(?:st|nd|rd|th)? (?:{_MONTH})[a-z]* \d{{4}}"
_AGENCY = "CNN|AP|Reuters|REUTERS|AFP|Bloomberg|UPI|Xinhua|dpa|CNN Student News"
_PERSON = r"(?:[A-Z][\w'’.-]+ ){1,3}"

# What may stand before the first sentence; each is taken off as long as one fits.
_HEADS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:PUBLISHED|UPDATED|Published|Updated|CREATED|Created|Last updated)(?: at| on)?:?[\s.|]*{_STAMP}[\s.|]*",
        rf"{_STAMP}\s*[|.]\s*",
        r"By\s+\.\s+(?:[A-Z][\w'’-]+\.? ){1,6}\.\s+",
        rf"(?:By|BY) {_PERSON}(?:(?:and|AND) {_PERSON})?(?=(?:PUBLISHED|UPDATED|CREATED|Last updated))",
        rf"[A-Z][\w .,'’/-]{{0,45}}\((?:{_AGENCY})\)\s*(?:--|[-—–:])?\s*",
        rf"\((?:{_AGENCY}|[A-Z][\w.]*\.com)\)\s*(?:--|[-—–:])?\s*",
        r"[A-Z]{3,}[A-Z ,.]{0,40}[,A-Za-z. ]{0,20}(?:--|[—–])\s+(?=[A-Z])",
        r"(?:SHARE|Share this|Comments?|E-mail|Advertisement|ADVERTISEMENT)\s*[.|:]?\s+(?=[A-Z])",
        r"[\s.|•·–—*>-]+",
    )
)
_TAILS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\s*(?:\[\s*(?:\.\.\.|…|\+\d+ chars)\s*\]|Continue reading.{0,60}|Read more.{0,60}|READ MORE.{0,60})$",
        r"\s+[.|]+$",
        r"\s+\((?:Reporting|Editing|Writing) by .{0,200}$",
    )
)
_WHOLE = re.compile(
    r"""^(?:
      (?:scroll|click|tap|swipe)\ (?:down|here|on|to|the|through)\b.*
    | (?:read|find\ out|see|learn)\ (?:more|also|the\ full)\b.*
    | (?:watch|listen|video|pictured|photo|image|caption|picture)\s?:.*
    | (?:image|photo|picture)\ (?:source|copyright|credit|caption|by)\b.*
    | .{0,80}\b(?:getty\ images|file\ (?:photo|picture|image)|via\ (?:getty|reuters|ap))\b.{0,40}
    | (?:reporting|editing|writing|additional\ reporting|compiled)\ by\b.*
    | .{0,120}\bcontributed\ to\ this\ (?:report|story|article)\b.*
    | (?:sign\ up|subscribe|follow\ us|join\ our|download\ the|get\ the\ latest|like\ us)\b.*
    | (?:copyright|©|all\ rights\ reserved)\b.*
    | (?:this\ (?:story|article|page)\ (?:has\ been|was)\ (?:updated|published|corrected|amended))\b.*
    | (?:published|updated|created|last\ updated|share|advertisement|related|comments?|e-mail|tags?)\b\s?:?[\s\d:.|/]*
    | more\ on\ this\ story\b.*
    | the\ post\ .{0,200}\ (?:appeared|first\ appeared)\ .*
    )$""",
    re.IGNORECASE | re.VERBOSE,
)
_BYLINE = re.compile(r"^(?:By|BY)\s+(?:[A-Z][\w'’.-]+\s*(?:and\s+|AND\s+|,\s*)?){1,6}$")


def trim_start(text: str) -> str:
    """The text without bylines, stamps and datelines before its first sentence."""
    before = None
    while text != before:
        before = text
        for head in _HEADS:
            match = head.match(text)
            if match and match.end():
                text = text[match.end() :]
    return text


def trim_sentence(sentence: str) -> str:
    """A sentence without what was stuck to its ends."""
    sentence = trim_start(sentence)
    for tail in _TAILS:
        sentence = tail.sub("", sentence)
    return sentence.strip()


def is_boilerplate(sentence: str) -> bool:
    """Whether a whole sentence is none of the story."""
    return bool(_WHOLE.match(sentence) or _BYLINE.match(sentence))
