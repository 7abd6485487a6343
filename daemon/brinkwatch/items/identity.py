"""Decides what makes an entry itself: its GUID, else its address, else its title and date. Pure.

The key is stable over polls: dates, `http` or `https`, and tracking parameters are no part of it.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit

from brinkwatch.feeds.entry import Entry
from brinkwatch.items.clean import clean_line
from brinkwatch.items.compare import bare

MAX_KEY = 300
_TRACKING = re.compile(
    r"^(?:utm_.*|at_(?:medium|campaign|format|creation|bbc_team|link.*|ptr.*|custom.*)"
    r"|ns_(?:mchannel|source|campaign.*|linkname|fee)|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|igshid"
    r"|mc_cid|mc_eid|mkt_tok|_hs(?:enc|mi)|smid|cmpid|cmp|ftcamp|ocid|ito|xtor|traffic_source|sref|partner|emc|rss"
    r"|wt\.(?:mc_id|rss_.)|ref_?src)$",
    re.IGNORECASE,
)
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")
_WEB = re.compile(r"https?://", re.IGNORECASE)
_SCHEME = re.compile(r"^https?:", re.IGNORECASE)
# The number that some publishers put behind a GUID counts the versions of one article.
_VERSION = re.compile(r"#\d{1,3}$")


def keys(entries: Sequence[Entry]) -> list[str]:
    """The identity of each entry of one document, in its order.

    A GUID that the document gives to entries with different addresses (or to more than two different titles), and an
    address that it gives to different titles, say nothing about an entry: what comes next in line stands in for them.
    """
    guids = _tell_apart((entry.guid for entry in entries), _guid)
    own = {guids[entry.guid] for entry in entries if entry.guid}
    if len(own) == len(entries):  # each has one, and no other has it: the usual document, and the rest is costly
        return [_key("guid", guids[entry.guid]) for entry in entries]
    links = _tell_apart((entry.link for entry in entries), canonical)
    title_of = {id(entry): _title(entry) for entry in entries}
    by_link = _spread(entries, lambda e: guids.get(e.guid), lambda e: links.get(e.link))
    by_title = _spread(entries, lambda e: guids.get(e.guid), lambda e: title_of[id(e)])
    titles_of_link = _spread(entries, lambda e: links.get(e.link), lambda e: title_of[id(e)])
    found = []
    for entry in entries:
        guid, link = guids.get(entry.guid), links.get(entry.link)
        if guid and by_link[guid] <= 1 and by_title[guid] <= 2:
            found.append(_key("guid", guid))
        elif link and titles_of_link[link] <= 1:
            found.append(_key("link", link))
        else:
            found.append(_key("text", _fingerprint(entry)))
    return found


def canonical(link: str, *, fragment: bool = False) -> str:
    """An address without what does not matter: scheme, default port, tracking parameters and, as a rule, fragment."""
    try:
        parts = urlsplit(link.strip())
        port = parts.port
    except ValueError:
        return link.strip()
    if not parts.netloc:
        return link.strip()
    host = (parts.hostname or "") + (f":{port}" if port not in (None, 80, 443) else "")
    query = parts.query
    if query:
        pairs = parse_qsl(query, keep_blank_values=True)
        kept = [(name, value) for name, value in pairs if not _TRACKING.match(name)]
        query = query if len(kept) == len(pairs) else urlencode(kept)
    return (
        f"//{host}{parts.path or '/'}"
        + (f"?{query}" if query else "")
        + (f"#{parts.fragment}" if fragment and parts.fragment else "")
    )


def _tell_apart(marks: Iterable[str | None], short: Callable[..., str]) -> dict[str | None, str]:
    """Each mark in its short form; with its fragment where that alone tells it from another of the document."""
    found: dict[str | None, str] = {mark: short(mark) for mark in marks if mark}
    if not any(mark and "#" in mark for mark in found):
        return found
    full = {mark: short(mark, fragment=True) for mark in found}
    forms: dict[str, set[str]] = defaultdict(set)
    for mark, with_fragment in full.items():
        forms[found[mark]].add(with_fragment)
    return {mark: with_fragment if len(forms[found[mark]]) > 1 else found[mark] for mark, with_fragment in full.items()}


def _spread(
    entries: Sequence[Entry], mark: Callable[[Entry], str | None], other: Callable[[Entry], str | None]
) -> Counter[str]:
    """Over how many different `other` each mark is spread."""
    pairs = {(marked, value) for entry in entries if (marked := mark(entry)) and (value := other(entry))}
    return Counter(marked for marked, _ in pairs)


def _guid(guid: str, *, fragment: bool = False) -> str:
    """A GUID that is an address is the same one over http and https, and in all versions of the article."""
    if not _WEB.match(guid):
        return guid
    return _SCHEME.sub("", guid if fragment else _VERSION.sub("", guid))


def _title(entry: Entry) -> str:
    return bare(clean_line(entry.title))


def _fingerprint(entry: Entry) -> str:
    moment = entry.published or entry.updated
    text = _title(entry) or bare(clean_line(entry.summary))
    return _digest(f"{text}\n{moment.isoformat() if moment else ''}")


def _key(kind: str, value: str) -> str:
    value = _UNPRINTED.sub("", value)
    return f"{kind}:{value}" if len(value) <= MAX_KEY else f"{kind}:{_digest(value)}"


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
