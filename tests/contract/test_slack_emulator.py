"""Our outbox and receiver against an emulator of Slack that other people wrote (npm package `emulate`)."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from brinkwatch.delivery.receiver import Kind, Message, Verdict
from brinkwatch.delivery.slack.client import Ok, SlackClient
from brinkwatch.delivery.slack.receiver import SlackReceiver
from brinkwatch.delivery.slack.render import delivery_key
from brinkwatch.store.database import Database
from fakes import emulator
from fakes.cards import CARD, NOW, card, put
from fakes.emulator import TOKEN
from fakes.outboxes import Clock, Killed, drain_all, outbox_of

pytestmark = pytest.mark.slack_emulator


@pytest.fixture(scope="module")
def program() -> Path:
    return emulator.install()


@pytest.fixture
def slack_url(program: Path, free_port: Callable[[], int], tmp_path: Path) -> Iterator[str]:
    """The base address of an emulator of this test alone."""
    with emulator.emulator(program, free_port(), tmp_path / "emulator.log") as url:
        yield url


@pytest.fixture
async def client(slack_url: str) -> AsyncIterator[SlackClient]:
    made = SlackClient(TOKEN, slack_url)
    yield made
    await made.close()


async def read(client: SlackClient, method: str, **body: str) -> list[dict[str, Any]]:
    answer = await client.call(method, body | {"include_all_metadata": "true"}, form=True)
    assert isinstance(answer, Ok), answer
    return list(answer.data["messages"])


@pytest.mark.parametrize("channel", ["#alerts", "war-room"])
async def test_a_storys_life_reads_back_from_the_emulator(client: SlackClient, channel: str) -> None:
    clock, database = Clock(), Database.throwaway()
    receiver = SlackReceiver(TOKEN, client=client)
    outbox = outbox_of(database, receiver, clock)
    put(database, "post", channel=channel, card=CARD.to_json())
    await drain_all(outbox, clock)
    news = card(
        headline="Second city shelled, officials say", changed="raised from elevated to critical", tier="critical"
    )
    put(database, "reply", Kind.REPLY, channel=channel, card=news.to_json(), broadcast=True)
    after = card(tier="critical", confidence="4 independent publishers", changed="raised from elevated to critical")
    put(database, "update", Kind.UPDATE, channel=channel, card=after.to_json())
    await drain_all(outbox, clock)

    sent = await receiver.find(Message("post", Kind.POST, channel, CARD, "", created_at=NOW))
    assert sent.reference is not None
    assert sent.channel_id is not None
    parent, reply = await read(client, "conversations.replies", channel=sent.channel_id, ts=sent.reference)
    assert "4 independent publishers" in str(parent["blocks"])
    assert "🔴 Critical" in parent["text"]
    assert parent["edited"]
    assert "Second city shelled" in str(reply["blocks"])
    assert reply["thread_ts"] == parent["ts"]
    assert [delivery_key(parent), delivery_key(reply)] == ["post", "reply"]


async def test_a_process_killed_after_sending_sends_nothing_twice(client: SlackClient) -> None:
    clock, database = Clock(), Database.throwaway()
    receiver = SlackReceiver(TOKEN, client=client)
    for kind in (Kind.POST, Kind.REPLY):
        put(database, kind.value, kind)
        await outbox_of(database, Killed(receiver, sent=True), clock).drain()
        await drain_all(outbox_of(database, receiver, clock), clock)
        clock.advance(receiver.spacing)
    sent = await receiver.find(Message("post", Kind.POST, "#alerts", CARD, "", created_at=NOW))
    assert sent.verdict is Verdict.SENT
    messages = await read(client, "conversations.replies", channel=str(sent.channel_id), ts=str(sent.reference))
    assert [delivery_key(message) for message in messages] == ["post", "reply"]


async def test_a_wrong_token_waits_for_a_person(slack_url: str) -> None:
    receiver = SlackReceiver("xoxb-wrong", slack_url)
    attempt = await receiver.send(Message("k", Kind.POST, "#alerts", CARD, ""))
    await receiver.close()
    assert attempt.verdict is Verdict.RETRY
