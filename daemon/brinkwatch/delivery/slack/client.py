"""Calls one method of Slack's Web API, once, and says what came of it. Knows no message, and retries nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

CONNECT_SECONDS = 10.0
TOTAL_SECONDS = 30.0
# Longer than a burst of messages, shorter than what servers and balancers keep open.
KEEP_ALIVE_SECONDS = 15.0
DEFAULT_RETRY_AFTER = timedelta(seconds=30)
RATE_LIMITED = "ratelimited"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ok:
    """Slack said `ok`. `headers`: those of its answer, by their names in small letters."""

    data: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """Slack said no. `code` is its error code; `needed` the scope that is missing, where it says so."""

    code: str
    retry_after: timedelta | None = None
    needed: str | None = None


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Nothing that Slack said was understood. `maybe_done`: the request may have been carried out all the same."""

    code: str
    maybe_done: bool


Answer = Ok | Refused | NoAnswer


class SlackClient:
    """One token at one base address. Proxies and their exceptions are taken from the environment."""

    def __init__(self, token: str, base_url: str, *, timeout: float = TOTAL_SECONDS) -> None:
        self._token = token
        self._base_url = base_url if base_url.endswith("/") else base_url + "/"
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=min(CONNECT_SECONDS, timeout))
        self._session: aiohttp.ClientSession | None = None

    def use(self, token: str) -> None:
        """Another token from the next call on."""
        self._token = token

    async def call(self, method: str, body: Mapping[str, Any], *, form: bool = False) -> Answer:
        """POST `body` as JSON, or as a form for methods that only read. Never raises."""
        client = self._client()
        try:
            response = await (
                client.api_call(method, data=dict(body)) if form else client.api_call(method, json=dict(body))
            )
        except SlackApiError as error:
            return _refusal(error.response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError) as error:
            return NoAnswer(_code(error), maybe_done=False)
        except aiohttp.InvalidURL as error:
            return NoAnswer(_code(error), maybe_done=False)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the request may have arrived
            # Connections that break, answers cut short, time that ran out; and what slack_sdk raises over an answer
            # that is JSON but not an object, or no text in any encoding.
            log.debug("no answer from Slack", method=method, error=repr(error))
            return NoAnswer(_code(error), maybe_done=True)
        if not isinstance(response.data, dict):
            return NoAnswer("no_json", maybe_done=True)
        return Ok(response.data, {name.lower(): value for name, value in response.headers.items()})

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _client(self) -> AsyncWebClient:
        # Sessions belong to a running event loop, so the first call makes it.
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(keepalive_timeout=KEEP_ALIVE_SECONDS)
            self._session = aiohttp.ClientSession(connector=connector, timeout=self._timeout, trust_env=True)
        client = AsyncWebClient(token=self._token, base_url=self._base_url, session=self._session, retry_handlers=[])
        # The library reads HTTPS_PROXY but not NO_PROXY; aiohttp (`trust_env`) reads both.
        client.proxy = None
        return client


def _refusal(response: Any) -> Answer:
    """What an answer other than `ok` means. `response` is slack_sdk's, or aiohttp's where the body was no JSON."""
    status: int = getattr(response, "status_code", 0) or getattr(response, "status", 0)
    data = getattr(response, "data", None)
    data = data if isinstance(data, dict) else {}
    code = data.get("error")
    code = code if isinstance(code, str) and code else None
    if status == 429:
        return Refused(RATE_LIMITED, _retry_after(response.headers.get("Retry-After")))
    if status >= 500 or code is None:
        # A 4xx without a body of Slack's was refused by something on the way; anything else may have been done.
        return NoAnswer(code or f"http_{status}", maybe_done=not 400 <= status < 500)
    waits = "Retry-After" in response.headers
    needed = data.get("needed")
    return Refused(
        code,
        _retry_after(response.headers["Retry-After"]) if waits else None,
        needed if isinstance(needed, str) else None,
    )


def _retry_after(value: str | None) -> timedelta:
    """Whole seconds, at least one and at most a day."""
    if value is None or not value.strip().isdecimal():
        return DEFAULT_RETRY_AFTER
    return timedelta(seconds=min(max(int(value), 1), 86_400))


def _code(error: BaseException) -> str:
    """A short code of an exception: `timeout`, `server_disconnected` and such."""
    if isinstance(error, TimeoutError):
        return "timeout"
    name = type(error).__name__.removeprefix("Client").removesuffix("Error") or "error"
    return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))
