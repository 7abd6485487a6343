"""What the store promises, on SQLite and on PostgreSQL alike (fixture `database`)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from brinkwatch.alerts.decision import Action, Decision, History, Reason, Sent
from brinkwatch.items.item import ItemIntent, ItemRow
from brinkwatch.outcomes import Outcome, Stage
from brinkwatch.signals.assessment import Assessment, Evidence
from brinkwatch.signals.catalogue import PLOVER_ROOTS, SIGNALS, Signal
from brinkwatch.store import decisions, feeds, items, ledger, polls, stories, survey
from brinkwatch.store.database import Database, StoreError
from brinkwatch.store.polls import HealthChange
from brinkwatch.store.stories import Joining
from brinkwatch.stories.story import Features, StoryState, Tier

NOW = datetime(2022, 1, 10, 9, 0, 0, 123456, tzinfo=UTC)
ROW = ItemRow("guid:1", "1", "https://news.example/1", "Title", "Summary", NOW, 1)


def write(database: Database, row: ItemRow, outcome: Outcome = Outcome.PENDING, now: datetime = NOW) -> int:
    with database.begin() as connection:
        items.write(connection, "feed", [ItemIntent(outcome, row)], now)
        return int(connection.execute(sa.text("select id from items where key = :key"), {"key": row.key}).scalar_one())


def assessment(**signals: float) -> Assessment:
    return Assessment(
        signals={signal: signals.get(signal.value, 0.01) for signal in SIGNALS},
        plover=dict.fromkeys(PLOVER_ROOTS, 1 / 15),
        evidence=(Evidence("Title", Signal.TALKS, 0.9),),
        language="en",
        model="test",
    )


def features(title: str = "Title") -> Features:
    vector = np.zeros(384, np.float32)
    vector[0] = 1.0
    return Features(vector, frozenset({"title"}), frozenset({"state:ru"}), frozenset({"12"}), NOW, title)


def test_an_item_is_one_row_and_its_former_text_is_kept(database: Database) -> None:
    first = write(database, ROW)
    later = NOW + timedelta(hours=1)
    second = write(database, replace(ROW, title="Other title", revision=2), now=later)
    assert first == second
    with database.begin() as connection:
        stored = items.get(connection, first)
        history = connection.execute(sa.text("select title, revision from revisions")).all()
    assert stored is not None
    assert (stored.title, stored.revision, stored.first_seen, stored.changed_at) == ("Other title", 2, NOW, later)
    assert [tuple(row) for row in history] == [("Title", 1)]


def test_an_item_edited_meanwhile_is_not_moved_on(database: Database) -> None:
    write(database, ROW)
    with database.begin() as connection:
        (read,) = items.at_stage(connection, Stage.ASSESS, 10)
    write(database, replace(ROW, title="Other title", revision=2))
    with database.begin() as connection:
        assert not items.advance(connection, read, Stage.RELATE)
        assert items.waiting(connection) == {"assess": 1}


def test_what_waits_is_found_without_reading_what_is_done(tmp_path: Path) -> None:
    database = Database.open(None, tmp_path)
    asked: list[tuple[str, Any]] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *event: asked.append((event[2], event[3])))
    with database.begin() as connection:
        items.at_stage(connection, Stage.ASSESS, 10)
        items.waiting(connection)
        feeds.due(connection, NOW, 10)
        plans = [
            [row[3] for row in connection.exec_driver_sql(f"explain query plan {statement}", parameters)]
            for statement, parameters in list(asked)
        ]
    database.close()
    indexes = ("ix_items_stage", "ix_items_stage", "ix_feeds_next_due_id")
    for plan, index in zip(plans, indexes, strict=True):
        assert any(f"INDEX {index}" in step for step in plan), plan


def test_what_need_not_be_durable_is_written_all_the_same(database: Database) -> None:
    with database.begin(durable=False) as connection:
        ledger.count(connection, "a", {Outcome.STALE: 1}, NOW)
    with database.begin() as connection:
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL again
        assert ledger.totals(connection) == {Outcome.STALE: 1}


def test_an_item_waits_for_the_rest_of_its_poll_but_not_for_ever(database: Database) -> None:
    later = write(database, ROW)
    earlier = write(database, replace(ROW, key="guid:2", published=NOW - timedelta(hours=1)))
    elsewhere = write(database, replace(ROW, key="guid:3"), now=NOW + timedelta(seconds=5))

    def waiting(since: datetime) -> list[int]:
        with database.begin() as connection:
            return [item.id for item in items.to_relate(connection, 10, since)]

    with database.begin() as connection:
        for item in items.at_stage(connection, Stage.ASSESS, 10):
            if item.id != earlier:
                items.advance(connection, item, Stage.RELATE)
    assert waiting(NOW) == [elsewhere]
    assert waiting(NOW + timedelta(seconds=1)) == [later, elsewhere]
    with database.begin() as connection:
        (item,) = items.at_stage(connection, Stage.ASSESS, 10)
        items.advance(connection, item, Stage.RELATE)
    assert waiting(NOW) == [earlier, later, elsewhere]


def test_an_assessment_comes_back_as_it_went_in(database: Database) -> None:
    item = write(database, ROW)
    vector = np.linspace(-1, 1, 384, dtype=np.float32)
    vector /= np.linalg.norm(vector)
    with database.begin() as connection:
        (read,) = items.at_stage(connection, Stage.ASSESS, 10)
        items.save_assessment(connection, read, assessment(talks=0.9), vector, NOW)
        items.save_assessment(connection, read, assessment(talks=0.8), vector, NOW)
        found = items.assessment_of(connection, item)
    assert found is not None
    assert found.signals[Signal.TALKS] == 0.8
    assert found.flagged == (Signal.TALKS,)
    assert found.evidence == (Evidence("Title", Signal.TALKS, 0.9),)
    assert np.allclose(found.vector, vector, atol=1e-3)


def test_a_story_gives_back_its_members_in_the_order_of_publication(database: Database) -> None:
    late = write(database, replace(ROW, key="guid:2", published=NOW + timedelta(minutes=5)))
    early = write(database, ROW)
    with database.begin() as connection:
        for item in items.at_stage(connection, Stage.ASSESS, 10):
            items.save_assessment(connection, item, assessment(), np.ones(384, np.float32), NOW)
        stories.open_story(connection, stories.StoryRow("s-1", NOW, NOW, StoryState.NEW, Tier.WATCH))
        stories.join(connection, "s-1", late, features("late"), Joining("opened"), NOW)
        stories.join(connection, "s-1", early, features("early"), Joining("alike", 0.9), NOW)
        stories.join(connection, "s-1", early, features("edited"), Joining("edited", 0.9), NOW)
        assert [row.item for row in stories.members_of(connection, "s-1")] == [early, late]
        kept = stories.member_features(connection, ["s-1", "s-2"])
        assert stories.story_of(connection, early) == "s-1"
        assert [story.id for story in stories.active_since(connection, NOW)] == ["s-1"]
        assert stories.active_since(connection, NOW + timedelta(seconds=1)) == []
    assert {each.item: each.features.title for each in kept["s-1"]} == {late: "late", early: "edited"}
    assert kept["s-2"] == []


def test_the_same_decision_is_stored_once(database: Database) -> None:
    decision = Decision(Action.POST, Reason.FIRST)
    with database.begin() as connection:
        values = {"at": NOW, "item": 1, "story": "s", "route": "r", "channel": "#c", "tier": Tier.WATCH, "signals": {}}
        assert decisions.record(connection, "key", decision, **values) is not None  # type: ignore[arg-type]
        assert decisions.record(connection, "key", decision, **values) is None  # type: ignore[arg-type]
        assert decisions.counts(connection) == {(Action.POST, Reason.FIRST): 1}


def test_what_a_route_was_told_comes_back_exactly(database: Database) -> None:
    sent = Sent(NOW, Tier.CRITICAL, "mixed", frozenset({Signal.TALKS}), 2)
    history = History(None, sent, sent, NOW + timedelta(minutes=5))
    with database.begin() as connection:
        stories.open_story(connection, stories.StoryRow("s-1", NOW, NOW, StoryState.NEW, Tier.WATCH))
        assert decisions.history(connection, "s-1", "route") == History()
        due = NOW + timedelta(seconds=90)
        decisions.remember(connection, "s-1", "route", history, check_at=due, cause=7)
        assert decisions.history(connection, "s-1", "route") == history
        assert decisions.next_timer(connection) == due
        assert decisions.due_timers(connection, due - timedelta(microseconds=1)) == []
        assert decisions.due_timers(connection, due) == [("s-1", "route", due, 7)]
        decisions.remember(connection, "s-1", "route", history, check_at=None, cause=None)
        assert decisions.timers(connection) == 0


def test_the_ledger_adds_up_per_feed_and_day(database: Database) -> None:
    with database.begin() as connection:
        ledger.count(connection, "a", {Outcome.UNCHANGED: 3, Outcome.PENDING: 1}, NOW)
        ledger.count(connection, "a", {Outcome.UNCHANGED: 2}, NOW + timedelta(days=1))
        ledger.count(connection, "b", {Outcome.UNCHANGED: 1, Outcome.STALE: 0}, NOW)
        assert ledger.totals(connection) == {Outcome.UNCHANGED: 6, Outcome.PENDING: 1}


def test_what_was_passed_over_is_taken_once(database: Database) -> None:
    with database.begin() as connection:
        ledger.pass_over(connection, Outcome.SEEDED, {"a": 30}, NOW)
        ledger.pass_over(connection, Outcome.SEEDED, {"b": 12, "c": 0}, NOW + timedelta(minutes=1))
        assert ledger.take_passed_over(connection, NOW - timedelta(seconds=1)) == {}
        assert ledger.take_passed_over(connection, NOW) == {Outcome.SEEDED: (42, 2)}
        assert ledger.take_passed_over(connection, NOW + timedelta(days=1)) == {}


def test_a_feed_keeps_its_state_and_a_new_address_drops_its_validators(database: Database) -> None:
    with database.begin() as connection:
        feeds.enrol(connection, {"a": ("https://one.example/", NOW)})
        feeds.update(connection, "a", etag='"x"', seeded_at=NOW, next_due=NOW + timedelta(minutes=10))
        feeds.enrol(connection, {"a": ("https://one.example/", NOW)})
        same = feeds.get(connection, "a")
        feeds.enrol(connection, {"a": ("https://one.example/other", NOW)})
        moved = feeds.get(connection, "a")
        assert feeds.due(connection, NOW) == [("a", "https://one.example/other")]
        assert feeds.due(connection, NOW - timedelta(seconds=1)) == []
    assert same is not None
    assert moved is not None
    assert (same.etag, same.next_due) == ('"x"', NOW + timedelta(minutes=10))
    assert (moved.etag, moved.seeded_at, moved.next_due) == (None, NOW, NOW)


def test_a_feed_on_another_host_seeds_again(database: Database) -> None:
    with database.begin() as connection:
        feeds.enrol(connection, {"a": ("https://one.example/", NOW)})
        feeds.update(connection, "a", seeded_at=NOW)
        feeds.enrol(connection, {"a": ("https://two.example/", NOW)})
        moved = feeds.get(connection, "a")
    assert moved is not None
    assert moved.seeded_at is None


def test_of_a_feed_that_flaps_the_last_changes_are_kept(database: Database) -> None:
    with database.begin() as connection:
        for number in range(polls.CHANGES_KEPT + 9):
            at = NOW + timedelta(minutes=number)
            flap = HealthChange("a", at, "ok", "failing", None)
            polls.changed(connection, [flap, HealthChange("b", at, "ok", "new", None)] if number == 0 else [flap])
        kept = polls.history(connection, "a")
        assert len(polls.history(connection, "b")) == 1
    assert [change.at for change in (kept[0], kept[-1])] == [at, NOW + timedelta(minutes=9)]
    assert len(kept) == polls.CHANGES_KEPT


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.begin() as connection:
            ledger.count(connection, "a", {Outcome.STALE: 1}, NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.begin() as connection:
        assert ledger.totals(connection) == {}


def test_a_store_of_a_newer_version_is_refused_with_the_reason(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '9999'"))
    with pytest.raises(StoreError, match="newer Brinkwatch"):
        database.migrate()


def test_a_second_daemon_on_one_store_is_refused(database: Database, tmp_path: Path) -> None:
    url = database.engine.url
    address = None if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=False)
    database.claim()
    with pytest.raises(StoreError, match="another daemon"):
        Database.open(address, tmp_path).claim()
    database.close()
    other = Database.open(address, tmp_path)
    other.claim()
    other.close()


def test_what_is_due_moves_with_a_clock_that_was_set_back(database: Database) -> None:
    with database.begin() as connection:
        feeds.enrol(connection, {"a": ("https://one.example/", NOW + timedelta(hours=2))})
        feeds.shift_due(connection, -timedelta(hours=1))
        assert feeds.next_due(connection) == NOW + timedelta(hours=1)
        stories.open_story(connection, stories.StoryRow("s-1", NOW, NOW, StoryState.NEW, Tier.WATCH))
        waiting = History(waiting_since=NOW)
        decisions.remember(connection, "s-1", "#a", waiting, check_at=NOW + timedelta(minutes=1), cause=None)
        decisions.remember(connection, "s-1", "#b", History(), check_at=None, cause=None)
        decisions.shift_timers(connection, -timedelta(hours=1))
        assert decisions.next_timer(connection) == NOW - timedelta(minutes=59)
        assert decisions.history(connection, "s-1", "#a").waiting_since == NOW - timedelta(hours=1)
        assert decisions.history(connection, "s-1", "#b") == History()


def test_a_read_waits_for_no_writer_and_sees_one_moment(database: Database) -> None:
    def written(number: int) -> None:
        with database.begin() as connection:
            ledger.count(connection, "a", {Outcome.STALE: number}, NOW)

    written(1)
    with database.read() as before:
        assert ledger.totals(before) == {Outcome.STALE: 1}
        writer = Thread(target=written, args=(2,))
        writer.start()
        writer.join(20)
        assert not writer.is_alive()  # nor does a writer wait for a read
        assert ledger.totals(before) == {Outcome.STALE: 1}
    found: list[dict[Outcome, int]] = []

    def read() -> None:
        with database.read() as connection:
            found.append(ledger.totals(connection))

    with database.begin() as connection:
        ledger.count(connection, "a", {Outcome.STALE: 4}, NOW)
        reader = Thread(target=read)
        reader.start()
        reader.join(20)
        assert found == [{Outcome.STALE: 3}]


def test_what_reads_cannot_write(database: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError), database.read() as connection:
        ledger.count(connection, "a", {Outcome.STALE: 1}, NOW)
    with database.begin() as connection:  # the connection that read writes again
        ledger.count(connection, "a", {Outcome.STALE: 2}, NOW)
    with database.read() as connection:
        assert ledger.totals(connection) == {Outcome.STALE: 2}


def test_the_migrations_make_the_tables_of_the_code(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from brinkwatch.store.tables import metadata

    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_looking_for_what_waits_reads_no_finished_item(tmp_path: Path) -> None:
    """Each tick asks: on a store of millions it must not read them all."""
    database = Database.open(None, tmp_path)
    asked: list[tuple[str, tuple[object, ...]]] = []

    def keep(_c: object, _cursor: object, statement: str, values: tuple[object, ...], *_: object) -> None:
        asked.append((statement, values))

    sa.event.listen(database.engine, "before_cursor_execute", keep)
    with database.begin() as connection:
        for stage in Stage:
            if stage is not Stage.DONE:
                items.at_stage(connection, stage, 32)
        items.waiting(connection)
        survey.queue(connection)
        sa.event.remove(database.engine, "before_cursor_execute", keep)
        for statement, values in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            steps = [row.detail for row in plan if " items" in row.detail]
            assert steps
            assert all("INDEX ix_items_stage" in step for step in steps), (statement, steps)
    database.close()
