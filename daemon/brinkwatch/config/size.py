"""Sizes as people write them: `500MB`, `10GB`. Decimal units: a GB is 10^9 bytes."""

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

PATTERN = r"^\d+(\.\d+)?(kB|MB|GB|TB)$"
_BYTES = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_DIGITS = 12


def parse_size(value: Any) -> int:
    """Read a size in bytes; raises ValueError that says what is allowed."""
    if type(value) is int and value >= 0:
        return value
    if isinstance(value, str) and len(value) <= _DIGITS and re.fullmatch(PATTERN, value, re.ASCII):
        return int(Decimal(value[:-2]) * _BYTES[value[-2:]])  # a float would lose a byte of 1.001MB
    raise ValueError("a size is written as a number and a unit: 500MB or 10GB")


def format_size(value: int) -> str:
    """The shortest exact way to write a size, as `parse_size` reads it."""
    for unit in ("TB", "GB", "MB"):
        if value and value % (_BYTES[unit] // 1000) == 0 and value >= _BYTES[unit]:
            return _number(Decimal(value) / _BYTES[unit]) + unit
    return _number(Decimal(value) / 1000) + "kB"


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"


Size = Annotated[
    int,
    BeforeValidator(parse_size),
    PlainSerializer(format_size, return_type=str),
    WithJsonSchema({"type": "string", "pattern": PATTERN, "examples": ["500MB", "10GB"]}),
]
"""A number of bytes."""
