"""JSON lines in, JSON lines out: what all text filters share. Knows no record's meaning.

A line ends at `\\n` alone and has exactly one answer, in the order of the lines: a wrong one is answered in its place
by `{"error": …, "line": …}` (lines count from 1). An empty line is a wrong one; what follows the last `\\n` is a line
only if it is not empty.
"""

import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Annotated, Any, BinaryIO, Generic, NoReturn, TextIO, TypeVar

from pydantic import BaseModel, ConfigDict, PlainValidator, ValidationError

from brinkwatch.items.moment import parse_moment

# Longer lines are refused unread, so that a file that is not JSON lines cannot fill the memory.
MAX_LINE = 4 * 1024 * 1024
# Lines are answered this many at a time; a person at a terminal is answered line by line.
CHUNK = 64

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")
_BREAKS = re.compile("[\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")
# Legal inside JSON, but other readers end a line there.
_ESCAPES = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029", 0xFEFF: "\\ufeff"}


def clean(text: str) -> str:
    """Text without control characters and lone surrogates; unusual line ends become `\\n`."""
    return _BREAKS.sub("\n", _CONTROL.sub("", text))


def _visible(text: str) -> bool:
    return any(not char.isspace() and unicodedata.category(char) != "Cf" for char in text)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a string")
    return clean(value).strip()


def _text(value: Any) -> str:
    text = _string(value)
    if not _visible(text):
        raise ValueError("is empty")
    return text


def _title(value: Any) -> str:
    return " ".join(_text(value).split())


def _optional_text(value: Any) -> str:
    text = "" if value is None else _string(value)
    return text if _visible(text) else ""


def _identity(value: Any) -> str | int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str):
        raise ValueError("must be a string or a whole number")
    if not (value := _CONTROL.sub("", value)):
        raise ValueError("is empty")
    return value


def _moment(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError("must be a string")
    return parse_moment(value)


def _optional_moment(value: Any) -> datetime | None:
    return None if value is None else _moment(value)


Identity = Annotated[str | int, PlainValidator(_identity)]
"""A string or a whole number; comes back in the answer as it was."""
Title = Annotated[str, PlainValidator(_title)]
"""One line of text with at least one visible character."""
Text = Annotated[str, PlainValidator(_text)]
"""The same of any number of lines."""
OptionalText = Annotated[str, PlainValidator(_optional_text)]
"""Text that may be missing, null or empty: then it is the empty string."""
Moment = Annotated[datetime, PlainValidator(_moment)]
"""See `parse_moment`; aware UTC."""
OptionalMoment = Annotated[datetime | None, PlainValidator(_optional_moment)]
"""The same; may be missing or null."""


class Record(BaseModel):
    """What one line of a filter must hold. Keys the filter does not know are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Identity


R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class LineError:
    """A line that cannot be answered; `line` counts from 1."""

    error: str
    line: int

    def answer(self) -> dict[str, Any]:
        return {"error": self.error, "line": self.line}


@dataclass(frozen=True, slots=True)
class Line(Generic[R]):
    """A line that can."""

    record: R
    line: int


def read(stdin: BinaryIO, model: type[R]) -> Iterator[Line[R] | LineError]:
    """Every line of the input as a record or as what is wrong with it, in order."""
    for number, raw in enumerate(_raw_lines(stdin), start=1):
        if number == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        try:
            yield Line(model.model_validate(_parse(raw)), number)
        except ValidationError as error:
            yield LineError(_words(error), number)
        except ValueError as error:
            yield LineError(str(error), number)


def answer_lines(
    stdin: BinaryIO,
    stdout: TextIO,
    model: type[R],
    answer: Callable[[Sequence[R]], Iterable[dict[str, Any]]],
) -> int:
    """Answer the input a chunk at a time and return the exit status: 1 if any line was wrong, else 0.

    `answer` gives one object per record, in order. A reader that goes away ends the work with status 1.
    """
    lines = read(stdin, model)
    size = 1 if stdin.isatty() else CHUNK
    status = 0
    while chunk := list(islice(lines, size)):
        records = [line.record for line in chunk if isinstance(line, Line)]
        answers = iter(answer(records) if records else ())
        status |= any(isinstance(line, LineError) for line in chunk)
        if not write(stdout, (line.answer() if isinstance(line, LineError) else next(answers) for line in chunk)):
            return 1
    return status


def write(stdout: TextIO, objects: Iterable[dict[str, Any]]) -> bool:
    """Write objects as UTF-8 lines and flush; False if nobody reads any more."""
    text = "".join(f"{encode(found)}\n" for found in objects)
    try:
        # The bytes themselves: the terminal's encoding may not be UTF-8, and JSON lines are.
        buffer = getattr(stdout, "buffer", None)
        if buffer is None:
            stdout.write(text)
        else:
            stdout.flush()
            buffer.write(text.encode())
        stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes standard output once more when it ends; that must not fail as well.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stdout.fileno())
        return False
    return True


def encode(found: dict[str, Any]) -> str:
    """One object as one line of JSON, safe for readers that also end lines elsewhere than at `\\n`."""
    return json.dumps(found, ensure_ascii=False, allow_nan=False).translate(_ESCAPES)


def _raw_lines(stdin: BinaryIO) -> Iterator[bytes]:
    """Lines without their `\\n`. Of a line that is too long only the beginning is kept, which `_parse` refuses."""
    while raw := stdin.readline(MAX_LINE + 2):
        rest = raw
        while not rest.endswith(b"\n") and len(rest) > MAX_LINE:
            rest = stdin.readline(MAX_LINE + 2)
        yield raw.removesuffix(b"\n")


def _parse(raw: bytes) -> dict[str, Any]:
    if len(raw) > MAX_LINE:
        raise ValueError(f"the line is longer than {MAX_LINE} bytes")
    if not raw.strip():
        raise ValueError("the line is empty")
    try:
        # Not strict: raw control characters inside strings are cleaned like escaped ones.
        found = json.loads(raw.decode(), object_pairs_hook=_once, parse_constant=_no_constant, strict=False)
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start + 1}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at character {error.pos + 1}") from None
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"not JSON: {name} is no number")


def _words(error: ValidationError) -> str:
    """What is wrong with a record, by key, without repeating its values."""
    reasons = {
        str(found["loc"][0]): "is missing" if found["type"] == "missing" else found["msg"].removeprefix("Value error, ")
        for found in error.errors(include_url=False, include_input=False)
    }
    return "; ".join(f"{key}: {reason}" for key, reason in reasons.items())
