"""Finds the id of a channel from its name, once. Asks Slack for its list of channels, and posts nothing."""

import asyncio
import re
from dataclasses import dataclass
from datetime import timedelta

from brinkwatch.delivery.slack.client import Answer, NoAnswer, Ok, Refused, SlackClient

# Public channels, private ones and direct messages. Names of channels have no capitals.
CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{7,}")
PAGE = 200
MAX_PAGES = 200


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Why a name has no id: Slack's answer, or `channel_not_found`."""

    answer: Refused | NoAnswer


class Channels:
    """The ids of one workspace's channels, remembered while the process lives."""

    def __init__(self, client: SlackClient) -> None:
        self._client = client
        self._ids: dict[str, str] = {}
        self._reading = asyncio.Lock()

    async def resolve(self, channel: str) -> str | Unresolved:
        """The id of `#name`, `name` or an id. The list is read again for a name that is not in it, once for all who
        ask meanwhile: Slack gives it some twenty times a minute."""
        name = channel.strip().removeprefix("#")
        if CHANNEL_ID.fullmatch(name):
            return name
        async with self._reading:
            if name not in self._ids:
                problem = await self._read()
                if problem is not None:
                    return Unresolved(problem)
        return self._ids.get(name) or Unresolved(Refused("channel_not_found"))

    def forget(self, channel: str) -> None:
        """Ask again for this name next time: Slack no longer knows the id."""
        self._ids.pop(channel.strip().removeprefix("#"), None)

    async def _read(self) -> Refused | NoAnswer | None:
        problem = await self._pages("public_channel,private_channel")
        if isinstance(problem, Refused) and problem.code in {"missing_scope", "invalid_types"}:
            problem = await self._pages("public_channel")
        return problem

    async def _pages(self, types: str) -> Refused | NoAnswer | None:
        cursor = ""
        for _ in range(MAX_PAGES):
            body = {"types": types, "exclude_archived": "true", "limit": str(PAGE)}
            answer: Answer = await self._client.call(
                "conversations.list", body | ({"cursor": cursor} if cursor else {}), form=True
            )
            if not isinstance(answer, Ok):
                return answer
            for found in answer.data.get("channels") or ():
                if found.get("name") and found.get("id"):
                    self._ids[found["name"]] = found["id"]
            cursor = (answer.data.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return None
        return Refused("channel_not_found", retry_after=timedelta(minutes=5))
