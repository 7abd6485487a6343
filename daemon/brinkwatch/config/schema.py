"""Makes the JSON Schema of the configuration from the models, for editors and for the messages of `config check`."""

import json
from datetime import timedelta
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from brinkwatch.config.duration import format_duration
from brinkwatch.config.problem import Location
from brinkwatch.config.settings import Settings

FILE_NAME = "brinkwatch.schema.json"
"""What the schema is called beside a `brinkwatch.yaml`; the first line of the default file names it for editors."""


class _Generator(GenerateJsonSchema):
    """Writes defaults as people write them in the YAML."""

    def encode_default(self, dft: Any) -> Any:
        if isinstance(dft, timedelta):
            return format_duration(dft)
        if isinstance(dft, BaseModel):
            return dft.model_dump(mode="json", by_alias=True)
        return super().encode_default(dft)


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the whole configuration. Shared: do not change it."""
    made = Settings.model_json_schema(by_alias=True, schema_generator=_Generator)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": "Brinkwatch configuration"}


def schema_text() -> str:
    """The schema as the text of a file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """A node of the schema without references, and without its branch for null."""
    while True:
        if "$ref" in node:
            target: dict[str, Any] = schema()["$defs"][node["$ref"].rpartition("/")[2]]
            node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
        elif "anyOf" in node:
            branch = next(option for option in node["anyOf"] if option.get("type") != "null")
            node = {**branch, **{key: value for key, value in node.items() if key != "anyOf"}}
        else:
            return node


def child(node: dict[str, Any], part: str | int) -> dict[str, Any] | None:
    """The schema of one key or element of a resolved node; None where the schema knows none."""
    if isinstance(part, int):
        below = node.get("items")
    else:
        below = node.get("properties", {}).get(part, node.get("additionalProperties") or None)
    return resolve(below) if isinstance(below, dict) else None


def at(location: Location) -> dict[str, Any] | None:
    """The resolved schema of what sits at `location`."""
    node: dict[str, Any] | None = resolve(schema())
    for part in location:
        node = child(node, part) if node is not None else None
    return node


def may_be_null(location: Location) -> bool:
    """Whether null means something at `location`."""
    parent = at(location[:-1]) if location else None
    raw = (parent or {}).get("properties", {}).get(location[-1], {}) if location else {}
    return any(option.get("type") == "null" for option in raw.get("anyOf", ()))


def is_secret(location: Location) -> bool:
    """Whether a value at `location` is a secret, belongs to one, or stands where a block that holds one should."""
    node: dict[str, Any] | None = resolve(schema())
    for part in location:
        if node is None or node.get("writeOnly"):
            break
        node = child(node, part)
    return node is not None and (bool(node.get("writeOnly")) or any(map(_holds_secret, _below(node))))


def _below(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [resolve(below) for below in node.get("properties", {}).values()]


def _holds_secret(node: dict[str, Any]) -> bool:
    return bool(node.get("writeOnly")) or any(map(_holds_secret, _below(node)))
