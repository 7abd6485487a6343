"""Fetches one feed over HTTP: politely, within bounds, and only from addresses that the guard lets through.

Decides nothing about what the document means; whatever a server does comes back as a value.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import aiohttp
from yarl import URL

from brinkwatch import __version__
from brinkwatch.config.secrets import login
from brinkwatch.config.settings import FeedSettings, Polling
from brinkwatch.feeds.cadence import RETRY_AFTER_CAP
from brinkwatch.feeds.decode import ACCEPTED, Body, BodyError
from brinkwatch.feeds.failures import RAISED, explain, one_attempt, status_failure
from brinkwatch.feeds.fetched import Fetched, FetchKind, Validators
from brinkwatch.feeds.guard import AddressError, allowed, connector
from brinkwatch.feeds.hints import fresh_for, retry_after
from brinkwatch.feeds.politeness import Politeness

_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)
_PERMANENT = {301, 308}
_REDIRECTS = {301, 302, 303, 307, 308}
_LONGEST_VALIDATOR = 2_000


class Fetcher:
    """One per daemon. Make it and use it within a running event loop; close it at the end, or use it with `async with`.

    No cookies are kept, no proxy is taken from the environment, and nothing is tried twice: the cadence owns retries.
    """

    def __init__(self, polling: Polling) -> None:
        self._polling = polling
        self._politeness = Politeness(polling.host_gap, polling.concurrency)
        self._headers = {"User-Agent": user_agent(polling), "Accept": _ACCEPT, "Accept-Encoding": ACCEPTED}
        self._proxy = polling.proxy.get_secret_value() if polling.proxy else None
        # One session for public addresses, one for feeds that may live on private ones. The way to a proxy is no feed's
        # address: it may be private, and the proxy has to guard what it connects to.
        self._sessions = {private: self._session(private or bool(self._proxy)) for private in (False, True)}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()

    def leave_alone(self, host: str, wait: timedelta) -> None:
        """Ask nothing of this host for `wait`, as it asked before this process began."""
        self._politeness.refuse(host, wait)

    async def fetch(
        self, feed: FeedSettings, known: Validators, address: str | None = None, *, accept: str | None = None
    ) -> Fetched:
        """Poll the feed's address, or one that stands for it. Never raises for what a server, a name server or an
        address can do. The feed's headers and login go to its own host only."""
        try:
            own = _own_headers(feed)
        except ValueError as error:
            return _failed(feed.url, "no_login", str(error))
        if accept:
            own = {**own, "Accept": accept}
        address = address or feed.url
        moved_to: str | None = None
        permanent = True
        seen: set[str] = set()
        budget = self._polling.timeout.total_seconds()
        clock = asyncio.get_running_loop().time
        for _ in range(self._polling.max_redirects + 1):
            if address in seen:
                return _failed(address, "redirect_loop", "the redirects go round in a circle")
            seen.add(address)
            try:
                url = _url(address)
            except ValueError:
                return _failed(address, "bad_address", "not an address that can be asked, or not http or https")
            async with self._politeness.turn((url.raw_host or "").lower()):
                began = clock()
                private = feed.allow_private
                headers = own if _is_home(url, feed.url) else {"Accept": accept} if accept else {}
                answer = await self._ask(url, known, headers, allow_private=private, seconds=budget)
                budget -= clock() - began
            if isinstance(answer, Fetched):
                took = self._polling.timeout - timedelta(seconds=budget)
                return replace(answer, moved_to=moved_to if not answer.error else None, took=took)
            permanent = permanent and answer.status in _PERMANENT
            address = answer.target
            if permanent:
                moved_to = _without_credentials(address)
        return _failed(address, "too_many_redirects", f"more than {self._polling.max_redirects} redirects")

    async def _ask(
        self, url: URL, known: Validators, own: Mapping[str, str], *, allow_private: bool, seconds: float
    ) -> "Fetched | _Redirect":
        """One request of one address."""
        shown = _without_credentials(str(url))
        host = (url.raw_host or "").lower()
        if left := self._politeness.refused_for(host):
            words = f"the host asked to be left alone for another {left.total_seconds():.0f} s"
            return _failed(shown, "throttled", words, retry_after=left)
        # What is inside is reached directly; what a proxy connects to it must check itself, but for plain addresses.
        proxy = None if allow_private else self._proxy
        if proxy and _is_inside(host):
            return _failed(shown, *explain(AddressError(host)))
        conditions = _conditions(known) if known.validators_for == shown else {}
        try:
            async with (
                asyncio.timeout(max(seconds, 0)),
                self._sessions[allow_private].get(
                    url, headers={**self._headers, **own, **conditions}, allow_redirects=False, proxy=proxy
                ) as response,
            ):
                if response.status in _REDIRECTS and (target := response.headers.get("Location")):
                    response.close()
                    return _Redirect(response.status, _target(str(url), target))
                answer = await self._read(response, shown, known if conditions else None)
                if answer.error:
                    response.close()
                if answer.retry_after and answer.status in (429, 503):
                    self._politeness.refuse(host, min(answer.retry_after, RETRY_AFTER_CAP))
                return answer
        except BodyError as error:
            return _failed(shown, error.code, error.words)
        except RAISED as error:
            return _failed(shown, *explain(error))

    async def _read(self, response: aiohttp.ClientResponse, shown: str, known: Validators | None) -> Fetched:
        """What an answer that is no redirect means, with its body if it is a document."""
        headers = response.headers
        status = response.status
        wait = retry_after(headers, datetime.now(UTC)) if status >= 400 else None
        if headers.get("cf-mitigated", "").lower() == "challenge":
            words = "the server wants proof that a person is reading (Cloudflare challenge)"
            return _failed(shown, "challenge", words, status=status, retry_after=wait)
        etag, last_modified = _validator(response, b"etag"), _validator(response, b"last-modified")
        if status == 304 and known:
            return Fetched(
                FetchKind.NOT_MODIFIED,
                shown,
                status,
                etag=etag or known.etag,
                last_modified=last_modified or known.last_modified,
                hint=fresh_for(headers),
            )
        if status not in (200, 203):
            return _failed(shown, *status_failure(status), status=status, retry_after=wait)
        # A body that only the end of the connection ends may have been cut off unseen: a 304 must not make that last.
        sure = any(name in headers for name in ("Content-Length", "Transfer-Encoding", "Content-Encoding"))
        return Fetched(
            FetchKind.DOCUMENT,
            shown,
            status,
            body=await self._body(response),
            content_type=headers.get("Content-Type"),
            etag=etag if sure else None,
            last_modified=last_modified if sure else None,
            hint=fresh_for(headers),
        )

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        """The decoded body; raises BodyError, and what aiohttp raises."""
        limit = self._polling.max_bytes
        if (response.content_length or 0) > limit:
            response.close()
            raise BodyError("too_large", f"the document is larger than {limit:,} bytes")
        body = Body(response.headers.get("Content-Encoding", ""), limit)
        try:
            async for piece in response.content.iter_any():
                body.feed(piece)
            return body.finish()
        except BodyError:
            response.close()
            raise

    def _session(self, allow_private: bool) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector(allow_private=allow_private),
            timeout=aiohttp.ClientTimeout(total=None, connect=self._polling.connect_timeout.total_seconds()),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            middlewares=(one_attempt,),
        )


@dataclass(frozen=True, slots=True)
class _Redirect:
    """An answer that sends us elsewhere."""

    status: int
    target: str


def user_agent(polling: Polling) -> str:
    """The honest name that servers see, with the contact for webmasters if there is one."""
    agent = polling.user_agent.replace("{version}", __version__)
    if polling.contact:
        agent = f"{agent[:-1]}; {polling.contact})" if agent.endswith(")") else f"{agent} ({polling.contact})"
    return re.sub(r"[^\x20-\x7e]+", " ", agent).strip()


def _own_headers(feed: FeedSettings) -> dict[str, str]:
    """What this feed alone is asked with. Raises ValueError, with words for people, if its login cannot be read."""
    headers = {name: value.get_secret_value() for name, value in feed.headers.items()}
    return (
        {**headers, "Authorization": aiohttp.encode_basic_auth(*login(feed.auth_file))} if feed.auth_file else headers
    )


def _is_home(url: URL, feed_url: str) -> bool:
    """Whether an address is on the feed's own host and port, and no less encrypted."""
    try:
        return url.origin() == URL(feed_url).origin()
    except ValueError:
        return False


def _is_inside(host: str) -> bool:
    """Whether a host is by its very name a private address; other names a proxy resolves where we cannot see it."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    is_address = host.count(":") > 1 or host.replace(".", "").isdecimal()
    return is_address and not allowed(host)


def _url(address: str) -> URL:
    """The address as it is requested: what is already encoded stays byte for byte. Raises ValueError."""
    url = URL(address, encoded=bool(re.fullmatch(r"[!-~]+", address)))
    if url.scheme not in ("http", "https") or not url.raw_host:
        raise ValueError("only http and https")
    return url.with_fragment(None)


def _target(base: str, location: str) -> str:
    """Where a redirect leads. Credentials in it are a stranger's, and dropped; those of the feed stay on its host."""
    target = urljoin(base, location.strip())
    return target if not URL(location.strip(), encoded=True).raw_authority else _without_credentials(target)


def _without_credentials(address: str) -> str:
    try:
        url = URL(address, encoded=True)
        return str(url.with_user(None)) if url.raw_user or url.raw_password else address
    except ValueError:
        return address


def _conditions(known: Validators) -> Mapping[str, str]:
    wanted = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in wanted.items() if value}


def _validator(response: aiohttp.ClientResponse, name: bytes) -> str | None:
    """A header to be sent back byte for byte; None if it cannot be (not UTF-8, or absurdly long)."""
    for key, value in response.raw_headers:
        if key.lower() == name and 0 < len(value) <= _LONGEST_VALIDATOR:
            try:
                text = value.decode()
            except UnicodeDecodeError:
                return None
            return text if text.isprintable() else None
    return None


def _failed(
    url: str, error: str, words: str, *, status: int | None = None, retry_after: timedelta | None = None
) -> Fetched:
    shown = _without_credentials(url)
    return Fetched(FetchKind.FAILED, shown, status, error=error, words=words, retry_after=retry_after)
