"""What a server answered, as values: header fields that bear on the next look, and the body.

Sources: RFC 9110 (dates, Retry-After, validators) and RFC 9111 (freshness).
"""

import json
import re
import zlib
from collections.abc import AsyncIterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpcore

# No server's number is taken for more than this.
_LONGEST: Final = timedelta(days=31)
_MAX_DATE: Final = 64
_TWO_CLOCKS: Final = timedelta(days=1)
_DIGITS: Final = re.compile(r"[0-9]{1,10}")
_VALIDATOR: Final = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,510}")
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
_HEAD: Final = 8
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


def answer_fields(
    headers: Mapping[str, str], *, url: str, moved_to: str | None, now: datetime
) -> dict[str, Any]:
    """The fields of `Answer`; `moved_to` is the url if every redirect was permanent, else None."""
    # A validator that cannot be stored and sent back, a hostile one, is dropped.
    etag, last_modified = (
        value if value and _VALIDATOR.fullmatch(value) else None
        for value in (headers.get("etag"), headers.get("last-modified"))
    )
    return {
        "final_url": url, "permanent_url": moved_to, "etag": etag,
        "last_modified": last_modified, "fresh_for": freshness(headers, now=now),
    }  # fmt: skip


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
            if len(data) < _HEAD and not last:
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
        if not self.name or (head and _DOCUMENT.fullmatch(head[:_HEAD])):
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
