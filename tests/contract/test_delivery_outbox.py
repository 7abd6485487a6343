"""The outbox over the store, with receivers that answer as told: order, waits, restarts, what is given up."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from brinkwatch.delivery.outbox import SETTLE_AFTER, Outbox
from brinkwatch.delivery.receiver import Attempt, Kind, Message, Verdict
from brinkwatch.store import outbox as store
from brinkwatch.store.database import Database
from fakes.cards import NOW, card, put
from fakes.outboxes import Clock, Killed, Scripted, drain_all, outbox_of

SECOND = timedelta(seconds=1)
RETRY = Attempt(Verdict.RETRY, error="code")
WAIT = Attempt(Verdict.RETRY, error="ratelimited", retry_after=30 * SECOND)
NO_ANSWER = Attempt(Verdict.AMBIGUOUS, error="timeout")
REFUSED = Attempt(Verdict.REJECTED, error="msg_too_long")


@pytest.fixture
def database() -> Iterator[Database]:
    """In memory: what the queries promise on each kind of database is tested apart."""
    opened = Database.throwaway()
    yield opened
    opened.close()


def states(database: Database) -> dict[str, str]:
    with database.begin() as connection:
        return dict(connection.execute(sa.text("select key, state from outbox order by id")).all())  # type: ignore[arg-type]


async def test_a_post_starts_the_thread_in_which_the_rest_follows(database: Database) -> None:
    receiver = Scripted()
    for key, kind in (("p", Kind.POST), ("r", Kind.REPLY), ("u", Kind.UPDATE)):
        put(database, key, kind, broadcast=kind is Kind.REPLY)
    await drain_all(outbox_of(database, receiver, Clock()), Clock())
    assert [(m.key, m.kind, m.channel, m.parent, m.broadcast) for m in receiver.sent] == [
        ("p", Kind.POST, "#alerts", None, False),
        ("r", Kind.REPLY, "C1", "ref-p", True),
        ("u", Kind.UPDATE, "C1", "ref-p", False),
    ]
    assert states(database) == {"p": "sent", "r": "sent", "u": "sent"}


async def test_sending_is_committed_before_the_request_and_sent_only_after_the_answer(database: Database) -> None:
    seen: list[dict[str, str]] = []

    class Watching(Scripted):
        async def send(self, message: Message) -> Attempt:
            seen.append(states(database))
            return await super().send(message)

    put(database, "p")
    await outbox_of(database, Watching(), Clock()).drain()
    assert seen == [{"p": "sending"}]
    assert states(database) == {"p": "sent"}


async def test_nothing_waiting_means_no_next_call(database: Database) -> None:
    assert await outbox_of(database, Scripted(), Clock()).drain() is None


async def test_a_channel_rests_between_messages_and_others_go_beside_it(database: Database) -> None:
    clock, receiver = Clock(), Scripted(spacing=SECOND)
    for n in range(3):
        put(database, f"x{n}", story=f"s{n}")
        put(database, f"y{n}", story=f"s{n}", channel="#other")
    outbox = outbox_of(database, receiver, clock)
    assert await outbox.drain() == NOW + SECOND
    assert sorted(receiver.keys) == ["x0", "y0"]
    clock.advance(SECOND)
    assert await outbox.drain() == NOW + 2 * SECOND
    assert sorted(receiver.keys) == ["x0", "x1", "y0", "y1"]


async def test_a_restart_keeps_the_channels_rest(database: Database) -> None:
    clock, receiver = Clock(), Scripted(spacing=SECOND)
    put(database, "a")
    put(database, "b", story="s2")
    await outbox_of(database, receiver, clock).drain()
    clock.advance(SECOND / 2)
    assert await outbox_of(database, receiver, clock).drain() == NOW + SECOND
    assert receiver.keys == ["a"]


async def test_retry_after_holds_the_whole_channel_across_a_restart(database: Database) -> None:
    clock, receiver = Clock(), Scripted(WAIT)
    put(database, "a")
    put(database, "b", story="s2")
    put(database, "z", story="s3", channel="#other")
    await outbox_of(database, receiver, clock).drain()
    assert receiver.keys[0] == "a"
    assert sorted(receiver.keys) == ["a", "z"]
    assert await outbox_of(database, receiver, clock).drain() == NOW + 30 * SECOND
    clock.advance(30 * SECOND)
    await outbox_of(database, receiver, clock).drain()
    assert receiver.keys[2:] == ["a", "b"]


async def test_a_message_refused_for_good_is_given_up_listed_and_in_nobodys_way(database: Database) -> None:
    receiver = Scripted(REFUSED)
    put(database, "a")
    put(database, "b", story="s2")
    outbox = outbox_of(database, receiver, Clock())
    await outbox.drain()
    assert states(database) == {"a": "dead", "b": "sent"}
    assert outbox.open() == 0
    with database.begin() as connection:
        assert [(row.key, row.error) for row in store.dead(connection)] == [("a", "msg_too_long")]
        assert store.counts(connection)["post", "dead"] == 1


async def test_a_story_whose_post_was_given_up_is_told_by_what_follows(database: Database) -> None:
    clock, receiver = Clock(), Scripted(REFUSED)
    for key, kind in (("p", Kind.POST), ("r", Kind.REPLY), ("u", Kind.UPDATE)):
        put(database, key, kind, broadcast=True)
    await drain_all(outbox_of(database, receiver, clock), clock)
    assert [(m.key, m.kind, m.parent) for m in receiver.sent] == [
        ("p", Kind.POST, None),
        ("r", Kind.POST, None),
        ("u", Kind.UPDATE, "ref-r"),
    ]


async def test_a_message_that_fails_by_itself_holds_up_only_its_story(database: Database) -> None:
    clock, receiver = Clock(), Scripted(RETRY, RETRY, RETRY)
    put(database, "a")
    put(database, "a-reply", Kind.REPLY)
    put(database, "b", story="s2")
    await drain_all(outbox_of(database, receiver, clock), clock)
    assert receiver.keys == ["a", "a", "a", "b", "a", "a-reply"]


async def test_edits_that_a_later_one_makes_needless_are_not_made(database: Database) -> None:
    receiver = Scripted()
    for key, kind in (("p", Kind.POST), ("u1", Kind.UPDATE), ("r", Kind.REPLY), ("u2", Kind.UPDATE)):
        put(database, key, kind)
    await drain_all(outbox_of(database, receiver, Clock()), Clock())
    assert receiver.keys == ["p", "r", "u2"]
    assert states(database)["u1"] == "superseded"


async def test_no_answer_is_looked_for_later_and_blocks_the_channel_until_then(database: Database) -> None:
    clock, receiver = Clock(), Scripted(NO_ANSWER)
    put(database, "before", story="s0")
    await outbox_of(database, Scripted(), clock).drain()
    put(database, "a")
    put(database, "b", story="s2")
    outbox = outbox_of(database, receiver, clock)
    assert await outbox.drain() == NOW + SETTLE_AFTER
    receiver.found = Attempt(Verdict.SENT, "ref-a", "C1")
    clock.advance(SETTLE_AFTER)
    await outbox.drain()
    assert receiver.keys == ["a", "b"]
    assert [(m.key, m.after) for m in receiver.looked] == [("a", "ref-before")]
    assert states(database) == {"before": "sent", "a": "sent", "b": "sent"}
    with database.begin() as connection:
        assert store.thread(connection, "story-1", "slack", "#alerts") == ("ref-a", "C1")


@pytest.mark.parametrize(("tier", "times"), [("critical", 2), ("elevated", 1)])
async def test_where_it_can_never_be_told_only_critical_stories_are_sent_again(
    database: Database, tier: str, times: int
) -> None:
    clock, receiver = Clock(), Scripted(NO_ANSWER)
    receiver.found = Attempt(Verdict.AMBIGUOUS, error="missing_scope")
    put(database, "a", card=card(tier=tier).to_json())
    await drain_all(outbox_of(database, receiver, clock), clock)
    assert receiver.keys == ["a"] * times
    assert len(receiver.looked) == 3
    assert states(database) == {"a": "sent" if times == 2 else "dead"}


@pytest.mark.parametrize("sent", [True, False])
async def test_a_process_killed_while_sending_is_settled_at_the_next_start(database: Database, sent: bool) -> None:
    clock, receiver = Clock(), Scripted()
    put(database, "a")
    await outbox_of(database, Killed(receiver, sent=sent), clock).drain()
    assert states(database) == {"a": "sending"}
    receiver.found = Attempt(Verdict.SENT, "ref-a") if sent else Attempt(Verdict.RETRY)
    outbox = Outbox(database, {"slack": receiver}, clock)
    assert outbox.recover() == 1
    await drain_all(outbox, clock)
    assert receiver.keys == ["a"]
    assert states(database) == {"a": "sent"}


async def test_a_send_that_could_not_be_recorded_is_looked_for(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, receiver = Clock(), Scripted()
    receiver.found = Attempt(Verdict.SENT, "ref-a")
    put(database, "a")
    outbox = outbox_of(database, receiver, clock)
    with monkeypatch.context() as broken:
        broken.setattr(store, "record", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        await outbox.drain()
    assert states(database) == {"a": "sending"}
    await drain_all(outbox, clock)
    assert (receiver.keys, len(receiver.looked)) == (["a"], 1)


async def test_a_receiver_that_raises_is_taken_as_no_answer(database: Database) -> None:
    class Broken(Scripted):
        async def send(self, message: Message) -> Attempt:
            await super().send(message)
            raise ValueError("a bug")

    clock, receiver = Clock(), Broken()
    receiver.found = Attempt(Verdict.SENT, "ref-a")
    put(database, "a")
    await drain_all(outbox_of(database, receiver, clock), clock)
    assert (receiver.keys, states(database)) == (["a"], {"a": "sent"})


async def test_a_card_that_this_version_cannot_read_is_given_up(database: Database) -> None:
    put(database, "a", card={"colour": "red"})
    put(database, "b", story="s2")
    receiver = Scripted()
    await drain_all(outbox_of(database, receiver, Clock()), Clock())
    assert receiver.keys == ["b"]
    assert states(database) == {"a": "dead", "b": "sent"}


async def test_a_clock_set_back_does_not_make_anything_wait_longer(database: Database) -> None:
    clock, receiver = Clock(), Scripted(WAIT, spacing=SECOND)
    put(database, "a")
    outbox = outbox_of(database, receiver, clock)
    await outbox.drain()
    clock.set(timedelta(hours=-3))
    assert await outbox.drain() == clock() + 30 * SECOND
    clock.advance(30 * SECOND)
    await outbox.drain()
    assert states(database) == {"a": "sent"}


async def test_a_slow_channel_does_not_hold_up_the_others(database: Database) -> None:
    gate = asyncio.Event()

    class Slow(Scripted):
        async def send(self, message: Message) -> Attempt:
            if message.channel == "#slow":
                await gate.wait()
            return await super().send(message)

    clock, receiver = Clock(), Slow()
    put(database, "slow", channel="#slow")
    put(database, "quick")
    outbox = Outbox(database, {"slack": receiver}, clock, patience=0.05)
    again = await outbox.drain()
    assert receiver.keys == ["quick"]
    assert again is not None
    put(database, "next", story="s2")
    await outbox.drain()
    assert receiver.keys == ["quick", "next"]
    gate.set()
    await outbox.close()
    assert states(database) == {"slow": "sent", "quick": "sent", "next": "sent"}


async def test_closing_waits_for_what_is_under_way_and_starts_nothing(database: Database) -> None:
    class Slow(Scripted):
        async def send(self, message: Message) -> Attempt:
            await asyncio.sleep(0.05)
            return await super().send(message)

    receiver = Slow()
    put(database, "a")
    put(database, "b", story="s2")
    outbox = Outbox(database, {"slack": receiver}, Clock(), patience=0.01)
    await outbox.drain()
    await outbox.close()
    assert await outbox.drain() is None
    assert states(database) == {"a": "sent", "b": "pending"}


async def test_what_waits_for_a_receiver_that_is_not_there_is_left_alone(database: Database) -> None:
    put(database, "a", receiver="console")
    outbox = outbox_of(database, Scripted(), Clock())
    assert await outbox.drain() is None
    assert (outbox.open(), states(database)) == (0, {"a": "pending"})
