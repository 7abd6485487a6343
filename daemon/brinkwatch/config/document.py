"""Reads YAML text into plain values and remembers the line of each. Knows no setting and opens no file.

Only what JSON could say is taken: text, numbers, true, false, null, lists and blocks. Aliases and merge keys (`<<`)
work, within a bound. Messages are worded here and never quote the text, since the text may hold a secret.
"""

import re
import warnings
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from brinkwatch.config.problem import Location

MAX_CHARACTERS = 2_000_000
MAX_VALUES = 200_000
"""A file of some kilobytes can name a billion values through aliases of aliases; no configuration needs more."""
MAX_DEPTH = 40
_TOO_DEEP = f"the file is nested more than {MAX_DEPTH} levels deep"

_PLAIN = "tag:yaml.org,2002:"
_SCALARS = frozenset(_PLAIN + kind for kind in ("null", "bool", "int", "float"))
_TEXTS = frozenset(_PLAIN + kind for kind in ("str", "timestamp", "value", "merge"))

# What ruamel.yaml says, in part, and what that means to somebody who edits a file.
_WORDS = (
    ("'\\t'", "a tab; YAML is indented with spaces"),
    ("cannot start any token", "a value that begins with this character needs quotes"),
    (
        "mapping values are not allowed",
        "`: ` inside a value, which then needs quotes; or a key that is indented wrongly",
    ),
    ("could not find expected ':'", "a key without `: ` after it"),
    ("undefined alias", "an alias (`*name`) without its anchor (`&name`); text that begins with * needs quotes"),
    ("duplicate anchor", "the same anchor (`&name`) twice"),
    ("another document", "a second document; a configuration has no `---` in its middle"),
    ("unknown escape", "an unknown escape; in double quotes write a backslash as \\\\, or use single quotes"),
    ("unexpected end of stream", "a quote that is never closed"),
    ("<block end>", "this line is indented differently from those it belongs to"),
    ("<stream end>", "the file ends in the middle of a value"),
)


@dataclass(slots=True)
class Document:
    """What a text says: `value` is plain data (None for an empty text), `lines` the line of every location.

    `faults` are (location, line, message), found in the text itself; where there are any, `value` may be incomplete.
    """

    value: Any = None
    lines: dict[Location, int] = field(default_factory=dict)
    faults: list[tuple[Location, int | None, str]] = field(default_factory=list)

    def line(self, location: Location) -> int | None:
        """The line of a value, or of the closest block around it that is written in the file."""
        while location not in self.lines and location:
            location = location[:-1]
        return self.lines.get(location)


class _RefusedError(Exception):
    """The text is not worth reading further."""


def read(text: str) -> Document:
    """Read one YAML document. Never raises for what the text holds."""
    document = Document()
    if len(text) > MAX_CHARACTERS:
        document.faults.append(((), None, f"the file has more than {MAX_CHARACTERS:,} characters"))
        return document
    try:
        with warnings.catch_warnings():
            # The warning would print a part of the text; YAML allows what it warns of.
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            node = YAML(typ="safe", pure=True).compose(text)
        if node is not None:
            document.value = _Plain(document).value(node, (), ())
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        document.faults.append(((), line, f"a character that YAML does not allow (U+{_code(error.character):04X})"))
    except MarkedYAMLError as error:
        document.faults.append(((), _line(error), _words(error)))
    except RecursionError:
        document.faults.append(((), None, _TOO_DEEP))
    except _RefusedError as error:
        document.faults.append(((), None, str(error)))
    except (YAMLError, ValueError, LookupError, TypeError, AttributeError, OverflowError, AssertionError):
        # The parser itself fell over: it does on some malformed directives and tags.
        document.faults.append(((), None, "this is not YAML"))
    return document


class _Plain:
    """Turns composed nodes into plain values, counting as it goes."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._count = 0
        self._constructor = YAML(typ="safe", pure=True).constructor

    def value(self, node: Node, location: Location, inside: tuple[int, ...]) -> Any:
        """The node's value; `inside` names the blocks around it."""
        self._count += 1
        if self._count > MAX_VALUES:
            raise _RefusedError(f"the file holds more than {MAX_VALUES:,} values, aliases counted")
        if id(node) in inside:
            raise _RefusedError("an alias stands inside the block that it repeats")
        if len(inside) > MAX_DEPTH:
            raise _RefusedError(_TOO_DEEP)
        self._document.lines.setdefault(location, node.start_mark.line + 1)
        if isinstance(node, MappingNode) and node.tag == _PLAIN + "map":
            return self._block(node, location, (*inside, id(node)))
        if isinstance(node, SequenceNode) and node.tag == _PLAIN + "seq":
            return [self.value(item, (*location, i), (*inside, id(node))) for i, item in enumerate(node.value)]
        if isinstance(node, ScalarNode) and node.tag in _TEXTS:
            return str(node.value)
        if isinstance(node, ScalarNode) and node.tag in _SCALARS:
            return self._scalar(node)
        self._fault(location, node, "a YAML tag (`!…`) means nothing here; put text that begins with ! in quotes")
        return None

    def _block(self, node: MappingNode, location: Location, inside: tuple[int, ...]) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        own: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                self._fault(location, key_node, "a key must be one word, not a list or a block")
                continue
            if key_node.tag == _PLAIN + "merge":
                # Of several merged blocks the first one wins, as YAML has it.
                merged = {**self._merged(value_node, location, inside), **merged}
                continue
            key = str(key_node.value)
            where = (*location, key)
            if key in own:
                first = self._document.lines[where]
                self._fault(where, key_node, f"this key is given twice; it is on line {first} already")
                continue
            self._document.lines[where] = key_node.start_mark.line + 1
            own[key] = self.value(value_node, where, inside)
        return merged | own

    def _merged(self, node: Node, location: Location, inside: tuple[int, ...]) -> dict[str, Any]:
        blocks = node.value if isinstance(node, SequenceNode) else [node]
        merged: dict[str, Any] = {}
        for block in blocks:
            if not isinstance(block, MappingNode):
                self._fault(location, node, "`<<` takes an alias of a block")
                continue
            merged = {**self.value(block, location, inside), **merged}
        return merged

    def _scalar(self, node: ScalarNode) -> Any:
        try:
            return self._constructor.construct_object(node)
        except (YAMLError, ValueError, LookupError, TypeError, AttributeError, OverflowError):
            return str(node.value)

    def _fault(self, location: Location, node: Node, message: str) -> None:
        self._document.faults.append((location, node.start_mark.line + 1, message))


def _line(error: MarkedYAMLError) -> int | None:
    mark = error.problem_mark or error.context_mark
    return None if mark is None else mark.line + 1


def _words(error: MarkedYAMLError) -> str:
    said = str(error.problem or "")
    for part, words in _WORDS:
        if part in said:
            return words
    # Whatever is quoted may come from the text.
    said = re.sub(r"'.*'", "something", said, flags=re.DOTALL)
    return f"this is not YAML: {said}" if said else "this is not YAML"


def _code(character: Any) -> int:
    return character if isinstance(character, int) else ord(str(character)[:1] or "?")
