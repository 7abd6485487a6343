import pytest
from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.items.sentences import sentences, spans


@pytest.mark.parametrize(
    "expected",
    [
        ["The U.S. moved two ships.", "Gen. Mark A. Milner said so on Monday."],
        ["He met Lt. Col. J. R. Smith at the U.N. on Jan. 10.", "They spoke for an hour."],
        ['"We will respond," the minister said.', '"If they attack, we fight."', "Nobody replied."],
        ["Talks end at 5 p.m. Friday.", "Two more rounds follow."],
        ["The call began at 11 a.m. Eastern time.", "It lasted an hour."],
        ["Sen. Ann Lee, D-N.J., spoke.", "The vote is on Tuesday."],
        ["Oil rose 3.5 percent to $97.20 a barrel.", "Gas fell."],
        ["1. The border is closed.", "2. The embassy stays open."],
        ["Is it war?", "No!", "Not yet."],
        ["KYIV (AP) — Troops left on Monday.", "Mr. Ivanov vs. Mr. Petrov was put off."],
    ],
)
def test_news_english_is_cut_at_its_sentences(expected):
    assert sentences(" ".join(expected)) == expected


def test_paragraphs_end_sentences_without_a_full_stop():
    assert sentences("Border closed\r\n\r\nThe talks failed\n\nMore soon") == [
        "Border closed",
        "The talks failed",
        "More soon",
    ]


def test_a_closing_mark_stays_with_its_sentence():
    assert sentences("He left. !!! She came.") == ["He left. !!!", "She came."]


def test_nothing_is_no_sentence():
    assert sentences("") == sentences(" \n\t\u2028 ") == []


@given(st.text(alphabet=st.sampled_from("aB. !?\n\r\"'”)(U.S1é中。\u2028\U0001f680"), max_size=80))
def test_only_white_space_is_between_sentences(text):
    at = 0
    for start, end in spans(text):
        assert text[at:start].strip() == ""
        assert start < end
        assert text[start:end] == text[start:end].strip()
        at = end
    assert text[at:].strip() == ""


@pytest.mark.parametrize("text", ["A\u3000.", "A\u2028.’", "Said so\u2003.”) And left\u2028.\u2028"])
def test_wide_white_space_before_a_period_is_no_panic(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())
