"""The demonstration's documents are real feeds: other people's readers, and ours, find in them what was put in."""

import json
from datetime import UTC, datetime, timedelta

import feedparser
import pytest

from brinkwatch.demo.render import CONTENT_TYPES, challenge, document, guid, truncated
from brinkwatch.demo.scenario import Feed, Item, Kind, load
from brinkwatch.feeds.notafeed import NotAFeed
from brinkwatch.feeds.parse import parse
from brinkwatch.items.clean import clean

START = datetime(2024, 5, 1, 12, 0, 30, tzinfo=UTC)
FEEDS = {feed.id: feed for feed in load().feeds}
WORKING = [feed for feed in FEEDS.values() if feed.items]


def awkward(format_: str) -> Feed:
    item = Item.model_validate(
        {
            "id": "x-1",
            "round": 0,
            "published": "-90s",
            "kind": Kind.BUSINESS,
            "title": "Pay < costs at 'Smith & Sons', \"says\" union — Łódź",
            "summary": "Profit > 5 & falling; 3 < 4.",
        }
    )
    return Feed.model_validate(
        {"id": "f", "publisher": "A & B", "title": "A & B", "format": format_, "language": "en", "items": [item]}
    )


@pytest.mark.parametrize("feed", WORKING, ids=lambda feed: feed.id)
@pytest.mark.parametrize("round_", [0, 4, 8])
def test_a_reader_finds_the_titles_in_order(feed: Feed, round_: int) -> None:
    body = document(feed, round_, START)
    expected = [shown.title for shown in feed.shown(round_)]
    if feed.format == "json11":
        found = [item["title"] for item in json.loads(body)["items"]]
    else:
        read = feedparser.parse(body)
        assert not read.bozo
        assert read.version == feed.format
        found = [entry.title for entry in read.entries]
    assert found == expected != []


@pytest.mark.parametrize("feed", WORKING, ids=lambda feed: feed.id)
def test_the_daemons_parser_finds_identity_dates_and_language(feed: Feed) -> None:
    parsed = parse(document(feed, 8, START), content_type=CONTENT_TYPES[feed.format], url="http://f.localhost/f")
    assert parsed.problems == ()
    assert parsed.format == feed.format
    assert parsed.language == feed.language
    for entry, shown in zip(parsed.entries, feed.shown(8), strict=True):
        assert entry.guid == guid(feed, shown.id)
        assert entry.published is None or entry.published == START + shown.published
        assert (entry.published or entry.updated) == START + shown.published
        assert entry.link is not None
        assert entry.link.startswith(f"https://{feed.family_name}.example/")


@pytest.mark.parametrize("format_", list(CONTENT_TYPES))
def test_special_characters_survive(format_: str) -> None:
    feed = awkward(format_)
    parsed = parse(document(feed, 0, START), content_type=None, url="http://f.localhost/f")
    assert parsed.problems == ()
    (entry,) = parsed.entries
    cleaned = clean(entry.title, entry.summary)
    assert cleaned is not None
    assert cleaned.title == feed.items[0].title
    assert cleaned.summary == feed.items[0].summary
    assert (entry.published or entry.updated) == START - timedelta(seconds=90)


def test_a_document_does_not_change_while_its_round_lasts() -> None:
    feed = FEEDS["northern-wire-europe"]
    assert document(feed, 3, START) == document(feed, 3, START) != document(feed, 4, START)


def test_an_edit_keeps_the_identity() -> None:
    feed = FEEDS["northern-wire-europe"]
    before, after = (
        {e.guid: e for e in parse(document(feed, r, START), content_type=None, url="http://f/").entries} for r in (4, 5)
    )
    edited = guid(feed, "nwe-040")
    assert before[edited].title != after[edited].title
    assert before[edited].published == after[edited].published
    assert after[edited].updated == START - timedelta(minutes=18)


def test_a_truncated_document_and_a_challenge_are_no_feeds() -> None:
    coastal, pacific = FEEDS["coastal-bulletin"], FEEDS["pacific-ledger"]
    with pytest.raises(NotAFeed) as unreadable:
        parse(truncated(document(coastal, 0, START)), content_type=CONTENT_TYPES["rss20"], url="http://f/")
    assert unreadable.value.kind == "unreadable"
    with pytest.raises(NotAFeed) as page:
        parse(challenge(pacific), content_type="text/html", url="http://f/")
    assert page.value.kind == "challenge"
