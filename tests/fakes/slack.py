"""A Slack of one workspace: a real HTTP server on loopback, stricter than Slack, that fails on demand.

    async with FakeSlack() as slack:
        receiver = SlackReceiver(slack.token, slack.url)
        slack.script("chat.postMessage", reset_after(), refuse("is_archived"))
        ...
        assert [seen.text for seen in slack.people_see("alerts")] == [...]

It knows `auth.test`, `chat.postMessage`, `chat.update` and `conversations.list`, `.history` and `.replies`. Channels
are named when it is made and have ids; methods take ids only. `python tests/fakes/slack.py --port 8765` runs it alone.
"""

import asyncio
import json
import sys
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from fakes.slack_faults import (
    Fault,
    late,
    rate_limited,
    refuse,
    reset_after,
    reset_before,
    server_error,
    slow,
    truncated,
)
from fakes.slack_workspace import RefusalError, Seen, Workspace

__all__ = [
    "Call", "FakeSlack", "Fault", "Seen", "late", "rate_limited", "refuse", "reset_after", "reset_before",
    "server_error", "slow", "truncated",
]  # fmt: skip

READING = {"conversations.list", "conversations.history", "conversations.replies", "auth.test"}
ARGUMENTS = {
    "auth.test": set(),
    "chat.postMessage": {
        "channel", "text", "blocks", "metadata", "parse", "link_names", "unfurl_links", "unfurl_media", "thread_ts",
        "reply_broadcast", "mrkdwn",
    },
    "chat.update": {
        "channel", "ts", "text", "blocks", "metadata", "parse", "link_names", "unfurl_links", "unfurl_media",
    },
    "conversations.list": {"types", "exclude_archived", "limit", "cursor"},
    "conversations.history": {"channel", "oldest", "latest", "limit", "cursor", "include_all_metadata", "inclusive"},
    "conversations.replies": {
        "channel", "ts", "oldest", "latest", "limit", "cursor", "include_all_metadata", "inclusive",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Call:
    """One request as it arrived, and what was answered: None if nothing was."""

    method: str
    body: dict[str, Any]
    answer: dict[str, Any] | None


class FakeSlack(Workspace):
    """The server of one workspace; takes the arguments of `Workspace` as well.

    `revoked`: the token no longer counts. `date`: the header of that name, in place of the true one. `calls` is the log
    of all requests. `fault_for` is asked for each call that no script says anything about: the method, and how often it
    was called before.
    """

    def __init__(self, *args: Any, token: str = "xoxb-fake-token", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.token = token
        self.revoked = False
        self.date: str | None = None
        self.url = ""
        self.calls: list[Call] = []
        self.fault_for: Callable[[str, int], Fault | None] | None = None
        self._scripts: dict[str, deque[Fault | None]] = {}
        self._counts: Counter[str] = Counter()
        self._runner: web.AppRunner | None = None

    def script(self, method: str, *faults: Fault | None) -> None:
        """What the next calls of a method meet, in this order; None: nothing unusual."""
        self._scripts.setdefault(method, deque()).extend(faults)

    def count(self, method: str) -> int:
        """How often a method was called."""
        return self._counts[method]

    async def start(self, port: int = 0) -> str:
        """Listen; returns the base address."""
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.router.add_route("*", "/api/{method}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/api/"
        return self.url

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> "FakeSlack":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        fault = self._fault(method)
        self._counts[method] += 1
        body = await self._body(request, method)
        if fault is not None and fault.what == "slow_before":
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.what in {"reset_before", "page_before", "status"}:
            return self._fail(request, method, body, fault)
        answer = self._answer(request, method, body)
        status = 429 if answer.get("error") == "ratelimited" else 200
        headers = {"Retry-After": str(answer.pop("retry_after", 1))} if status == 429 else {}
        headers |= {"X-OAuth-Scopes": ",".join(sorted(self.scopes))} | ({"Date": self.date} if self.date else {})
        if fault is None or fault.what.startswith("slow"):
            if fault is not None and fault.what == "slow_after":
                await asyncio.sleep(fault.seconds)
            self.calls.append(Call(method, body, answer))
            return web.json_response(answer, status=status, headers=headers)
        self.calls.append(Call(method, body, None))
        if fault.what == "page_after":
            return web.Response(text="<html>Server Error</html>", content_type="text/html", status=fault.status)
        if fault.what == "truncated":
            payload = json.dumps(answer).encode()
            response = web.StreamResponse(headers={"Content-Type": "application/json; charset=utf-8"})
            response.content_length = len(payload)
            await response.prepare(request)
            await response.write(payload[: len(payload) // 2])
        _reset(request)
        return web.Response()

    def _fault(self, method: str) -> Fault | None:
        script = self._scripts.get(method)
        if script:
            return script.popleft()
        return self.fault_for(method, self._counts[method]) if self.fault_for else None

    def _fail(self, request: web.Request, method: str, body: dict[str, Any], fault: Fault) -> web.Response:
        if fault.what == "status":
            answer = {"ok": False, "error": fault.code}
            self.calls.append(Call(method, body, answer))
            headers = {"Retry-After": str(int(fault.seconds))} if fault.status == 429 else {}
            return web.json_response(answer, status=fault.status, headers=headers)
        self.calls.append(Call(method, body, None))
        if fault.what == "page_before":
            return web.Response(text="<html>Server Error</html>", content_type="text/html", status=fault.status)
        _reset(request)
        return web.Response()

    async def _body(self, request: web.Request, method: str) -> dict[str, Any]:
        if request.content_type == "application/json":
            try:
                body = json.loads(await request.text())
            except ValueError:
                body = None
            return body if isinstance(body, dict) else {"": "not an object"}
        return {**request.query, **await request.post()}

    def _answer(self, request: web.Request, method: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            self._authorize(request)
            self._within_tier(method)
            if method not in ARGUMENTS or request.method not in {"POST", "GET"}:
                raise RefusalError("unknown_method")
            if (request.content_type == "application/json") is (method in READING):
                raise RefusalError("invalid_form_data" if method in READING else "missing_post_type")
            if unknown := set(body) - ARGUMENTS[method]:
                raise RefusalError("invalid_arguments", response_metadata={"messages": sorted(unknown)})
            work = getattr(self, "_" + method.replace(".", "_"))
            return {"ok": True, **work(body)}
        except RefusalError as refusal:
            return refusal.answer

    def _authorize(self, request: web.Request) -> None:
        header = request.headers.get("Authorization", "")
        if not header.startswith("Bearer "):
            raise RefusalError("not_authed")
        if header != f"Bearer {self.token}":
            raise RefusalError("invalid_auth")
        if self.revoked:
            raise RefusalError("token_revoked")


def _reset(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _serve(port: int) -> None:
    async with FakeSlack() as slack:
        await slack.stop()
        print(await slack.start(port), "token:", slack.token, "channel: #alerts", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[sys.argv.index("--port") + 1]) if "--port" in sys.argv else 0))
