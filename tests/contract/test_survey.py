"""How everything stands, read from real stores: the same sums as `engine.balance`, beside a writer, and cheap."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest

from brinkwatch.alerts.decision import Action, Decision, Reason
from brinkwatch.cli.status import read
from brinkwatch.config.settings import FeedSettings, Settings
from brinkwatch.delivery.receiver import Attempt, Verdict
from brinkwatch.engine.balance import balance
from brinkwatch.engine.now import now_doing
from brinkwatch.engine.survey import LEDGER_EVERY, Survey
from brinkwatch.ops.progress import Progress
from brinkwatch.outcomes import AFTER_PENDING, Outcome
from brinkwatch.store import decisions, ledger, polls, survey
from brinkwatch.store import feeds as feed_store
from brinkwatch.store import outbox as outbox_store
from brinkwatch.store.database import Database
from brinkwatch.store.tables import items
from fakes.cards import put
from fakes.outboxes import Clock, Scripted, outbox_of

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SETTINGS = Settings(
    feeds=tuple(FeedSettings(id=name, url=f"https://{name}.example/", paused=name == "c") for name in "abcd")
)


def engine_on(database: Database, clock: Clock) -> Any:
    """What a survey asks of an engine, without feeds and models."""
    return SimpleNamespace(
        database=database, clock=clock, settings=SETTINGS, stopping=False, polling=["a"], progress=Progress(),
        outbox=outbox_of(database, Scripted(), clock), configured_at=NOW, config_refused=None,
        watch=SimpleNamespace(trouble=None),
        pipeline=SimpleNamespace(classifier=SimpleNamespace(name="keywords 1.0")),
    )  # fmt: skip


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def look(database: Database, clock: Clock, tmp_path: Path) -> Survey:
    return Survey(engine_on(database, clock), tmp_path)


def decide(database: Database, key: str, reason: Reason) -> None:
    with database.begin() as connection:
        decisions.record(
            connection, key, Decision(Action.NONE, reason), at=NOW, item=None, story=None, route=None, channel=None,
            tier=None, signals={},
        )  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_the_database_adds_up_what_balance_adds_up(database: Database, seed: int) -> None:
    chance = random.Random(seed)
    seen: Counter[tuple[str, str]] = Counter()
    with database.begin() as connection:
        for _ in range(chance.randrange(30)):
            feed, day = chance.choice("abc"), NOW - timedelta(days=chance.randrange(3))
            entries, outcome = chance.randrange(5), chance.choice(list(Outcome))
            ledger.count(connection, feed, {outcome: chance.randrange(1, 4)}, day)
            polls.count(
                connection, [polls.ended(feed, chance.choice(["ok", "not_modified"]), timedelta(0), entries, day)]
            )
            seen[feed, day.date().isoformat()] += entries
        for number in range(chance.randrange(5)):
            connection.execute(items.insert().values(**item(chance.choice("abc"), str(number))))
        found = balance(ledger.rows(connection), seen, ledger.waiting(connection))
        off = survey.ledger_off(connection)
    assert off == found.off
    assert (off == 0) is found.balanced
    # The days that are not shown are added up by the database, and nothing about them is lost.
    since = (NOW - timedelta(days=chance.randrange(-1, 4))).date().isoformat()
    partly = read(database, since)
    assert (partly.off, partly.wrong, partly.seen, partly.told) == (found.off, found.wrong, found.seen, found.told)
    assert partly.feeds == found.feeds
    assert partly.days == tuple(line for line in found.days if line.day >= since)


def item(feed: str, key: str) -> dict[str, Any]:
    return {
        "feed": feed, "key": key, "title": "t", "summary": "", "published": NOW, "first_seen": NOW, "changed_at": NOW,
        "revision": 1, "outcome": Outcome.PENDING.value, "stage": "assess",
    }  # fmt: skip


def test_a_ledger_in_balance_is_zero(database: Database) -> None:
    with database.begin() as connection:
        ledger.count(connection, "a", {Outcome.PENDING: 2, Outcome.UNCHANGED: 5, AFTER_PENDING[0]: 1}, NOW)
        polls.count(connection, [polls.ended("a", "ok", timedelta(0), 7, NOW)])
        connection.execute(items.insert().values(**item("a", "1")))
        assert survey.ledger_off(connection) == 0


def test_decisions_count_from_the_start_and_once(database: Database, clock: Clock) -> None:
    decide(database, "before", Reason.FIRST)
    look = Survey(engine_on(database, clock))
    decide(database, "1", Reason.FIRST)
    decide(database, "1", Reason.FIRST)  # the same again: stored once
    decide(database, "2", Reason.COOLDOWN)
    for _ in range(2):
        snapshot = look.snapshot(ready=True)
        assert snapshot is not None
        assert set(snapshot.decisions) == {reason.value for reason in Reason}
        assert {reason: number for reason, number in snapshot.decisions.items() if number} == {
            "first": 1,
            "cooldown": 1,
        }
    decide(database, "3", Reason.FIRST)
    snapshot = look.snapshot(ready=True)
    assert snapshot is not None
    assert snapshot.decisions["first"] == 2


def test_configured_feeds_count_once_and_by_what_is_configured(database: Database, look: Survey) -> None:
    with database.begin() as connection:
        feed_store.enrol(connection, {name: (f"https://{name}.example/", NOW) for name in ("a", "b", "c", "gone")})
        feed_store.update(connection, "a", health="failing")
        feed_store.update(connection, "c", health="failing")
        feed_store.update(connection, "gone", health="failing")
    snapshot = look.snapshot(ready=True)
    assert snapshot is not None
    assert {state: number for state, number in snapshot.feeds.items() if number} == {
        "failing": 1,
        "new": 2,
        "paused": 1,
    }
    assert snapshot.feeds["ok"] == 0


async def test_what_waits_is_counted_with_the_age_of_the_oldest(database: Database, look: Survey, clock: Clock) -> None:
    put(database, "k1", created_at=NOW, next_attempt_at=NOW)
    put(database, "k2", created_at=NOW + timedelta(seconds=30), next_attempt_at=NOW)
    clock.advance(timedelta(minutes=2))
    snapshot = look.snapshot(ready=True)
    assert snapshot is not None
    assert snapshot.outbox["pending"] == 2
    assert snapshot.outbox_oldest == timedelta(minutes=2)
    await look.engine.outbox.drain()
    snapshot = look.snapshot(ready=True)
    assert snapshot is not None
    assert (snapshot.outbox["pending"], snapshot.outbox_oldest) == (0, timedelta(0))


@pytest.mark.parametrize(("error", "unready"), [("invalid_blocks", 1), ("expired", 0)])
def test_what_was_given_up_makes_it_unready_unless_it_came_too_late(
    database: Database, look: Survey, error: str, unready: int
) -> None:
    put(database, "k1", created_at=NOW, next_attempt_at=NOW)
    with database.begin() as connection:
        outbox_store.mark(connection, 1, state="dead", error=error)
    assert look.facts().given_up == unready


async def test_what_does_not_go_out_makes_it_unready_with_the_mend(database: Database, clock: Clock) -> None:
    engine = engine_on(database, clock)
    refused = Attempt(Verdict.RETRY, error="token_revoked", retry_after=timedelta(minutes=1))
    receiver = Scripted(*[refused] * 9)
    receiver.mend = lambda error: f"mend {error}"  # type: ignore[method-assign]
    engine.outbox = outbox_of(database, receiver, clock)
    look = Survey(engine)
    put(database, "k1", channel="#alerts", created_at=NOW, next_attempt_at=NOW)
    for _ in range(4):
        await engine.outbox.drain()
        clock.advance(timedelta(minutes=1))
    (held,) = look.facts().held
    assert (held.channel, held.error, held.mend) == ("#alerts", "token_revoked", "mend token_revoked")


def test_a_look_waits_for_no_writer(tmp_path: Path, clock: Clock) -> None:
    database = Database.open(None, tmp_path)
    look = Survey(engine_on(database, clock), tmp_path)
    writing, done = Event(), Event()

    def write() -> None:
        with database.begin() as connection:
            feed_store.enrol(connection, {"a": ("https://a.example/", NOW)})
            writing.set()
            assert done.wait(30)

    writer = Thread(target=write)
    writer.start()
    try:
        assert writing.wait(30)
        assert look.snapshot(ready=True) is not None
        assert now_doing(look)["pid"]
        assert writer.is_alive()
    finally:
        done.set()
        writer.join()
        database.close()


def test_one_look_sees_one_moment(tmp_path: Path) -> None:
    database = Database.open(None, tmp_path)
    with database.read() as reader:
        before = ledger.totals(reader)
        with database.begin() as connection:
            ledger.count(connection, "a", {Outcome.SEEDED: 1}, NOW)
        assert ledger.totals(reader) == before == {}
    with database.read() as reader:
        assert ledger.totals(reader) == {Outcome.SEEDED: 1}
    database.close()


def test_a_store_that_cannot_be_read_is_said(tmp_path: Path, clock: Clock) -> None:
    database = Database.open(None, tmp_path)
    look = Survey(engine_on(database, clock), tmp_path)
    with database.begin() as connection:
        connection.exec_driver_sql("DROP TABLE outbox")
    assert look.snapshot(ready=True) is None
    assert "no such table" in (look.facts().store_error or "")
    assert "no such table" in now_doing(look)["store_error"]
    database.close()


def test_the_sums_are_not_made_at_every_look(database: Database, look: Survey, clock: Clock) -> None:
    def off() -> int:
        snapshot = look.snapshot(ready=True)
        assert snapshot is not None
        return snapshot.ledger_off

    assert off() == 0
    with database.begin() as connection:
        polls.count(connection, [polls.ended("a", "ok", timedelta(0), 3, NOW)])
    assert off() == 0
    clock.advance(LEDGER_EVERY)
    assert off() == 3
    clock.advance(-LEDGER_EVERY * 2)
    with database.begin() as connection:
        polls.count(connection, [polls.ended("a", "ok", timedelta(0), 1, NOW)])
    assert off() == 4  # a clock that was set back does not make it wait


def test_status_names_the_last_poll_and_alert(database: Database, look: Survey) -> None:
    with database.begin() as connection:
        feed_store.enrol(connection, {name: (f"https://{name}.example/", NOW) for name in "ab"})
        feed_store.update(connection, "a", last_poll_at=NOW, last_status="ok")
    put(database, "k1", channel="#alerts", created_at=NOW, next_attempt_at=NOW)
    answer = now_doing(look)
    assert answer["last_poll"] == {"feed": "a", "at": "2026-03-01T12:00:00Z", "status": "ok"}
    assert answer["last_alert"] is None
    assert answer["polling"] == ["a"]
    assert answer["model"] == "keywords 1.0"
    with database.begin() as connection:
        from brinkwatch.store import outbox

        outbox.mark(connection, 1, state=outbox.State.SENT)
    assert now_doing(look)["last_alert"]["channel"] == "#alerts"
