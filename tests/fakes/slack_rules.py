"""What the fake Slack takes as a message: Block Kit's documented limits, and stricter where Slack is vague.

Each function returns a list of what is wrong, empty when all is well.
"""

import json
import re
from collections.abc import Callable
from typing import Any

MAX_BLOCKS = 50
MAX_BLOCK_CHARACTERS = 13_000  # not documented; Slack refuses from about 13,200 (slackapi/bolt-js issue 2509)
MAX_METADATA = 8_000
INLINE = {
    "text": {"text"}, "link": {"url", "text"}, "user": {"user_id"}, "usergroup": {"usergroup_id"},
    "broadcast": {"range"}, "emoji": {"name"}, "date": {"timestamp", "format", "fallback"},
}  # fmt: skip
# What may stand between angle brackets in markup; anything else there would act unasked.
CONTROL = re.compile(r"<([^<>]*)>")
DATE = re.compile(r"!date\^\d+\^[^|]*\|[^|]+")
MENTION = re.compile(r"!(?:here|channel|everyone)|@[UW][A-Z0-9]+|!subteam\^S[A-Z0-9]+")
LINK = re.compile(r"https?://[^\s|]+(?:\|[^|]+)?")


def blocks(value: Any) -> list[str]:
    """What is wrong with a message's blocks."""
    if not isinstance(value, list) or not all(isinstance(block, dict) for block in value):
        return ["blocks is not a list of objects"]
    wrong = [f"{len(value)} blocks"] if len(value) > MAX_BLOCKS else []
    for block in value:
        check = BLOCKS.get(block.get("type", ""))
        wrong += check(block) if check else [f"block type {block.get('type')!r}"]
    return wrong


def too_long(value: list[dict[str, Any]]) -> bool:
    return len(json.dumps(value, ensure_ascii=False).encode("utf-16-le")) // 2 > MAX_BLOCK_CHARACTERS


def metadata(value: Any) -> list[str]:
    """What is wrong with a message's metadata."""
    if not isinstance(value, dict) or set(value) != {"event_type", "event_payload"}:
        return ["metadata needs event_type and event_payload and nothing else"]
    if not isinstance(value["event_type"], str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,254}", value["event_type"]):
        return ["event_type"]
    payload = value["event_payload"]
    if not isinstance(payload, dict) or not all(isinstance(v, str | int | float | bool) for v in payload.values()):
        return ["event_payload is not a flat object"]
    return []


def markup(text: str) -> list[str]:
    """Control sequences in markup that are neither a link, a date nor a mention, and brackets left open."""
    wrong = [inner for inner in CONTROL.findall(text) if not any(p.fullmatch(inner) for p in (DATE, MENTION, LINK))]
    rest = CONTROL.sub("", text)
    return wrong + [c for c in "<>" if c in rest]


def mentions(message: dict[str, Any]) -> list[str]:
    """Whom a message calls: from its blocks, or from its text when it has none."""
    if not message.get("blocks"):
        return [inner for inner in CONTROL.findall(message.get("text") or "") if MENTION.fullmatch(inner)]
    called = []
    for part in walk(message["blocks"]):
        if part.get("type") == "broadcast":
            called.append("!" + part["range"])
        elif part.get("type") in {"user", "usergroup"}:
            called.append("@" + (part.get("user_id") or part.get("usergroup_id") or ""))
        elif part.get("type") == "mrkdwn":
            called += [inner for inner in CONTROL.findall(part["text"]) if MENTION.fullmatch(inner)]
    return called


def walk(value: Any) -> list[dict[str, Any]]:
    """Every object inside a value."""
    if isinstance(value, list):
        return [found for part in value for found in walk(part)]
    if isinstance(value, dict):
        return [value] + [found for part in value.values() for found in walk(part)]
    return []


def shown(message: dict[str, Any]) -> str:
    """The words a person reads: of the blocks, or of the text when there are none."""
    if not message.get("blocks"):
        return message.get("text") or ""
    texts = [part.get("text") for part in walk(message["blocks"]) if isinstance(part.get("text"), str)]
    return "\n".join(texts)


def _text_object(value: Any, kinds: set[str], limit: int) -> list[str]:
    if not isinstance(value, dict) or value.get("type") not in kinds:
        return [f"text object {value!r}"]
    if set(value) - {"type", "text", "emoji", "verbatim"}:
        return ["unknown key in a text object"]
    if "verbatim" in value and value["type"] != "mrkdwn":
        return ["verbatim outside markup"]
    words = value.get("text")
    if not isinstance(words, str) or not 1 <= len(words) <= limit:
        return [f"text of {len(words) if isinstance(words, str) else words!r}, limit {limit}"]
    return markup(words) if value["type"] == "mrkdwn" else []


def _header(block: dict[str, Any]) -> list[str]:
    return _text_object(block.get("text"), {"plain_text"}, 150) + _keys(block, {"text"})


def _section(block: dict[str, Any]) -> list[str]:
    wrong = _keys(block, {"text", "fields"})
    if "text" in block:
        wrong += _text_object(block["text"], {"plain_text", "mrkdwn"}, 3000)
    fields = block.get("fields", [])
    if not ("text" in block or fields) or len(fields) > 10:
        wrong.append("section without text, or with too many fields")
    return wrong + [w for field in fields for w in _text_object(field, {"plain_text", "mrkdwn"}, 2000)]


def _context(block: dict[str, Any]) -> list[str]:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= 10:
        return ["context needs one to ten elements"]
    return [w for one in elements for w in _text_object(one, {"plain_text", "mrkdwn"}, 3000)] + _keys(
        block, {"elements"}
    )


def _rich_text(block: dict[str, Any]) -> list[str]:
    elements = block.get("elements")
    if not isinstance(elements, list) or not elements:
        return ["rich_text without elements"]
    return [w for part in elements for w in _rich_part(part)] + _keys(block, {"elements"})


def _rich_part(part: dict[str, Any]) -> list[str]:
    inner = part.get("elements")
    if not isinstance(inner, list) or not inner:
        return ["rich text part without elements"]
    if part.get("type") == "rich_text_list":
        wrong = _keys(part, {"elements", "style", "indent", "offset", "border"})
        if part.get("style") not in {"bullet", "ordered"} or not 0 <= part.get("indent", 0) <= 8:
            wrong.append("style or indent of a list")
        return wrong + [w for row in inner for w in _rich_part(row)]
    if part.get("type") not in {"rich_text_section", "rich_text_quote", "rich_text_preformatted"}:
        return [f"rich text part {part.get('type')!r}"]
    return [w for element in inner for w in _inline(element)] + _keys(part, {"elements", "border"})


def _inline(element: dict[str, Any]) -> list[str]:
    needed = INLINE.get(element.get("type", ""))
    if needed is None:
        return [f"rich text element {element.get('type')!r}"]
    wrong = _keys(element, needed | {"style", "url"})
    wrong += [f"{name} of {element['type']}" for name in needed if name != "timestamp" and not element.get(name)]
    if set(element.get("style", {})) - {"bold", "italic", "strike", "code"}:
        wrong.append("style")
    if element["type"] == "link" and not re.fullmatch(r"https?://[^\s<>]{1,3000}", element.get("url", "")):
        wrong.append(f"address {element.get('url')!r}")
    if element["type"] == "broadcast" and element.get("range") not in {"here", "channel", "everyone"}:
        wrong.append("range")
    return wrong


def _keys(part: dict[str, Any], known: set[str]) -> list[str]:
    return [f"unknown key {key!r}" for key in set(part) - known - {"type", "block_id"}]


BLOCKS: dict[str, Callable[[dict[str, Any]], list[str]]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "rich_text": _rich_text,
    "divider": lambda block: _keys(block, set()),
}
