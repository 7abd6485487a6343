"""Reads and writes lists of feeds as OPML 2.0 (opml.org/spec2.opml). Touches no file and no network."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from unicodedata import normalize
from urllib.parse import urlsplit, urlunsplit
from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

MAX_BYTES = 5_000_000
_USUAL_LABELS = {"www", "feeds", "feed", "rss", "news", "en", "english", "m", "web", "blog"}
_SHARED_SUFFIXES = {"co", "com", "org", "net", "gov", "gob", "gouv", "go", "ac", "edu"}


class OpmlError(Exception):
    """The text is no OPML; says why."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One feed of a list."""

    url: str
    title: str
    folder: str = ""


def read_opml(data: bytes) -> list[Listed]:
    """The feeds of a list, each address once, in its order; folders may be nested. Raises OpmlError."""
    if len(data) > MAX_BYTES:
        raise OpmlError(f"the list is larger than {MAX_BYTES:,} bytes")
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise OpmlError("the list declares entities, which no OPML needs")
    try:
        root = ET.fromstring(data)  # noqa: S314 - without declarations there is nothing to expand
    except (ET.ParseError, ValueError, LookupError):
        raise OpmlError("the list is not well-formed XML") from None
    if root.tag.lower() != "opml" or (body := root.find("body")) is None:
        raise OpmlError("the document is XML, but no OPML")
    found: dict[str, Listed] = {}
    for outline, folder in _outlines(body):
        url = _attribute(outline, "xmlUrl")
        if re.match(r"https?://[^/\s]", url, re.IGNORECASE):
            scheme, _, rest = url.partition(":")
            url = f"{scheme.lower()}:{rest}"
            title = _attribute(outline, "title") or _attribute(outline, "text") or (urlsplit(url).hostname or url)
            found.setdefault(url, Listed(url, title, folder))
    return list(found.values())


def write_opml(feeds: Iterable[Listed], title: str) -> str:
    """A list of feeds, in folders where they have one. Logins in addresses are left out."""
    folders: dict[str, list[str]] = {}
    for feed in feeds:
        text = quoteattr(_line(feed.title))
        line = f'<outline type="rss" text={text} title={text} xmlUrl={quoteattr(_open(feed.url))}/>'
        folders.setdefault(feed.folder, []).append(line)
    out = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">']
    out += [f"<head><title>{_escape(title)}</title></head>", "<body>"]
    for folder, lines in folders.items():
        out += [f"  {line}" for line in lines] if not folder else [
            f"  <outline text={quoteattr(_line(folder))}>", *(f"    {line}" for line in lines), "  </outline>",
        ]  # fmt: skip
    return "\n".join([*out, "</body>", "</opml>", ""])


def identity(title: str, url: str, taken: Collection[str]) -> str:
    """A short, stable id that is not taken, made of the title or else the host."""
    base = _slug(title) or _slug(urlsplit(url).hostname or "") or "feed"
    number = 1
    while (found := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return found


def family(url: str) -> str:
    """The publisher's family, as far as an address tells: all feeds of one domain are one source."""
    labels = [label for label in (urlsplit(url).hostname or "").lower().split(".") if label]
    if len(labels) > 1 and not labels[-1].isdecimal():
        labels = labels[:-2] if len(labels) > 2 and labels[-2] in _SHARED_SUFFIXES else labels[:-1]
    own = [label for label in labels if label not in _USUAL_LABELS] or labels
    return _slug(own[-1] if own else "") or "unknown"


def _outlines(node: ET.Element, folder: str = "") -> Iterator[tuple[ET.Element, str]]:
    for outline in node.findall("outline"):
        yield outline, folder
        below = folder if _attribute(outline, "xmlUrl") else _attribute(outline, "text") or folder
        yield from _outlines(outline, below)


def _attribute(outline: ET.Element, name: str) -> str:
    """An attribute, whatever its case, as one line."""
    return next((_line(value) for key, value in outline.attrib.items() if key.lower() == name.lower()), "")


def _open(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _slug(text: str) -> str:
    plain = normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].rstrip("-")


def _line(text: str) -> str:
    return " ".join(re.sub(r"[\x00-\x1f\x7f\ufffe\uffff\ud800-\udfff]+", " ", text).split())[:500]


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
