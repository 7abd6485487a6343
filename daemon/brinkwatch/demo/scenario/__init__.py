"""The bundled scenario as data: what each feed shows at each round. Reads its own YAML files and no others.

Every text was written for this project. The publishers are invented; the facts are those of the weeks from December
2021 to February 2022, told as if they were the news of one hour.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from ruamel.yaml import YAML

from brinkwatch.config.duration import parse_duration
from brinkwatch.signals.catalogue import Signal

WINDOW = 20
"""Entries of one document; older ones drop out, as they do in real feeds."""

Format = Literal["rss20", "atom10", "rss10", "json11"]


def _before_start(value: Any) -> timedelta:
    if isinstance(value, str) and value.startswith("-"):
        return -parse_duration(value[1:])
    raise ValueError("a moment before the start is written as -90s, -15m, -6h or -2d")


BeforeStart = Annotated[timedelta, BeforeValidator(_before_start)]
"""A moment relative to the start of the demonstration, so that nothing in the scenario grows old."""


class Kind(StrEnum):
    """What an item is, in the eyes of a person. Only `CRISIS` and `EASING` are worth an alert; the rest are traps."""

    CRISIS = "crisis"
    EASING = "easing"
    ANALYSIS = "analysis"
    ANNIVERSARY = "anniversary"
    BUSINESS = "business"
    CRIME = "crime"
    CULTURE = "culture"
    DENIAL = "denial"
    DOMESTIC = "domestic"
    FOREIGN_LANGUAGE = "foreign_language"
    HEALTH = "health"
    LABOUR = "labour"
    OBITUARY = "obituary"
    OPINION = "opinion"
    SCIENCE = "science"
    SPORT = "sport"
    TRADE = "trade"
    WEATHER = "weather"


class Fault(StrEnum):
    """What a feed serves in place of its document."""

    CHALLENGE = "challenge"
    """HTTP 200 with a web page that wants to see a person."""
    TRUNCATED = "truncated"
    """HTTP 200 with the first bytes of a document."""
    SERVER_ERROR = "server_error"
    """HTTP 500."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An item as its feed shows it at one round. Both moments are relative to the start."""

    id: str
    title: str
    summary: str
    published: timedelta
    updated: timedelta


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Edit(_Data):
    """From `round` on the item reads like this. A cosmetic edit changes nothing that a person would call news.

    `redated`: the feed claims that the item was published when it was edited, as some do.
    """

    round: int = Field(ge=1)
    at: BeforeStart
    kind: Literal["material", "cosmetic"]
    redated: bool = False
    title: str | None = None
    summary: str | None = None
    signals: tuple[Signal, ...] = ()


class Item(_Data):
    """One item. `signals` is what the codebook asks for; items with the same `development` report the same event."""

    id: str
    round: int = Field(ge=0)
    published: BeforeStart
    kind: Kind
    title: str
    summary: str = ""
    development: str | None = None
    signals: tuple[Signal, ...] = ()
    edits: tuple[Edit, ...] = ()

    def shown(self, at_round: int) -> Shown | None:
        """The item as it reads at a round; None before it appears."""
        if at_round < self.round:
            return None
        title, summary, published, updated = self.title, self.summary, self.published, self.published
        for edit in self.edits:
            if edit.round <= at_round:
                title = edit.title or title
                summary = edit.summary or summary
                published = edit.at if edit.redated else published
                updated = edit.at
        return Shown(self.id, title, summary, published, updated)


class Trouble(_Data):
    """The fault a feed has from one round to another, both included."""

    from_: int = Field(ge=0, alias="from")
    to: int = Field(ge=0)
    fault: Fault


class Feed(_Data):
    """One feed of one publisher."""

    id: str
    publisher: str
    family: str | None = None
    title: str
    format: Format
    language: str | None = None
    state_affiliated: bool = False
    faults: tuple[Trouble, ...] = ()
    items: tuple[Item, ...]

    @property
    def family_name(self) -> str:
        return self.family or self.id

    def shown(self, at_round: int) -> tuple[Shown, ...]:
        """What the document of a round lists, newest first."""
        there = [shown for item in self.items if (shown := item.shown(at_round)) is not None]
        return tuple(sorted(there, key=lambda shown: (shown.published, shown.id), reverse=True)[:WINDOW])

    def fault(self, at_round: int) -> Fault | None:
        return next((trouble.fault for trouble in self.faults if trouble.from_ <= at_round <= trouble.to), None)


class Scenario(_Data):
    """All feeds. Round 0 is what was there before the daemon came."""

    feeds: tuple[Feed, ...]

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "Scenario":
        for ids in ([feed.id for feed in self.feeds], [item.id for item in self.items()]):
            twice = {name for name in ids if ids.count(name) > 1}
            if twice:
                raise ValueError(f"used twice: {', '.join(sorted(twice))}")
        return self

    def items(self) -> Iterator[Item]:
        for feed in self.feeds:
            yield from feed.items

    @cached_property
    def last_round(self) -> int:
        return max(item.round for item in self.items())


def load() -> Scenario:
    """Read the bundled files. Raises pydantic's ValidationError where one is wrong."""
    found = sorted((file for file in files(__name__).iterdir() if file.name.endswith(".yaml")), key=lambda f: f.name)
    return Scenario(feeds=tuple(Feed.model_validate(YAML(typ="safe").load(file.read_text("utf-8"))) for file in found))
