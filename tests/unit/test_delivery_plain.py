"""Text that cannot act, and addresses that hide nothing."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.delivery.plain import clip, plain, web_address


@given(st.text(st.characters(), max_size=200))
def test_plain_text_is_one_visible_line_whatever_goes_in(text: str) -> None:
    line = plain(text)
    assert "\n" not in line
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in line)
    assert plain(line) == line
    line.encode()


def test_words_and_accents_stay_as_they_are() -> None:
    assert plain("  Größe\u202e gleich\t\nnull \u200bé ") == "Größe gleich null é"


def test_marks_do_not_pile_up_over_the_neighbouring_lines() -> None:
    assert plain("a" + "\u0301" * 50 + "b") == "a\u0301\u0301b"


@given(st.text(max_size=80), st.integers(1, 60))
def test_clipping_keeps_to_the_limit(text: str, limit: int) -> None:
    assert len(clip(text, limit)) <= limit
    assert clip(text, 80) == text


def test_clipping_prefers_the_end_of_a_word() -> None:
    assert clip("one two three four", 12) == "one two…"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://news.example/a?b=1&c=2#d", "https://news.example/a?b=1&c=2#d"),
        ("HTTP://News.Example:8080/ä b|<c>", "http://news.example:8080/%C3%A4%20b%7C%3Cc%3E"),
        ("https://münchen.example/", "https://xn--mnchen-3ya.example/"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]/x"),
    ],
)
def test_an_honest_address_is_linked(url: str, address: str) -> None:
    assert web_address(url) == address


@pytest.mark.parametrize(
    "url",
    [
        None, "", "javascript:alert(1)", "data:text/html,x", "ftp://news.example/", "mailto:a@news.example",
        "/relative", "https://", "https://bank.example@evil.example/", "https://exa mple/", "http://[broken/", "https://x:99999/",
        "slack://open", "https://news.example/" + "a" * 2000,
    ],
)  # fmt: skip
def test_anything_else_is_not(url: str | None) -> None:
    assert web_address(url) is None


@given(st.text(max_size=80))
def test_an_address_never_breaks_out_of_a_link(text: str) -> None:
    address = web_address("https://news.example/" + text)
    assert address is None or not set(address) & set("<>| \n\"'")
