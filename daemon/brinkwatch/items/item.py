"""Items as they are known: plain data shared by the stages."""

from dataclasses import dataclass
from datetime import datetime

from brinkwatch.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class ItemText:
    """An item's cleaned text. `summary` may be a whole article, or empty."""

    title: str
    summary: str


@dataclass(frozen=True, slots=True)
class KnownItem:
    """What the store remembers of an item, as far as `settle` needs it."""

    key: str
    title: str
    summary: str
    link: str | None
    published: datetime
    revision: int
    outcome: Outcome
    former: tuple[ItemText, ...] = ()
    """Texts of earlier revisions, as many as the store cares to give: a return to one of them is not news."""


@dataclass(frozen=True, slots=True)
class ItemIntent:
    """What to do with one entry: the outcome, and the row to write if it is new or changed.

    `write` is None where the stored row stays as it is. `revision` counts from 1 and rises with material edits only.
    """

    outcome: Outcome
    write: "ItemRow | None"


@dataclass(frozen=True, slots=True)
class ItemRow:
    """The values of an item's row that come from its entry. All text is clean, all dates aware UTC."""

    key: str
    guid: str | None
    link: str | None
    title: str
    summary: str
    published: datetime
    revision: int
