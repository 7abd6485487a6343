"""Reads JSON Feed 1.0 and 1.1 (jsonfeed.org). Touches no network and no clock."""

import html
import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

from brinkwatch.feeds.entry import Entry, ParsedFeed
from brinkwatch.feeds.notafeed import NotAFeed

MAX_ENTRIES = 2_000
MAX_TEXT = 400_000


def looks_like_json(body: bytes) -> bool:
    """Whether a document starts as a JSON object or list does, in UTF-8 or UTF-16."""
    return body[:200].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")[:1] in (b"{", b"[")


def parse_json(body: bytes, url: str) -> ParsedFeed:
    """Parse a JSON Feed; raises NotAFeed. Items without id, address and text are left out and said so."""
    try:
        data = json.loads(body)
    except RecursionError:
        raise NotAFeed("hostile", "the JSON is nested too deeply") from None
    except (ValueError, UnicodeError):
        raise NotAFeed("unreadable", "the document starts like JSON, and is not") from None
    if not isinstance(data, dict) or not isinstance(data.get("items"), list):
        raise NotAFeed("unreadable", "the document is JSON, but no JSON Feed")
    problems = []
    version = re.search(r"jsonfeed\.org/version/(\d(?:\.\d)?)", str(data.get("version", "")))
    if not version:
        problems.append("the document does not say that it is a JSON Feed, but has its shape")
    base = _address(data.get("feed_url"), url) or url
    entries = [entry for item in data["items"][:MAX_ENTRIES] if (entry := _entry(item, base)) is not None]
    if lost := min(len(data["items"]), MAX_ENTRIES) - len(entries):
        problems.append(f"{lost} of the items hold nothing that can be read")
    if len(data["items"]) > MAX_ENTRIES:
        problems.append(f"the document has {len(data['items']):,} entries; the first {MAX_ENTRIES:,} were read")
    return ParsedFeed(
        format="json" + (version[1].replace(".", "") if version else ""),
        title=html.escape(_string(data.get("title"))[:1_000], quote=False),
        language=_language(data.get("language")),
        entries=tuple(entries),
        problems=tuple(problems),
    )


def _entry(item: Any, base: str) -> Entry | None:
    if not isinstance(item, dict):
        return None
    plain = html.escape(_string(item.get("summary")) or _string(item.get("content_text")), quote=False)
    summary = plain or _string(item.get("content_html"))
    title = html.escape(_string(item.get("title")), quote=False)
    link = _address(item.get("url"), base) or _address(item.get("external_url"), base)
    given = item.get("id")
    guid = _string(str(given)).strip() if isinstance(given, str | int | float) and given is not True else ""
    if not (guid or link) and not (title or summary):
        return None
    authors = item["authors"] if isinstance(item.get("authors"), list) else [item.get("author")]
    names = (author.get("name") for author in authors if isinstance(author, dict))
    return Entry(
        guid=guid[:4_000] or None,
        link=link,
        title=title[:MAX_TEXT],
        summary=summary[:MAX_TEXT],
        published=moment(item.get("date_published")),
        updated=moment(item.get("date_modified")),
        author=next((_string(name) for name in names if isinstance(name, str)), None),
        language=_language(item.get("language")),
    )


def moment(value: Any) -> datetime | None:
    """RFC 3339 as the format asks, or the RFC 822 dates that some write, as aware UTC; None for anything else."""
    if not isinstance(value, str):
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(value.strip())
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _string(value: Any) -> str:
    """The text without what no store and no socket takes: NUL and lone surrogates."""
    return re.sub("[\x00\ud800-\udfff]+", "", value) if isinstance(value, str) else ""


def _address(value: Any, base: str) -> str | None:
    given = _string(value).strip()[:4_000]
    try:
        target = urljoin(base, given)
    except ValueError:
        return None
    return target if given and re.match(r"https?://[^/\s]", target, re.IGNORECASE) else None


def _language(value: Any) -> str | None:
    match = re.match(r"[A-Za-z]{2,3}(?![A-Za-z])", _string(value).strip())
    return match[0].lower() if match else None
