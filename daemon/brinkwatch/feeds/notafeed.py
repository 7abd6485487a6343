"""The answer for a document that is no feed."""

from typing import Literal

Kind = Literal["html_page", "challenge", "empty", "unreadable", "hostile"]


class NotAFeed(Exception):  # noqa: N818 - it names what the document is
    """A document that is no feed. `kind` is a named failure; `words` are for people, with suggestions where there are.

    `hostile` is a document that could not be read within bounds of time and memory.
    """

    def __init__(self, kind: Kind, words: str) -> None:
        super().__init__(words)
        self.kind: Kind = kind
        self.words = words
