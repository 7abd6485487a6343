"""Writes the document of one feed at one round, as bytes of its format. Pure."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from brinkwatch.demo.scenario import Feed, Format, Shown

CONTENT_TYPES: dict[Format, str] = {
    "rss20": "application/rss+xml; charset=utf-8",
    "atom10": "application/atom+xml; charset=utf-8",
    "rss10": "application/rdf+xml; charset=utf-8",
    "json11": "application/feed+json",
}
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def document(feed: Feed, at_round: int, start: datetime) -> bytes:
    """The feed's document, well-formed; `start` is the moment that the items' times are relative to."""
    return _WRITERS[feed.format](feed, feed.shown(at_round), start).encode()


def truncated(whole: bytes) -> bytes:
    """A document that broke off inside its first tag: nothing of it can be read."""
    root = whole.index(b"<rss")
    return whole[: root + len(b"<rss ver")]


def challenge(feed: Feed) -> bytes:
    """The page that some hosts put before a feed when they take the reader for a robot."""
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><title>Just a moment...</title></head>\n'
        f"<body><h1>{escape(feed.publisher)}</h1><p>Verify you are human to continue.</p></body></html>\n"
    ).encode()


def link(feed: Feed, item: str) -> str:
    """The article's address. Names under `.example` lead nowhere (RFC 2606)."""
    return f"{_site(feed)}{item}"


def guid(feed: Feed, item: str) -> str:
    """The identity that the feed's format gives to an item."""
    if feed.format == "atom10":
        return f"tag:{feed.family_name}.example,2022:{item}"
    return link(feed, item) if feed.format == "rss10" else item


def _site(feed: Feed) -> str:
    return f"https://{feed.family_name}.example/"


def _rss20(feed: Feed, items: tuple[Shown, ...], start: datetime) -> str:
    entries = "".join(
        f"  <item>\n    <title>{escape(item.title)}</title>\n"
        f'    <guid isPermaLink="false">{escape(guid(feed, item.id))}</guid>\n'
        f"    <link>{escape(link(feed, item.id))}</link>\n"
        + (f"    <description>{escape(item.summary)}</description>\n" if item.summary else "")
        + f"    <pubDate>{format_datetime(start + item.published)}</pubDate>\n  </item>\n"
        for item in items
    )
    language = f"  <language>{escape(feed.language)}</language>\n" if feed.language else ""
    return (
        f'{_HEAD}<rss version="2.0">\n<channel>\n  <title>{escape(feed.title)}</title>\n'
        f"  <link>{escape(_site(feed))}</link>\n  <description>{escape(feed.publisher)}</description>\n"
        f"{language}{entries}</channel>\n</rss>\n"
    )


def _atom10(feed: Feed, items: tuple[Shown, ...], start: datetime) -> str:
    # Atom asks for a date of the whole; the newest item's keeps an unchanged document unchanged.
    newest = max((item.updated for item in items), default=None)
    updated = _rfc3339(start + newest) if newest is not None else _rfc3339(start)
    entries = "".join(
        f"  <entry>\n    <title>{escape(item.title)}</title>\n    <id>{escape(guid(feed, item.id))}</id>\n"
        f"    <link href={quoteattr(link(feed, item.id))}/>\n"
        f"    <published>{_rfc3339(start + item.published)}</published>\n"
        f"    <updated>{_rfc3339(start + item.updated)}</updated>\n"
        # Escaped twice: what the element holds is HTML, as it is in most Atom feeds.
        + (f'    <summary type="html">{escape(f"<p>{escape(item.summary)}</p>")}</summary>\n' if item.summary else "")
        + "  </entry>\n"
        for item in items
    )
    language = f" xml:lang={quoteattr(feed.language)}" if feed.language else ""
    return (
        f'{_HEAD}<feed xmlns="http://www.w3.org/2005/Atom"{language}>\n  <title>{escape(feed.title)}</title>\n'
        f"  <id>{escape(_site(feed))}{feed.id}</id>\n  <link href={quoteattr(_site(feed))}/>\n"
        f"  <author><name>{escape(feed.publisher)}</name></author>\n  <updated>{updated}</updated>\n{entries}</feed>\n"
    )


def _rss10(feed: Feed, items: tuple[Shown, ...], start: datetime) -> str:
    listed = "".join(f"      <rdf:li rdf:resource={quoteattr(guid(feed, item.id))}/>\n" for item in items)
    entries = "".join(
        f"  <item rdf:about={quoteattr(guid(feed, item.id))}>\n    <title>{escape(item.title)}</title>\n"
        f"    <link>{escape(link(feed, item.id))}</link>\n"
        + (f"    <description>{escape(item.summary)}</description>\n" if item.summary else "")
        + f"    <dc:date>{_rfc3339(start + item.published)}</dc:date>\n  </item>\n"
        for item in items
    )
    language = f"    <dc:language>{escape(feed.language)}</dc:language>\n" if feed.language else ""
    return (
        f'{_HEAD}<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/">\n  <channel rdf:about={quoteattr(_site(feed))}>\n'
        f"    <title>{escape(feed.title)}</title>\n    <link>{escape(_site(feed))}</link>\n"
        f"    <description>{escape(feed.publisher)}</description>\n{language}"
        f"    <items><rdf:Seq>\n{listed}    </rdf:Seq></items>\n  </channel>\n{entries}</rdf:RDF>\n"
    )


def _json11(feed: Feed, items: tuple[Shown, ...], start: datetime) -> str:
    entries = [
        {
            "id": guid(feed, item.id),
            "url": link(feed, item.id),
            "title": item.title,
            "content_text": item.summary or item.title,
            "date_published": _rfc3339(start + item.published),
            "date_modified": _rfc3339(start + item.updated),
        }
        | ({"summary": item.summary} if item.summary else {})
        for item in items
    ]
    head = {"version": "https://jsonfeed.org/version/1.1", "title": feed.title, "home_page_url": _site(feed)}
    language = {"language": feed.language} if feed.language else {}
    return json.dumps(head | language | {"items": entries}, ensure_ascii=False, indent=2)


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


_WRITERS: dict[Format, Callable[[Feed, tuple[Shown, ...], datetime], str]] = {
    "rss20": _rss20,
    "atom10": _atom10,
    "rss10": _rss10,
    "json11": _json11,
}
