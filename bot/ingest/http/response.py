"""What a server answered: its head mended, the fields that bear on the next look, and the body.

httpcore's parser (h11) refuses an answer for one header line that browsers skip. So the head of an
answer is brought into proper form first; a connection whose head needed it serves no other request,
so that nothing can hide behind a head that two programs read differently. Nor does one on which
more came than the answer's length, or whose answer does not say its length: the parser would take
what is left for the next answer.

Sources: RFC 9110 (dates, Retry-After, validators) and RFC 9111 (freshness).
"""

import json
import re
import ssl
import zlib
from collections.abc import AsyncIterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import httpcore

# No server's number is taken for more than this.
_LONGEST: Final = timedelta(days=31)
_MAX_DATE: Final = 64
_TWO_CLOCKS: Final = timedelta(days=1)
_DIGITS: Final = re.compile(r"[0-9]{1,10}")
VALIDATOR: Final = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,510}")
ACCEPT_ENCODING: Final = "gzip, deflate"
STEP_BYTES: Final = 64 * 1024
LARGE_BYTES: Final = 5 * 1024 * 1024
_MAX_LAYERS: Final = 2
_OURS: Final = frozenset({"gzip", "x-gzip", "deflate"})
_ZLIB_CHECK: Final = 31
_GZIP: Final = zlib.MAX_WBITS | 16
_GZIP_MAGIC: Final = b"\x1f\x8b"
# So many first bytes tell an encoded body from a document, which begins with a byte order mark
# (deflate never does) or with markup or JSON that can be read.
_BEGINNING: Final = 8
_DOCUMENT: Final = re.compile(
    rb"(?:\xef\xbb\xbf|\xfe\xff|\xff\xfe).*|[\0\s]*[<{\[][\0\s\x20-\x7e]*|\s+", re.DOTALL
)
_AT_ONCE: Final = nullcontext()
_END: Final = 4096  # bytes; what stands behind an end tag is short
_END_TAG: Final = re.compile(
    rb"</(?:[\w.-]+:)?(?:rss|feed|rdf|opml|html)\s*>\s*(?:<!--.*)?\Z", re.IGNORECASE | re.DOTALL
)
_BROKEN_OFF: Final = (
    httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.ReadTimeout,
)  # fmt: skip


_MAX_HEAD: Final = 100 * 1024  # bytes, as httpcore has it
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


class TooLargeError(Exception):
    """More came out, or in, than the limit allows."""


class BrokenEncodingError(Exception):
    """The bytes are not in the encoding that the server named, or it is one that is not read."""


def parse_http_date(text: str | None) -> datetime | None:
    """A date as servers write it (RFC 9110, 5.6.7), aware, in UTC; None when it is none."""
    if not text or len(text) > _MAX_DATE:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def parse_retry_after(
    text: str | None, *, now: datetime, date: str | None = None
) -> timedelta | None:
    """How long the server asks us to wait (RFC 9110, 10.2.3), at most a month.

    Seconds or a date, which is reckoned from the answer's own Date where it has one; a date in the
    past is no wait; None when absent or unreadable.
    """
    if text is None:
        return None
    text = text.strip()
    if _DIGITS.fullmatch(text):
        return min(timedelta(seconds=int(text)), _LONGEST)
    moment = parse_http_date(text)
    if moment is None:
        return None
    return min(max(moment - _server_time(date, now), timedelta(0)), _LONGEST)


def _server_time(date: str | None, now: datetime) -> datetime:
    """The server's clock at the answer; ours where it has none, or one that is days away."""
    said = parse_http_date(date)
    return now if said is None or abs(said - now) > _TWO_CLOCKS else said


def freshness(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """How long the server says its answer stays fresh (RFC 9111, 4.2), at most a month.

    Nothing when it is stale already or may not be kept; None when the server does not say.
    Cache-Control wins over Expires; Expires counts from the answer's own Date, so that the two
    clocks need not agree; the time that the answer has spent in caches on the way (Age) is over.
    """
    directives: dict[str, str] = {}
    for part in headers.get("cache-control", "")[:1000].lower().split(","):
        name, _, value = part.strip().partition("=")
        directives.setdefault(name.strip(), value.strip().strip('"'))
    max_age, expires = directives.get("max-age", ""), headers.get("expires")
    if "no-store" in directives or "no-cache" in directives:
        return timedelta(0)
    if _DIGITS.fullmatch(max_age):
        length = min(timedelta(seconds=int(max_age)), _LONGEST)
    elif expires is None:
        return None
    elif until := parse_http_date(expires):
        length = until - _server_time(headers.get("date"), now)
    else:
        return timedelta(0)  # an Expires that is no date, above all 0, is past (RFC 9111, 5.3)
    age = headers.get("age", "").strip()
    spent = timedelta(seconds=int(age)) if _DIGITS.fullmatch(age) else timedelta(0)
    return min(max(length - spent, timedelta(0)), _LONGEST)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What every good answer says.

    Attributes:
        final_url: Where it came from, after redirects.
        permanent_url: The same when there were redirects and each was permanent (301, 308), so
            that the list may be changed; None otherwise.
        etag: To be sent back byte for byte; None when there is none or it is not usable.
        last_modified: Likewise.
        fresh_for: How long the server says that nothing will change; nothing when it says that it
            may at any time, None when it does not say.
    """

    final_url: str
    permanent_url: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    fresh_for: timedelta | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NotModified(Answer):
    """Nothing has changed: status 304, or the same bytes as the last time.

    Attributes:
        sent: The bytes were sent all the same, so that this is the server's whole word on them.
    """

    sent: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched(Answer):
    """A document that is new or has changed.

    Attributes:
        body: Decoded bytes.
        body_hash: SHA-256 of them, hex.
        content_type: The Content-Type header; None without.
    """

    body: bytes
    body_hash: str
    content_type: str | None = None


async def read_body(
    chunks: AsyncIterable[bytes],
    headers: Mapping[str, str],
    *,
    limit: int,
    large: AbstractAsyncContextManager[object] = _AT_ONCE,
) -> bytes:
    """The decoded body of at most `limit` bytes, both as sent and as decoded.

    Memory never holds more than the limit and one step, whatever a body would unfold to; `large` is
    entered for a body that grows beyond `LARGE_BYTES`. When the connection breaks off, or the end
    of an encoding is missing, a document that has come to its own end is whole all the same.

    Raises:
        TooLargeError: It is longer, or says so.
        BrokenEncodingError: It is not in the encoding that the server names, or in one that is not
            read.
    """
    declared = headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > limit:
        raise TooLargeError
    body, received, broken_off, is_large = bytearray(), 0, None, False
    layers = _layers(headers.get("content-encoding", ""), body, limit)
    async with AsyncExitStack() as stack:
        try:
            async for sent in chunks:
                received += len(sent)
                if received > limit:
                    raise TooLargeError
                layers[0].extend(sent)
                if not is_large and len(body) > LARGE_BYTES:
                    is_large = True
                    await stack.enter_async_context(large)
        except _BROKEN_OFF as error:
            broken_off = error
    for layer in layers:
        layer.extend(b"", last=True)
    is_cut = any(layer.inflater is not None and not layer.inflater.eof for layer in layers)
    if (broken_off or is_cut) and not has_ended(body):
        raise broken_off or BrokenEncodingError("the compressed body ends too early")
    return bytes(body)


def has_ended(document: bytes | bytearray) -> bool:
    """Whether a document comes to its own end: the end tag of a feed or page, or whole JSON.

    >>> has_ended(b"<rss><channel/></rss> <!-- from a cache"), has_ended(b"<rss><channel>")
    (True, False)
    """
    end = document[-_END:].replace(b"\0", b"").rstrip()  # UTF-16 has a null in each character
    if not end.endswith(b"}"):
        return _END_TAG.search(end) is not None
    try:
        json.loads(document)
    except (ValueError, RecursionError):
        return False
    return True


def _layers(content_encoding: str, body: bytearray, limit: int) -> "list[_Layer]":
    """What undoes a Content-Encoding header, the last applied first, then what it does not name.

    Only gzip and deflate are advertised, because zlib takes a limit for what it gives.
    """
    names = [n.strip().lower() for n in content_encoding.split(",")]
    names = [n for n in names if n not in {"", "identity"}]
    if len(names) > _MAX_LAYERS:
        raise BrokenEncodingError("the body is compressed several times over")
    layers = [_Layer(name="", room=limit, into=body)]
    for name in names:
        layers.insert(0, _Layer(name=name, room=limit, into=layers[0]))
    return layers


@dataclass(slots=True)
class _Layer:
    """Undoes one encoding by what the bytes are: servers name what they do not do.

    gzip (also of several members) is undone wherever it is met, deflate (also without the zlib
    header) where an encoding is named. Under any name a document may stand as it is, as browsers
    have it under `UTF-8` or `none`; other bytes under other names (br, zstd) are refused.

    Attributes:
        name: As in Content-Encoding; empty for what is not named.
        room: How many more bytes may be unfolded.
        into: Where the decoded bytes go, in steps: the next layer, or the body.
        held: First bytes that do not tell yet what they are, or the first of another member.
    """

    name: str
    room: int
    into: "_Layer | bytearray"
    held: bytes = b""
    begun: bool = False
    inflater: "zlib._Decompress | None" = None

    def extend(self, data: bytes, *, last: bool = False) -> None:
        """Takes in bytes; raises `TooLargeError` when more would come out than the room."""
        data, self.held = self.held + data, b""
        if not self.begun:
            if len(data) < _BEGINNING and not last:
                self.held = data
                return
            bits = self._window_bits(data)
            self.begun, self.inflater = True, zlib.decompressobj(bits) if bits else None
        if self.inflater is None:
            self.into.extend(data)
        else:
            self._inflate(self.inflater, data)

    def _inflate(self, inflater: "zlib._Decompress", data: bytes) -> None:
        more = True  # zlib may hold output back after it has taken all input
        while data or more:
            if inflater.eof:
                if data == _GZIP_MAGIC[:1]:
                    self.held = data
                if not data.startswith(_GZIP_MAGIC):
                    return  # padding or rubbish after the end
                self.inflater = inflater = zlib.decompressobj(_GZIP)
            try:
                step = inflater.decompress(data, STEP_BYTES)
            except zlib.error as error:
                message = "the body is not compressed as the server says"
                raise BrokenEncodingError(message) from error
            self.room -= len(step)
            if self.room < 0:
                raise TooLargeError
            self.into.extend(step)
            data = inflater.unconsumed_tail or inflater.unused_data
            more = len(step) == STEP_BYTES

    def _window_bits(self, head: bytes) -> int | None:
        """What zlib is to be told of bytes that begin so; None for those that are as they are.

        A zlib header names method 8 and is a multiple of 31 (RFC 1950, 2.2). RFC 9110, 8.4.1.2,
        asks for it in deflate, and some servers leave it out.
        """
        if head.startswith(_GZIP_MAGIC):
            return _GZIP
        if not self.name or (head and _DOCUMENT.fullmatch(head[:_BEGINNING])):
            return None
        if self.name not in _OURS:
            what = f"the body is encoded with {self.name[:20]}, which was not asked for"
            raise BrokenEncodingError(what)
        if not head:
            return None
        if head[0] & 0x0F == zlib.DEFLATED and int.from_bytes(head[:2], "big") % _ZLIB_CHECK == 0:
            return zlib.MAX_WBITS
        if self.name != "deflate":
            raise BrokenEncodingError("the body is not compressed as the server says")
        return -zlib.MAX_WBITS
