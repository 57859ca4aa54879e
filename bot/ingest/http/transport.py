"""Connections that the guard has judged: a network layer for httpcore that pins addresses.

A name is resolved once for each connection; if any of its addresses is refused, none is used;
otherwise those very addresses are tried in order. httpcore takes the Host header and the TLS
server name from the url, so both stay the name. There is no second look-up between check and use
(no DNS rebinding), and since every connection passes here, redirects and reused addresses cannot
go round it. Proxies named in the environment are not used: the check would judge the proxy's
address instead of the target's.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import ip_address
from typing import Final

import httpcore

from bot.ingest.http.ssrf import (
    Address,
    Network,
    host_refusal,
    literal_address,
    port_refusal,
    refusal,
)

# Gives all addresses of a host and port, as text; raises OSError when there are none.
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

_MAX_ADDRESSES: Final = 8


class BlockedError(Exception):
    """The guard refuses; the text reads on after the url: `leads to a private network`."""


class UnresolvedError(Exception):
    """The name has no address."""


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """The addresses that the operating system gives."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


async def checked_addresses(
    host: str, port: int, *, resolver: Resolver, allowed: Sequence[Network]
) -> tuple[Address, ...]:
    """The addresses to connect to, at most 8, in the resolver's order.

    Raises:
        BlockedError: The spelling, the port or any one of the addresses is refused.
        UnresolvedError: There is no address.
    """
    if reason := host_refusal(host) or port_refusal(port):
        raise BlockedError(f"leads to {reason}")
    literal = literal_address(host)
    if literal is not None:
        addresses: tuple[Address, ...] = (literal,)
    else:
        addresses = await _resolve(host, port, resolver)
    for address in addresses:
        if reason := refusal(address, allowed):
            raise BlockedError(f"leads to {reason}: {address}")
    return addresses[:_MAX_ADDRESSES]


async def _resolve(host: str, port: int, resolver: Resolver) -> tuple[Address, ...]:
    try:
        answers = await resolver(host, port)
    except (OSError, UnicodeError) as error:
        # UnicodeError: a label that is too long or empty for the idna codec of getaddrinfo
        raise UnresolvedError(f"the name {host} is not known") from error
    try:
        addresses = tuple(ip_address(answer) for answer in answers)
    except ValueError as error:
        raise BlockedError("leads to something that is no address") from error
    if not addresses:
        raise UnresolvedError(f"the name {host} has no address")
    return addresses


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens TCP connections to judged addresses only; Unix sockets never."""

    def __init__(self, *, resolver: Resolver, allowed: Sequence[Network]) -> None:
        self._resolver = resolver
        self._allowed = tuple(allowed)
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first of the host's judged addresses that answers."""
        try:
            async with asyncio.timeout(timeout):
                addresses = await checked_addresses(
                    host, port, resolver=self._resolver, allowed=self._allowed
                )
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"no answer about the name {host}") from error
        failure: Exception | None = None
        for address in addresses:
            try:
                return await self._inner.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError("no address")

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Always refused."""
        raise BlockedError("leads to a socket of this machine")

    async def sleep(self, seconds: float) -> None:
        """Waits, as httpcore asks between its own retries (there are none here)."""
        await asyncio.sleep(seconds)
