"""Cards as Slack messages: what they say, and that they keep to every limit whatever the card holds."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brinkwatch.alerts.card import Card, CardSignal, CardSource
from brinkwatch.delivery.plain import plain
from brinkwatch.delivery.receiver import Kind
from brinkwatch.delivery.slack.blocks import MAX_BLOCKS, MAX_CHARACTERS, size
from brinkwatch.delivery.slack.render import delivery_key, render, render_notice, render_plain
from fakes import slack_rules as rules
from fakes.cards import CARD, NOW, card

HOSTILE = st.sampled_from(
    ["<!channel>", "<@U012345>", "*b* _i_ ~s~ `c`", ":fire:", "http://evil.example", "\u202eabc", "&amp;", "😀", '"\\']
)
TEXT = (
    st.text(st.characters(), max_size=40) | HOSTILE | st.tuples(HOSTILE, st.integers(1, 900)).map(lambda x: x[0] * x[1])
)
LINKS = st.none() | TEXT | TEXT.map("https://news.example/".__add__) | st.just("https://news.example/" + "x" * 1900)
CARDS = st.builds(
    Card,
    story=TEXT,
    tier=st.sampled_from(["watch", "elevated", "critical", "<!here>"]),
    direction=st.sampled_from(["escalation", "de-escalation", "mixed", "none"]),
    state=TEXT,
    headline=TEXT,
    link=LINKS,
    publisher=TEXT,
    published=st.sampled_from(
        ["2022-01-10T08:55:00Z", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00", "soon"]
    ),
    signals=st.lists(st.builds(CardSignal, TEXT, TEXT, st.floats(-1, 2)), max_size=25).map(tuple),
    summary=TEXT,
    evidence=st.lists(TEXT, max_size=20).map(tuple),
    confidence=TEXT,
    reason=TEXT,
    changed=TEXT,
    sources=st.lists(st.builds(CardSource, TEXT, TEXT, LINKS, TEXT), max_size=40).map(tuple),
    mentions=st.lists(
        st.sampled_from(["<!here>", "<@U01>", "<!subteam^S01>", "@all", "<http://x.example>"]), max_size=8
    ).map(tuple),
)


def check(message: dict[str, Any]) -> None:
    """A message that the strict rules take."""
    assert 0 < len(message["text"].strip()) <= len(message["text"]) < 4_000
    assert rules.markup(message["text"]) == []
    assert rules.blocks(message.get("blocks", [])) == []
    assert "metadata" not in message or rules.metadata(message["metadata"]) == []


@settings(max_examples=100)
@given(CARDS, st.sampled_from(Kind), st.none() | st.just(NOW))
def test_every_card_keeps_to_the_limits_and_says_its_headline(card: Card, kind: Kind, late: datetime | None) -> None:
    message = render(card, kind, "key", late)
    check(message)
    assert size(message["blocks"]) <= MAX_CHARACTERS
    assert len(message["blocks"]) <= MAX_BLOCKS
    assert (plain(card.headline, 300) or "(no title)") in rules.shown(message)
    check(render_plain(card, kind, "key"))
    allowed = {"!here", "@U01", "@S01"}
    assert set(rules.mentions(message)) <= allowed
    assert set(rules.mentions(render_plain(card, kind, "key"))) <= allowed | {"!subteam^S01"}


@given(TEXT)
def test_a_notice_keeps_to_the_limits(text: str) -> None:
    message = render_notice(text, "key")
    check(message)
    assert rules.mentions(message) == []


def test_a_post_says_all_there_is() -> None:
    words = rules.shown(render(CARD, Kind.POST, "key"))
    for part in (
        "🟠 Elevated", "both directions", CARD.headline, "Example Wire", "2022-01-10 08:55 UTC", "Troop build-up 93%",
        "Talks 71%", CARD.summary, CARD.evidence[0], "2 independent publishers", "Also reported by", "Second Desk",
        "developing story story-1",
    ):  # fmt: skip
        assert part in words
    assert "What changed" not in words


@pytest.mark.parametrize("kind", [Kind.POST, Kind.REPLY])
def test_what_is_late_says_so_first(kind: Kind) -> None:
    late = render(CARD, kind, "key", NOW)
    assert rules.blocks(late["blocks"]) == []
    assert rules.shown(late).splitlines()[:2] == [
        "Late: could not be sent at", "<!date^1641805200^{date_short_pretty}, {time}|2022-01-10 09:00 UTC>",
    ]  # fmt: skip
    assert render_plain(CARD, kind, "key", NOW)["text"].startswith("Late: could not be sent at 2022-01-10 09:00 UTC\n")


def test_the_headline_is_the_link() -> None:
    links = [part for part in rules.walk(render(CARD, Kind.POST, "key")["blocks"]) if part.get("type") == "link"]
    assert (links[0]["text"], links[0]["url"]) == (CARD.headline, CARD.link)


def test_only_web_addresses_are_linked() -> None:
    hostile = card(link="javascript:alert(1)", sources=())
    assert not [p for p in rules.walk(render(hostile, Kind.POST, "key")["blocks"]) if p.get("type") == "link"]


def test_slack_shows_the_time_in_each_readers_zone() -> None:
    texts = [
        part["text"] for part in rules.walk(render(CARD, Kind.POST, "key")["blocks"]) if part.get("type") == "mrkdwn"
    ]
    assert texts == ["<!date^1641804900^{date_short_pretty}, {time}|2022-01-10 08:55 UTC>"]


def test_the_notification_line_names_tier_direction_headline_and_publisher() -> None:
    assert render(CARD, Kind.POST, "key")["text"] == f"🟠 Elevated · ↕️ both directions: {CARD.headline} (Example Wire)"


def test_a_reply_is_shorter_than_a_post_and_leads_with_what_changed() -> None:
    news = card(changed="raised from watch to elevated", sources=())
    reply, post = render(news, Kind.REPLY, "key"), render(news, Kind.POST, "key")
    assert size(reply["blocks"]) < size(post["blocks"])
    assert rules.shown(reply).splitlines()[0] == "🟠 Elevated · ↕️ both directions · raised from watch to elevated"


def test_an_update_says_what_changed_and_keeps_the_key_of_the_post() -> None:
    message = render(card(changed="now 3 independent publishers"), Kind.UPDATE, "other key")
    assert "What changed: " in rules.shown(message)
    assert "metadata" not in message
    assert delivery_key(render(CARD, Kind.POST, "key")) == "key"


def test_mentions_come_from_the_configuration_alone() -> None:
    calm = card(headline="<!channel> <@U99> act now", summary="<!here>", publisher="<!everyone>")
    assert rules.mentions(render(calm, Kind.POST, "key")) == []
    assert rules.mentions(render(card(mentions=("<!here>", "<@U01>")), Kind.POST, "key")) == ["!here", "@U01"]


def test_sources_go_before_evidence_and_evidence_before_the_summary() -> None:
    source = CardSource("Desk", "t" * 100, "https://desk.example/" + "x" * 1500, "2022-01-10T08:58:00Z")
    many = card(sources=(source,) * 6, evidence=("e" * 400,) * 3, summary="s" * 700)
    words = rules.shown(render(many, Kind.POST, "key"))
    assert words.count("Desk") < 6
    assert words.count("e" * 400) == 3
    more = card(sources=(source,) * 6, evidence=("e" * 400,) * 30, summary="s" * 700)
    words = rules.shown(render(more, Kind.POST, "key"))
    assert "Desk" not in words
    assert 0 < words.count("e" * 400) < 30
    assert "s" * 700 in words


def test_the_summary_goes_last_and_the_headline_never() -> None:
    quotes = '"' * 3000
    fullest = card(
        headline=quotes, link="https://news.example/" + "x" * 1970, publisher=quotes, changed=quotes, summary=quotes,
        signals=tuple(CardSignal("s", quotes, 0.5) for _ in range(18)), confidence=quotes, state=quotes, story=quotes,
        evidence=("e" * 400,), mentions=tuple(f"<@U0123456789ABCDEF{n:02}>" for n in range(5)),
    )  # fmt: skip
    message = render(fullest, Kind.POST, "key")
    check(message)
    assert size(message["blocks"]) <= MAX_CHARACTERS
    words = rules.shown(message)
    assert "e" * 400 not in words
    assert plain(quotes, 2000) not in words.splitlines()
    assert plain(quotes, 300) in words.splitlines()


def test_addresses_are_not_unfolded_into_pictures() -> None:
    message = render(CARD, Kind.POST, "key")
    assert (message["unfurl_links"], message["unfurl_media"], message["parse"]) == (False, False, "none")


@pytest.mark.parametrize(
    "other", [{}, {"metadata": None}, {"metadata": {"event_type": "x", "event_payload": {"key": "k"}}}]
)
def test_messages_of_others_have_no_key(other: dict[str, Any]) -> None:
    assert delivery_key(other) is None
