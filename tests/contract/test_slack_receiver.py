"""One attempt to send to Slack, and one look for a message, over real HTTP against a strict fake."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from brinkwatch.delivery.receiver import Attempt, Kind, Message, Verdict
from brinkwatch.delivery.slack.client import SlackClient
from brinkwatch.delivery.slack.receiver import UNTIL_MENDED, SlackReceiver
from fakes.cards import CARD, NOW, card
from fakes.slack import (
    FakeSlack,
    Fault,
    rate_limited,
    refuse,
    reset_after,
    reset_before,
    server_error,
    slow,
    truncated,
)

POST = "chat.postMessage"
ZERO = timedelta(0)


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack(("alerts", "general"), private=("war-room",)) as fake:
        yield fake


@pytest.fixture
async def receiver(slack: FakeSlack) -> AsyncIterator[SlackReceiver]:
    made = SlackReceiver(slack.token, client=SlackClient(slack.token, slack.url, timeout=0.5))
    yield made
    await made.close()


def message(kind: Kind = Kind.POST, key: str = "key", **changes: Any) -> Message:
    values: dict[str, Any] = {"channel": "#alerts", "card": CARD, "text": "", "created_at": NOW} | changes
    return Message(key, kind, **values)


async def test_a_post_is_sent_by_id_and_seen_as_it_was_written(slack: FakeSlack, receiver: SlackReceiver) -> None:
    attempt = await receiver.send(message())
    (seen,) = slack.people_see("alerts")
    assert attempt == Attempt(Verdict.SENT, seen.ts, slack.ids["alerts"])
    assert CARD.headline in seen.words
    assert seen.key == "key"


async def test_a_reply_stands_in_the_thread_and_may_be_broadcast(slack: FakeSlack, receiver: SlackReceiver) -> None:
    parent = (await receiver.send(message())).reference
    await receiver.send(message(Kind.REPLY, "r1", parent=parent))
    await receiver.send(message(Kind.REPLY, "r2", parent=parent, broadcast=True))
    (seen,) = slack.people_see("alerts")
    assert [(reply.key, reply.broadcast) for reply in seen.replies] == [("r1", False), ("r2", True)]


async def test_an_update_edits_the_first_message_and_keeps_its_key(slack: FakeSlack, receiver: SlackReceiver) -> None:
    parent = (await receiver.send(message())).reference
    new = card(confidence="4 independent publishers")
    attempt = await receiver.send(message(Kind.UPDATE, "u1", parent=parent, card=new))
    (seen,) = slack.people_see("alerts")
    assert (attempt.reference, seen.edits, seen.key) == (parent, 1, "key")
    assert "4 independent publishers" in seen.words


async def test_a_notice_is_sent_as_words(slack: FakeSlack, receiver: SlackReceiver) -> None:
    await receiver.send(message(Kind.NOTICE, card=None, text="Passed over: <!channel> 12 items."))
    assert slack.people_see("alerts")[0].words == "Passed over: <!channel> 12 items."
    assert slack.pings("alerts") == []


@pytest.mark.parametrize("channel", ["#war-room", "war-room"])
async def test_names_are_looked_up_once_private_ones_too(
    slack: FakeSlack, receiver: SlackReceiver, channel: str
) -> None:
    slack.page_size = 1
    for key in ("a", "b"):
        assert (await receiver.send(message(key=key, channel=channel))).verdict is Verdict.SENT
    assert slack.count("conversations.list") == 3
    assert (await receiver.send(message(key="c", channel=slack.ids["general"]))).verdict is Verdict.SENT
    assert slack.count("conversations.list") == 3


async def test_without_the_scope_for_private_channels_public_ones_are_found(
    slack: FakeSlack, receiver: SlackReceiver
) -> None:
    slack.scopes -= {"groups:read"}
    assert (await receiver.send(message())).verdict is Verdict.SENT


@pytest.mark.parametrize(
    ("fault", "verdict", "wait"),
    [
        (rate_limited(7), Verdict.RETRY, timedelta(seconds=7)),
        (refuse("rate_limited"), Verdict.RETRY, UNTIL_MENDED),
        (refuse("service_unavailable"), Verdict.RETRY, ZERO),
        (refuse("something_new"), Verdict.RETRY, None),
        (refuse("is_archived"), Verdict.RETRY, UNTIL_MENDED),
        (refuse("token_revoked"), Verdict.RETRY, UNTIL_MENDED),
        (refuse("msg_too_long"), Verdict.REJECTED, None),
        (server_error(403), Verdict.RETRY, ZERO),
        (refuse("internal_error"), Verdict.AMBIGUOUS, None),
        (refuse("fatal_error"), Verdict.AMBIGUOUS, None),
        (server_error(500), Verdict.AMBIGUOUS, None),
        (server_error(503, done=True), Verdict.AMBIGUOUS, None),
        (server_error(200), Verdict.AMBIGUOUS, None),
        (reset_before(), Verdict.AMBIGUOUS, None),
        (reset_after(), Verdict.AMBIGUOUS, None),
        (truncated(), Verdict.AMBIGUOUS, None),
        (slow(1.0), Verdict.AMBIGUOUS, None),
    ],
    ids=repr,
)
async def test_each_answer_of_slack_has_its_verdict(
    slack: FakeSlack, receiver: SlackReceiver, fault: Fault, verdict: Verdict, wait: timedelta | None
) -> None:
    slack.script(POST, fault)
    attempt = await receiver.send(message())
    assert (attempt.verdict, attempt.retry_after) == (verdict, wait)
    assert slack.count(POST) == 1, "nothing is retried inside an attempt"


@pytest.mark.parametrize("fault", [reset_after(), truncated(), server_error(502), refuse("internal_error")], ids=repr)
async def test_an_edit_without_an_answer_is_simply_made_again(
    slack: FakeSlack, receiver: SlackReceiver, fault: Fault
) -> None:
    parent = (await receiver.send(message())).reference
    slack.script("chat.update", fault)
    attempt = await receiver.send(message(Kind.UPDATE, parent=parent))
    assert (attempt.verdict, attempt.retry_after) == (Verdict.RETRY, ZERO)
    assert (await receiver.find(message(Kind.UPDATE, parent=parent))).verdict is Verdict.RETRY


async def test_nobody_listening_means_nobody_saw_it(slack: FakeSlack, receiver: SlackReceiver) -> None:
    await receiver.send(message())
    await slack.stop()
    attempt = await receiver.send(message(key="k2"))
    assert (attempt.verdict, attempt.error) == (Verdict.RETRY, "connector")


@pytest.mark.parametrize("body", [b"ok", b'"ok"', b"[1]", b'{"ok": true}', b"\xff\xfe", b"null", b""])
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "text/html"])
async def test_an_answer_that_is_not_slacks_counts_for_nothing(free_port: Any, body: bytes, kind: str) -> None:
    from aiohttp import web

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type=kind)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    receiver = SlackReceiver("xoxb-test", f"http://127.0.0.1:{port}/api")
    attempt = await receiver.send(message(channel="C0123456789"))
    assert attempt.verdict is Verdict.AMBIGUOUS
    await receiver.close()
    await runner.cleanup()


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_blocks_too_long", "invalid_blocks_format"])
async def test_refused_blocks_are_replaced_by_words_once(slack: FakeSlack, receiver: SlackReceiver, code: str) -> None:
    slack.script(POST, refuse(code))
    assert (await receiver.send(message())).verdict is Verdict.SENT
    (seen,) = slack.people_see("alerts")
    assert seen.blocks == []
    assert CARD.confidence in seen.text
    slack.script(POST, refuse(code), refuse(code))
    assert await receiver.send(message(key="k2")) == Attempt(Verdict.REJECTED, error=code)


async def test_an_unknown_channel_waits_for_a_person_who_is_told_once(
    slack: FakeSlack, receiver: SlackReceiver, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        attempt = await receiver.send(message(channel="#nowhere"))
        assert attempt == Attempt(Verdict.RETRY, error="channel_not_found", retry_after=UNTIL_MENDED)
    assert (capsys.readouterr().out + caplog.text).count("Slack does not take messages") == 1
    slack.ids["nowhere"] = slack.ids["general"]
    assert (await receiver.send(message(channel="#nowhere"))).verdict is Verdict.SENT


async def test_trouble_with_the_list_of_channels_never_costs_a_message(
    slack: FakeSlack, receiver: SlackReceiver
) -> None:
    for fault in (rate_limited(9), refuse("invalid_cursor"), refuse("fatal_error"), reset_after(), server_error(500)):
        slack.script("conversations.list", fault)
        assert (await receiver.send(message())).verdict is Verdict.RETRY
    assert slack.people_see("alerts") == []


async def test_a_post_that_got_no_answer_is_found_by_its_key(slack: FakeSlack, receiver: SlackReceiver) -> None:
    slack.page_size = 2
    slack.script(POST, reset_after())
    await receiver.send(message())
    for n in range(5):
        slack.say(f"chatter {n}")
    (seen, *_) = slack.people_see("alerts")
    assert await receiver.find(message()) == Attempt(Verdict.SENT, seen.ts, slack.ids["alerts"])


async def test_a_reply_that_got_no_answer_is_found_in_its_thread(slack: FakeSlack, receiver: SlackReceiver) -> None:
    parent = (await receiver.send(message())).reference
    slack.script(POST, reset_after())
    reply = message(Kind.REPLY, "r1", parent=parent, after=parent)
    await receiver.send(reply)
    found = await receiver.find(reply)
    assert (found.verdict, found.reference) == (Verdict.SENT, slack.people_see("alerts")[0].replies[0].ts)


async def test_what_is_surely_not_there_may_go_again(slack: FakeSlack, receiver: SlackReceiver) -> None:
    parent = (await receiver.send(message())).reference
    assert (await receiver.find(message(key="k2", after=parent))).verdict is Verdict.RETRY
    assert (await receiver.find(message(Kind.REPLY, "r1", parent=parent))).verdict is Verdict.RETRY
    assert (await receiver.find(message(Kind.REPLY, "r1", parent="1.000001"))).verdict is Verdict.RETRY


async def test_a_look_reaches_back_no_further_than_it_must(slack: FakeSlack, receiver: SlackReceiver) -> None:
    slack.page_size = 1
    for n in range(15):
        last = slack.say(f"chatter {n}")
    assert (await receiver.find(message(after=last))).verdict is Verdict.RETRY
    assert slack.count("conversations.history") == 1
    assert (await receiver.find(message())) == Attempt(Verdict.AMBIGUOUS, error="history_too_long")


@pytest.mark.parametrize("trouble", ["scope", "not a member"])
async def test_without_permission_to_read_it_can_never_be_told(
    slack: FakeSlack, receiver: SlackReceiver, trouble: str
) -> None:
    if trouble == "scope":
        slack.scopes -= {"channels:history"}
    else:
        slack.not_member.add("alerts")
    assert (await receiver.send(message())).verdict is Verdict.SENT
    found = await receiver.find(message())
    assert (found.verdict, found.retry_after) == (Verdict.AMBIGUOUS, None)


@pytest.mark.parametrize(
    "fault", [rate_limited(3), server_error(500), reset_before(), refuse("token_revoked"), refuse("new")], ids=repr
)
async def test_a_look_that_fails_for_now_can_be_repeated(
    slack: FakeSlack, receiver: SlackReceiver, fault: Fault
) -> None:
    slack.script("conversations.history", fault)
    found = await receiver.find(message())
    assert found.verdict is Verdict.AMBIGUOUS
    assert found.retry_after


async def test_the_token_is_in_no_log(
    slack: FakeSlack, receiver: SlackReceiver, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(0)
    slack.script(POST, refuse("invalid_auth"), server_error(500), reset_after())
    for _ in range(3):
        await receiver.send(message())
    assert slack.token not in caplog.text + capsys.readouterr().out
