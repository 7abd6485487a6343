"""Every item of the demonstration is accounted for exactly once."""

from datetime import UTC, datetime

from brinkwatch.alerts.decision import Action, Reason
from brinkwatch.demo.account import Account, Suppressed, account
from brinkwatch.outcomes import Outcome
from brinkwatch.store.decisions import Logged

NOW = datetime(2024, 5, 1, tzinfo=UTC)


def decided(guid: str | None, action: Action, reason: Reason, story: str | None = None) -> Logged:
    return Logged(NOW, guid, story, action.value, reason.value, None, [], None)


def added_up(*log: Logged, **outcomes: int) -> Account:
    sums = {Outcome(name): number for name, number in outcomes.items()}
    return account(log, sums, {"a": "Title of a", "b": "Title of b"}, polls=7, stories=1)


def test_an_item_is_told_or_suppressed_for_one_reason() -> None:
    found = added_up(
        decided("a", Action.NONE, Reason.WAITING, "s"),
        decided("b", Action.NONE, Reason.WAITING, "s"),
        decided("a", Action.POST, Reason.FIRST, "s"),
        decided("c", Action.NONE, Reason.BELOW_THRESHOLD),
        assessed=3,
    )
    assert found.items == 3
    assert {row.reason: row.items for row in found.suppressed} == {"waiting": 1, "below_threshold": 1}
    assert found.alerts == 1


def test_what_was_told_stays_told_when_an_edit_adds_nothing() -> None:
    found = added_up(
        decided("a", Action.POST, Reason.FIRST, "s"), decided("a", Action.NONE, Reason.DUPLICATE, "s"), assessed=2
    )
    assert (found.items, found.assessed, found.suppressed) == (1, 2, ())


def test_the_last_reason_of_a_silent_item_counts() -> None:
    found = added_up(
        decided("b", Action.NONE, Reason.BELOW_THRESHOLD), decided("b", Action.NONE, Reason.DUPLICATE, "s"), assessed=2
    )
    assert found.suppressed == (Suppressed("duplicate", 1, "Title of b"),)


def test_seeded_and_stale_items_count_by_their_decisions() -> None:
    seeded = [decided(f"old-{number}", Action.NONE, Reason.SEEDED) for number in range(30)]
    stale = [decided(f"late-{number}", Action.NONE, Reason.STALE) for number in range(2)]
    found = added_up(*seeded, *stale, decided("a", Action.NONE, Reason.BELOW_THRESHOLD), unchanged=500, assessed=1)
    assert found.items == 33
    assert [(row.reason, row.items) for row in found.suppressed] == [
        ("seeded", 30),
        ("stale", 2),
        ("below_threshold", 1),
    ]


def test_the_example_of_a_reason_is_the_first_of_the_titles_or_the_one_given() -> None:
    log = [decided("b", Action.NONE, Reason.DUPLICATE), decided("a", Action.NONE, Reason.DUPLICATE)]
    log += [decided("c", Action.NONE, Reason.SEEDED)]
    examples = {Reason.SEEDED: "Old news"}
    found = account(log, {}, {"a": "A", "b": "B", "c": "C"}, polls=1, stories=1, examples=examples)
    assert {row.reason: row.example for row in found.suppressed} == {"seeded": "Old news", "duplicate": "A"}


def test_replies_are_alerts_and_edits_in_place_and_digests_are_not() -> None:
    found = added_up(
        decided("a", Action.POST, Reason.FIRST, "s"),
        decided("b", Action.REPLY, Reason.TIER_UP, "s"),
        decided("c", Action.UPDATE, Reason.CORROBORATED, "s"),
        decided(None, Action.DIGEST, Reason.PASSED_OVER),
        assessed=3,
    )
    assert (found.alerts, found.suppressed, found.items) == (2, (), 3)


def test_the_last_line_has_its_exact_form() -> None:
    found = added_up(decided("a", Action.NONE, Reason.STALE), decided("b", Action.NONE, Reason.SEEDED), assessed=1)
    assert found.last_line == "demo: polls=7 items=2 assessed=1 stories=1 alerts=0 suppressed=2"


def test_every_reason_has_words() -> None:
    assert Suppressed("some_other", 1, "").words == "some other"
    assert "first poll" in Suppressed("seeded", 1, "").words
