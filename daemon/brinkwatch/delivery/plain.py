"""Takes from text whatever can act by itself, and from addresses whatever hides where they lead. Pure; knows no
platform."""

import re
import unicodedata
from urllib.parse import quote, urlsplit, urlunsplit

LONGEST_URL = 2000
_SCHEMES = frozenset({"http", "https"})
# Controls, formats (bidirectional, zero-width, tags), lone surrogates, line separators, noncharacters.
_ACTING = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
# Reserved and unreserved characters of an address (RFC 3986), and `%` for what is encoded already.
_URL_SAFE = "%/:=&?~#+!$,;@()[]-._"
_SPACE = re.compile(r"\s+")
_STACKED_MARKS = re.compile(
    r"([\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{2})[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
)


def plain(text: str, limit: int | None = None) -> str:
    """One line of visible text, at most `limit` characters.

    Nothing in it moves a cursor, reorders or hides its neighbours, or covers the lines above and below.
    """
    kept = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in _ACTING)
    line = _STACKED_MARKS.sub(r"\1", _SPACE.sub(" ", kept).strip())
    return line if limit is None else clip(line, limit)


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words where that loses little, with an ellipsis."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    words, space, _ = cut.rpartition(" ")
    return (words if space and len(words) > limit // 2 else cut).rstrip() + "…"


def web_address(url: str | None) -> str | None:
    """The address, percent-encoded, if it is an honest http or https one; else None.

    Not honest: a name before `@` that looks like a host. A host in another script is shown in its ASCII form.
    """
    if not url or len(url) > LONGEST_URL:
        return None
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in _SCHEMES or not host or "@" in parts.netloc:
        return None
    try:
        ascii_host = host if ":" in host else host.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    if not re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+", ascii_host):
        return None
    netloc = (f"[{ascii_host}]" if ":" in ascii_host else ascii_host) + (f":{port}" if port else "")
    path, query, fragment = (
        quote(part, safe=_URL_SAFE, errors="ignore") for part in (parts.path, parts.query, parts.fragment)
    )
    address = urlunsplit((parts.scheme.lower(), netloc, path, query, fragment))
    return address if len(address) <= LONGEST_URL else None
