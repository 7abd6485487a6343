"""Decides which addresses may be connected to, and enforces it where the connection is made.

The check sees the address of every connection, whatever name, redirect or DNS answer led there; it makes no request.
"""

import asyncio
import errno
import socket
from contextlib import suppress
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from threading import Thread

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

DNS_CACHE_SECONDS = 300
REFUSED = "not a public address"

# Never reachable, not even for feeds on private addresses. Cloud metadata lives in the link-local networks; the others
# are "this network" (RFC 1122), the retired 6to4 relay (RFC 7526) and documentation (RFC 9637).
_NEVER = tuple(map(ip_network, ("169.254.0.0/16", "fe80::/10", "0.0.0.0/8", "192.88.99.0/24", "3fff::/20")))
_METADATA = frozenset(map(ip_address, ("100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254")))
_SHARED = ip_network("100.64.0.0/10")  # carrier-grade NAT (RFC 6598): private to the network one is in
_SITE_LOCAL = ip_network("fec0::/10")
# IPv6 networks whose addresses carry an IPv4 address, with the bits it sits above.
_CARRIERS: tuple[tuple[IPv6Network, int], ...] = (
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64 (RFC 6052)
    (IPv6Network("64:ff9b:1::/48"), 0),  # local-use NAT64 (RFC 8215), in its /96 form
    (IPv6Network("::/96"), 0),  # IPv4-compatible (RFC 4291, deprecated)
    (IPv6Network("::ffff:0:0:0/96"), 0),  # IPv4-translated (RFC 2765)
    (IPv6Network("2002::/16"), 80),  # 6to4 (RFC 3056)
)
_TEREDO = IPv6Network("2001::/32")


class AddressError(OSError):
    """An address was to be connected to that is not allowed."""

    def __init__(self, address: str) -> None:
        super().__init__(errno.EACCES, f"{address} is {REFUSED}")


@lru_cache(maxsize=8_192)  # each connection asks, and most go where one went before
def allowed(address: str, *, allow_private: bool = False) -> bool:
    """Whether an IP address may be connected to.

    `allow_private` admits private networks, loopback and carrier-grade NAT, but never link-local, metadata, multicast,
    reserved or unspecified addresses. What is not an IP address is not allowed.
    """
    try:
        ip = _innermost(ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    if ip in _METADATA or any(ip.version == net.version and ip in net for net in _NEVER):
        return False
    if ip.is_multicast or ip.is_unspecified:
        return False
    private = ip.is_loopback or (ip.version == 4 and ip in _SHARED) or (ip.version == 6 and ip in _SITE_LOCAL)
    if private or (ip.is_private and not ip.is_reserved):
        return allow_private
    return ip.is_global and not ip.is_reserved


def _innermost(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address leads to, where it is a mapping or a tunnel."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip.ipv4_mapped:
        return ip.ipv4_mapped
    if ip in _TEREDO:
        return IPv4Address(int(ip) & 0xFFFFFFFF ^ 0xFFFFFFFF)
    for network, shift in _CARRIERS:
        if ip in network and int(ip) > 1:  # `::` and `::1` are themselves
            return IPv4Address(int(ip) >> shift & 0xFFFFFFFF)
    return ip


def connector(*, allow_private: bool) -> aiohttp.TCPConnector:
    """A connector that opens sockets to allowed addresses only; TLS is verified.

    Each request has a connection of its own: polls of one host are too far apart for a kept one to be of use, and a
    kept one that the server has just closed would look like a failed poll.
    """

    def guarded_socket(info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, target = info
        if not allowed(str(target[0]), allow_private=allow_private):
            raise AddressError(str(target[0]))
        return socket.socket(family=family, type=kind, proto=protocol)

    return aiohttp.TCPConnector(
        socket_factory=guarded_socket,
        resolver=Resolver(),
        ttl_dns_cache=DNS_CACHE_SECONDS,
        force_close=True,
        limit=0,
    )


class Resolver(AbstractResolver):
    """The system's resolver, each question in a thread of its own that nothing waits for at exit.

    The event loop's shared pool has few threads: a handful of dead name servers would hold up every other feed, and
    the daemon's stop. Names under `.localhost` are loopback (RFC 6761), whether the system knows that or not.
    """

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        if host.rstrip(".").lower().endswith(".localhost"):
            return [_result(host, "127.0.0.1", port, socket.AF_INET)]
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[ResolveResult]] = loop.create_future()

        def settle(result: list[ResolveResult] | OSError) -> None:
            if answer.done():
                return
            if isinstance(result, OSError):
                answer.set_exception(result)
            else:
                answer.set_result(result)

        def ask() -> None:
            result: list[ResolveResult] | OSError
            try:
                found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
                result = [_result(host, str(info[4][0]), port, info[0]) for info in found]
            except OSError as error:
                result = error
            except UnicodeError as error:
                result = OSError(None, f"not a valid host name: {error}")
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(settle, result)

        Thread(target=ask, name="resolve", daemon=True).start()
        return await answer

    async def close(self) -> None:
        """Nothing to close: a thread that is still asking dies with the process."""


def _result(host: str, address: str, port: int, family: int) -> ResolveResult:
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=flags)
