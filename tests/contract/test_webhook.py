"""The webhook over real HTTP: a receiver that checks signatures and keeps keys gets everything once."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr, ValidationError

from brinkwatch.alerts.card import Card
from brinkwatch.app import receivers
from brinkwatch.config.load import ConfigError, load
from brinkwatch.config.settings import Settings, Slack, Webhook
from brinkwatch.delivery.receiver import Kind, Message, Verdict
from brinkwatch.delivery.webhook import WebhookReceiver
from brinkwatch.store import outbox
from brinkwatch.store.database import Database
from fakes.cards import CARD, NOW, card, put
from fakes.outboxes import Clock, drain_all, outbox_of

SECRET = "a shared secret"


class Desk:
    """Whoever receives: refuses what is not signed, takes each key once. `answers` are given first: a status, or None
    to break the connection after taking the message."""

    def __init__(self) -> None:
        self.answers: list[int | None] = []
        self.headers: dict[str, str] = {}
        self.requests = 0
        self.taken: dict[str, dict[str, Any]] = {}
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        self.requests += 1
        body = await request.read()
        base = b"v0:" + request.headers["X-Brinkwatch-Request-Timestamp"].encode() + b":" + body
        right = "v0=" + hmac.new(SECRET.encode(), base, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(right, request.headers["X-Brinkwatch-Signature"]):
            return web.Response(status=401)
        status = self.answers.pop(0) if self.answers else 200
        if status is None or status < 300:
            self.taken.setdefault(request.headers["Idempotency-Key"], json.loads(body))
        if status is None:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=status or 200, headers=self.headers)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    made, app = Desk(), web.Application()
    app.router.add_post("/hook", made.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield made
    await runner.cleanup()


def message(**changes: Any) -> Message:
    return Message(**{"key": "k1", "kind": Kind.POST, "channel": "#a", "card": CARD, "text": "words", **changes})


async def test_the_body_holds_the_card_and_its_place(desk: Desk) -> None:
    receiver = WebhookReceiver(desk.url, SECRET)
    attempt = await receiver.send(message(kind=Kind.REPLY, parent="k0", broadcast=True, created_at=NOW))
    await receiver.close()
    assert (attempt.verdict, attempt.reference) == (Verdict.SENT, "k1")
    body = desk.taken["k1"]
    assert Card.from_json(body.pop("card")) == CARD
    assert body == {
        "key": "k1", "kind": "reply", "channel": "#a", "text": "words", "parent": "k0", "broadcast": True,
        "created_at": "2022-01-10T09:00:00Z", "late": False,
    }  # fmt: skip


async def test_text_that_is_no_unicode_does_not_stop_it(desk: Desk) -> None:
    receiver = WebhookReceiver(desk.url, SECRET)
    attempt = await receiver.send(message(card=card(headline="half a \ud83d pair")))
    await receiver.close()
    assert attempt.verdict is Verdict.SENT


@pytest.mark.parametrize(
    ("status", "verdict", "held"),
    [
        (204, Verdict.SENT, None),
        (302, Verdict.RETRY, 60),
        (400, Verdict.REJECTED, None),
        (401, Verdict.RETRY, 60),
        (404, Verdict.RETRY, 60),
        (422, Verdict.REJECTED, None),
        (429, Verdict.RETRY, 0),
        (500, Verdict.RETRY, 0),
    ],
)
async def test_each_answer_has_its_meaning(desk: Desk, status: int, verdict: Verdict, held: int | None) -> None:
    desk.answers = [status]
    receiver = WebhookReceiver(desk.url, SECRET)
    attempt = await receiver.send(message())
    await receiver.close()
    assert attempt.verdict is verdict
    assert attempt.retry_after == (None if held is None else timedelta(seconds=held))


async def test_retry_after_is_kept(desk: Desk) -> None:
    desk.answers, desk.headers = [429], {"Retry-After": "17"}
    receiver = WebhookReceiver(desk.url, SECRET)
    attempt = await receiver.send(message())
    await receiver.close()
    assert attempt.retry_after == timedelta(seconds=17)


async def test_another_secret_is_refused_and_said_how_to_mend(desk: Desk) -> None:
    receiver = WebhookReceiver(desk.url, "another")
    attempt = await receiver.send(message())
    await receiver.close()
    assert (attempt.verdict, attempt.error) == (Verdict.RETRY, "http_401")
    assert receiver.mend("http_401") == "give both sides the same webhook.secret"
    assert desk.taken == {}


async def test_the_signature_is_for_the_moment_of_the_request() -> None:
    # Slack's own example of its signing scheme.
    from brinkwatch.delivery.webhook import signature

    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&"
        b"channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&"
        b"response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    assert signature(b"8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body) == (
        "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    )


async def test_lost_answers_and_refusals_lose_and_double_nothing(desk: Desk) -> None:
    desk.answers = [None, 500, None, 429, None, None]
    clock, database = Clock(), Database.throwaway()
    keys = [put(database, f"k{n}", story=f"s{n}", receiver="webhook") for n in range(5)]
    sender = outbox_of(database, {"webhook": WebhookReceiver(desk.url, SECRET)}, clock)
    await drain_all(sender, clock)
    await sender.close()
    assert list(desk.taken) == keys
    assert desk.requests == 5 + 6
    with database.begin() as connection:
        assert outbox.counts(connection) == {("post", "sent"): 5}


async def test_nobody_there_is_certain_and_waits() -> None:
    receiver = WebhookReceiver("http://127.0.0.1:1/", SECRET)
    assert (await receiver.send(message())).verdict is Verdict.RETRY
    await receiver.close()


def test_every_receiver_that_is_configured_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BRINKWATCH_SLACK_TOKEN", raising=False)
    file = tmp_path / "secret"
    file.write_text("s3cret-of-the-desk\n")
    file.chmod(0o600)
    webhook = Webhook(url=SecretStr("https://desk.example/"), secret_file=file)
    assert list(receivers(Settings(webhook=webhook))) == ["webhook"]
    slack = Slack(token=SecretStr("xoxb-1"))
    assert list(receivers(Settings(webhook=webhook, slack=slack))) == ["slack", "webhook"]
    assert list(receivers(Settings())) == ["console"]


def test_a_secret_that_cannot_be_read_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    webhook = Webhook(url=SecretStr("https://desk.example/"), secret_file=tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="nowhere"):
        receivers(Settings(webhook=webhook))


def test_an_address_without_a_secret_is_refused() -> None:
    with pytest.raises(ValidationError, match="signed"):
        Settings(webhook=Webhook(url=SecretStr("https://desk.example/")))


def test_a_secrets_file_counts_from_the_folder_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("webhook: {url: 'https://desk.example/', secret_file: s}\n")
    assert load(tmp_path / "b.yaml").webhook.secret_file == tmp_path / "s"
