"""The guard against server-side request forgery: where a request may go.

Feeds come from people and redirects from servers, so a request may reach only public addresses:
otherwise a feed could read the services of the machine or the network that the bot runs in.
The rules come first; they judge addresses, never names. `GuardedBackend`, a network layer for
httpcore, holds connections to them.

A name is resolved once for each connection; if any of its addresses is refused, none is used;
otherwise those very addresses are tried in order. httpcore takes the Host header and the TLS
server name from the url, so both stay the name. There is no second look-up between check and use
(no DNS rebinding), and since every connection passes here, redirects and reused addresses cannot
go round it. Proxies named in the environment are not used: the check would judge the proxy's
address instead of the target's.

Sources: the IANA special-purpose address registries (RFC 6890 and its updates, as of 2026), and
the blocked ports of the WHATWG Fetch Standard, section 2.9.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final
from urllib.parse import urlsplit

import httpcore

from bot.domain.urls import ascii_host
from bot.ingest.http.response import MendingStream

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_REASONS: Final[tuple[tuple[Network, str], ...]] = tuple(
    (ip_network(network), reason)
    for network, reason in (
        # The narrower ones first: the first that fits gives the reason.
        ("169.254.169.254/32", "the metadata service of cloud machines"),
        ("168.63.129.16/32", "the metadata service of cloud machines"),
        ("100.100.100.200/32", "the metadata service of cloud machines"),
        ("192.0.0.192/32", "the metadata service of cloud machines"),
        ("fd00:ec2::254/128", "the metadata service of cloud machines"),
        ("fd20:ce::254/128", "the metadata service of cloud machines"),
        ("0.0.0.0/8", "this machine itself"),
        ("127.0.0.0/8", "this machine itself (loopback)"),
        ("10.0.0.0/8", "a private network"),
        ("172.16.0.0/12", "a private network"),
        ("192.168.0.0/16", "a private network"),
        ("100.64.0.0/10", "a provider's inner network (carrier-grade NAT)"),
        ("169.254.0.0/16", "a link-local network"),
        ("192.0.0.0/24", "a network kept for protocols"),
        ("192.0.2.0/24", "a network for documentation"),
        ("198.51.100.0/24", "a network for documentation"),
        ("203.0.113.0/24", "a network for documentation"),
        ("192.31.196.0/24", "a network kept for protocols"),
        ("192.52.193.0/24", "a network kept for protocols"),
        ("192.175.48.0/24", "a network kept for protocols"),
        ("192.88.99.0/24", "a relay between network generations (6to4)"),
        ("198.18.0.0/15", "a network for measurements"),
        ("224.0.0.0/4", "a multicast group"),
        ("255.255.255.255/32", "the broadcast address"),
        ("240.0.0.0/4", "a reserved network"),
        ("::/128", "this machine itself"),
        ("::1/128", "this machine itself (loopback)"),
        ("::ffff:0:0/96", "an IPv4 address in IPv6 spelling (mapped)"),
        ("::ffff:0:0:0/96", "an IPv4 address in IPv6 spelling (translated)"),
        ("::/96", "an IPv4 address in IPv6 spelling (compatible)"),
        ("64:ff9b::/96", "an IPv4 address in IPv6 spelling (NAT64)"),
        ("64:ff9b:1::/48", "an IPv4 address in IPv6 spelling (NAT64)"),
        ("2002::/16", "an IPv4 address in IPv6 spelling (6to4)"),
        ("2001::/32", "an IPv4 address in IPv6 spelling (Teredo)"),
        ("2001:db8::/32", "a network for documentation"),
        ("3fff::/20", "a network for documentation"),
        ("2001::/23", "a network kept for protocols"),
        ("2620:4f:8000::/48", "a network kept for protocols"),
        ("5f00::/16", "a network for segment routing"),
        ("100::/64", "a network that discards everything"),
        ("fc00::/7", "a private network (unique local)"),
        ("fe80::/10", "a link-local network"),
        ("fec0::/10", "a private network (site-local)"),
        ("ff00::/8", "a multicast group"),
    )
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")  # all that is handed out so far (RFC 4291, 2.4)
_EMBEDDED_IN_LAST_32_BITS = tuple(
    IPv6Network(n) for n in ("::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")
)

# Ports of other protocols, which no feed lives on.
BAD_PORTS: Final = frozenset({
    1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102,
    103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465,
    512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993,
    995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668,
    6669, 6679, 6697, 10080,
})  # fmt: skip


def refusal(address: Address, allowed: Sequence[Network] = ()) -> str | None:
    """Why no request may go to `address`, read on after "leads to"; None when it may.

    `allowed` opens networks that would be refused. An address that only wraps another one (NAT64
    and its like) must pass twice: its own network must be named, and what it wraps be allowed.

    >>> refusal(ip_address("10.1.2.3"))
    'a private network'
    >>> refusal(ip_address("10.1.2.3"), [ip_network("10.0.0.0/8")]) is None
    True
    """
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return "one network card of this machine (a zone)"
    if any(address in network for network in allowed if network.version == address.version):
        inner = None
        if isinstance(address, IPv6Address):
            inner = address.sixtofour
            if any(address in network for network in _EMBEDDED_IN_LAST_32_BITS):
                inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        return refusal(inner, allowed) if inner else None
    for network, reason in _REASONS:
        if network.version == address.version and address in network:
            return reason
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return "a network that is not handed out"
    return None if address.is_global else "a network that is not public"


_ODD_NAME = "a host with characters that are in no name, or that look like others"
_NUMBER_PART = r"(0[xX][0-9a-fA-F]*|[0-9]+)"
_NUMERIC_HOST = re.compile(rf"{_NUMBER_PART}(\.{_NUMBER_PART}){{0,3}}\.?")


def host_refusal(host: str) -> str | None:
    """Why a host's spelling alone is refused; None when that cannot decide.

    Resolvers read `2130706433`, `0x7f.1`, `0177.0.0.1` and `127.1` as addresses (inet_aton). Only
    the usual spelling with four decimal numbers is taken, so that every program reads the same.

    >>> host_refusal("0x7f.1")
    'an address in an unusual spelling'
    >>> host_refusal("192.0.2.1") is None and host_refusal("example.org") is None
    True
    """
    if not host:
        return "nowhere: there is no host in it"
    if literal_address(host) is not None:
        return None
    if _NUMERIC_HOST.fullmatch(host) or ":" in host or "%" in host:
        return "an address in an unusual spelling"
    if host.isascii():
        return None
    name = ascii_host(host)
    return host_refusal(name) if name else _ODD_NAME


def literal_address(host: str) -> Address | None:
    """The address that `host` spells in the usual way; None when it is a name.

    Zones (`%eth0`) are no usual spelling.
    """
    if "%" in host:
        return None
    try:
        return ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def url_refusal(url: str, allowed: Sequence[Network] = ()) -> str | None:
    """Why an address of the web is refused before any name is resolved; None when it may be good.

    A name can still lead to a refused network: that is found out at the moment of connecting.

    >>> url_refusal("http://10.0.0.8/feed"), url_refusal("https://example.org/feed")
    ('a private network', None)
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    address = literal_address(host)
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761, 6.3
        address = IPv4Address("127.0.0.1")
    reason = port_refusal(parts.port) if parts.port is not None else None
    reason = reason or (refusal(address, allowed) if address is not None else None)
    return reason or host_refusal(host)


def port_refusal(port: int) -> str | None:
    """Why a port is refused; None when it may be used."""
    return f"port {port}, which is not for the web" if port in BAD_PORTS or port == 0 else None


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
                stream = await self._inner.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
                return MendingStream(stream)
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
