"""Words one mistake: what was found (never a secret) and what is allowed, which the schema knows. Pure."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from brinkwatch.config import block, duration, settings
from brinkwatch.config.problem import HIDDEN, Location
from brinkwatch.config.redact import redact
from brinkwatch.config.schema import at, child, is_secret, resolve, schema

LONGEST_SHOWN = 60
_PATTERNS = {
    duration.PATTERN: "a duration: a number and a unit, such as 90s, 15m, 6h or 2d",
    settings.URL_PATTERN: "an address that begins with http:// or https://",
    settings.ID_PATTERN: "up to 100 letters, digits, `.`, `_` or `-`, beginning with a letter or digit",
    block.LANGUAGE_PATTERN: "a language code of two small letters, such as en",
}
_KINDS = {"string": "text", "boolean": "true or false", "array": "a list", "object": "a block of keys"}


def explain(kind: str, location: Location, found: Any, said: str) -> tuple[Location, str]:
    """The place and the message for one error of pydantic: its type, place, input and own words."""
    if location and location[-1] == "[key]":
        return location[:-1], _unknown_key(location[:-1])
    if kind == "extra_forbidden":
        return location, _unknown_key(location)
    if kind == "missing":
        return location, f"this key is missing; it takes {allowed(location)}"
    if kind == "clash":
        return location, redact(said)
    node = at(location)
    if kind == "value_error" and isinstance(found, str) and node is not None and node.get("pattern"):
        # A duration that is written well and still not allowed: the validator knows why.
        return location, f"found {shown(found, location)}; {said.removeprefix('Value error, ')}"
    return location, f"found {shown(found, location)}; allowed: {allowed(location)}{_hint(found, location)}"


def shown(value: Any, location: Location) -> str:
    """A value as it may be printed: secrets hidden, contents of lists and blocks left out, long text cut."""
    if isinstance(value, Mapping):
        return "a block of keys"
    if isinstance(value, (list, tuple)):
        return "a list"
    if value is None:
        return "nothing"
    if is_secret(location):
        return HIDDEN
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        text = str(value) if isinstance(value, float) or abs(value) < 10**LONGEST_SHOWN else "a huge number"
        return f"the number {text}" if text[0] != "a" else text
    return f'"{plain(str(value))}"'


def plain(text: str, longest: int = LONGEST_SHOWN) -> str:
    """A text on one line: secrets inside it hidden, control characters escaped, cut when long."""
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in redact(text))
    return text if len(text) <= longest else text[:longest] + "…"


def allowed(location: Location) -> str:
    """What may stand at `location`, in words."""
    node = at(location)
    return "nothing" if node is None else _allowed(node)


def _allowed(node: Mapping[str, Any]) -> str:
    if "enum" in node:
        return ", ".join(map(str, node["enum"]))
    if node.get("pattern") in _PATTERNS:
        return _PATTERNS[node["pattern"]]
    kind = node.get("type")
    if kind in ("integer", "number"):
        words = "a whole number" if kind == "integer" else "a number"
        low, high = node.get("minimum"), node.get("maximum")
        if low is not None and high is not None:
            return f"{words} from {low:g} to {high:g}"
        return words if low is None else f"{words} of at least {low}"
    if kind == "array" and "items" in node:
        return f"a list, each of its elements {_allowed(resolve(node['items']))}"
    if kind == "object" and node.get("properties"):
        return f"a block of these keys: {', '.join(node['properties'])}"
    if kind == "string" and node.get("minLength"):
        return "text that is not empty"
    return _KINDS.get(str(kind), "something else")


def _hint(found: Any, location: Location) -> str:
    node = at(location) or {}
    if found is None and node.get("type") == "string":
        return ' (a value that begins with # must stand in quotes: "#…")'
    if (
        isinstance(found, (int, float))
        and node.get("type") == "string"
        and node.get("pattern") in (None, settings.ID_PATTERN)
    ):
        return " (put it in quotes)"
    if isinstance(found, str) and node.get("type") == "array":
        return " (write [one, two], or one to a line after `- `)"
    return ""


def _unknown_key(location: Location) -> str:
    key = str(location[-1])
    message = f"unknown key `{plain(key)}`"
    names = _names(at(location[:-1]) or {})
    near = get_close_matches(key.lower(), names, n=1, cutoff=0.6) if len(key) <= LONGEST_SHOWN else []
    if near:
        return f"{message}; did you mean `{near[0]}`?"
    elsewhere = [path for path in _paths(resolve(schema())) if path.rpartition(".")[2] == key]
    if elsewhere:
        return f"{message} here; it belongs to {' or '.join(f'`{path}`' for path in elsewhere)}"
    return f"{message}; the keys here are {', '.join(names)}" if names else f"{message}; there are no keys here"


def _names(node: Mapping[str, Any]) -> list[str]:
    """The keys that a block may have."""
    if node.get("properties"):
        return list(node["properties"])
    return list(resolve(node["propertyNames"])["enum"]) if "propertyNames" in node else []


def _paths(node: dict[str, Any], above: str = "", inside: tuple[str, ...] = ()) -> Iterator[str]:
    """Every key of the configuration, with those above it; of blocks within blocks of their own kind the outer ones."""
    kind = str(node.get("title"))
    if kind in inside:
        return
    for name in node.get("properties", {}):
        below = child(node, name)
        path = f"{above}.{name}" if above else name
        yield path
        if below is not None:
            many = below.get("type") == "array"
            inner = (child(below, 0) or {}) if many else below
            yield from _paths(inner, f"{path}[]" if many else path, (*inside, kind))
