"""Clean text out of what feeds publish."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brinkwatch.items.clean import (
    _TAIL,
    MAX_SUMMARY,
    MAX_TITLE,
    _fold,
    _fold_any,
    _may_have_tail,
    clean,
    clean_line,
    clean_text,
    shorten,
    without_publisher,
)
from brinkwatch.items.item import ItemText


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("Ships &amp; crews", "Ships & crews"),
        ("Ships &amp;amp; crews", "Ships & crews"),
        ("A&nbsp;&#8220;pause&#8221;", "A “pause”"),
        ("<p>One.</p><p>Two.</p>", "One. Two."),
        ("line<br>break<br/>here", "line break here"),
        ("un<b>broken</b> word", "unbroken word"),
        ("&lt;p&gt;Escaped &lt;em&gt;once&lt;/em&gt; more&lt;/p&gt;", "Escaped once more"),
        ("<script>alert(1)</script>Text<style>p{}</style>", "Text"),
        ("5 < 6 and 7 > 2", "5 < 6 and 7 > 2"),
        ("a<!-- hidden -->b", "ab"),
        ("<img src=x onerror=alert(1)>Caption", "Caption"),
        ("tabs\tand\r\nlines\u2028here", "tabs and lines here"),
        ("zero\u200bwidth \ufeffmark soft\u00adhyphen", "zerowidth mark softhyphen"),
        ("\u202egnp.exe\u202c and \u2066isolate\u2069", "gnp.exe and isolate"),
        ("bell\x07 and nul\x00 and c1\x9b", "bell and nul and c1"),
        ("lone \ud83d surrogate", "lone surrogate"),
        ("lone \ud83d <b>surrogate</b>", "lone surrogate"),
        ("cafe\u0301", "café"),
        ("Itâ€™s over, says ZÃ¼rich", "It’s over, says Zürich"),
        ("Â£5m in aid", "£5m in aid"),
        ("می\u200cخواهد", "می\u200cخواهد"),
        ("a\u200db", "ab"),
        ("👩\u200d🚀 lands", "👩\u200d🚀 lands"),
        ("Ærø, Łódź, İzmir, Việt Nam", "Ærø, Łódź, İzmir, Việt Nam"),
    ],
)
def test_a_line_of_markup_is_a_line_of_text(markup: str, text: str) -> None:
    assert clean_line(markup) == text


@pytest.mark.parametrize(
    ("summary", "text"),
    [
        ("The talks failed. Continue reading...", "The talks failed."),
        ("The talks failed <a href='x'>Continue reading…</a>", "The talks failed"),
        ("The talks failed. <a>Read more</a>", "The talks failed."),
        ("The talks failed. Read the full story here »", "The talks failed."),
        ("The talks failed [&#8230;]", "The talks failed"),
        ("The talks failed. [...]", "The talks failed."),
        ("The talks failed... [+1234 chars]", "The talks failed..."),
        ("The talks failed.\nThe post Talks fail appeared first on Harbour Post.", "The talks failed."),
        ("The talks failed. Read more [&#8230;] Continue reading", "The talks failed."),
        ("A paper that few people read on Sundays", "A paper that few people read on Sundays"),
        ("Officials read the full list aloud", "Officials read the full list aloud"),
        ("Read more", ""),
    ],
)
def test_what_hangs_on_the_end_of_a_summary_is_cut_off(summary: str, text: str) -> None:
    assert clean_text(summary) == text


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Fleet sails - Harbour Post", "Fleet sails"),
        ("Fleet sails | HARBOUR POST", "Fleet sails"),
        ("Fleet sails – Harbour &amp; Co", "Fleet sails"),
        ("Fleet sails - and returns", "Fleet sails - and returns"),
        ("Fleet sails: Harbour Post", "Fleet sails: Harbour Post"),
        ("Fleet sails - Harbour Post report", "Fleet sails - Harbour Post report"),
        ("Harbour Post", "Harbour Post"),
        ("- Harbour Post", "- Harbour Post"),
    ],
)
def test_a_publisher_is_cut_from_a_title_only_if_it_is_this_one(title: str, expected: str) -> None:
    assert without_publisher(clean_line(title), ["Harbour Post", "Harbour &amp; Co", ""]) == expected


def test_an_entry_without_a_title_is_called_by_its_first_sentence() -> None:
    assert clean("", "<p>Gen. Noor left the U.S. base today. Nobody knows why.</p>") == ItemText(
        "Gen. Noor left the U.S. base today.", "Nobody knows why."
    )
    assert clean(" <b></b>", "Only one sentence") == ItemText("Only one sentence", "")


def test_an_entry_without_text_is_none() -> None:
    assert clean("<img src=x>", " \u200b&nbsp; ") is None


def test_a_summary_that_repeats_the_title_is_none() -> None:
    assert clean("Fleet sails", "<p>FLEET sails</p>") == ItemText("Fleet sails", "")


def test_long_texts_are_cut_at_a_word() -> None:
    text = clean("word " * 500, "word " * 60_000)
    assert text is not None
    assert len(text.title) <= MAX_TITLE
    assert text.title.endswith("word…")
    assert len(text.summary) <= MAX_SUMMARY
    assert shorten("x" * 50, 10) == "x" * 9 + "…"


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=200), st.text(alphabet="<>&;#/a b\x00\u200b\ud800é", max_size=80))
def test_clean_text_holds_nothing_invisible_and_cleaning_it_again_changes_nothing_in_it(title: str, body: str) -> None:
    text = clean(title, body)
    if text is None:
        return
    for part in (text.title, text.summary):
        assert part == part.strip()
        assert "  " not in part
        assert not {c for c in part if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}}
        assert not set(part) & set("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
    assert 0 < len(text.title) <= MAX_TITLE


@given(st.text(alphabet=st.characters(max_codepoint=0x7F), max_size=60))
def test_ascii_is_folded_as_any_text_is(text: str) -> None:
    assert _fold(text) == _fold_any(text)


ENDS = ("Read", " more", "View full", " story", "(", ")", " article", "[", "…", "+12 chars", "]", "...", " ",
        "The post", " appeared first on ", "Keep", " reading", "x", ".", "\u017f")  # fmt: skip


@given(st.lists(st.sampled_from(ENDS), max_size=8).map("".join))
def test_what_is_passed_over_has_no_tail(text: str) -> None:
    assert _may_have_tail(text) or _TAIL.sub("", text) == text


@pytest.mark.parametrize("hostile", ["<" * 100_000, "<a " * 50_000, "&" * 200_000, "&amp;" * 50_000, "[" * 100_000])
def test_hostile_markup_takes_no_time(hostile: str) -> None:
    import time

    began = time.perf_counter()
    clean(hostile, hostile)
    assert time.perf_counter() - began < 2
