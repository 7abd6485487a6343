"""Durations as people write them: `90s`, `15m`, `6h`, `2d`."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

PATTERN = r"^\d+(\.\d+)?(s|m|h|d)$"
LONGEST = timedelta(days=3650)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DIGITS = 12
"""More digits than any sensible duration has; keeps the arithmetic within what a float holds."""


def parse_duration(value: Any) -> timedelta:
    """Read a duration; raises ValueError that says what is allowed."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str) and len(value) <= _DIGITS and re.fullmatch(PATTERN, value, re.ASCII):
        seconds = float(value[:-1]) * _SECONDS[value[-1]]
        if seconds > LONGEST.total_seconds():
            raise ValueError("a duration is at most 3650d")
        return timedelta(seconds=seconds)
    raise ValueError("a duration is written as a number and a unit: 90s, 15m, 6h or 2d")


def format_duration(value: timedelta) -> str:
    """The shortest exact way to write a duration of whole seconds."""
    seconds = value.total_seconds()
    for unit in ("d", "h", "m"):
        if seconds and seconds % _SECONDS[unit] == 0:
            return f"{int(seconds // _SECONDS[unit])}{unit}"
    return f"{seconds:g}s"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": PATTERN, "examples": ["90s", "15m", "6h"]}),
]
