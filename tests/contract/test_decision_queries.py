"""What the store says of decisions, in either database: silent items, what a channel was told, what its budget held."""

from datetime import UTC, datetime, timedelta

import pytest

from brinkwatch.alerts.decide import snapshot
from brinkwatch.alerts.decision import Action, Decision, History, Reason
from brinkwatch.items.item import ItemIntent, ItemRow
from brinkwatch.outcomes import Outcome
from brinkwatch.signals.catalogue import Signal
from brinkwatch.store import decisions, items, stories
from brinkwatch.store.database import Database
from brinkwatch.stories.story import Member, Story, StoryState, Tier

NOW = datetime(2022, 1, 10, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def record(
    database: Database, minute: int, action: Action, reason: Reason, story: str | None = None, **more: str
) -> None:
    with database.begin() as connection:
        decisions.record(
            connection, f"{minute}:{story}:{more}", Decision(action, reason), at=NOW + minute * MINUTE, item=None,
            story=story, route="all", channel=more.get("channel", "#alerts"), tier=Tier.ELEVATED, signals={},
        )  # fmt: skip


def test_silent_items_have_one_row_each_however_often_it_is_said(database: Database) -> None:
    rows = [ItemRow(f"guid:{number}", None, None, "Title", "", NOW, 1) for number in range(700)]
    silent = [row.key for row in rows]
    with database.begin() as connection:
        items.write(connection, "wire", [ItemIntent(Outcome.SEEDED, row) for row in rows], NOW)
        items.write(connection, "post", [ItemIntent(Outcome.SEEDED, row) for row in rows], NOW)
    for _ in range(2):
        with database.begin() as connection:
            decisions.record_silent(connection, "wire", silent, NOW)
    with database.begin() as connection:
        decisions.record_silent(connection, "wire", [], NOW)
        assert decisions.counts(connection) == {(Action.NONE, Reason.SEEDED): 700}


def test_what_a_channel_was_told_leaves_out_edits_and_silences_and_other_channels(database: Database) -> None:
    for minute, action in enumerate((Action.POST, Action.UPDATE, Action.REPLY, Action.NONE, Action.DIGEST)):
        record(database, minute, action, Reason.FIRST, "s")
    record(database, 9, Action.POST, Reason.FIRST, "s", channel="#other")
    with database.begin() as connection:
        told = decisions.told_at(connection, "#alerts", NOW)
        assert sorted(told) == [NOW + 2 * MINUTE, NOW + 4 * MINUTE]  # what was told at NOW is an hour old by now


def test_what_was_held_back_counts_a_story_once_and_not_if_it_was_told_since(database: Database) -> None:
    for minute, story in ((1, "a"), (2, "b"), (3, "a"), (4, "c")):
        record(database, minute, Action.NONE, Reason.BUDGET, story)
    record(database, 5, Action.POST, Reason.FIRST, "b")
    record(database, 6, Action.NONE, Reason.BUDGET, "d", channel="#other")
    with database.begin() as connection:
        held = decisions.held_back(connection, "#alerts", NOW)
    assert [(one.story, one.at - NOW) for one in held] == [("a", MINUTE), ("c", 4 * MINUTE)]


def test_a_line_is_about_what_was_held_back_since_the_last_one(database: Database) -> None:
    record(database, 1, Action.NONE, Reason.BUDGET, "a")
    record(database, 2, Action.DIGEST, Reason.BUDGET)
    record(database, 3, Action.NONE, Reason.BUDGET, "b")
    with database.begin() as connection:
        assert [one.story for one in decisions.held_back(connection, "#alerts", NOW)] == ["b"]
        assert decisions.last_budget_line(connection, "#alerts") == NOW + 2 * MINUTE
        assert decisions.last_budget_line(connection, "#other") is None


def test_what_a_route_was_told_is_read_as_it_was_written(database: Database) -> None:
    member = Member(
        1, "t", "", None, NOW, NOW, "f", "f", "f", {Signal.TALKS: 0.9}, parties=frozenset({"state:ru"}), corrects=True
    )
    sent = snapshot(Story("s", NOW, NOW, StoryState.DEVELOPING, Tier.ELEVATED, (member,)), NOW)
    history = History(NOW, sent, sent, NOW + MINUTE, NOW + HOUR)
    with database.begin() as connection:
        stories.open_story(connection, stories.StoryRow("s", NOW, NOW, StoryState.NEW, Tier.WATCH))
        decisions.remember(connection, "s", "all", history, check_at=NOW, cause=None)
        assert decisions.history(connection, "s", "all") == history
        assert decisions.timers(connection) == 0
        decisions.shift_timers(connection, HOUR)
        assert decisions.history(connection, "s", "all").repeated_at == NOW + 2 * HOUR


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_an_earlier_version_wrote_is_read(database: Database) -> None:
    old = '{"at": "2022-01-10T09:00:00+00:00", "tier": 2, "direction": "none", "signals": ["talks"], "families": 1}'
    with database.begin() as connection:
        stories.open_story(connection, stories.StoryRow("s", NOW, NOW, StoryState.NEW, Tier.WATCH))
        decisions.remember(connection, "s", "all", History(), check_at=None, cause=None)
        connection.exec_driver_sql("update told set first = ?, last = ?", (old, old))
        last = decisions.history(connection, "s", "all").last
    assert last is not None
    assert (last.parties, last.corrections, last.noticed) == (None, 0, frozenset())
