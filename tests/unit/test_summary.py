"""Summaries are short, made of the text's own sentences, and put the evidence first."""

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brinkwatch.alerts.summary import (
    ELLIPSIS,
    MAX_CHARACTERS,
    MAX_SENTENCES,
    clean_sentences,
    flat,
    summarize,
    tell_most,
)
from brinkwatch.cli.summarize import run
from brinkwatch.config.settings import Settings

SENTENCES = [
    "The ministers met for three hours in the capital.",
    "A brass band played while they arrived.",
    "They agreed to keep the border crossings open.",
    "Harsh sanctions are ready if the army crosses the river, an official said.",
    "Local shops closed early because of the traffic.",
    "Troops have been massing near the border for weeks.",
]
ARTICLE = " ".join(SENTENCES)
LONG = "The alliance said that " + ", that ".join(f"its {n}th brigade would move north" for n in range(30)) + "."

pieces = st.lists(
    st.one_of(
        st.sampled_from([*SENTENCES, LONG, "Read more", "PUBLISHED: 10:20 EST, 3 May 2013", "(CNN) --", "", "…"]),
        st.text(max_size=60),
    ),
    max_size=12,
)
texts = st.one_of(pieces.map(" ".join), pieces.map("\n".join), st.text(max_size=900))


@settings(max_examples=150, deadline=None)
@given(texts, st.text(max_size=500), st.lists(st.one_of(st.sampled_from(SENTENCES), st.text(max_size=80)), max_size=4))
def test_no_text_breaks_the_limits(text: str, title: str, evidence: list[str]) -> None:
    summary = summarize(text, title=title, evidence=evidence)
    assert len(summary) <= MAX_CHARACTERS
    assert "\n" not in summary
    assert bool(summary) == bool(flat(text) or flat(title))


@settings(max_examples=150, deadline=None)
@given(texts)
def test_every_sentence_is_the_texts_own(text: str) -> None:
    summary = summarize(text)
    own = clean_sentences(text)
    assert all(sentence in flat(text) for sentence in own)
    if not own:
        return
    if summary in own or (summary.endswith(ELLIPSIS) and any(s.startswith(summary[:-1]) for s in own)):
        return
    rest, used = summary, 0
    for sentence in own:
        if rest == sentence or rest.startswith(f"{sentence} "):
            rest, used = rest[len(sentence) + 1 :], used + 1
    assert not rest
    assert used <= MAX_SENTENCES


def test_evidence_comes_first_and_stands_in_the_order_of_the_text() -> None:
    summary = summarize(ARTICLE, evidence=[SENTENCES[5], SENTENCES[3]])
    assert SENTENCES[3] in summary
    assert SENTENCES[5] in summary
    assert summary.index(SENTENCES[3]) < summary.index(SENTENCES[5])


def test_evidence_beats_the_lead_when_room_is_short() -> None:
    text = " ".join(f"Sentence {n} of the report is filled until it is rather long, {'so ' * 40}." for n in "abcde")
    last = clean_sentences(text)[-1]
    assert last in summarize(text, evidence=[last])


def test_without_evidence_the_beginning_leads() -> None:
    assert summarize(ARTICLE).startswith(SENTENCES[0])


@pytest.mark.parametrize(
    "noise",
    [
        "PUBLISHED: 14:11 EST, 25 October 2013 | UPDATED: 15:36 EST, 25 October 2013 ",
        "By . Jane Doe . PUBLISHED: . 14:11 EST, 25 October 2013 . | . UPDATED: . 15:36 EST, 25 October 2013 . ",
        "Last updated at 3:31 PM on 19th July 2011 . ",
        "(CNN) -- ",
        "Kabul, Afghanistan (CNN) -- ",
        "LONDON (Reuters) - ",
    ],
)
def test_what_stands_before_the_text_is_left_out(noise: str) -> None:
    assert summarize(noise + ARTICLE) == summarize(ARTICLE)


@pytest.mark.parametrize(
    "noise",
    [
        "Read more about this.",
        "Scroll down for video",
        "Image copyright: someone",
        "Sign up for our newsletter.",
        "By Jane Doe",
        "Advertisement",
        "Reporting by Jane Doe in Riga",
    ],
)
def test_lines_that_are_none_of_the_story_are_left_out(noise: str) -> None:
    text = f"{SENTENCES[0]}\n\n{noise}\n\n{SENTENCES[2]}"
    assert summarize(text) == f"{SENTENCES[0]} {SENTENCES[2]}"


def test_words_like_boilerplate_inside_a_sentence_stay() -> None:
    text = "By noon the army had published its list of targets. Watch towers were built along the border."
    assert summarize(text) == text


def test_a_sentence_that_is_too_long_is_cut_at_a_clause() -> None:
    summary = summarize(LONG)
    assert summary.endswith(f"north{ELLIPSIS}")
    assert MAX_CHARACTERS / 2 < len(summary) <= MAX_CHARACTERS


def test_an_empty_text_gives_the_title() -> None:
    assert summarize("", title="Envoys meet") == "Envoys meet"
    assert summarize(" \n", title="Envoys  meet") == "Envoys meet"
    assert summarize("") == ""
    assert summarize("Read more", title="Envoys meet") == "Envoys meet"


def test_the_title_is_not_repeated() -> None:
    assert summarize(f"{SENTENCES[0]} {SENTENCES[2]}", title=SENTENCES[0]) == SENTENCES[2]


def test_the_filter_answers_each_line_in_its_place() -> None:
    lines = [{"id": 1, "text": ARTICLE}, {"id": "b", "title": "Envoys meet", "text": ""}, {"id": "c"}]
    out = io.StringIO()
    status = run(io.BytesIO("".join(json.dumps(line) + "\n" for line in lines).encode()), out, Settings())
    found = [json.loads(line) for line in out.getvalue().splitlines()]
    assert status == 1
    assert found[0] == {"id": 1, "summary": summarize(ARTICLE)}
    assert found[1] == {"id": "b", "summary": "Envoys meet"}
    assert found[2]["line"] == 3


def test_the_sentences_that_tell_most_together_come_first() -> None:
    long, short, other = "a" * 390, "b" * 100, "c" * 120
    assert tell_most({long: 0.9, short: 0.7, other: 0.6}) == [short, other, long]
    assert tell_most({long: 0.9, short: 0.2}) == [long, short]
    assert tell_most({"d" * 500: 0.9}) == ["d" * 500]
    assert tell_most({}) == []
