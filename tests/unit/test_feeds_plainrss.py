"""The quick road for plain RSS: whatever it answers is what feedparser answers, and what it does not know it leaves."""

from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from feedparser.datetimes import _parse_date
from hypothesis import given, settings
from hypothesis import strategies as st

from brinkwatch.feeds import plainrss
from brinkwatch.feeds.entry import ParsedFeed
from brinkwatch.feeds.notafeed import NotAFeed
from brinkwatch.feeds.parse import parse

URL = "https://post.example/rss"
SPACES = (
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
)
PLAIN = f"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"{SPACES}><channel>
  <title>Post &amp; Courier</title><atom:link href="https://post.example/rss" rel="self"/><link>https://post.example/</link>
  <description>News</description><language>en-gb</language><sy:updatePeriod>hourly</sy:updatePeriod>
  <image><url>https://post.example/i.png</url><title>Logo</title><link>https://post.example/</link></image>
  <item><title><![CDATA[Zoë’s <b>talks</b>]]></title><link>https://post.example/1?a=b</link><dc:creator>Desk</dc:creator>
    <pubDate>Wed, 01 May 2024 12:00:00 +0200</pubDate><category>World</category><category>Europe</category>
    <guid isPermaLink="false">post-1</guid><description>&lt;p&gt;One.&lt;/p&gt;</description>
    <content:encoded><![CDATA[<p>One. Two.</p>]]></content:encoded><slash:comments>3</slash:comments>
    <media:content url="https://post.example/1.jpg" medium="image"/></item>
  <item><title>Fish &amp;amp; chips &lt; all</title><guid>https://post.example/2</guid></item>
</channel></rss>""".encode()

TEXTS = (
    "Talks resume", "Zoë", "’quoted’", "A &amp; B", "&lt;b&gt;bold&lt;/b&gt;", "1 &lt; 2", "&amp;eacute;", "&#233;", "",
    "<![CDATA[<i>x</i> & y]]>", "<![CDATA[]]>", "<!-- note -->seen", " \n ", "&lt;nob&gt;x&lt;/nob&gt;",
)  # fmt: skip
LINKS = ("https://post.example/3", " https://post.example/4?a=1&amp;b=2 ")
DATES = ("Wed, 01 May 2024 12:00:00 GMT", "Wed, 01 May 2024 24:00:00 EST", "2024-05-01T12:00:00Z", "yesterday")
ODD = (
    "ZoÃ«", "&#146;", "&nbsp;", "<b>inline</b>", "\x85", "/4", "https://post.example/5?a=1&amp;b=2;", "http:////six",
    "tag:7", "MTIz", "https://[::1]/8", "https://post.example/a b",
)  # fmt: skip
USUAL = {
    **dict.fromkeys(("title", "description", "author", "category", "content:encoded", "dc:creator"), TEXTS),
    **dict.fromkeys(("link", "guid", "comments"), LINKS),
    "pubDate": DATES,
}
NAMES = (
    "dc:date", "dc:title", "media:title", "media:content", "media:description", "atom:link", "slash:comments",
    "source", "summary", "Title", "image", "language", "sy:updatePeriod", "unknown", "item", *USUAL,
)  # fmt: skip
MARKS = (
    "", ' isPermaLink="false"', ' isPermaLink="true"', ' isPermaLink="TRUE"', ' type="text/plain"', ' type="html"',
    ' xml:lang="fr"', ' xml:base="https://b.example/"', ' base="https://b.example/"', ' url="/u"', ' rel="alternate"',
    ' href="https://h.example/"', ' mode="base64"', ' domain="d"',
)  # fmt: skip
any_text = st.sampled_from((*TEXTS, *LINKS, *DATES, *ODD))
odd = st.builds("<{0}{1}>{2}</{0}>".format, st.sampled_from(NAMES), st.sampled_from(MARKS), any_text)


def one(name: str) -> st.SearchStrategy[str]:
    """An element as it usually is, or hardly ever."""
    text = st.sampled_from(USUAL[name])
    made = st.builds(f"<{name}>{{0}}</{name}>".format, st.one_of(text, text, text, text, any_text))
    return made if name != "guid" else st.one_of(made, made.map(lambda e: e.replace("<guid", MARKED)))


MARKED = '<guid isPermaLink="false"'
usual = st.lists(st.sampled_from(sorted(USUAL)), max_size=6, unique=True).flatmap(
    lambda names: st.tuples(*(one(name) for name in names)).map("".join)
)
item = st.one_of(usual, usual, usual, st.builds("{0}{1}".format, usual, odd)).map("<item>{}</item>".format)
head = st.lists(st.sampled_from(("title", "link", "description", "pubDate")), max_size=3, unique=True).flatmap(
    lambda names: st.tuples(*(one(name) for name in names)).map("".join)
)
two = '<rss version="2.0"'
opening = st.sampled_from(
    (two, two, two, two, '<rss version="2.0.1"', '<rss version="0.92"', "<rss", '<feed version="2.0"')
)
more = st.sampled_from(
    ("", "", "", "", "", ' xmlns:r="http://purl.org/rss/1.0/"', ' xmlns="http://www.w3.org/2005/Atom"')
)


def answer(body: bytes) -> ParsedFeed | tuple[str, str]:
    try:
        return parse(body, content_type=None, url=URL)
    except NotAFeed as error:
        return error.kind, error.words


def by_feedparser(body: bytes) -> ParsedFeed | tuple[str, str]:
    with patch.object(plainrss, "read", lambda *_: None):
        return answer(body)


def test_a_plain_feed_takes_the_quick_road_to_the_same_place() -> None:
    assert plainrss.read(PLAIN, None) is not None
    assert answer(PLAIN) == by_feedparser(PLAIN)


@settings(max_examples=300, deadline=None)
@given(opening, more, head, st.lists(st.one_of(item, item, item, item, odd), max_size=3))
def test_whatever_is_answered_is_what_feedparser_answers(root: str, extra: str, first: str, rest: list[str]) -> None:
    name = root[1:].partition(" ")[0]
    body = f"{root}{SPACES}{extra}><channel>{first}{''.join(rest)}</channel></{name}>".encode()
    if plainrss.read(body, None) is not None:
        assert answer(body) == by_feedparser(body)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<rss", "<!DOCTYPE rss><rss"),
        ("UTF-8", "ISO-8859-1"),
        ("</channel></rss>", "</channel>"),
        ("<title>Fish", '<title xml:lang="fr">Fish'),
        ("Fish &amp;amp; chips", "Fish <b>chips</b>"),
        ("<dc:creator>", "<author>A</author><dc:creator>"),
        ("https://post.example/2", "post-2"),
        ("Desk", "ZoÃ«"),
    ],
)
def test_what_is_out_of_the_ordinary_is_left_to_feedparser(old: str, new: str) -> None:
    assert old.encode() in PLAIN
    assert plainrss.read(PLAIN.replace(old.encode(), new.encode()), None) is None


def test_the_word_of_the_response_counts() -> None:
    assert plainrss.read(PLAIN, "utf-8") is not None
    assert plainrss.read(PLAIN, "iso-8859-1") is None


ZONES = ("GMT", "+0000", "-0000", "+0530", "-1145", "+9959", "EST", "UTC")


@given(st.datetimes(timezones=st.just(UTC)), st.sampled_from(ZONES), st.sampled_from((0, 40)))
def test_a_date_is_the_one_that_feedparser_reads(when: datetime, zone: str, beyond: int) -> None:
    text = f"{when:%a}, {when.day + beyond} {when:%b} {when.year:04} {when:%H:%M:%S} {zone}"
    ours, theirs = plainrss.moment(text), _parse_date(text)
    assert (ours and tuple(ours[:6])) == (theirs and tuple(theirs[:6]))
