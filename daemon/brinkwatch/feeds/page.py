"""Recognises a web page in the place of a feed, and says in words what it is and where the feed may be. Pure."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

from brinkwatch.feeds.notafeed import NotAFeed

READ_BYTES = 300_000
_START = re.compile(
    rb"^(?:\s|\xef\xbb\xbf|<\?xml[^>]*>|<!--.{0,20000}?-->)*<(!doctype\s+html|html[\s>])", re.IGNORECASE | re.DOTALL
)
_ANYWHERE = re.compile(rb"<(html|head|body|!doctype\s+html)[\s>]", re.IGNORECASE)
_FEED_ROOT = re.compile(rb"<(rss|feed|rdf:RDF)[\s>]")
_CHALLENGE = re.compile(
    rb"cf-chl|cf_chl_|/cdn-cgi/challenge-platform|<title>just a moment\.\.\.|attention required! \| cloudflare"
    rb"|_incapsula_resource|captcha-delivery\.com|px-captcha|awswaf|ddos-guard|sgcaptcha|verify you are (a )?human",
    re.IGNORECASE,
)
_FEED_TYPES = {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"}


def is_page(body: bytes) -> bool:
    """Whether a document is a web page by its first tag, so that nothing needs to be parsed to know it."""
    start = body[:30_000]
    return bool(_START.match(start)) and not _FEED_ROOT.search(start)


def describe_page(body: bytes, url: str) -> NotAFeed:
    """What a document that holds no feed is."""
    head = body[:READ_BYTES]
    if _CHALLENGE.search(head):
        return NotAFeed("challenge", "a page that wants proof that a person is reading, in place of a feed")
    if not _ANYWHERE.search(head):
        return NotAFeed("unreadable", "the document is neither RSS nor Atom nor JSON Feed")
    login = "a login page" if re.search(rb"type\s*=\s*[\"']?password", head, re.IGNORECASE) else "a web page"
    words = f"{login}, not a feed"
    if found := advertised(head.decode("utf-8", "replace"), url):
        words += f"; it advertises {' and '.join(found[:3])}"
    return NotAFeed("html_page", words)


def advertised(page: str, url: str) -> list[str]:
    """The feed addresses that a page names in `<link rel="alternate">`, absolute, in its order."""
    reader = _Links()
    reader.feed(page)
    base = _join(url, reader.base) if reader.base else url
    return list(dict.fromkeys(target for href in reader.found if (target := _join(base, href))))


def _join(base: str, href: str) -> str:
    try:
        target = urljoin(base, href.strip())
    except ValueError:
        return ""
    return target if re.match(r"https?://[^/\s]\S*$", target) else ""


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.base: str | None = None
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        href = values.get("href")
        if not href:
            return
        if tag == "base" and self.base is None:
            self.base = href
        kind = (values.get("type") or "").partition(";")[0].strip().lower()
        if tag == "link" and kind in _FEED_TYPES and "alternate" in (values.get("rel") or "").lower().split():
            self.found.append(href)
