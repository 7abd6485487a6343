"""Reads the gazetteer's lists once and keeps them in memory; decides nothing.

The lists in `names/` are kept by hand, except `world_cities.txt` and `stems.txt` (see `training/gazetteer.py`).
Lines that begin with `#` are comments.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

TOKEN = re.compile(r"(?:[A-Z]\.){2,}(?:['’]s)?|[^\W_]+(?:['’][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"['’]s?$")
_APOSTROPHE = re.compile(r"['’.]")


def without_accents(text: str) -> str:
    """Text without accents."""
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def plain(text: str) -> str:
    """Lower case, without accents."""
    return without_accents(text).lower()


def words(text: str) -> list[str]:
    """The words of a text as they are written, without possessives and inner stops: `U.S.` is `US`."""
    return [_APOSTROPHE.sub("", _POSSESSIVE.sub("", token)) for token in TOKEN.findall(text)]


@dataclass(frozen=True, slots=True)
class Name:
    """One way to write an entity. `cased[i]` says how word i must look: `A` all capitals, `a` capitalised, `.` anyhow.

    `capital` marks the capital of a state, whose name often stands for the government; `adjective` a demonym.
    """

    key: tuple[str, ...]
    cased: str
    ids: tuple[str, ...]
    capital: bool = False
    adjective: bool = False


@dataclass(frozen=True)
class Gazetteer:
    """`names` by first word, longest first; `inside` gives the places that a place lies in, at any depth."""

    names: dict[str, tuple[Name, ...]]
    inside: dict[str, frozenset[str]]


def word_set(*rows: str) -> frozenset[str]:
    """The words of some rows of words."""
    return frozenset(word for row in rows for word in row.split())


def slug(name: str) -> str:
    return "-".join(plain(word) for word in words(name))


def lines(filename: str) -> Iterator[str]:
    """The lines of one list, comments left out."""
    text = (files(__package__) / "names" / filename).read_text(encoding="utf-8")
    return (line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


def _name(text: str, ids: tuple[str, ...], *, capital: bool = False, adjective: bool = False) -> Name:
    parts = words(text)
    cased = "".join("A" if p.isupper() and len(p) > 1 else "a" if p[0].isupper() else "." for p in parts)
    return Name(tuple(plain(p) for p in parts), cased, ids, capital, adjective)


def _split(field: str) -> list[str]:
    return [part.strip() for part in field.split(",") if part.strip()]


def _states() -> Iterator[Name]:
    for line in lines("states.txt"):
        iso, names, demonyms, capitals, government = (field.strip() for field in line.split("|"))
        state = f"state:{iso}"
        for name in _split(names):
            yield _name(name, (state,), adjective=name.isupper() and len(name) <= 4)
        for name in _split(demonyms):
            yield _name(name, (state,), adjective=True)
        for name in _split(government):
            yield _name(name, (state,), adjective=True)
        main = _split(capitals)[:1]
        for name in _split(capitals):
            same_city = name if iso == "il" else main[0]
            yield _name(name, (f"city:{slug(same_city)}", state), capital=True)


def _keyed(filename: str, kind: str) -> Iterator[Name]:
    for line in lines(filename):
        iso, entries = line.split("|", 1)
        for entry in entries.split(";"):
            identity, names = entry.split("=")
            for name in _split(names):
                yield _name(name, (f"{kind}:{identity.strip()}", f"state:{iso.strip()}"))


def _bodies() -> Iterator[Name]:
    for line in lines("bodies.txt"):
        identity, names, implied = (field.strip() for field in line.split("|"))
        for name in _split(names):
            yield _name(name, (identity, *_split(implied)))


def _world_cities() -> Iterator[Name]:
    for line in lines("world_cities.txt"):
        iso, name = (field.strip() for field in line.split("|"))
        yield _name(name, (f"city:{slug(name)}", f"state:{iso}"))


def _inside() -> dict[str, frozenset[str]]:
    outer: dict[str, set[str]] = {}
    for line in lines("nested.txt"):
        inner, around = (field.strip() for field in line.split("<"))
        outer.setdefault(inner, set()).add(around)
    for _ in outer:
        for places in outer.values():
            places.update(*(outer.get(place, ()) for place in tuple(places)))
    return {inner: frozenset(places) for inner, places in outer.items()}


@cache
def gazetteer() -> Gazetteer:
    """The lists, read once. The first list that has a name keeps it."""
    known: dict[tuple[tuple[str, ...], str], Name] = {}
    for source in (_states(), _bodies(), _keyed("people.txt", "person"), _keyed("cities.txt", "city"), _world_cities()):
        for name in source:
            known.setdefault((name.key, name.cased), name)
    by_first: dict[str, list[Name]] = {}
    for name in known.values():
        by_first.setdefault(name.key[0], []).append(name)
    ordered = {first: tuple(sorted(names, key=lambda n: -len(n.key))) for first, names in by_first.items()}
    return Gazetteer(ordered, _inside())
