"""Undoing Content-Encoding with a bound on what comes out.

Only gzip and deflate are advertised, because zlib takes a limit for what it gives; a body in
any other encoding (br, zstd) is refused unread. A bomb is noticed after `limit` bytes, whatever
it would unfold to; memory never holds more than the limit and one step.
"""

import zlib
from dataclasses import dataclass
from typing import Final

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


@dataclass(slots=True)
class Decoder:
    """Takes chunks as they come from the network and gives decoded bytes, at most `room`."""

    layers: "tuple[_Zlib, ...]"  # from the last applied to the first
    limit: int

    def feed(self, chunk: bytes, room: int) -> bytes:
        """The decoded bytes; raises `TooLargeError` when they would be more than `room`."""
        for layer in self.layers:
            is_last = layer is self.layers[-1]
            chunk = layer.inflate(chunk, room if is_last else self.limit)
        if len(chunk) > room:
            raise TooLargeError
        return chunk

    def finish(self) -> None:
        """Raises `BrokenEncodingError` when the body ended too early."""
        for layer in self.layers:
            if layer.held or (layer.begun and layer.inflater and not layer.inflater.eof):
                raise BrokenEncodingError("the compressed body ends too early")


@dataclass(slots=True)
class _Zlib:
    """gzip (also of several members) and deflate (also without the zlib header)."""

    gzip: bool
    begun: bool = False
    held: bytes = b""  # the first byte, until the second shows the form
    inflater: "zlib._Decompress | None" = None

    def inflate(self, chunk: bytes, room: int) -> bytes:
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


def decoder_for(content_encoding: str, *, limit: int) -> Decoder:
    """The decoder for a Content-Encoding header; empty means none was applied.

    Raises:
        BrokenEncodingError: An encoding that is not read, or more than two layers.
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
    return Decoder(tuple(_Zlib(gzip=name != "deflate") for name in reversed(names)), limit)
