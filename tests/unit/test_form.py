"""What an item is by its title: a report, a correction, or no news."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.items.form import Form, form


@pytest.mark.parametrize(
    "title",
    [
        "Correction: Ministry did not call up reservists",
        "WITHDRAWN: Ruritania shells Sylvania",
        "Agency retracts report that tanks crossed the border",
    ],
)
def test_a_correction_says_so(title: str) -> None:
    assert form(title) is Form.CORRECTION


@pytest.mark.parametrize("title", ["CORRECTED-Ruritania moves two brigades", "Ruritania moves tanks (Corrected)"])
def test_a_corrected_report_reports_all_the_same(title: str) -> None:
    assert form(title) is Form.CORRECTED


def test_a_summary_that_takes_the_story_back_makes_it_a_correction() -> None:
    assert form("Ruritania moves tanks", "This story has been withdrawn. The ministry denied it.") is Form.CORRECTION


@pytest.mark.parametrize(
    "title",
    [
        "Opinion | Ruritania has just closed the strait",
        "Analysis: why the tanks came",
        "Ruritania's gamble - analysis",
        "On this day: the ultimatum of 1914",
        "Thirty years on, the veterans of the strait remember",
        "Quiz: which border is this?",
        "Explainer: what a blockade is",
        "From the archives: tanks in the capital",
        "What we know about the tanks at the border",
    ],
)
def test_what_comments_or_looks_back_is_no_news(title: str) -> None:
    assert form(title) is Form.NO_NEWS


@pytest.mark.parametrize(
    "title",
    [
        "Ruritania live: tanks cross the border",
        "Why did nobody stop the tanks? Sylvania recalls its envoy",
        "Ruritania withdraws its ambassador",
        "Troops withdrawn from the border: ministry",
        "Ruritania's review of its nuclear doctrine: minister orders alert",
        "Court corrections officer held hostage",
        "Sanctions extended five years on appeal: council",
        "Opinion polls: president ahead as tanks move",
        "Commentator seized at the border",
    ],
)
def test_what_reports_is_a_report(title: str) -> None:
    assert form(title) is Form.REPORT


@given(st.text(), st.text())
def test_any_text_has_a_form(title: str, summary: str) -> None:
    assert form(title, summary) in Form
