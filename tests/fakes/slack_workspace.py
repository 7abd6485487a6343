"""What the fake Slack keeps, and what each of its methods does with it. Knows no network."""

import json
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from fakes import slack_rules as rules

SCOPES = frozenset({
    "chat:write", "chat:write.public", "channels:read", "channels:history", "groups:read", "groups:history",
})  # fmt: skip


# Calls a minute of the tiers (docs.slack.dev/apis/web-api/rate-limits). `chat.postMessage` has a rule of its own.
TIERS = {"conversations.list": 20, "conversations.history": 50, "conversations.replies": 50, "chat.update": 50}


@dataclass
class Seen:
    """One message as people see it. `edits` counts how often it was edited."""

    ts: str
    text: str
    blocks: list[dict[str, Any]]
    key: str | None
    edits: int = 0
    broadcast: bool = False
    replies: list["Seen"] = field(default_factory=list)

    @property
    def words(self) -> str:
        return rules.shown({"text": self.text, "blocks": self.blocks})


class RefusalError(Exception):
    """The method answers `ok: false` with this code."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.answer = {"ok": False, "error": code, **more}


class Workspace:
    """Channels and their messages. Change the public attributes between calls as a test needs.

    `clock` gives seconds since 1970 for the messages' times and the rate limits. `rate_limit`: one message a second in
    each channel and so many calls of each other method a minute as Slack documents, without the bursts that it bears.
    `page_size` is the most any list gives at once.
    """

    def __init__(
        self,
        channels: Iterable[str] = ("alerts",),
        *,
        private: Iterable[str] = (),
        scopes: Iterable[str] = SCOPES,
        clock: Callable[[], float] = time.time,
        rate_limit: bool = False,
    ) -> None:
        self.scopes = set(scopes)
        self.clock = clock
        self.rate_limit = rate_limit
        self.page_size = 999
        self.archived: set[str] = set()
        self.not_member: set[str] = set()
        self.private = set(private)
        self.ids = {name: f"C{zlib.crc32(name.encode()):08X}" for name in (*channels, *private)}
        self._messages: dict[str, list[dict[str, Any]]] = {identity: [] for identity in self.ids.values()}
        self._last_post: dict[str, float] = {}
        self._last_calls: dict[str, list[float]] = {}
        self._serial = 0
        self._last_second = 0

    def people_see(self, channel: str = "alerts") -> list[Seen]:
        """The messages of a channel, oldest first, each with its thread."""
        messages = self._messages[self.ids.get(channel, channel)]
        parents = {m["ts"]: self._seen(m) for m in messages if "thread_ts" not in m}
        for message in messages:
            if "thread_ts" in message:
                parents[message["thread_ts"]].replies.append(self._seen(message))
        return list(parents.values())

    def keys(self, channel: str = "alerts") -> list[str | None]:
        """The delivery keys of all messages and replies of a channel, in the order in which they were accepted."""
        return [self._seen(m).key for m in self._messages[self.ids.get(channel, channel)]]

    def pings(self, channel: str = "alerts") -> list[str]:
        """Everybody that any message of a channel has called."""
        return [name for m in self._messages[self.ids.get(channel, channel)] for name in rules.mentions(m)]

    def say(self, text: str, channel: str = "alerts") -> str:
        """Somebody else writes a message; returns its ts."""
        message = {"type": "message", "user": "U00PERSON1", "text": text, "ts": self._next_ts(), "edits": 0}
        self._messages[self.ids[channel]].append(message)
        return str(message["ts"])

    def delete(self, ts: str, channel: str = "alerts") -> None:
        """Somebody deletes a message."""
        self._messages[self.ids[channel]] = [m for m in self._messages[self.ids[channel]] if m["ts"] != ts]

    def _within_tier(self, method: str) -> None:
        if not self.rate_limit or method not in TIERS:
            return
        now = self.clock()
        recent = self._last_calls[method] = [at for at in self._last_calls.get(method, []) if now - 60 < at <= now]
        if len(recent) >= TIERS[method]:
            raise RefusalError("ratelimited", retry_after=int(recent[0] + 60 - now) + 1)
        recent.append(now)

    def _need(self, scope: str) -> None:
        if scope not in self.scopes:
            raise RefusalError("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))

    def _channel(self, body: dict[str, Any], reading: str | None = None) -> tuple[str, str]:
        """(name, id) of a call's channel."""
        for name, identity in self.ids.items():
            if identity == body.get("channel"):
                kind = "groups" if name in self.private else "channels"
                if reading is not None:
                    self._need(f"{kind}:{reading}")
                if name in self.not_member:
                    public = name not in self.private and reading is None and "chat:write.public" in self.scopes
                    if not public:
                        raise RefusalError("channel_not_found" if name in self.private else "not_in_channel")
                return name, identity
        raise RefusalError("channel_not_found")

    # -- the methods

    def _auth_test(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"user_id": "U000000BOT", "bot_id": "B000000BOT", "team": "Fake", "url": "https://fake.slack.com/"}

    def _chat_postMessage(self, body: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - Slack's name
        self._need("chat:write")
        name, identity = self._channel(body)
        if name in self.archived:
            raise RefusalError("is_archived")
        message = self._checked(body, 40_000)
        if "thread_ts" in body:
            parent = self._find(identity, body["thread_ts"])
            if parent is None or "thread_ts" in parent:
                raise RefusalError("cannot_reply_to_message")
            message |= {"thread_ts": body["thread_ts"], "broadcast": body.get("reply_broadcast", False)}
        elif "reply_broadcast" in body:
            raise RefusalError("invalid_arguments")
        now = self.clock()
        if self.rate_limit and now < self._last_post.get(identity, -1e9) + 1.0:
            raise RefusalError("ratelimited")
        self._last_post[identity] = now
        message |= {"type": "message", "user": "U000000BOT", "bot_id": "B000000BOT", "ts": self._next_ts(), "edits": 0}
        self._messages[identity].append(message)
        return {"channel": identity, "ts": message["ts"], "message": message}

    def _chat_update(self, body: dict[str, Any]) -> dict[str, Any]:
        self._need("chat:write")
        name, identity = self._channel(body)
        if name in self.archived:
            raise RefusalError("is_inactive")
        message = self._find(identity, body.get("ts"))
        if message is None:
            raise RefusalError("message_not_found")
        if message["user"] != "U000000BOT":
            raise RefusalError("cant_update_message")
        message |= {"blocks": []} | self._checked(body, 4_000) | {"edits": message["edits"] + 1}
        return {"channel": identity, "ts": message["ts"], "text": message["text"], "message": message}

    def _checked(self, body: dict[str, Any], limit: int) -> dict[str, Any]:
        """The fields of a message, once they are found to be right."""
        text = body.get("text")
        if not isinstance(text, str) or not text.strip():
            raise RefusalError("no_text")
        if len(text) > limit:
            raise RefusalError("msg_too_long")
        if wrong := rules.markup(text):
            raise RefusalError("invalid_arguments", response_metadata={"messages": [f"text: {w}" for w in wrong]})
        if not isinstance(body.get("blocks", []), list) or (wrong := rules.blocks(body.get("blocks", []))):
            raise RefusalError("invalid_blocks", response_metadata={"messages": wrong})
        if rules.too_long(body.get("blocks", [])):
            raise RefusalError("msg_blocks_too_long")
        if "metadata" in body:
            if wrong := rules.metadata(body["metadata"]):
                raise RefusalError("invalid_metadata_format", response_metadata={"messages": wrong})
            if len(json.dumps(body["metadata"])) > rules.MAX_METADATA:
                raise RefusalError("metadata_too_large")
        return {name: body[name] for name in ("text", "blocks", "metadata") if name in body}

    def _conversations_list(self, body: dict[str, Any]) -> dict[str, Any]:
        types = body.get("types", "public_channel").split(",")
        if "public_channel" in types:
            self._need("channels:read")
        if "private_channel" in types:
            self._need("groups:read")
        found = [
            {"id": identity, "name": name, "is_private": name in self.private, "is_archived": name in self.archived}
            for name, identity in self.ids.items()
            if ("private_channel" if name in self.private else "public_channel") in types
            and not (name in self.private and name in self.not_member)
            and not (name in self.archived and body.get("exclude_archived") == "true")
        ]
        page, more = self._page(found, body)
        return {"channels": page, "response_metadata": {"next_cursor": more}}

    def _conversations_history(self, body: dict[str, Any]) -> dict[str, Any]:
        _, identity = self._channel(body, "history")
        shown = [m for m in self._messages[identity] if "thread_ts" not in m or m.get("broadcast")]
        return self._messages_page(list(reversed(shown)), body)

    def _conversations_replies(self, body: dict[str, Any]) -> dict[str, Any]:
        _, identity = self._channel(body, "history")
        parent = self._find(identity, body.get("ts"))
        if parent is None:
            raise RefusalError("thread_not_found")
        replies = [m for m in self._messages[identity] if m.get("thread_ts") == parent["ts"]]
        return self._messages_page(replies, body, always=[parent])

    def _messages_page(
        self, messages: list[dict[str, Any]], body: dict[str, Any], always: list[dict[str, Any]] | None = None
    ) -> dict[str, Any]:
        oldest, latest = float(body.get("oldest", 0)), float(body.get("latest", 1e12))
        within = [m for m in messages if oldest < float(m["ts"]) < latest]
        page, more = self._page([*(always or []), *within], body)
        hidden = {"edits", "broadcast"} | (set() if body.get("include_all_metadata") == "true" else {"metadata"})
        plain = [{name: value for name, value in m.items() if name not in hidden} for m in page]
        return {"messages": plain, "has_more": bool(more), "response_metadata": {"next_cursor": more}}

    def _page(self, found: list[dict[str, Any]], body: dict[str, Any]) -> tuple[list[dict[str, Any]], str]:
        limit = int(body.get("limit", 100))
        if not 1 <= limit <= 999:
            raise RefusalError("invalid_limit")
        start = int(body.get("cursor") or 0)
        end = start + min(limit, self.page_size)
        return found[start:end], str(end) if end < len(found) else ""

    # -- what it remembers

    def _find(self, identity: str, ts: Any) -> dict[str, Any] | None:
        return next((m for m in self._messages[identity] if m["ts"] == ts), None)

    def _next_ts(self) -> str:
        self._serial += 1
        self._last_second = max(self._last_second, int(self.clock()))
        return f"{self._last_second}.{self._serial:06d}"

    @staticmethod
    def _seen(message: dict[str, Any]) -> Seen:
        key = message.get("metadata", {}).get("event_payload", {}).get("key")
        broadcast = message.get("broadcast", False)
        return Seen(message["ts"], message["text"], message.get("blocks", []), key, message["edits"], broadcast)
