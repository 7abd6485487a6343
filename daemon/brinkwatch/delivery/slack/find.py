"""Looks for one message in a channel or a thread by its delivery key. Reads history, posts nothing."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from brinkwatch.delivery.receiver import Attempt, Message, Verdict
from brinkwatch.delivery.slack.client import Answer, Ok, Refused, SlackClient
from brinkwatch.delivery.slack.errors import CANNOT_LOOK
from brinkwatch.delivery.slack.render import delivery_key

PAGE = 200
MAX_PAGES = 10
ASK_AGAIN = timedelta(seconds=5)
# A wrong clock here must not hide a message: Slack's times are Slack's.
CLOCK_MARGIN = timedelta(days=1)


class Search:
    """One look for one message, newest first in a channel, as far back as it can lie."""

    def __init__(self, client: SlackClient, channel: str, message: Message) -> None:
        self._client = client
        self._channel = channel
        self._message = message
        self._method = "conversations.history" if message.parent is None else "conversations.replies"

    async def run(self) -> Attempt:
        """SENT with its `ts`; RETRY if it is surely not there; AMBIGUOUS if that cannot be told, now or ever."""
        cursor = ""
        for _ in range(MAX_PAGES):
            answer = await self._client.call(self._method, self._body(cursor), form=True)
            if not isinstance(answer, Ok):
                return self._unanswered(answer)
            for found in answer.data.get("messages") or ():
                if delivery_key(found) == self._message.key:
                    return Attempt(Verdict.SENT, found.get("ts"), self._channel)
            cursor = _next(answer.data)
            if not cursor:
                if answer.data.get("has_more"):
                    return Attempt(Verdict.AMBIGUOUS, error="history_cut")
                return Attempt(Verdict.RETRY)
        return Attempt(Verdict.AMBIGUOUS, error="history_too_long")

    def _body(self, cursor: str) -> dict[str, str]:
        body = {"channel": self._channel, "include_all_metadata": "true", "limit": str(PAGE)}
        if self._message.parent is not None:
            body["ts"] = self._message.parent
        # The last message known to be there before this one is Slack's own time, and the best bound.
        if self._message.after is not None:
            body["oldest"] = self._message.after
        elif self._message.created_at is not None:
            body["oldest"] = f"{(self._message.created_at - CLOCK_MARGIN).timestamp():.6f}"
        return body | ({"cursor": cursor} if cursor else {})

    def _unanswered(self, answer: Answer) -> Attempt:
        if isinstance(answer, Refused):
            if answer.code == "thread_not_found":
                # The first message is gone, and its thread with it: nobody sees the reply.
                return Attempt(Verdict.RETRY)
            if answer.code in CANNOT_LOOK:
                return Attempt(Verdict.AMBIGUOUS, error=answer.code)
            return Attempt(Verdict.AMBIGUOUS, error=answer.code, retry_after=answer.retry_after or ASK_AGAIN)
        return Attempt(Verdict.AMBIGUOUS, error=getattr(answer, "code", None), retry_after=ASK_AGAIN)


def _next(data: Mapping[str, Any]) -> str:
    return (data.get("response_metadata") or {}).get("next_cursor") or ""
