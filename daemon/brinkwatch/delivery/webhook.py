"""Sends notifications as signed JSON to an address of one's own. Knows no platform.

The signature is Slack's scheme under our names: `X-Brinkwatch-Signature` is `v0=` and the hexadecimal HMAC-SHA256, by
the shared secret, of `v0:TIMESTAMP:BODY`, where TIMESTAMP is `X-Brinkwatch-Request-Timestamp` (seconds since 1970) and
BODY the bytes of the request. A receiver refuses old timestamps and wrong signatures.

`Idempotency-Key` names the notification. After an unanswered attempt it is sent again under the same key: whoever
receives keeps the keys it has taken, and answers 2xx to one that it has.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import aiohttp

from brinkwatch.alerts.card import rfc3339
from brinkwatch.delivery.receiver import Attempt, Message, Verdict

VERSION = "v0"
TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)
PASSES = timedelta(0)
UNTIL_MENDED = timedelta(minutes=1)
LONGEST_WAIT = 86_400
BUSY = frozenset({408, 409, 425, 429})
REFUSED_FOR_GOOD = frozenset({400, 413, 415, 422})
HINTS = {
    "http_401": "give both sides the same webhook.secret",
    "http_403": "let this machine in, and give both sides the same webhook.secret",
    "http_404": "correct webhook.url",
    "http_405": "let webhook.url take POST requests",
    "http_410": "correct webhook.url",
}


class WebhookReceiver:
    """One address. `secret` is shared with whoever receives."""

    name = "webhook"
    spacing = timedelta(0)

    def __init__(self, url: str, secret: str, clock: Callable[[], float] = time.time) -> None:
        self._url = url
        self._secret = secret.encode()
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    def use(self, secret: str) -> bool:
        """Another secret from the next request on; returns whether it is another."""
        changed = secret.encode() != self._secret
        self._secret = secret.encode()
        return changed

    async def send(self, message: Message) -> Attempt:
        """POST the message once; redirects are not followed, as a signature is for one address."""
        body = json.dumps(payload(message), ensure_ascii=False).encode("utf-8", errors="replace")
        try:
            async with self._open().post(
                self._url, data=body, headers=self._headers(message.key, body), allow_redirects=False
            ) as response:
                return _attempt(response.status, response.headers.get("Retry-After"), message.key)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError):
            return Attempt(Verdict.RETRY, error="no_connection", retry_after=PASSES)
        except aiohttp.InvalidURL:
            return Attempt(Verdict.RETRY, error="invalid_url", retry_after=UNTIL_MENDED)
        except (aiohttp.ClientError, TimeoutError, OSError):
            return Attempt(Verdict.AMBIGUOUS, error="no_answer")

    async def find(self, message: Message) -> Attempt:  # noqa: ARG002 - whoever receives knows its key
        """Sending the same key again is how an open question is settled."""
        return Attempt(Verdict.RETRY)

    def mend(self, error: str) -> str | None:
        """What a person can do about a status."""
        return HINTS.get(error)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _headers(self, key: str, body: bytes) -> dict[str, str]:
        timestamp = str(int(self._clock()))
        return {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Brinkwatch",
            "Idempotency-Key": key,
            "X-Brinkwatch-Request-Timestamp": timestamp,
            "X-Brinkwatch-Signature": signature(self._secret, timestamp, body),
        }

    def _open(self) -> aiohttp.ClientSession:
        # Sessions belong to a running event loop, so the first call makes it.
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=TIMEOUT, trust_env=True)
        return self._session


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """What `X-Brinkwatch-Signature` must say."""
    signed = f"{VERSION}:{timestamp}:".encode() + body
    return f"{VERSION}={hmac.new(secret, signed, hashlib.sha256).hexdigest()}"


def payload(message: Message) -> dict[str, Any]:
    """The body. `card` is None for a notice, whose words are `text`; `parent` is the key of the first message."""
    return {
        "key": message.key,
        "kind": message.kind.value,
        "channel": message.channel,
        "text": message.text,
        "card": message.card.to_json() if message.card else None,
        "parent": message.parent,
        "broadcast": message.broadcast,
        "created_at": rfc3339(message.created_at) if message.created_at else None,
        "late": message.late,
    }


def _attempt(status: int, retry_after: str | None, key: str) -> Attempt:
    """What an answer means: whatever is not a plain yes or a plain no concerns the address, not the message."""
    if 200 <= status < 300:
        return Attempt(Verdict.SENT, reference=key)
    code = f"http_{status}"
    if status in REFUSED_FOR_GOOD:
        return Attempt(Verdict.REJECTED, error=code)
    wait = _seconds(retry_after)
    if status in BUSY or status >= 500:
        # It may have been taken all the same: the same key goes again, so that does no harm.
        return Attempt(Verdict.RETRY, error=code, retry_after=wait or PASSES)
    return Attempt(Verdict.RETRY, error=code, retry_after=wait or UNTIL_MENDED)


def _seconds(value: str | None) -> timedelta | None:
    if value is None or not value.strip().isdecimal():
        return None
    return timedelta(seconds=min(max(int(value), 1), LONGEST_WAIT))
