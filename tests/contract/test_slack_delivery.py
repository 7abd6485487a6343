"""The outbox and the Slack receiver together, over real HTTP: nothing lost, nothing doubled, in order."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brinkwatch.config.settings import Operators, Settings
from brinkwatch.delivery.outbox import Outbox
from brinkwatch.delivery.receiver import Kind
from brinkwatch.delivery.slack.client import SlackClient
from brinkwatch.delivery.slack.receiver import SlackReceiver
from brinkwatch.engine.notices import Notices
from brinkwatch.store.database import Database
from fakes.cards import NOW, card, put
from fakes.outboxes import Clock, Killed, drain_all, outbox_of
from fakes.slack import FakeSlack, Fault, rate_limited, refuse, reset_after, reset_before, server_error, truncated

FAULTS = (
    rate_limited(7), rate_limited(90), rate_limited(200), server_error(500), server_error(503, done=True),
    reset_before(), reset_after(),
    truncated(), refuse("internal_error"), refuse("service_unavailable"), refuse("is_archived"),
    refuse("token_revoked"),
)  # fmt: skip
STRANGE = (refuse("something_new"), refuse("another_new"), reset_after(), truncated())
OPERATORS = Settings(operators=Operators(channel="#ops"))
METHODS = ("chat.postMessage", "chat.update", "conversations.list", "conversations.history", "conversations.replies")
FAULT_LISTS = st.lists(st.none() | st.sampled_from(FAULTS), max_size=6)
SCRIPTS = st.fixed_dictionaries(dict.fromkeys(METHODS, FAULT_LISTS))
EVENTS = st.lists(
    st.sampled_from(["killed after sending", "killed before sending", "clock back", "clock forward", "someone talks"]),
    max_size=6,
)
TOLD = (
    ("a", Kind.POST), ("b", Kind.POST), ("a", Kind.REPLY), ("a", Kind.UPDATE), ("b", Kind.REPLY), ("a", Kind.REPLY),
    ("", Kind.NOTICE), ("a", Kind.UPDATE), ("b", Kind.UPDATE),
)  # fmt: skip


def receiver_of(slack: FakeSlack) -> SlackReceiver:
    return SlackReceiver(slack.token, client=SlackClient(slack.token, slack.url, timeout=2.0))


def tell(database: Database, channel: str) -> list[str]:
    """Two stories and a notice, told in one channel; returns the keys of what people shall see, in order."""
    keys = []
    for number, (story, kind) in enumerate(TOLD):
        key = put(
            database, f"{channel}-{number}-{kind.value}", kind, channel=f"#{channel}", story=story or None,
            card=card(headline=f"{story} as told at {number}").to_json() if story else None,
        )  # fmt: skip
        if kind is not Kind.UPDATE:
            keys.append(key)
    return keys


async def deliver(outbox: Outbox, notices: Notices, clock: Clock) -> None:
    """Whatever waits, as the daemon does it: the operators are told meanwhile."""
    for _ in range(600):
        due = await outbox.drain()
        notices.tell(OPERATORS, clock())
        if due is None and outbox.open() == 0:
            return
        clock.advance(min(max((due or clock()) - clock(), timedelta(milliseconds=1)), timedelta(seconds=30)))
    raise AssertionError(f"{outbox.open()} notifications still wait")


def check_operators(slack: FakeSlack) -> int:
    """Each trouble was told when it began and when it was over, and no other in between; returns how many."""
    lines = [seen.words for seen in slack.people_see("ops") if "Brinkwatch is running" not in seen.words]
    for channel in ("#one", "#two"):
        told = ["begins" if "have not gone out" in line else "over" for line in lines if f" {channel} " in line]
        assert told == ["begins", "over"] * (len(told) // 2), lines
    return len(lines) // 2


async def run(script: dict[str, list[Fault | None]], events: list[str]) -> int:
    """What people see is checked; returns how many troubles the operators were told of."""
    clock, database = Clock(), Database.throwaway()
    async with FakeSlack(("one", "two", "ops"), clock=clock.seconds, rate_limit=True) as slack:
        expected = {channel: tell(database, channel) for channel in ("one", "two")}
        for method, faults in script.items():
            slack.script(method, *faults)
        receiver = receiver_of(slack)
        outbox = outbox_of(database, receiver, clock)
        notices = Notices(database, {"slack": receiver})
        for event in events:
            if event.startswith("killed"):
                await outbox_of(database, Killed(receiver, sent="after" in event), clock).drain()
                outbox = outbox_of(database, receiver, clock)
                notices = Notices(database, {"slack": receiver})
            elif event.startswith("clock"):
                clock.set(timedelta(hours=-5 if event == "clock back" else 7))
            else:
                slack.say("somebody talks", "one")
            await outbox.drain()
            notices.tell(OPERATORS, clock())
            clock.advance(timedelta(seconds=1))
        await deliver(outbox, notices, clock)
        troubles = check_operators(slack)
        for channel, keys in expected.items():
            assert [key for key in slack.keys(channel) if key] == keys, "lost, doubled or out of order"
            stories = [seen for seen in slack.people_see(channel) if seen.key and "post" in seen.key]
            assert ["as told at 7" in stories[0].words, "as told at 8" in stories[1].words] == [True, True]
            assert [len(seen.replies) for seen in stories] == [2, 1]
        await outbox.close()
    database.close()
    return troubles


@settings(max_examples=30)
@given(SCRIPTS, EVENTS)
def test_whatever_fails_in_whatever_order_people_see_each_message_once(
    script: dict[str, list[Fault | None]], events: list[str]
) -> None:
    asyncio.run(run(script, events))


async def test_what_was_gone_past_and_goes_later_hides_nothing_from_the_look_up() -> None:
    """The first is gone past; the second gets no answer; the first goes; only then the second is looked for."""
    clock, database = Clock(), Database.throwaway()
    strange = refuse("something_new")
    async with FakeSlack(clock=clock.seconds) as slack:
        slack.script("chat.postMessage", strange, strange, strange, reset_after())
        keys = [put(database, f"k{n}", story=f"s{n}") for n in range(3)]
        outbox = outbox_of(database, receiver_of(slack), clock)
        await drain_all(outbox, clock)
        await outbox.close()
        assert slack.keys() == [keys[1], keys[0], keys[2]]


@settings(max_examples=20)
@given(st.fixed_dictionaries(dict.fromkeys(METHODS, st.lists(st.none() | st.sampled_from(STRANGE), max_size=9))))
def test_whatever_is_gone_past_people_see_each_message_once(script: dict[str, list[Fault | None]]) -> None:
    """Slack refuses single messages for reasons that nobody knows: each story keeps its order, channels do not."""

    async def go() -> None:
        clock, database = Clock(), Database.throwaway()
        async with FakeSlack(("one", "two"), clock=clock.seconds, rate_limit=True) as slack:
            expected = {channel: tell(database, channel) for channel in ("one", "two")}
            for method, faults in script.items():
                slack.script(method, *faults)
            outbox = outbox_of(database, receiver_of(slack), clock)
            await drain_all(outbox, clock)
            await outbox.close()
            for channel, keys in expected.items():
                assert sorted(filter(None, slack.keys(channel))) == sorted(keys), "lost or doubled"
                stories = [seen for seen in slack.people_see(channel) if seen.replies]
                threads = [[reply.key for reply in seen.replies] for seen in stories]
                assert all(thread == sorted(thread, key=lambda key: int(str(key).split("-")[1])) for thread in threads)
                assert sorted(len(thread) for thread in threads) == [1, 2]
        database.close()

    asyncio.run(go())


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
@pytest.mark.parametrize("method", METHODS)
async def test_each_fault_alone_costs_nothing(method: str, fault: Fault) -> None:
    await run({method: [fault, None, fault, fault]}, [])


async def test_operators_hear_of_each_channel_that_waits_for_minutes_and_of_none_that_waits_for_seconds() -> None:
    assert await run({"chat.postMessage": [rate_limited(200), rate_limited(200)]}, []) == 2
    assert await run({"chat.postMessage": [rate_limited(90), rate_limited(7)]}, []) == 0


async def test_every_third_answer_lost_after_accepting_costs_nothing() -> None:
    clock, database = Clock(), Database.throwaway()
    async with FakeSlack(clock=clock.seconds) as slack:
        slack.fault_for = lambda method, n: reset_after() if method == "chat.postMessage" and n % 3 == 2 else None
        keys = [put(database, f"k{n}", story=f"s{n}") for n in range(20)]
        outbox = outbox_of(database, receiver_of(slack), clock)
        await drain_all(outbox, clock)
        await outbox.close()
        assert slack.keys() == keys


@pytest.mark.parametrize("sent", [True, False])
async def test_a_process_killed_between_send_and_mark_loses_and_doubles_nothing(sent: bool) -> None:
    clock, database = Clock(), Database.throwaway()
    async with FakeSlack(clock=clock.seconds) as slack:
        receiver = receiver_of(slack)
        for key, kind in (("p", Kind.POST), ("r", Kind.REPLY)):
            put(database, key, kind)
            await outbox_of(database, Killed(receiver, sent=sent), clock).drain()
            assert len(slack.keys()) == (kind is Kind.REPLY) + sent
            await drain_all(outbox_of(database, receiver, clock), clock)
            clock.advance(receiver.spacing)
        assert slack.keys() == ["p", "r"]
        assert [reply.key for reply in slack.people_see()[0].replies] == ["r"]
        await receiver.close()


async def test_fifty_channels_are_looked_up_once_for_all_and_slacks_rates_cost_nothing() -> None:
    clock, database = Clock(), Database.throwaway()
    names = [f"c{number}" for number in range(50)]
    async with FakeSlack(names, clock=clock.seconds, rate_limit=True) as slack:
        for kind in (Kind.POST, Kind.UPDATE):
            for name in names:
                for story in ("one", "two"):
                    put(database, f"{name}-{story}-{kind}", kind, channel=f"#{name}", story=story)
        outbox = outbox_of(database, receiver_of(slack), clock)
        await drain_all(outbox, clock)
        await outbox.close()
        assert slack.count("conversations.list") == 1
        edits = [[seen.edits for seen in slack.people_see(name)] for name in names]
        assert edits == [[1, 1]] * 50, "a hundred edits, fifty a minute"
        assert clock.passed - NOW < timedelta(minutes=3)


async def test_what_a_person_has_to_mend_waits_and_then_goes() -> None:
    clock, database = Clock(), Database.throwaway()
    async with FakeSlack(clock=clock.seconds) as slack:
        keys = [put(database, f"k{n}", story=f"s{n}") for n in range(3)]
        receiver = receiver_of(slack)
        outbox = outbox_of(database, receiver, clock)
        slack.revoked = True
        for _ in range(5):
            await outbox.drain()
            clock.advance(timedelta(minutes=1))
        assert slack.keys() == []
        assert slack.count("conversations.list") == 5, "the channel waits as one"
        slack.revoked = False
        await drain_all(outbox, clock)
        await outbox.close()
        assert slack.keys() == keys
