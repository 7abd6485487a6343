"""Builds the parts of a Block Kit message, and measures them. Pure; knows Slack's limits, not what is said.

Text goes into rich text elements, which show every character as it is.
"""

import json
import re
from datetime import datetime
from typing import Any

from brinkwatch.delivery.plain import plain, web_address

Block = dict[str, Any]
Element = dict[str, Any]

# The project's own budget, well inside Slack's: 50 blocks, and about 13,200 characters of all blocks together
# (the second is not documented; slackapi/bolt-js issue 2509).
MAX_CHARACTERS = 8_000
MAX_BLOCKS = 20

_USER = re.compile(r"<@([UW][A-Z0-9]+)>")
_GROUP = re.compile(r"<!subteam\^(S[A-Z0-9]+)>")


def size(blocks: list[Block]) -> int:
    """Characters of the blocks as they are sent, counted in UTF-16 as the strictest counter would."""
    return len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")).encode("utf-16-le")) // 2


def text(words: str, *, bold: bool = False, italic: bool = False) -> Element:
    """Words as they are. Slack refuses an empty text."""
    style = {name: True for name, wanted in (("bold", bold), ("italic", italic)) if wanted}
    return {"type": "text", "text": words or " "} | ({"style": style} if style else {})


def link(words: str, url: str | None, *, bold: bool = False) -> Element:
    """Words that lead to an address, or the words alone if there is no honest one."""
    address = web_address(url)
    if address is None:
        return text(words, bold=bold)
    return {"type": "link", "url": address, "text": words or address} | ({"style": {"bold": True}} if bold else {})


def mention(notation: str) -> Element:
    """A mention in Slack's notation (see `escape.mentions`) as an element."""
    if match := _USER.fullmatch(notation):
        return {"type": "user", "user_id": match[1]}
    if match := _GROUP.fullmatch(notation):
        return {"type": "usergroup", "usergroup_id": match[1]}
    return {"type": "broadcast", "range": notation[2:-1]}


def rich(*parts: Element) -> Block:
    return {"type": "rich_text", "elements": list(parts)}


def section(*elements: Element) -> Element:
    return {"type": "rich_text_section", "elements": list(elements)}


def quoted(words: str) -> Element:
    return {"type": "rich_text_quote", "elements": [text(words)]}


def bullets(rows: list[list[Element]]) -> Element:
    return {"type": "rich_text_list", "style": "bullet", "indent": 0, "elements": [section(*row) for row in rows]}


def header(words: str) -> Block:
    """A heading; Slack takes at most 150 characters."""
    return {"type": "header", "text": {"type": "plain_text", "text": plain(words, 150), "emoji": True}}


def context(*elements: Element) -> Block:
    """Small grey text; at most 10 parts, each from `grey` or `date`."""
    return {"type": "context", "elements": list(elements[:10])}


def grey(words: str) -> Element:
    """Words as they are, for a context."""
    return {"type": "plain_text", "text": words or " ", "emoji": False}


def date(when: datetime) -> Element:
    """A time that Slack shows in each reader's own zone, for a context."""
    shown = f"<!date^{int(when.timestamp())}^{{date_short_pretty}}, {{time}}|{when:%Y-%m-%d %H:%M} UTC>"
    return {"type": "mrkdwn", "text": shown, "verbatim": True}
