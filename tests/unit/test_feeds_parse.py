"""What is made of the bytes of a document."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brinkwatch.feeds.entry import ParsedFeed
from brinkwatch.feeds.notafeed import NotAFeed
from brinkwatch.feeds.parse import parse

URL = "https://post.example/feeds/world.xml"


def read(document: str | bytes, content_type: str | None = None, encoding: str = "utf-8") -> ParsedFeed:
    body = document if isinstance(document, bytes) else document.encode(encoding)
    return parse(body, content_type=content_type, url=URL)


def refused(document: str | bytes) -> NotAFeed:
    with pytest.raises(NotAFeed) as caught:
        read(document)
    return caught.value


def rss(*items: str, head: str = "") -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Post</title>{head}{"".join(items)}</channel></rss>'


def item(**parts: str) -> str:
    return "<item>" + "".join(f"<{name}>{value}</{name}>" for name, value in parts.items()) + "</item>"


def atom(entry: str, attributes: str = "") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>Post</title>{entry}</feed>'


def test_rss_2() -> None:
    feed = read(
        rss(
            item(
                guid="g1",
                title="Two &amp;amp; two",
                link="/news/1?a=1&amp;b=2",
                description="&lt;p&gt;Ships &lt;b&gt;left&lt;/b&gt;.&lt;/p&gt;",
                pubDate="Wed, 01 May 2024 14:00:00 +0200",
            ),
            head="<ttl>15</ttl><language>en-gb</language>",
        )
    )
    entry = feed.entries[0]
    assert (feed.format, feed.title, feed.ttl_seconds, feed.language) == ("rss20", "Post", 900, "en")
    assert (entry.guid, entry.link) == ("g1", "https://post.example/news/1?a=1&b=2")
    assert entry.summary == "<p>Ships <b>left</b>.</p>"
    assert entry.published == datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert feed.problems == ()


def test_rdf() -> None:
    feed = read(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Post</title></channel>'
        '<item rdf:about="https://post.example/1"><title>One</title><link>https://post.example/1</link>'
        "<dc:date>2024-05-01T12:00:00Z</dc:date></item></rdf:RDF>"
    )
    assert feed.format == "rss10"
    assert feed.entries[0].updated == datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ('<title type="html">A &lt;b&gt;bold&lt;/b&gt; claim</title>', "A <b>bold</b> claim"),
        (
            '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">A <b>bold</b> claim</div></title>',
            "A <b>bold</b> claim",
        ),
        ("<title>5 &lt; 6</title>", "5 &lt; 6"),
        ('<title type="text">&lt;b&gt; is a tag</title>', "&lt;b&gt; is a tag"),
    ],
)
def test_atom_titles_come_as_html_whatever_their_type(title: str, expected: str) -> None:
    assert read(atom(f"<entry><id>1</id>{title}</entry>")).entries[0].title == expected


def test_atom_takes_the_alternate_link_and_xml_base() -> None:
    feed = read(
        atom(
            '<entry xml:base="articles/"><id>tag:x,1</id><title>One</title><link rel="self" href="self"/>'
            '<link rel="alternate" href="1.html"/><published>2024-05-01T12:00:00Z</published>'
            "<updated>2024-05-02T12:00:00+02:00</updated></entry>",
            'xml:base="https://www.post.example/world/"',
        )
    )
    entry = feed.entries[0]
    assert entry.link == "https://www.post.example/world/articles/1.html"
    assert (entry.guid, entry.updated) == ("tag:x,1", datetime(2024, 5, 2, 10, tzinfo=UTC))


def test_the_guid_does_not_depend_on_where_the_document_was_found() -> None:
    document = rss(item(guid="0815", title="One")).encode()
    there, here = (parse(document, content_type=None, url=url) for url in ("https://a.example/x", "https://b.example/"))
    assert there.entries[0].guid == here.entries[0].guid == "0815"


def test_the_content_stands_in_for_a_summary_without_text() -> None:
    feed = read(
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>P</title><item>'
        "<title>One</title><description>&lt;img src='x'&gt;</description>"
        "<content:encoded>&lt;p&gt;The whole article.&lt;/p&gt;</content:encoded></item></channel></rss>"
    )
    assert feed.entries[0].summary == "<p>The whole article.</p>"


@pytest.mark.parametrize("version", ["1", "1.1"])
def test_json_feed(version: str) -> None:
    document = {
        "version": f"https://jsonfeed.org/version/{version}",
        "title": "Post",
        "items": [
            {"id": 7, "url": "/7", "content_text": "1 < 2", "date_published": "2024-05-01T14:00:00+02:00"},
            {"id": "8", "title": "AT&T", "content_html": "<p>x</p>", "date_modified": "Wed, 01 May 2024 12:00:00 GMT"},
            "nonsense",
        ],
    }
    feed = read(json.dumps(document))
    first, second = feed.entries
    assert feed.format == f"json{version.replace('.', '')}"
    assert (first.guid, first.link, first.title, first.summary) == ("7", "https://post.example/7", "", "1 &lt; 2")
    assert first.published == second.updated == datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert (second.title, second.summary) == ("AT&amp;T", "<p>x</p>")
    assert "1 of the items" in feed.problems[0]


def test_a_json_feed_holds_nothing_that_a_store_cannot_take() -> None:
    (entry,) = read(r'{"items": [{"id": "a\ud83d\u0000b", "url": "https://x.example/\ud800", "title": "T"}]}').entries
    assert (entry.guid, entry.link) == ("ab", "https://x.example/")


@pytest.mark.parametrize(
    ("declared", "content_type", "real"),
    [
        ('encoding="utf-8"', None, "utf-8"),
        ('encoding="iso-8859-1"', None, "iso-8859-1"),
        ('encoding="windows-1251"', "text/xml", "windows-1251"),
        ("", "application/rss+xml; charset=iso-8859-1", "iso-8859-1"),
        ('encoding="windows-1251"', "text/xml; charset=iso-8859-1", "windows-1251"),
        ('encoding="iso-8859-1"', None, "utf-8"),
        ("", "text/xml; charset=us-ascii", "utf-8"),
        ('encoding="utf-8"', "text/xml; charset=iso-8859-1", "utf-8"),
        ('encoding="utf-16"', None, "utf-16"),
    ],
)
def test_text_survives_declared_and_wrongly_declared_encodings(
    declared: str, content_type: str | None, real: str
) -> None:
    word = "Киев" if real == "windows-1251" else "Zürich déjà"
    document = rss(item(title=word)).replace('version="1.0"?', f'version="1.0" {declared}?')
    assert read(document, content_type, real).entries[0].title == word


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: text.index("<item><title>Three")],
        lambda text: text.replace("One", "One & only"),
        lambda text: text.replace("One", "One\x08\x0b"),
        lambda text: text.replace("One", "One &nbsp;"),
        lambda text: "\n\n  " + text,
        lambda text: "<br />\n<b>Warning</b>: mysql_connect()\n" + text,
    ],
)
def test_an_ill_formed_feed_gives_what_is_whole(damage: object) -> None:
    text = rss(*(item(title=title) for title in ("One", "Two", "Three")))
    titles = [entry.title for entry in read(damage(text)).entries]  # type: ignore[operator]
    assert "Two" in titles


def test_what_is_wrong_is_said_in_words() -> None:
    assert "not well-formed" in read(rss(item(title="A & B")) + "<oops").problems[0]


def test_a_feed_without_entries_is_a_feed() -> None:
    assert read(rss()).entries == ()


PAGE = (
    '<!DOCTYPE html><html><head><title>Post</title><base href="https://www.post.example/">'
    '<link rel="alternate" type="application/rss+xml" href="rss.xml"><link rel=alternate type=application/atom+xml '
    "href='/atom'><link rel='stylesheet' href='x.css'></head><body>Hello</body></html>"
)


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (b"", "empty"),
        (b" \r\n\xef\xbb\xbf", "empty"),
        (PAGE, "html_page"),
        ("<!-- cached -->\n" + PAGE, "html_page"),
        ("<html><body><form><input type='password'></form></body></html>", "html_page"),
        ("<p>Service unavailable<body>", "html_page"),
        ("<html><head><title>Just a moment...</title></head></html>", "challenge"),
        ("<!DOCTYPE html><html><script src='/cdn-cgi/challenge-platform/h/b'></script></html>", "challenge"),
        ("plain words", "unreadable"),
        ('{"error": "no"}', "unreadable"),
        ('{"items": [', "unreadable"),
        ("[" * 100_000, "hostile"),
        (b"%PDF-1.7\n\x00\x01", "unreadable"),
        ("<?xml version='1.0'?><opml><body><outline/></body></opml>", "unreadable"),
    ],
)
def test_what_is_no_feed_has_a_name(document: str | bytes, kind: str) -> None:
    assert refused(document).kind in {kind, "html_page" if "opml" in str(document) else kind}


def test_a_feed_that_a_page_advertises_is_suggested() -> None:
    assert "https://www.post.example/rss.xml and https://www.post.example/atom" in refused(PAGE).words


def test_a_login_page_is_called_one() -> None:
    assert "login" in refused("<html><input type=password></html>").words


def test_entities_are_not_expanded_without_bound() -> None:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">\n' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?>\n<!DOCTYPE rss [\n<!ENTITY l0 "ha">\n{levels}]>\n' + rss(item(title="&l9;"))[21:]
    assert all(len(entry.title) < 1_000 for entry in read(bomb).entries)
    long = (
        f'<?xml version="1.0"?>\n<!DOCTYPE rss [\n<!ENTITY a "{"a" * 50_000}">\n]>\n'
        + rss(item(title="&a;" * 5_000))[21:]
    )
    assert all(len(entry.title) < 100_000 for entry in read(long).entries)


def test_files_of_this_machine_stay_closed() -> None:
    document = (
        '<?xml version="1.0"?>\n<!DOCTYPE rss [\n<!ENTITY f SYSTEM "file:///etc/passwd">\n]>\n'
        + rss(item(title="x &f;"))[21:]
    )
    assert "root:" not in repr(read(document))


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "mailto:a@b.example", "http://[broken", ""]
)
def test_only_web_addresses_are_links(link: str) -> None:
    assert read(rss(item(title="One", link=link))).entries[0].link in {None, URL.rsplit("/", 1)[0] + "/", URL}


@pytest.mark.parametrize("date", ["yesterday", "Wed, 99 May 2024 99:00:00", "0000-00-00T00:00:00Z", ""])
def test_a_date_that_is_none_is_none(date: str) -> None:
    assert read(rss(item(title="One", pubDate=date))).entries[0].published is None


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_parser(noise: bytes) -> None:
    for document in (noise, b"<rss version='2.0'><channel><item><title>" + noise, b'{"items": [' + noise + b"]}"):
        with suppress(NotAFeed):
            assert isinstance(read(document), ParsedFeed)


def test_a_body_that_names_a_file_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "private.xml"
    path.write_text('<rss version="2.0"><channel><title>Private</title></channel></rss>')
    with pytest.raises(NotAFeed):
        parse(str(path).encode(), content_type=None, url="https://post.example/")
