"""What is deleted and what stays, on SQLite and on PostgreSQL alike (fixture `database`)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from brinkwatch.alerts.decision import Action, Decision, History, Reason
from brinkwatch.alerts.silences import Silenced
from brinkwatch.config.settings import Settings, Store
from brinkwatch.engine.care import Care
from brinkwatch.engine.intake import enter, intake
from brinkwatch.feeds.entry import Entry
from brinkwatch.items.item import ItemIntent, ItemRow
from brinkwatch.outcomes import Outcome
from brinkwatch.store import decisions, feeds, items, ledger, outbox, polls, silences, stories, upkeep
from brinkwatch.store.database import Database
from brinkwatch.store.outbox import State
from brinkwatch.store.tables import metadata
from brinkwatch.stories.story import Features, StoryState, Tier
from fakes.cards import put

NOW = datetime(2026, 6, 1, 3, 20, tzinfo=UTC)
DAY = timedelta(days=1)
OLD = NOW - 500 * DAY
SETTINGS = Settings(store=Store(keep=400 * DAY))


def care(database: Database, now: datetime = NOW) -> Care:
    return Care(database, lambda: now)


def item(database: Database, key: str, at: datetime, outcome: Outcome = Outcome.SEEDED, revision: int = 1) -> int:
    row = ItemRow(f"guid:{key}", key, f"https://news.example/{key}", f"Title {key} {revision}", "Summary", at, revision)
    with database.begin() as connection:
        items.write(connection, "feed", [ItemIntent(outcome, row)], at)
        return int(connection.execute(sa.text("select id from items where key = :key"), {"key": row.key}).scalar_one())


def story(database: Database, name: str, at: datetime, *members: int) -> None:
    vector = np.ones(384, np.float32)
    traits = Features(vector, frozenset(), frozenset(), frozenset(), at, "Title")
    with database.begin() as connection:
        stories.open_story(connection, stories.StoryRow(name, at, at, StoryState.NEW, Tier.WATCH))
        for member in members:
            stories.join(connection, name, member, traits, stories.Joining("opened"), at)


def decision(database: Database, key: str, at: datetime, about: str | None = None) -> int:
    with database.begin() as connection:
        made = decisions.record(
            connection, key, Decision(Action.NONE, Reason.DUPLICATE), at=at, item=None, story=about, route=None,
            channel=None, tier=None, signals={},
        )  # fmt: skip
    assert made is not None
    return made


def left(database: Database, table: str) -> set[str]:
    """Which rows there are, by a name that tells them apart."""
    name = {"items": "key", "stories": "id", "decisions": "key", "outbox": "key"}[table]
    with database.begin() as connection:
        return set(connection.execute(sa.select(metadata.tables[table].c[name])).scalars())


def test_an_old_item_goes_with_all_that_hangs_on_it_and_a_fresh_one_stays(database: Database) -> None:
    old = item(database, "old", OLD)
    item(database, "old", OLD + DAY, revision=2)
    item(database, "fresh", NOW - 399 * DAY)
    assert care(database).tidy(SETTINGS)
    assert left(database, "items") == {"guid:fresh"}
    with database.begin() as connection:
        assert connection.execute(sa.text("select count(*) from revisions")).scalar() == 0
        assert items.get(connection, old) is None


def test_what_is_pending_stays_however_old(database: Database) -> None:
    item(database, "waits", OLD, Outcome.PENDING)
    item(database, "last", NOW)
    care(database).tidy(SETTINGS)
    assert left(database, "items") == {"guid:waits", "guid:last"}


def test_an_item_that_was_edited_lately_stays(database: Database) -> None:
    item(database, "live", OLD)
    for revision in range(2, 12):
        item(database, "live", OLD + revision * DAY, revision=revision)
    item(database, "live", NOW - DAY, revision=12)
    item(database, "last", NOW)
    care(database).tidy(SETTINGS)
    assert left(database, "items") == {"guid:live", "guid:last"}
    with database.begin() as connection:
        kept = connection.execute(sa.text("select revision from revisions order by revision")).scalars().all()
    assert kept == [8, 9, 10, 11]  # enough to know a text that comes back


def test_a_story_that_goes_on_keeps_its_first_items(database: Database) -> None:
    first = item(database, "first", OLD)
    story(database, "going-on", OLD, first)
    story(database, "closed", OLD, item(database, "forgotten", OLD))
    item(database, "last", NOW)
    with database.begin() as connection:
        stories.touch(connection, "going-on", last_at=NOW - DAY)
    care(database).tidy(SETTINGS)
    assert left(database, "stories") == {"going-on"}
    assert left(database, "items") == {"guid:first", "guid:last"}


@pytest.mark.parametrize("state", [State.PENDING, State.AMBIGUOUS, State.FAILED, State.SENDING])
def test_what_is_not_sent_yet_keeps_its_story_and_its_decision(database: Database, state: State) -> None:
    story(database, "told", OLD, item(database, "member", OLD))
    why = decision(database, "why", OLD, "told")
    put(database, "unsent", story="told", created_at=OLD, next_attempt_at=OLD)
    put(database, "last", story=None, created_at=NOW)
    decision(database, "last", NOW)
    with database.begin() as connection:
        connection.execute(sa.text("update outbox set state = :s, decision = :d where key = 'unsent'"),
                           {"s": state.value, "d": why})  # fmt: skip
    care(database).tidy(SETTINGS)
    assert left(database, "outbox") == {"unsent", "last"}
    assert left(database, "stories") == {"told"}
    assert left(database, "decisions") == {"why", "last"}
    with database.begin() as connection:
        connection.execute(sa.text("update outbox set state = 'sent' where key = 'unsent'"))
    care(database).tidy(SETTINGS)
    assert left(database, "outbox") == {"last"}
    assert left(database, "stories") == set()
    assert left(database, "decisions") == {"last"}


def test_a_story_whose_timer_runs_stays(database: Database) -> None:
    story(database, "waits", OLD, item(database, "member", OLD))
    with database.begin() as connection:
        decisions.remember(connection, "waits", "#a", History(waiting_since=OLD), check_at=NOW, cause=None)
    care(database).tidy(SETTINGS)
    assert left(database, "stories") == {"waits"}


def test_the_newest_rows_stay_so_that_no_number_is_given_twice(database: Database) -> None:
    item(database, "first", OLD)
    newest = item(database, "second", OLD)
    last = decision(database, "second", OLD)
    put(database, "second", story=None, created_at=OLD)
    care(database).tidy(SETTINGS)
    assert item(database, "third", NOW) > newest
    assert decision(database, "third", NOW) > last


def test_a_silence_goes_once_it_has_been_over_for_as_long(database: Database) -> None:
    with database.begin() as connection:
        for ends_at in (OLD, NOW - DAY, NOW + DAY):
            silences.add(
                connection, Silenced(feeds=("wire",)), author="a", comment="", starts_at=OLD - DAY, ends_at=ends_at,
                now=OLD - DAY,
            )  # fmt: skip
    care(database).tidy(SETTINGS)
    with database.begin() as connection:
        assert [silence.ends_at for silence in silences.listed(connection)] == [NOW - DAY, NOW + DAY]


def test_the_sums_stay_for_ever(database: Database) -> None:
    with database.begin() as connection:
        ledger.count(connection, "feed", {Outcome.SEEDED: 3}, OLD)
        polls.count(connection, [polls.ended("feed", "ok", DAY, 3, OLD)])
    item(database, "old", OLD)
    care(database).tidy(SETTINGS)
    with database.begin() as connection:
        assert ledger.totals(connection) == {Outcome.SEEDED: 3}
        assert len(polls.days(connection, "")) == 1


ENTRY = Entry(guid="1", title="Fleet leaves port", link=None, summary="It sailed.", published=None, updated=None)


def poll(database: Database, now: datetime, *entries: Entry) -> Outcome | None:
    """One poll; the outcome of its only entry."""
    with database.begin() as connection:
        counts = intake(
            connection,
            "feed",
            entries,
            now,
            first_poll=False,
            max_alert_age=timedelta(hours=6),
            last_read=now - DAY / 24,
        )
        enter(connection, {"feed": counts}, now)
        polls.count(connection, [polls.ended("feed", "ok", timedelta(0), len(entries), now)])
    return next(iter(counts), None)


def test_an_entry_still_in_its_feed_after_its_item_was_deleted_is_not_new(database: Database) -> None:
    assert poll(database, OLD, ENTRY) is Outcome.PENDING
    with database.begin() as connection:
        connection.execute(sa.text("update items set stage = 'done', outcome = 'assessed'"))
    item(database, "last", NOW)
    care(database).tidy(SETTINGS)
    assert left(database, "items") == {"guid:last"}
    for days in range(100):  # the feed shows it on and on, and care is taken every night
        now = NOW + days * DAY
        assert poll(database, now, ENTRY) is Outcome.UNCHANGED
        if days % 10 == 0:
            care(database, now).tidy(SETTINGS)


def test_it_is_forgotten_once_the_feed_was_read_without_it_for_a_month(database: Database) -> None:
    poll(database, OLD, ENTRY)
    with database.begin() as connection:
        connection.execute(sa.text("update items set stage = 'done', outcome = 'assessed'"))
    item(database, "last", NOW)
    care(database).tidy(SETTINGS)
    care(database, NOW + 90 * DAY).tidy(SETTINGS)  # nothing was read since: down, or not modified
    assert _tombstones(database) == 1
    poll(database, NOW + 90 * DAY, replace(ENTRY, guid="2"))
    care(database, NOW + 91 * DAY).tidy(SETTINGS)
    assert _tombstones(database) == 0


def _tombstones(database: Database) -> int:
    with database.begin() as connection:
        return int(connection.execute(sa.text("select count(*) from tombstones")).scalar_one())


def test_care_is_taken_a_second_time_without_effect(database: Database) -> None:
    for number in range(450):  # more than a batch, so that the walk goes on where it was
        item(database, f"old{number}", OLD + timedelta(minutes=number))
    item(database, "last", NOW)
    care(database).tidy(SETTINGS)
    assert left(database, "items") == {"guid:last"}
    before = left(database, "items"), _tombstones(database)
    care(database).tidy(SETTINGS)
    assert (left(database, "items"), _tombstones(database)) == before


async def test_care_is_due_in_the_night_and_once(database: Database) -> None:
    clock = [NOW.astimezone().replace(hour=12)]
    kept = Care(database, lambda: clock[0])
    assert await kept.when_due(SETTINGS) == []
    clock[0] = clock[0].replace(hour=3, minute=16) + DAY
    parts = await kept.when_due(SETTINGS)
    assert parts == (["backup", "tidy"] if database.path else ["tidy"])
    assert await kept.when_due(SETTINGS) == []
    clock[0] += 7 * DAY
    assert await kept.when_due(SETTINGS) == (["look", "backup", "tidy"] if database.path else ["tidy"])


async def test_a_stop_ends_care_between_two_batches_and_it_is_taken_up_again(database: Database) -> None:
    for number in range(450):
        item(database, f"old{number}", OLD + timedelta(minutes=number))
    kept = care(database)
    kept.stopping = True
    assert not kept.tidy(SETTINGS)
    assert len(left(database, "items")) == 450
    assert care(database).tidy(SETTINGS)
    assert len(left(database, "items")) == 1


def test_a_feed_keeps_its_row(database: Database) -> None:
    with database.begin() as connection:
        feeds.enrol(connection, {"feed": ("https://one.example/", OLD)})
    care(database).tidy(SETTINGS)
    with database.begin() as connection:
        assert feeds.get(connection, "feed") is not None


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_store_that_is_too_large_gives_up_its_oldest_items_and_the_disk_gets_the_room(database: Database) -> None:
    text = "x" * 4_000
    for number in range(1_000):
        row = ItemRow(f"guid:{number}", None, None, "Title", text, NOW, 1)
        with database.begin() as connection:
            items.write(connection, "feed", [ItemIntent(Outcome.SEEDED, row)], NOW - 100 * DAY + number * DAY / 10)
    assert database.path is not None
    with database.begin() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    was = database.path.stat().st_size
    bound = 3_000_000
    care(database).tidy(Settings(store=Store(keep=400 * DAY, max_size=bound)))
    used = upkeep.used_bytes(database)
    assert used is not None
    assert bound * 0.7 < used <= bound
    with database.begin() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert database.path.stat().st_size < was * 0.8
    numbers = sorted(int(key.removeprefix("guid:")) for key in left(database, "items"))
    assert numbers == list(range(numbers[0], 1_000))  # the oldest went


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_however_small_the_bound_the_last_week_stays(database: Database) -> None:
    item(database, "old", NOW - 30 * DAY)
    item(database, "week", NOW - 6 * DAY)
    care(database).tidy(Settings(store=Store(max_size=1)))
    assert left(database, "items") == {"guid:week"}


def test_outbox_rows_that_were_given_up_go_with_their_age(database: Database) -> None:
    for key, at in (("dead-old", OLD), ("dead-fresh", NOW - DAY), ("last", NOW)):
        put(database, key, story=None, created_at=at)
        with database.begin() as connection:
            outbox.mark(connection, outbox.unsettled(connection)[-1].id, state=State.DEAD)
    care(database).tidy(SETTINGS)
    assert left(database, "outbox") == {"dead-fresh", "last"}
