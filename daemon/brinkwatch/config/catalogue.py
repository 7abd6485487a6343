"""Reads the catalogue of feeds that comes with the program, and writes packs of it into a configuration's text.

Opens the one packaged file and asks no network.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from brinkwatch.config.default import default_file
from brinkwatch.config.edit import feed_lines
from brinkwatch.config.settings import FeedSettings

FILE_NAME = "catalogue.yaml"


@dataclass(frozen=True, slots=True)
class Pack:
    """Feeds that are chosen together."""

    name: str
    title: str
    feeds: tuple[Mapping[str, Any], ...]
    """As they are written in a configuration."""

    @property
    def settings(self) -> tuple[FeedSettings, ...]:
        return tuple(FeedSettings.model_validate(feed) for feed in self.feeds)


def catalogue_file() -> Path:
    """It lies beside the default configuration, installed or in a checkout."""
    return default_file().with_name(FILE_NAME)


@cache
def packs() -> dict[str, Pack]:
    """All packs by name, in the catalogue's order."""
    data = YAML(typ="safe", pure=True).load(catalogue_file().read_text(encoding="utf-8"))
    return {name: Pack(name, pack["title"], tuple(pack["feeds"])) for name, pack in data["packs"].items()}


def with_packs(text: str, names: Iterable[str]) -> str:
    """The default configuration's text with these packs in place of its own feeds. Raises KeyError for a wrong name.

    A feed that two packs have is written once, in the first.
    """
    chosen = [packs()[name] for name in dict.fromkeys(names)]
    head, found, _ = text.rpartition("\nfeeds:\n")
    if not found:
        raise ValueError("the text has no list of feeds at its end")
    seen: set[str] = set()
    parts = [head, found]
    for pack in chosen:
        parts.append(f"\n  # {pack.title}\n")
        for feed in pack.feeds:
            if feed["id"] not in seen:
                seen.add(feed["id"])
                parts += feed_lines(feed, indent=2)
    return "".join(parts)
