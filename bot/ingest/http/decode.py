"""Undoing Content-Encoding with a bound on what comes out.

Only gzip and deflate are advertised, because zlib can be told how much to give at most; a body in
any other encoding (br, zstd) is refused unread. A bomb is noticed after `limit` bytes, whatever
it would unfold to; memory never holds more than the limit and one step.
"""

import zlib
from typing import Final, Protocol

ACCEPT_ENCODING: Final = "gzip, deflate"
STEP_BYTES: Final = 64 * 1024
_MAX_LAYERS: Final = 2
_ZLIB_HEADER: Final = 2
_ZLIB_CHECK: Final = 31
_GZIP_MAGIC: Final = b"\x1f\x8b"


class TooLargeError(Exception):
    """More came out, or in, than the limit allows."""


class BrokenEncodingError(Exception):
    """The bytes are not in the encoding that the server named, or it is one that is not read."""


class Decoder(Protocol):
    """Takes chunks as they come from the network and gives decoded bytes, at most `room`."""

    def feed(self, chunk: bytes, room: int) -> bytes:
        """The decoded bytes; raises `TooLargeError` when they would be more than `room`."""
        ...

    def finish(self) -> None:
        """Raises `BrokenEncodingError` when the body ended too early."""
        ...


class _Identity:
    def feed(self, chunk: bytes, room: int) -> bytes:
        if len(chunk) > room:
            raise TooLargeError
        return chunk

    def finish(self) -> None:
        return


class _Zlib:
    """gzip (also of several members) and deflate (also without the zlib header)."""

    def __init__(self, *, gzip: bool) -> None:
        self._gzip = gzip
        self._begun = False
        self._zlib = zlib.decompressobj(zlib.MAX_WBITS | 16) if gzip else None
        self._held = b""  # the first byte of deflate, until the second tells the form

    def feed(self, chunk: bytes, room: int) -> bytes:
        self._begun = self._begun or bool(chunk)
        data, self._held = self._held + chunk, b""
        if self._zlib is None:
            if len(data) < _ZLIB_HEADER:
                self._held = data
                return b""
            self._zlib = zlib.decompressobj(_window_bits(data))
        try:
            return self._inflate(self._zlib, data, room)
        except zlib.error as error:
            raise BrokenEncodingError("the body is not compressed as the server says") from error

    def _inflate(self, inflater: "zlib._Decompress", data: bytes, room: int) -> bytes:
        out = bytearray()
        more = True  # zlib may hold output back after it has taken all input
        while data or more:
            if inflater.eof:
                if not (self._gzip and data.startswith(_GZIP_MAGIC)):
                    break  # padding or rubbish after the end
                inflater = self._zlib = zlib.decompressobj(zlib.MAX_WBITS | 16)
            at_most = min(STEP_BYTES, room - len(out) + 1)
            step = inflater.decompress(data, at_most)
            out += step
            if len(out) > room:
                raise TooLargeError
            data = inflater.unconsumed_tail or inflater.unused_data
            more = len(step) == at_most
        return bytes(out)

    def finish(self) -> None:
        if self._held or (self._begun and self._zlib and not self._zlib.eof):
            raise BrokenEncodingError("the compressed body ends too early")


def _window_bits(data: bytes) -> int:
    """For deflate: with the zlib header that RFC 9110, 8.4.1.2, asks for, or without.

    Some servers leave it out. A header names method 8 and is a multiple of 31 (RFC 1950, 2.2).
    """
    with_header = (
        data[0] & 0x0F == zlib.DEFLATED and int.from_bytes(data[:2], "big") % _ZLIB_CHECK == 0
    )
    return zlib.MAX_WBITS if with_header else -zlib.MAX_WBITS


class _Chain:
    """Several encodings, undone from the last applied to the first."""

    def __init__(self, decoders: tuple[_Zlib, ...], limit: int) -> None:
        self._decoders = decoders
        self._limit = limit

    def feed(self, chunk: bytes, room: int) -> bytes:
        *outer, last = self._decoders
        for decoder in outer:
            chunk = decoder.feed(chunk, self._limit)
        return last.feed(chunk, room)

    def finish(self) -> None:
        for decoder in self._decoders:
            decoder.finish()


def decoder_for(content_encoding: str, *, limit: int) -> Decoder:
    """The decoder for a Content-Encoding header; empty means none was applied.

    Raises:
        BrokenEncodingError: An encoding that is not read, or more than two layers.
    """
    names = [n.strip().lower() for n in content_encoding.split(",")]
    names = [n for n in names if n not in {"", "identity"}]
    if not names:
        return _Identity()
    if len(names) > _MAX_LAYERS:
        raise BrokenEncodingError("the body is compressed several times over")
    for name in names:
        if name not in {"gzip", "x-gzip", "deflate"}:
            raise BrokenEncodingError(
                f"the body is compressed with {name[:20]}, which was not asked for"
            )
    return _Chain(tuple(_Zlib(gzip=n != "deflate") for n in reversed(names)), limit)
