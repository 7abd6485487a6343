"""Sends messages to Slack and finds them again: the receiver protocol over Slack's Web API. Retries nothing."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog

from brinkwatch.delivery.receiver import Attempt, Kind, Message, Verdict
from brinkwatch.delivery.slack.channels import Channels, Unresolved
from brinkwatch.delivery.slack.client import Answer, NoAnswer, Ok, Refused, SlackClient
from brinkwatch.delivery.slack.errors import FAULTS, Fault, fault, hint
from brinkwatch.delivery.slack.find import ASK_AGAIN, Search
from brinkwatch.delivery.slack.render import render, render_notice, render_plain

BASE_URL = "https://slack.com/api/"
# Slack takes one message a second in each channel.
SPACING = timedelta(seconds=1)
PASSES = timedelta(0)
"""It passes by itself: the outbox waits longer each time."""
UNTIL_MENDED = timedelta(minutes=1)
"""How often it is tried whether a person has mended what is wrong."""
log = structlog.get_logger(__name__)


class SlackReceiver:
    """One workspace. `token` is a bot token; `base_url` may be any Slack-compatible server's."""

    name = "slack"
    spacing = SPACING

    def __init__(self, token: str, base_url: str = BASE_URL, *, client: SlackClient | None = None) -> None:
        self._token = token
        self._client = client or SlackClient(token, base_url)
        self._channels = Channels(self._client)
        self._told: set[tuple[str, str]] = set()

    def use(self, token: str) -> bool:
        """Another token from the next call on, maybe of another workspace; returns whether it is another."""
        if token == self._token:
            return False
        self._token = token
        self._client.use(token)
        self._channels = Channels(self._client)
        self._told.clear()
        return True

    async def send(self, message: Message) -> Attempt:
        """Post, reply or edit, once. Blocks that Slack refuses are replaced by words at once: that nobody saw them
        is certain."""
        channel = await self._channels.resolve(message.channel)
        if isinstance(channel, Unresolved):
            attempt = self._nothing_sent(channel.answer, message)
            # Whatever is wrong with the list of channels, it is not this message.
            return replace(attempt, verdict=Verdict.RETRY, retry_after=attempt.retry_after or UNTIL_MENDED)
        answer = await self._put(channel, message, plain=False)
        if isinstance(answer, Refused) and fault(answer.code) is Fault.FORMAT and message.card is not None:
            log.warning("Slack refused the blocks, sending words", error=answer.code, key=message.key)
            answer = await self._put(channel, message, plain=True)
        return self._attempt(answer, message)

    async def find(self, message: Message) -> Attempt:
        """Look for the message's delivery key where people would see it. An edit is simply made again."""
        if message.kind is Kind.UPDATE:
            return Attempt(Verdict.RETRY)
        channel = await self._channels.resolve(message.channel)
        if isinstance(channel, Unresolved):
            if isinstance(channel.answer, Refused) and channel.answer.code == "channel_not_found":
                return Attempt(Verdict.AMBIGUOUS, error="channel_not_found")
            return Attempt(Verdict.AMBIGUOUS, error=channel.answer.code, retry_after=ASK_AGAIN)
        return await Search(self._client, channel, message).run()

    def mend(self, error: str) -> str | None:
        """What a person can do about a code of Slack's."""
        return hint(error) if fault(error) is Fault.MENDABLE else None

    async def close(self) -> None:
        await self._client.close()

    async def _put(self, channel: str, message: Message, *, plain: bool) -> Answer:
        body: dict[str, Any] = _words(message, plain=plain) | {"channel": channel}
        if message.kind is Kind.UPDATE:
            return await self._client.call("chat.update", body | {"ts": message.parent})
        if message.parent is not None:
            body["thread_ts"] = message.parent
            if message.broadcast:
                body["reply_broadcast"] = True
        return await self._client.call("chat.postMessage", body)

    def _attempt(self, answer: Answer, message: Message) -> Attempt:
        match answer:
            case Ok(data):
                self._told = {told for told in self._told if told[0] != message.channel}
                reference = data.get("ts")
                if isinstance(reference, str) and reference:
                    return Attempt(Verdict.SENT, reference, data.get("channel"))
                return self._unsure(message, "no_ts")
            case NoAnswer(code, maybe_done=True):
                return self._unsure(message, code)
            case Refused(code) if fault(code) is Fault.AMBIGUOUS:
                return self._unsure(message, code)
            case _:
                return self._nothing_sent(answer, message)

    def _unsure(self, message: Message, code: str) -> Attempt:
        """No usable answer. An edit may be made twice without harm."""
        if message.kind is Kind.UPDATE:
            return Attempt(Verdict.RETRY, error=code, retry_after=PASSES)
        return Attempt(Verdict.AMBIGUOUS, error=code)

    def _nothing_sent(self, answer: Refused | NoAnswer, message: Message) -> Attempt:
        """It is certain that nobody saw the message."""
        code = answer.code
        if isinstance(answer, NoAnswer):
            return Attempt(Verdict.RETRY, error=code, retry_after=PASSES)
        match fault(code):
            case Fault.RATE:
                return Attempt(Verdict.RETRY, error=code, retry_after=answer.retry_after or UNTIL_MENDED)
            case Fault.TRANSIENT | Fault.AMBIGUOUS:
                # An unknown code may concern this message alone: others may then go past it.
                return Attempt(Verdict.RETRY, error=code, retry_after=PASSES if code in FAULTS else None)
            case Fault.MENDABLE:
                self._tell(message, answer)
                self._channels.forget(message.channel)
                return Attempt(Verdict.RETRY, error=code, retry_after=answer.retry_after or UNTIL_MENDED)
            case Fault.GONE if message.parent is not None:
                return Attempt(Verdict.GONE, error=code)
            case _:
                return Attempt(Verdict.REJECTED, error=code)

    def _tell(self, message: Message, answer: Refused) -> None:
        """Say once what a person has to mend, until it goes again."""
        known = (message.channel, answer.code)
        if known not in self._told:
            self._told.add(known)
            log.error(
                "Slack does not take messages", channel=message.channel, error=answer.code, mend=hint(answer.code),
                needed=answer.needed,
            )  # fmt: skip


def _words(message: Message, *, plain: bool) -> dict[str, Any]:
    if message.card is None:
        return render_notice(message.text, message.key)
    late = message.created_at if message.late else None
    return (render_plain if plain else render)(message.card, message.kind, message.key, late)
