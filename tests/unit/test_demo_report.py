"""The demonstration's report says what was kept silent, which feeds failed, and where every entry ended."""

from io import StringIO

from rich.console import Console

from brinkwatch.demo.account import Account, Suppressed
from brinkwatch.demo.report import entries_line, suppressed_table, trouble
from brinkwatch.outcomes import Outcome
from brinkwatch.store.feeds import FeedState


def printed(account: Account) -> str:
    console = Console(file=StringIO(), width=120)
    console.print(suppressed_table(account))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_each_reason_has_a_row_with_its_words_and_an_example_that_is_no_markup() -> None:
    rows = (Suppressed("seeded", 1_234, ""), Suppressed("below_threshold", 2, "Rovers [bold]fire[/bold] five"))
    text = printed(Account(polls=1, items=1_236, assessed=2, stories=0, alerts=0, suppressed=rows))
    assert "1,234" in text
    assert "first poll" in text
    assert "Rovers [bold]fire[/bold] five" in text


def test_only_feeds_in_trouble_are_named() -> None:
    states = [
        FeedState("good", "http://a/", health="ok"),
        FeedState("bent", "http://b/", health="degraded"),
        FeedState("bad", "http://c/", health="failing", last_error="the server is in trouble (HTTP 500)"),
        FeedState("odd", "http://d/", health="new"),
    ]
    assert trouble(states, {"bad": "Coastal Bulletin"}) == [
        "Could not be read: Coastal Bulletin: the server is in trouble (HTTP 500)",
        "Could not be read: odd: new",
    ]


def test_the_sum_of_entries_leaves_out_what_waited_in_between() -> None:
    outcomes = {Outcome.ASSESSED: 5, Outcome.PENDING: 6, Outcome.UNSUPPORTED_LANGUAGE: 1, Outcome.UNCHANGED: 1_000}
    assert entries_line(outcomes) == "Entries seen: 1,006 = 1,000 unchanged + 1 unsupported language + 5 assessed"
