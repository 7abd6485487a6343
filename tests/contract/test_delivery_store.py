"""What the outbox's queries promise, on SQLite and on PostgreSQL alike."""

from datetime import timedelta
from typing import Any

from brinkwatch.alerts.card import Card
from brinkwatch.delivery.receiver import Kind
from brinkwatch.store import outbox
from brinkwatch.store.database import Database
from brinkwatch.store.heads import heads
from brinkwatch.store.outbox import State
from fakes.cards import CARD, NOW, put

MINUTE = timedelta(minutes=1)


def by_key(database: Database) -> dict[str, outbox.Notification]:
    with database.begin() as connection:
        return {row.key: row for row in outbox.unsettled(connection) if row.state != State.DEAD}


def mark(database: Database, key: str, **values: Any) -> None:
    identity = by_key(database)[key].id
    with database.begin() as connection:
        outbox.mark(connection, identity, **values)


def test_a_notification_comes_back_as_it_went_in_and_its_key_counts_once(database: Database) -> None:
    put(database, "a", card=CARD.to_json(), broadcast=True)
    put(database, "a", text="another")
    (row,) = by_key(database).values()
    assert Card.from_json(dict(row.card or {})) == CARD
    assert (row.text, row.broadcast, row.state, row.next_attempt_at) == ("a", True, State.PENDING, NOW)


def test_what_waits_is_counted_for_the_receivers_that_are_there(database: Database) -> None:
    for key in ("a", "b", "c"):
        put(database, key)
    put(database, "d", receiver="console")
    mark(database, "b", state=State.DEAD, error="code")
    with database.begin() as connection:
        assert outbox.count_waiting(connection, ["slack"]) == 2
        assert outbox.count_waiting(connection, []) == 0
        assert [row.key for row in outbox.dead(connection)] == ["b"]


def test_holding_a_channel_moves_what_waits_there_and_nothing_else(database: Database) -> None:
    put(database, "a")
    put(database, "later", next_attempt_at=NOW + 2 * MINUTE)
    put(database, "other", channel="#other")
    with database.begin() as connection:
        outbox.hold(connection, "slack", "#alerts", NOW + MINUTE)
    due = {key: row.next_attempt_at for key, row in by_key(database).items()}
    assert due == {"a": NOW + MINUTE, "later": NOW + 2 * MINUTE, "other": NOW}


def test_waits_move_with_the_clock_exactly(database: Database) -> None:
    put(database, "a", next_attempt_at=NOW + MINUTE)
    with database.begin() as connection:
        outbox.shift_waits(connection, timedelta(hours=-3, microseconds=-7))
    assert by_key(database)["a"].next_attempt_at == NOW + MINUTE - timedelta(hours=3, microseconds=7)


def test_what_was_being_sent_is_ambiguous_at_the_next_start(database: Database) -> None:
    put(database, "a")
    put(database, "b")
    mark(database, "a", state=State.SENDING)
    with database.begin() as connection:
        assert outbox.interrupted(connection) == 1
    assert {key: row.state for key, row in by_key(database).items()} == {"a": State.AMBIGUOUS, "b": State.PENDING}


def test_attempts_are_counted_and_the_last_of_each_channel_is_known(database: Database) -> None:
    put(database, "a")
    put(database, "b", channel="#other")
    rows = by_key(database)
    with database.begin() as connection:
        for minutes, verdict in ((0, "unclear"), (1, "unclear"), (2, "sent")):
            outbox.record(connection, rows["a"].id, NOW + minutes * MINUTE, verdict, None)
        outbox.record(connection, rows["b"].id, NOW, "sent", None)
        assert outbox.count_attempts(connection, rows["a"].id, "unclear") == 2
        assert outbox.last_attempts(connection, NOW + MINUTE) == {("slack", "#alerts"): NOW + 2 * MINUTE}


def test_the_last_message_of_a_channel_is_known_and_an_edit_is_none(database: Database) -> None:
    for key, kind in (("a", Kind.POST), ("b", Kind.REPLY), ("u", Kind.UPDATE), ("c", Kind.POST)):
        put(database, key, kind)
    with database.begin() as connection:
        assert outbox.last_reference(connection, "slack", "#alerts", Kind.UPDATE) is None
    for key in ("a", "b", "u"):
        mark(database, key, state=State.SENT, reference=f"ref-{key}")
    with database.begin() as connection:
        assert outbox.last_reference(connection, "slack", "#alerts", Kind.UPDATE) == "ref-b"
        assert outbox.last_reference(connection, "slack", "#other", Kind.UPDATE) is None


def test_a_thread_has_one_first_message(database: Database) -> None:
    with database.begin() as connection:
        assert outbox.thread(connection, "s", "slack", "#alerts") is None
        outbox.start_thread(connection, "s", "slack", "#alerts", "ref-1", "C1")
        outbox.start_thread(connection, "s", "slack", "#alerts", "ref-2", "C1")
        assert outbox.thread(connection, "s", "slack", "#alerts") == ("ref-1", "C1")


def test_the_newest_edit_of_a_message_settles_the_older_ones_and_nothing_else(database: Database) -> None:
    put(database, "maybe made", Kind.UPDATE)
    mark(database, "maybe made", state=State.AMBIGUOUS)
    for key in ("u1", "u2", "u3"):
        put(database, key, Kind.UPDATE)
    put(database, "other story", Kind.UPDATE, story="s2")
    put(database, "other channel", Kind.UPDATE, channel="#other")
    put(database, "reply", Kind.REPLY)
    with database.begin() as connection:
        (edit,) = [row for row in heads(connection, ["slack"]) if row.overtaken and row.state is State.PENDING]
        outbox.supersede(connection, edit)
        assert outbox.counts(connection)["update", "superseded"] == 2
    assert set(by_key(database)) == {"maybe made", "u3", "other story", "other channel", "reply"}
