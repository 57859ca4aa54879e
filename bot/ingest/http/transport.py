"""Connections that the guard has judged, and whose answers are mended before they are parsed.

A network layer for httpcore pins addresses.

A name is resolved once for each connection; if any of its addresses is refused, none is used;
otherwise those very addresses are tried in order. httpcore takes the Host header and the TLS
server name from the url, so both stay the name. There is no second look-up between check and use
(no DNS rebinding), and since every connection passes here, redirects and reused addresses cannot
go round it. Proxies named in the environment are not used: the check would judge the proxy's
address instead of the target's.

httpcore's parser (h11) refuses an answer for one header line that browsers skip. So the head of an
answer is brought into proper form first; a connection whose head needed it serves no other request,
so that nothing can hide behind a head that two programs read differently. Nor does one on which
more came than the answer's length, or whose answer does not say its length: the parser would take
what is left for the next answer.
"""

import asyncio
import re
import socket
import ssl
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


_MAX_HEAD: Final = 100 * 1024  # as httpcore has it
_HEAD_END: Final = re.compile(rb"\n\r?\n")
_TOKEN: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# A head that h11 takes as it is: no transfer encoding that is named twice, or that is none.
PROPER_HEAD: Final = re.compile(
    rb"(?!.*\n(?i:transfer-encoding):(?:[ \t]*(?i:identity)|.*\n(?i:transfer-encoding):))"
    rb"HTTP/1\.[01] [0-9]{3}(?: [\t\x20-\x7e\x80-\xff]*)?\r\n"
    rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n)*\r\n",
    re.DOTALL,
)
_STATUS: Final = re.compile(
    rb"(?:HTTP/?(?P<version>\d(?:\.\d)?)?|ICY)[ \t]+(?P<status>[1-9]\d\d)(?:\D.*)?", re.IGNORECASE
)
_LENGTH: Final = re.compile(rb"\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*\r", re.IGNORECASE)
_NO_BODY: Final = re.compile(rb"HTTP/1\.[01] (?:204|304)")
_INTERIM: Final = re.compile(rb"HTTP/1\.[01] 1")
_CONTROLS: Final = re.compile(rb"[\x01-\x08\x0a-\x1f\x7f]+")


def mended(head: bytes) -> bytes:
    r"""An answer's head, up to its blank line, as h11 takes it; unchanged where that cannot be.

    Lines that are no header field are left out (no colon, no name, a name with a blank in it), as
    are the blanks between a name and its colon. Folded lines become one (RFC 9112, 5.2), control
    characters blanks (RFC 9112, 2.2), and the status line what HTTP/1.1 has. A transfer encoding
    that is named twice, or that is none, counts once or not at all. Lengths that contradict each
    other and nulls stay, for h11 to refuse: there is no telling what they mean.

    >>> mended(b"HTTP/1.1 200 OK\nNo colon\nA b: c\nContent-Length : 5\n\n")
    b'HTTP/1.1 200 \r\nContent-Length: 5\r\nConnection: close\r\n\r\n'
    """
    first, *lines = re.split(rb"\r?\n", head.rstrip(b"\r\n"))
    status = _STATUS.fullmatch(first)
    if status is None or b"\0" in head:
        return head
    fields: list[tuple[bytes, list[bytes]]] = []
    is_field = False
    for line in lines:
        if line[:1] not in {b" ", b"\t"}:
            name, colon, value = line.partition(b":")
            is_field = bool(colon and _TOKEN.fullmatch(name.rstrip()))
            if is_field:
                fields.append((name.rstrip(), [value]))
        elif is_field:
            fields[-1][1].append(line)
    named = [(name, _CONTROLS.sub(b" ", b" ".join(parts)).strip()) for name, parts in fields]
    coded = {value.lower() for name, value in named if name.lower() == b"transfer-encoding"}
    named = [one for one in named if one[0].lower() not in {b"transfer-encoding", b"connection"}]
    named += [(b"Transfer-Encoding", coding) for coding in sorted(coded - {b"", b"identity"})]
    named.append((b"Connection", b"close"))
    version = b"1.0" if status["version"] in {None, b"1.0", b"0.9"} else b"1.1"
    written = b"".join(b"%b: %b\r\n" % field for field in named)
    return b"HTTP/%b %b \r\n%b\r\n" % (version, status["status"], written)


class MendingStream(httpcore.AsyncNetworkStream):
    """A connection that hands on each answer's head in one piece, mended where it must be."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self.aclose = inner.aclose  # type: ignore[method-assign]
        self._left: int | None = 0  # of the answer; None where it does not say, or more has come
        self._in_head = False
        self._mends = False
        self._got = b""

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> bytes:
        """The next bytes; of a head all, even when that is more than `max_bytes`."""
        if not self._in_head:
            most = max_bytes if self._left is None else min(max_bytes, max(self._left, 1))
            data = await self._inner.read(most, timeout)
            self._left = (
                None if self._left is None or len(data) > self._left else self._left - len(data)
            )
            return data
        begin = 0
        while (end := _HEAD_END.search(self._got, begin)) is None and len(self._got) <= _MAX_HEAD:
            begin = max(0, len(self._got) - 2)
            more = await self._inner.read(max_bytes, timeout)
            if not more:
                break
            self._got = (self._got + more).lstrip(b"\r\n")
        cut = end.end() if end else len(self._got)  # without an end h11 says what is wrong
        head, rest = self._got[:cut], self._got[cut:]
        if end and (self._mends or not PROPER_HEAD.fullmatch(head)):
            self._mends, head = True, mended(head)
        self._in_head = bool(end and _INTERIM.match(head))
        if self._in_head:
            self._got = rest.lstrip(b"\r\n")
            return head
        is_coded = b"\ntransfer-encoding:" in head.lower()
        self._got, length = b"", None if is_coded else _LENGTH.search(head)
        left = (int(length[1]) if length else -1) if not _NO_BODY.match(head) else 0
        self._left = left - len(rest) if len(rest) <= left else None
        return head + rest

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> None:
        """Sends; what comes next is the head of an answer."""
        self._in_head = True
        await self._inner.write(buffer, timeout)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        """The same connection, encrypted."""
        stream = await self._inner.start_tls(ssl_context, server_hostname, timeout)
        return MendingStream(stream)

    def get_extra_info(self, info: str) -> object:
        """What is known; a connection that can be read from unasked is not used again."""
        if info == "is_readable" and self._left != 0:
            return True
        return self._inner.get_extra_info(info)
