"""What was given up is taken up again, on SQLite and on PostgreSQL alike."""

from datetime import timedelta

from brinkwatch.delivery.receiver import Kind
from brinkwatch.store import dead_letters, outbox
from brinkwatch.store.database import Database
from brinkwatch.store.outbox import State
from fakes.cards import NOW, put
from fakes.outboxes import Clock, Scripted, drain_all, outbox_of

HOUR = timedelta(hours=1)


def given_up(database: Database, *keys: str, error: str = "msg_too_long", kind: Kind = Kind.POST) -> list[int]:
    for key in keys:
        put(database, key, kind)
    with database.begin() as connection:
        rows = [row for row in outbox.unsettled(connection) if row.key in keys]
        for row in rows:
            outbox.mark(connection, row.id, state=State.DEAD, error=error, attempts=7)
    return [row.id for row in rows]


def test_what_waits_and_what_was_given_up_is_listed_and_nothing_else(database: Database) -> None:
    given_up(database, "dead")
    put(database, "waiting", receiver="console")
    put(database, "done")
    with database.begin() as connection:
        outbox.mark(connection, outbox.unsettled(connection)[-1].id, state=State.SENT)
        assert [(row.key, row.state) for row in outbox.unsettled(connection)] == [
            ("dead", "dead"), ("waiting", "pending"),
        ]  # fmt: skip


def test_only_what_is_named_is_taken_up_and_only_if_it_was_given_up(database: Database) -> None:
    first, second = given_up(database, "a", "b")
    put(database, "waiting")
    with database.begin() as connection:
        assert dead_letters.redrive(connection, [first, second + 1, 999], NOW + HOUR) == {first: State.PENDING}
        assert [row.id for row in outbox.dead(connection)] == [second]
        row = outbox.get(connection, first)
    assert (row.attempts, row.error, row.next_attempt_at) == (0, None, NOW + HOUR)


async def test_what_is_taken_up_is_sent(database: Database) -> None:
    given_up(database, "a", "b")
    with database.begin() as connection:
        assert set(dead_letters.redrive(connection, None, NOW).values()) == {State.PENDING}
    clock, receiver = Clock(), Scripted()
    await drain_all(outbox_of(database, receiver, clock), clock)
    assert receiver.keys == ["a", "b"]


async def test_what_people_may_have_seen_is_looked_for_first(database: Database) -> None:
    (number,) = given_up(database, "a", error="ambiguous")
    with database.begin() as connection:
        assert dead_letters.redrive(connection, None, NOW) == {number: State.AMBIGUOUS}
    clock, receiver = Clock(), Scripted()
    await drain_all(outbox_of(database, receiver, clock), clock)
    assert [message.key for message in receiver.looked] == receiver.keys == ["a"]


def test_what_somebody_knows_to_be_unseen_is_sent_without_a_look(database: Database) -> None:
    (number,) = given_up(database, "a", error="ambiguous")
    with database.begin() as connection:
        assert dead_letters.redrive(connection, [number], NOW, unseen=True) == {number: State.PENDING}


def test_what_nobody_wants_is_struck_from_the_list_and_not_taken_up_again(database: Database) -> None:
    first, second = given_up(database, "a", "b")
    put(database, "waiting")
    with database.begin() as connection:
        assert dead_letters.drop(connection, [first, second + 1], NOW) == [first]
        assert [row.key for row in outbox.unsettled(connection)] == ["b", "waiting"]
        assert dead_letters.redrive(connection, None, NOW) == {second: State.PENDING}
        assert outbox.get(connection, first).state == State.DROPPED


def test_an_edit_that_a_later_one_overtook_stays_unmade(database: Database) -> None:
    old, new = given_up(database, "old", "new", kind=Kind.UPDATE)
    with database.begin() as connection:
        outbox.mark(connection, new, state=State.SENT)
        assert dead_letters.redrive(connection, None, NOW) == {old: State.SUPERSEDED}
