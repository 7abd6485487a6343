"""Writes the reference of the configuration from its schema: a table per block, for people. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from brinkwatch.config import duration, settings
from brinkwatch.config.schema import child, resolve, schema
from brinkwatch.signals.catalogue import INFO, SIGNALS

HEAD = """\
# Configuration reference

Written from the program by `brinkwatch config reference`; the commented file with the same keys is
[brinkwatch.yaml](../config/brinkwatch.yaml), and [tuning.md](tuning.md) says which to change. Every key may be left
out, but those without a default. Durations are a number and a unit: `90s`, `15m`, `6h`, `2d`. What is marked *secret*
is never printed. A relative path counts from the folder of the file.
"""
_PATTERNS = {duration.PATTERN: "duration", settings.URL_PATTERN: "http or https address"}
_KINDS = {"string": "text", "boolean": "true or false", "integer": "whole number", "number": "number"}
_NONE = object()


def reference() -> str:
    """The whole reference as Markdown."""
    top = resolve(schema())
    sections = [HEAD, *_section("Top level", "", top)]
    for name, path, block in _blocks(top, ""):
        sections += _section(name, path, block)
    sections += ["## Signals", "", "| name | in messages |", "| --- | --- |"]
    sections += [f"| `{signal}` | {_cell(INFO[signal].label)} |" for signal in SIGNALS]
    return "\n".join([*sections, ""])


def _blocks(
    node: Mapping[str, Any], above: str, outer: tuple[Mapping[str, Any], ...] = ()
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every block below a node: its heading, its path and its schema, each kind of block once under each path.

    A block within one of its own kind, as a route in a route, has the same keys: it stands there once.
    """
    for key in node["properties"]:
        below = child(dict(node), key)
        if below is None:
            continue
        path = f"{above}.{key}" if above else key
        if below.get("type") == "array" and (element := child(below, 0)):
            below, path = element, f"{path}[]"
        if below.get("properties") and below["properties"] not in [each["properties"] for each in outer]:
            yield f"`{path}`", path, below
            yield from _blocks(below, path, (*outer, below))


def _section(name: str, path: str, node: Mapping[str, Any]) -> list[str]:
    words = " ".join(str(node.get("description", "")).split())
    lines = [f"## {name}", ""]
    if path:
        lines += [words, ""]
    lines += ["| key | type | default | meaning |", "| --- | --- | --- | --- |"]
    for key, raw in node["properties"].items():
        below = resolve(raw)
        default = "**needed**" if key in node.get("required", ()) else _default(below, raw)
        meaning = " ".join(str(raw.get("description") or below.get("description", "")).split())
        lines.append(f"| `{key}` | {_kind(below)} | {default} | {_cell(meaning)} |")
    return [*lines, ""]


def _kind(node: Mapping[str, Any]) -> str:
    """What may stand there, in a word or two."""
    if node.get("writeOnly"):
        return "secret"
    if "enum" in node:
        return _cell("one of " + ", ".join(f"`{word}`" for word in node["enum"])) if len(node["enum"]) < 8 else "signal"
    if node.get("pattern") in _PATTERNS:
        return _PATTERNS[node["pattern"]]
    if node.get("type") == "array":
        element = resolve(dict(node["items"]))
        return "list of blocks" if element.get("properties") else f"list: {_kind(element)}"
    if node.get("properties"):
        return "block"
    if isinstance(node.get("additionalProperties"), dict):
        names = resolve(node["propertyNames"]) if "propertyNames" in node else {"type": "string"}
        return f"{_kind(names)} → {_kind(resolve(node['additionalProperties']))}"
    if node.get("format") == "path":
        return "path"
    words = _KINDS.get(str(node.get("type")), "text")
    low, high = node.get("minimum"), node.get("maximum")
    return words if low is None else f"{words}, {low:g} or more" if high is None else f"{words}, {low:g} to {high:g}"


def _default(node: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    value = raw.get("default", _NONE)
    if node.get("properties"):
        return ""
    if value is _NONE or value in ({}, []):
        return "none"
    if value is None:
        return "unset"
    if isinstance(value, list) and isinstance(value[0], dict):
        return f"one, for `{value[0]['channel']}`"
    return f"`{_cell(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))}`"


def _cell(text: str) -> str:
    """Text that stands in one cell of a table."""
    return text.replace("|", "\\|")
