"""Feed text in Slack's markup does nothing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.delivery.slack.escape import address, mentions, mrkdwn
from fakes.slack_rules import CONTROL

PIECES = (
    "<!channel>", "<@U012345>", "<#C012345|x>", "<https://evil.example|safe>", "*b*", "_i_", "~s~", "`c`", "```",
    ":fire:", "@here", "&lt;!here&gt;", "&", ">", "\n> quote", "http://evil.example/x", "www.evil.example",
    "a@evil.example", "mailto:a@evil.example", "\u202e", "\u200b", "\x1b[31m", "word", " ",
)  # fmt: skip
HOSTILE = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=12).map("".join)
FORMATTING = re.compile(r"[*_~`]")
EMOJI = re.compile(r":[\w+'-]+:")
AUTOMATIC_LINK = re.compile(r"\w://|[^\W_]\.[^\W\d_]{2,}|@\w|mailto:", re.IGNORECASE)


@given(HOSTILE)
def test_nothing_in_feed_text_acts(text: str) -> None:
    shown = mrkdwn(text)
    assert not CONTROL.search(shown)
    assert not set("<>\n") & set(shown)
    assert not FORMATTING.search(shown)
    assert not EMOJI.search(shown)
    assert not AUTOMATIC_LINK.search(shown)
    assert not shown.startswith(("&gt;", ">"))
    assert re.fullmatch(r"(?:[^&]|&amp;|&lt;|&gt;)*", shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Tanks & talks: 3.5 million, U.S. says", "Tanks &amp; talks: 3.5 million, U.S. says"),
        ("<!channel> now", "&lt;!channel&gt; now"),
        ("AT&amp;T", "AT&amp;amp;T"),
        ("> quoted", "› quoted"),
    ],
)
def test_ordinary_text_reads_as_before(text: str, shown: str) -> None:
    assert mrkdwn(text) == shown


def test_only_slacks_own_notation_is_a_mention() -> None:
    given = (
        "<!here>",
        "<@U01ABC>",
        "<!subteam^S01ABC>",
        "<!here>",
        "@here",
        "<!date^1^x|y>",
        "<https://a.example>",
        "ops",
    )
    assert mentions(given) == ["<!here>", "<@U01ABC>", "<!subteam^S01ABC>"]


def test_an_address_in_markup_stays_one_link() -> None:
    assert address("https://a.example/?x=1&y=2|z") == "<https://a.example/?x=1&amp;y=2%7Cz>"
