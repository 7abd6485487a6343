"""Names what can go wrong on the way to a feed, with words for people. Decides nothing and repeats no server's text."""

import errno
import socket
import ssl

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from brinkwatch.feeds.guard import REFUSED, AddressError

RAISED = (aiohttp.ClientError, HttpProcessingError, OSError, TimeoutError, ValueError)
"""All that aiohttp raises for what a server, a name server or an address can do."""

_STATUS_WORDS = {
    401: "the server wants a login",
    402: "the server wants payment",
    403: "the server refuses to let us read it",
    404: "there is nothing at this address",
    410: "the feed was withdrawn for good",
    429: "the server says that it is asked too often",
    451: "withheld for legal reasons",
}
_UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL}
_RESET = {errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED}


class Disconnected(aiohttp.ClientError):
    """The connection broke before the answer's head was read."""


async def one_attempt(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Middleware: a broken connection is a failure, not a reason for aiohttp to ask a second time at once."""
    try:
        return await handler(request)
    except (aiohttp.ClientConnectorError, aiohttp.ClientConnectionResetError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise Disconnected(str(error)) from error


def explain(error: BaseException) -> tuple[str, str]:
    """The failure's name and its words."""
    if isinstance(error, TimeoutError):
        return "timeout", "no complete answer in time"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "dns", "the host's name cannot be resolved"
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError | ssl.SSLError):
        return "tls", f"no trusted encrypted connection: {_tls_reason(error)}"
    if isinstance(error, aiohttp.InvalidURL | UnicodeError):
        return "bad_address", "not an address that can be asked"
    if isinstance(error, aiohttp.ClientConnectorError):
        return _connect_failure(error.os_error)
    if isinstance(error, Disconnected | aiohttp.ClientConnectionResetError | ConnectionError):
        return "reset", "the server closed the connection without an answer"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "truncated", "the connection ended in the middle of the document"
    if isinstance(error, aiohttp.ClientResponseError | HttpProcessingError):
        return "bad_answer", "the server's answer is not proper HTTP"
    if isinstance(error, OSError):
        return _connect_failure(error)
    return "bad_answer", f"the answer could not be understood ({type(error).__name__})"


def status_failure(status: int) -> tuple[str, str]:
    """The failure that an HTTP status stands for."""
    known = _STATUS_WORDS.get(status) or ("the server is in trouble" if status >= 500 else "an answer without a feed")
    return f"http_{status}", f"{known} (HTTP {status})"


def _connect_failure(error: OSError) -> tuple[str, str]:
    if isinstance(error, AddressError) or REFUSED in str(error):
        return "forbidden_address", f"{error.strerror or error}; `allow_private: true` admits a private one"
    if isinstance(error, socket.gaierror):
        return "dns", "the host's name cannot be resolved"
    if error.errno == errno.ECONNREFUSED:
        return "refused", "nothing listens at this address and port"
    if error.errno in _UNREACHABLE:
        return "unreachable", "there is no way to this host"
    if error.errno in _RESET:
        return "reset", "the server broke the connection off"
    if error.errno == errno.ETIMEDOUT:
        return "timeout", "the host does not answer"
    return "unreachable", f"no connection: {error.strerror or 'several addresses tried, none answered'}"


def _tls_reason(error: BaseException) -> str:
    inner = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
    return getattr(inner, "verify_message", None) or getattr(inner, "reason", None) or "the handshake failed"
