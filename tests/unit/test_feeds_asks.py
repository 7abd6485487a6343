"""What a document asks of its readers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.feeds.asks import Asks, asked, from_json
from brinkwatch.feeds.parse import parse
from brinkwatch.feeds.worker import from_json as parsed_from_json
from brinkwatch.feeds.worker import to_json

SKIPS = b"<skipHours><hour>0</hour><hour> 24 </hour><hour>3</hour></skipHours><skipDays><day>Sunday</day></skipDays>"
ITEM = b"<item><guid>1</guid><title>Talks resume</title><ttl>9</ttl></item>"


def rss(head: bytes) -> bytes:
    return b'<rss version="2.0" xmlns:sy="x"><channel><title>T</title>' + head + ITEM + b"</channel></rss>"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"", Asks()),
        (b"<ttl> 30 </ttl>", Asks(1800)),
        (b"<ttl>soon</ttl>", Asks()),
        (b"<sy:updatePeriod>\n hourly </sy:updatePeriod><sy:updateFrequency> 2 </sy:updateFrequency>", Asks(1800)),
        (b"<sy:updatePeriod>daily</sy:updatePeriod>", Asks(86_400)),
        (b"<sy:updateFrequency>4</sy:updateFrequency>", Asks(21_600)),
        (b"<sy:updateFrequency>0</sy:updateFrequency>", Asks(86_400)),
        (b"<sy:updatePeriod>never</sy:updatePeriod>", Asks()),
        (SKIPS, Asks(None, (0, 3), (6,))),
        (b"<skipHours>" + b"".join(b"<hour>%d</hour>" % n for n in range(24)) + b"</skipHours>", Asks()),
    ],
)
def test_ttl_update_period_and_skips_are_read_from_the_channel_alone(head: bytes, expected: Asks) -> None:
    assert asked(rss(head)) == expected
    feed = parse(rss(head), content_type=None, url="http://a.example/")
    assert Asks(feed.ttl_seconds, feed.skip_hours, feed.skip_days) == expected
    assert parsed_from_json(to_json(feed)) == feed
    assert from_json(expected.as_json()) == expected


@given(st.binary())
def test_no_document_can_break_the_reading(data: bytes) -> None:
    asked(data)
    asked(rss(data))
