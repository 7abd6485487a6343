"""Makes text safe to log: control characters escaped, secrets replaced. Pure, but for the list of secrets."""

from collections.abc import Callable, MutableMapping
from typing import Any

from structlog.typing import EventDict, WrappedLogger

from brinkwatch.config.problem import HIDDEN
from brinkwatch.config.redact import redact

LONGEST = 4000
"""Characters of one logged value; what is longer is cut. Tracebacks are not."""
_SHORTEST_SECRET = 4
_KEPT = frozenset({"exception", "stack"})
"""These have several lines, which a person wants to read as lines."""


def escape(text: str, *, lines: bool = False) -> str:
    """Write what could act on a terminal, or hide or reorder text, as an escape such as `\\x1b`.

    That is: controls, bidirectional and other format characters, line separators, lone surrogates. Line feeds and
    tabs stay where `lines` is true.
    """
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or (lines and c in "\n\t") else c.encode("unicode_escape").decode("ascii") for c in text
    )


def escape_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A processor of structlog: escapes every text of an event, and cuts the long ones."""
    for key, value in list(event.items()):
        if key in _KEPT and isinstance(value, str):
            event[key] = escape(value, lines=True)
        elif not key.startswith("_"):
            event[key] = _every_text(value, lambda text: escape(text[:LONGEST] + "…" if len(text) > LONGEST else text))
    return event


class Redactor:
    """A processor of structlog: replaces known secrets, and whatever looks like one, in every text of an event."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()

    def add(self, secret: str) -> None:
        """Remember a secret. A very short text is not taken: replacing it would garble everything."""
        if len(secret) >= _SHORTEST_SECRET:
            self._secrets.add(secret)

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        for key, value in list(event.items()):
            if not key.startswith("_"):
                event[key] = _every_text(value, self.clean)
        return event

    def clean(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return redact(text)


def _every_text(value: Any, change: Callable[[str], str]) -> Any:
    """The value with `change` done to each text in it; what is not plain data is written out as text first."""
    if isinstance(value, str):
        return change(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, MutableMapping):
        return {change(str(key)): _every_text(inner, change) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_every_text(inner, change) for inner in value]
    return change(str(value) if isinstance(value, BaseException) else repr(value))
