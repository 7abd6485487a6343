"""Changes the feeds in the text of a configuration and leaves everything else in it as people wrote it.

Lines are put in, or taken out, where ruamel.yaml says that a feed stands: its own round trip would tie a comment to the
feed above it, and lose it with that. Every result is read again and compared with what was meant; where lines do not do
(a list in braces, aliases), the round trip has to. A file is replaced whole, and only by one that is valid.
"""

import io
import os
import re
import stat
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from brinkwatch.config.document import read
from brinkwatch.config.load import parse
from brinkwatch.config.problem import ConfigError, Problem

Feed = Mapping[str, Any]


class EditError(Exception):
    """The change cannot be made; the text says why."""


def add_feeds(text: str, feeds: Sequence[Feed]) -> str:
    """The text with these feeds after those that are there. Raises EditError and ConfigError."""
    wanted = _feeds(text)
    wanted += [dict(feed) for feed in feeds]

    def by_lines(lines: list[str], blocks: list[tuple[int, int]]) -> list[str]:
        at = blocks[-1][1]
        indent = _indent(lines[blocks[-1][0]])
        return [*lines[:at], *(line for feed in feeds for line in feed_lines(feed, indent)), *lines[at:]]

    def round_trip(data: Any) -> None:
        if not data.get("feeds"):
            data["feeds"] = [dict(feed) for feed in feeds]
        else:
            data["feeds"].extend(dict(feed) for feed in feeds)

    return _changed(text, wanted, by_lines, round_trip)


def remove_feed(text: str, feed: str) -> str:
    """The text without this feed; comments above and below it stay. Raises EditError and ConfigError."""
    wanted = _feeds(text)
    index = _index(wanted, feed)
    del wanted[index]

    def by_lines(lines: list[str], blocks: list[tuple[int, int]]) -> list[str]:
        start, end = blocks[index]
        return [*lines[:start], *lines[end:]]

    def round_trip(data: Any) -> None:
        del data["feeds"][index]

    return _changed(text, wanted, by_lines, round_trip)


def pause_feed(text: str, feed: str, *, paused: bool) -> str:
    """The text with this feed paused, or visited again. Raises EditError and ConfigError."""
    wanted = _feeds(text)
    index = _index(wanted, feed)
    wanted[index].pop("paused", None)
    if paused:
        wanted[index]["paused"] = True

    def by_lines(lines: list[str], blocks: list[tuple[int, int]]) -> list[str]:
        start, end = blocks[index]
        block = [line for line in lines[start:end] if not re.match(r"\s*paused\s*:", line)]
        column = len(lines[start]) - len(lines[start].lstrip(" -"))
        return [*lines[:start], *block, *([" " * column + "paused: true\n"] if paused else []), *lines[end:]]

    def round_trip(data: Any) -> None:
        data["feeds"][index].pop("paused", None)
        if paused:
            data["feeds"][index].insert(1, "paused", True)

    return _changed(text, wanted, by_lines, round_trip)


def replace(path: Path, change: Callable[[str], str]) -> None:
    """Change the file: whole or not at all, with its permissions kept, only if the result is valid.

    Raises EditError and ConfigError.
    """
    try:
        # Not a link's place but what it leads to: /etc/brinkwatch may be one.
        target = path.resolve(strict=True)
        text = change(target.read_bytes().decode("utf-8-sig"))
        fresh = target.with_name(f".{target.name}.{os.getpid()}")
        mode = stat.S_IMODE(target.stat().st_mode)
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            fresh.chmod(mode)
            fresh.replace(target)
        finally:
            with suppress(OSError):
                fresh.unlink()
    except UnicodeDecodeError:
        raise ConfigError([Problem(str(path), None, "", "save the file as UTF-8")]) from None
    except OSError as error:
        raise EditError(f"{path} cannot be changed: {error.strerror}") from None


def _feeds(text: str) -> list[dict[str, Any]]:
    """The feeds as the text has them. Raises ConfigError for a text that is not valid as it stands."""
    parse(text, "the configuration as it stands")
    value = read(text).value or {}
    return [dict(feed) for feed in value.get("feeds") or []]


def _index(feeds: Sequence[Feed], wanted: str) -> int:
    for index, feed in enumerate(feeds):
        if feed.get("id") == wanted:
            return index
    raise EditError(f"no feed has the id {wanted!r}")


def _changed(
    text: str,
    wanted: Sequence[Feed],
    by_lines: Callable[[list[str], list[tuple[int, int]]], list[str]],
    round_trip: Callable[[Any], None],
) -> str:
    """The changed text, by lines if that gives what is wanted. Raises EditError, and ConfigError if it is invalid."""
    meant = {**(read(text).value or {}), "feeds": list(wanted)}
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    blocks = _blocks(text, lines)
    found = "".join(by_lines(lines, blocks)) if blocks else text
    if _value(found) != meant:
        found = _round_trip(text, round_trip)
    if _value(found) != meant:
        raise EditError("the file is written in a way that cannot be changed safely; please change it by hand")
    parse(found, "the changed configuration")
    return found


def _value(text: str) -> dict[str, Any]:
    value = read(text).value or {}
    return {**value, "feeds": value.get("feeds") or []}


def _blocks(text: str, lines: Sequence[str]) -> list[tuple[int, int]]:
    """The lines, from and to, of each feed of a list in block style, without the comments and blanks that follow."""
    data = YAML().load(text)
    feeds = data.get("feeds") if data else None
    if not feeds or feeds.fa.flow_style():
        return []
    starts = [feeds.lc.item(index)[0] for index in range(len(feeds))]
    after = [data.lc.key(key)[0] for key in data if data.lc.key(key)[0] > starts[-1]]
    ends = [*starts[1:], min(after, default=len(lines))]
    return [(start, _last(lines, start, end)) for start, end in zip(starts, ends, strict=True)]


def _last(lines: Sequence[str], start: int, end: int) -> int:
    while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return end


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def feed_lines(feed: Feed, indent: int) -> list[str]:
    """One feed as an element of a list in block style."""
    out = io.StringIO()
    yaml = YAML()
    yaml.width = 4_000
    yaml.dump(dict(feed), out)
    body = out.getvalue().splitlines(keepends=True)
    return [" " * indent + ("- " if number == 0 else "  ") + line for number, line in enumerate(body)]


def _round_trip(text: str, change: Callable[[Any], None]) -> str:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    data = yaml.load(text) or {}
    change(data)
    out = io.StringIO()
    yaml.dump(data, out)
    return out.getvalue()
