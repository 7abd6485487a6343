"""A story has one first message in a channel, whatever was given up and tried again; what is too late stays unsent."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from brinkwatch.delivery.outbox import Outbox
from brinkwatch.delivery.receiver import Attempt, Kind, Verdict
from brinkwatch.delivery.slack.receiver import SlackReceiver
from brinkwatch.store import dead_letters, outbox
from brinkwatch.store.database import Database
from brinkwatch.store.outbox import State, unsettled
from fakes.cards import NOW, card, put
from fakes.outboxes import Clock, Scripted, drain_all, outbox_of
from fakes.slack import FakeSlack, refuse, reset_after

HOUR = timedelta(hours=1)
REFUSED = Attempt(Verdict.REJECTED, error="msg_too_long")


def state_of(database: Database, key: str) -> tuple[str, str | None]:
    with database.begin() as connection:
        return next((row.state, row.error) for row in outbox.unsettled(connection) if row.key == key)


def redrive(database: Database, clock: Clock) -> None:
    with database.begin() as connection:
        dead_letters.redrive(connection, None, clock())


async def test_a_first_message_tried_again_goes_into_the_thread_that_began_without_it() -> None:
    clock, database = Clock(), Database.throwaway()
    async with FakeSlack(clock=clock.seconds) as slack:
        slack.script("chat.postMessage", refuse("invalid_arguments"))
        for key, kind in (("first", Kind.POST), ("second", Kind.REPLY)):
            put(database, key, kind)
        outbox = outbox_of(database, SlackReceiver(slack.token, slack.url), clock)
        await drain_all(outbox, clock)
        assert [seen.key for seen in slack.people_see()] == ["second"]
        redrive(database, clock)
        await drain_all(outbox, clock)
        await outbox.close()
        (story,) = slack.people_see()
        assert [reply.key for reply in story.replies] == ["first"]


@pytest.mark.parametrize("replied", [False, True], ids=["nothing came since", "another began the thread"])
async def test_a_first_message_that_people_saw_after_all_is_not_sent_again(replied: bool) -> None:
    """No answer, and no permission to look: given up. Permission comes, it is tried again, and found."""
    clock, database = Clock(), Database.throwaway()
    scopes = {"chat:write", "channels:read"}
    async with FakeSlack(clock=clock.seconds, scopes=scopes) as slack:
        slack.script("chat.postMessage", reset_after())
        put(database, "first")
        outbox = outbox_of(database, SlackReceiver(slack.token, slack.url), clock)
        await drain_all(outbox, clock)
        assert state_of(database, "first") == ("dead", "ambiguous")
        if replied:
            put(database, "second", Kind.REPLY)
            await drain_all(outbox, clock)
        slack.scopes.add("channels:history")
        redrive(database, clock)
        put(database, "third", Kind.REPLY)
        await drain_all(outbox, clock)
        await outbox.close()
        assert slack.keys() == (["first", "second", "third"] if replied else ["first", "third"])
        threads = [(seen.key, [reply.key for reply in seen.replies]) for seen in slack.people_see()]
        assert threads == ([("first", []), ("second", ["third"])] if replied else [("first", ["third"])])


async def test_replies_that_waited_for_the_first_message_go_into_its_thread() -> None:
    clock, database = Clock(), Database.throwaway()
    async with FakeSlack(clock=clock.seconds) as slack:
        slack.script("chat.postMessage", reset_after())
        for key, kind in (("first", Kind.POST), ("reply", Kind.REPLY), ("edit", Kind.UPDATE)):
            put(database, key, kind)
        outbox = outbox_of(database, SlackReceiver(slack.token, slack.url), clock)
        await drain_all(outbox, clock)
        await outbox.close()
        (story,) = slack.people_see()
        assert ([reply.key for reply in story.replies], story.edits) == (["reply"], 1)


async def test_a_reply_is_looked_for_in_the_thread_that_it_was_sent_to() -> None:
    clock, database = Clock(), Database.throwaway()
    async with FakeSlack(clock=clock.seconds) as slack:
        put(database, "first")
        outbox = outbox_of(database, SlackReceiver(slack.token, slack.url), clock)
        await drain_all(outbox, clock)
        slack.script("chat.postMessage", reset_after())
        put(database, "reply", Kind.REPLY)
        await drain_all(outbox, clock)
        await outbox.close()
        assert slack.keys() == ["first", "reply"]
        assert slack.count("conversations.replies") == 1


@asynccontextmanager
async def first_deleted() -> AsyncIterator[tuple[Clock, Database, FakeSlack, Outbox]]:
    """A story's first message was sent, and somebody has deleted it."""
    clock, database = Clock(), Database.throwaway()
    async with FakeSlack(clock=clock.seconds) as slack:
        put(database, "first")
        outbox = outbox_of(database, SlackReceiver(slack.token, slack.url), clock)
        await drain_all(outbox, clock)
        slack.delete(slack.people_see()[0].ts)
        yield clock, database, slack, outbox


async def test_what_comes_after_somebody_deleted_the_first_message_becomes_the_first() -> None:
    async with first_deleted() as (clock, database, slack, outbox):
        for key, kind in (("edit", Kind.UPDATE), ("news", Kind.REPLY), ("more", Kind.REPLY), ("last", Kind.UPDATE)):
            put(database, key, kind)
        await drain_all(outbox, clock)
        await outbox.close()
        (story,) = slack.people_see()
        assert (story.key, [reply.key for reply in story.replies], story.edits) == ("news", ["more"], 1)
        with database.begin() as connection:
            assert unsettled(connection) == []


async def test_an_edit_of_a_message_that_somebody_deleted_is_not_missed() -> None:
    async with first_deleted() as (clock, database, slack, outbox):
        put(database, "edit", Kind.UPDATE)
        await drain_all(outbox, clock)
        await outbox.close()
        assert slack.people_see() == []
        with database.begin() as connection:
            assert unsettled(connection) == []


async def test_two_routes_to_one_channel_make_one_story_there() -> None:
    clock, receiver, database = Clock(), Scripted(), Database.throwaway()
    put(database, "by one route")
    put(database, "by another")
    await drain_all(outbox_of(database, receiver, clock), clock)
    assert [(message.kind, message.parent) for message in receiver.sent] == [
        (Kind.POST, None), (Kind.REPLY, "ref-by one route"),
    ]  # fmt: skip


@pytest.mark.parametrize("tier", ["watch", "critical"])
async def test_what_waited_too_long_is_given_up_and_what_follows_is_not_held_up(tier: str) -> None:
    clock, receiver, database = Clock(), Scripted(spacing=timedelta(seconds=1)), Database.throwaway()
    for number in range(20):
        put(database, f"old {number}", story=f"s{number}", card=card(tier=tier).to_json(), expires_at=NOW + HOUR)
    clock.advance(2 * HOUR)
    put(database, "new", story="new", expires_at=NOW + 3 * HOUR)
    assert await outbox_of(database, receiver, clock).drain() is None
    assert receiver.keys == ["new"]
    assert state_of(database, "old 0") == ("dead", "expired")


async def test_a_story_whose_first_message_came_too_late_is_told_by_what_follows() -> None:
    clock, receiver, database = Clock(), Scripted(), Database.throwaway()
    put(database, "first", expires_at=NOW + HOUR)
    clock.advance(2 * HOUR)
    put(database, "second", Kind.REPLY, expires_at=NOW + 3 * HOUR)
    await drain_all(outbox_of(database, receiver, clock), clock)
    assert [(message.key, message.kind) for message in receiver.sent] == [("second", Kind.POST)]


async def test_an_old_edit_still_corrects_what_people_see() -> None:
    clock, receiver, database = Clock(), Scripted(), Database.throwaway()
    put(database, "first", expires_at=NOW + HOUR)
    outbox = outbox_of(database, receiver, clock)
    await drain_all(outbox, clock)
    put(database, "edit", Kind.UPDATE, expires_at=NOW + HOUR)
    clock.advance(2 * HOUR)
    await drain_all(outbox, clock)
    assert receiver.keys == ["first", "edit"]


async def test_what_may_have_been_seen_is_settled_however_old_it_is() -> None:
    clock, receiver, database = Clock(), Scripted(Attempt(Verdict.AMBIGUOUS, error="timeout")), Database.throwaway()
    put(database, "first", expires_at=NOW + HOUR)
    outbox = outbox_of(database, receiver, clock)
    await outbox.drain()
    receiver.found = Attempt(Verdict.SENT, "ref")
    clock.advance(2 * HOUR)
    await drain_all(outbox, clock)
    assert (receiver.keys, outbox.open()) == (["first"], 0)


async def test_what_came_too_late_is_sent_if_somebody_wants_it() -> None:
    clock, receiver, database = Clock(), Scripted(), Database.throwaway()
    put(database, "old", expires_at=NOW + HOUR)
    clock.advance(2 * HOUR)
    outbox = outbox_of(database, receiver, clock)
    await drain_all(outbox, clock)
    redrive(database, clock)
    await drain_all(outbox, clock)
    assert [(message.key, message.late) for message in receiver.sent] == [("old", True)]


async def test_a_message_says_that_it_is_late_from_ten_minutes_on() -> None:
    clock, receiver, database = Clock(), Scripted(), Database.throwaway()
    put(database, "old")
    put(database, "notice", Kind.NOTICE)
    clock.advance(timedelta(minutes=10))
    put(database, "new", story="s2", created_at=NOW + timedelta(minutes=1))
    clock.advance(timedelta(seconds=1))
    await drain_all(outbox_of(database, receiver, clock), clock)
    assert {message.key: message.late for message in receiver.sent} == {"old": True, "notice": False, "new": False}


async def test_after_it_was_taken_up_again_a_message_is_looked_for_as_often_as_a_new_one() -> None:
    clock, database = Clock(), Database.throwaway()
    receiver = Scripted(Attempt(Verdict.AMBIGUOUS, error="timeout"))
    receiver.found = Attempt(Verdict.AMBIGUOUS, error="missing_scope")
    put(database, "first")
    outbox = outbox_of(database, receiver, clock)
    await drain_all(outbox, clock)
    redrive(database, clock)
    await drain_all(outbox, clock)
    assert (len(receiver.looked), len(receiver.sent)) == (6, 1)
    assert state_of(database, "first") == (State.DEAD, "ambiguous")
