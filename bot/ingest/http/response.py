"""What a server answered, as values: header fields that bear on the next look, and the body.

Sources: RFC 9110 (dates, Retry-After, validators) and RFC 9111 (freshness).
"""

import re
import zlib
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

# No server's number is taken for more than this.
_LONGEST: Final = timedelta(days=31)
_MAX_DATE: Final = 64
_TWO_CLOCKS: Final = timedelta(days=1)
_DIGITS: Final = re.compile(r"[0-9]{1,10}")
_VALIDATOR: Final = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,510}")
ACCEPT_ENCODING: Final = "gzip, deflate"
STEP_BYTES: Final = 64 * 1024
_MAX_LAYERS: Final = 2
_ZLIB_HEADER: Final = 2
_ZLIB_CHECK: Final = 31
_GZIP: Final = zlib.MAX_WBITS | 16
_GZIP_MAGIC: Final = b"\x1f\x8b"


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
    chunks: AsyncIterable[bytes], headers: Mapping[str, str], *, limit: int
) -> bytes:
    """The decoded body of at most `limit` bytes, both as sent and as decoded.

    Memory never holds more than the limit and one step, whatever a body would unfold to.

    Raises:
        TooLargeError: It is longer, or says so.
        BrokenEncodingError: It is not in the encoding that the server names, or in one that is not
            read.
    """
    declared = headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > limit:
        raise TooLargeError
    layers = _layers(headers.get("content-encoding", ""))
    body, received = bytearray(), 0
    async for sent in chunks:
        received += len(sent)
        if received > limit:
            raise TooLargeError
        chunk = sent
        for layer in layers:
            chunk = layer.inflate(chunk, limit - len(body) if layer is layers[-1] else limit)
        body += chunk
    for layer in layers:
        if layer.held or (layer.begun and layer.inflater and not layer.inflater.eof):
            raise BrokenEncodingError("the compressed body ends too early")
    return bytes(body)


def _layers(content_encoding: str) -> "tuple[_Zlib, ...]":
    """What undoes a Content-Encoding header, the last applied first; none when it is empty.

    Only gzip and deflate are advertised, because zlib takes a limit for what it gives; a body in
    any other encoding (br, zstd) is refused unread.
    """
    names = [n.strip().lower() for n in content_encoding.split(",")]
    names = [n for n in names if n not in {"", "identity"}]
    if len(names) > _MAX_LAYERS:
        raise BrokenEncodingError("the body is compressed several times over")
    for name in names:
        if name not in {"gzip", "x-gzip", "deflate"}:
            raise BrokenEncodingError(
                f"the body is compressed with {name[:20]}, which was not asked for"
            )
    return tuple(_Zlib(gzip=name != "deflate") for name in reversed(names))


@dataclass(slots=True)
class _Zlib:
    """gzip (also of several members) and deflate (also without the zlib header)."""

    gzip: bool
    begun: bool = False
    held: bytes = b""  # the first byte, until the second shows the form
    inflater: "zlib._Decompress | None" = None

    def inflate(self, chunk: bytes, room: int) -> bytes:
        """The decoded bytes; raises `TooLargeError` when they would be more than `room`."""
        self.begun = self.begun or bool(chunk)
        data, self.held = self.held + chunk, b""
        if self.inflater is None:
            if len(data) < _ZLIB_HEADER and not self.gzip:
                self.held = data
                return b""
            self.inflater = zlib.decompressobj(_GZIP if self.gzip else _window_bits(data))
        out = bytearray()
        more = True  # zlib may hold output back after it has taken all input
        while data or more:
            if self.inflater.eof:
                if not (self.gzip and data.startswith(_GZIP_MAGIC)):
                    break  # padding or rubbish after the end
                self.inflater = zlib.decompressobj(_GZIP)
            at_most = min(STEP_BYTES, room - len(out) + 1)
            try:
                step = self.inflater.decompress(data, at_most)
            except zlib.error as error:
                message = "the body is not compressed as the server says"
                raise BrokenEncodingError(message) from error
            out += step
            if len(out) > room:
                raise TooLargeError
            data = self.inflater.unconsumed_tail or self.inflater.unused_data
            more = len(step) == at_most
        return bytes(out)


def _window_bits(data: bytes) -> int:
    """For deflate: with the zlib header that RFC 9110, 8.4.1.2, asks for, or without.

    Some servers leave it out. A header names method 8 and is a multiple of 31 (RFC 1950, 2.2).
    """
    with_header = (
        data[0] & 0x0F == zlib.DEFLATED and int.from_bytes(data[:2], "big") % _ZLIB_CHECK == 0
    )
    return zlib.MAX_WBITS if with_header else -zlib.MAX_WBITS
