"""Bodies that unfold, drip, lie or break: fetched with bounds, or refused with a sentence."""

import asyncio
import gzip
import os
import tracemalloc
import zlib

import pytest

from bot.domain.errors import FetchError
from bot.ingest.http.response import BrokenEncodingError, TooLargeError, read_body
from tests.ingest.conftest import QUICK
from tests.ingest.serving import RSS, raw, reply

LIMIT = QUICK.body_bytes
HEAD = b"HTTP/1.1 200 OK\r\n"


def raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


def bomb(size: int = 20_000_000) -> bytes:
    return gzip.compress(bytes(size))


def encoded(encoding: str, body: bytes):
    return reply(200, body, {"Content-Encoding": encoding})


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    parts = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks)
    return HEAD + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + parts + end


# The answer, and the kind of failure that it must be.
REFUSED = {
    "gzip-bomb": (encoded("gzip", bomb()), "too_large"),
    "gzip-bomb-twice": (encoded("gzip, gzip", gzip.compress(bomb())), "too_large"),
    "gzip-bomb-in-members": (encoded("gzip", bomb(90_000) * 40), "too_large"),
    "deflate-bomb": (encoded("deflate", zlib.compress(bytes(20_000_000))), "too_large"),
    "raw-deflate-bomb": (encoded("deflate", raw_deflate(bytes(20_000_000))), "too_large"),
    "gzip-in-deflate-bomb": (encoded("gzip, deflate", zlib.compress(bomb())), "too_large"),
    "brotli": (encoded("br", b"\x1b\xff\xff\xff" * 9), "encoding"),
    "zstd": (encoded("zstd", b"\x28\xb5\x2f\xfd" * 9), "encoding"),
    "compress": (encoded("compress", b"\x1f\x9d\x90"), "encoding"),
    "unknown-encoding": (encoded("x-what", RSS), "encoding"),
    "three-layers": (encoded("gzip, gzip, gzip", RSS), "encoding"),
    "gzip-in-name-only": (encoded("gzip", RSS), "encoding"),
    "gzip-broken-off": (encoded("gzip", gzip.compress(RSS)[:-12]), "encoding"),
    "gzip-with-wrong-checksum": (
        encoded("gzip", gzip.compress(RSS)[:-8] + b"\0" * 8),
        "encoding",
    ),
    "gzip-damaged": (encoded("gzip", gzip.compress(RSS)[:40] + b"\xff" * 60), "encoding"),
    "deflate-in-name-only": (encoded("deflate", b"\xff" * 50), "encoding"),
    "too-long-and-says-so": (
        raw(HEAD + b"Content-Length: 999999999999\r\n\r\n" + RSS),
        "too_large",
    ),
    "too-long-without-saying": (
        raw(HEAD + b"Connection: close\r\n\r\n" + b"x" * (LIMIT + 1)),
        "too_large",
    ),
    "too-long-in-chunks": (raw(chunked(*[b"x" * 9000] * 40)), "too_large"),
    "shorter-than-it-says": (raw(HEAD + b"Content-Length: 5000\r\n\r\n" + RSS), "protocol"),
    "two-lengths": (
        raw(HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef"),
        "protocol",
    ),
    "negative-length": (raw(HEAD + b"Content-Length: -1\r\n\r\n"), "protocol"),
    "length-is-no-number": (raw(HEAD + b"Content-Length: many\r\n\r\n"), "protocol"),
    "chunk-size-is-no-number": (
        raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
        "protocol",
    ),
    "chunks-without-end": (raw(chunked(RSS, end=b"")), "protocol"),
    "chunk-size-overflow": (
        raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 30 + b"\r\n"),
        "protocol",
    ),
    "unknown-transfer-encoding": (
        raw(HEAD + b"Transfer-Encoding: gzip\r\nConnection: close\r\n\r\nabc"),
        "protocol",
    ),
    "headers-without-end": (raw(HEAD + b"X-Fill: " + b"a" * 300_000), "protocol"),
    "headers-by-the-thousand": (
        raw(HEAD + b"".join(b"X-%d: 1\r\n" % n for n in range(50_000)) + b"\r\n"),
        "protocol",
    ),
    "header-with-line-break": (raw(HEAD + b"X-A: a\x00b\r\n\r\n"), "protocol"),
    "no-http-at-all": (raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "protocol"),
    "http-0.9": (raw(b"<rss version='2.0'></rss>"), "protocol"),
    "status-is-no-number": (raw(b"HTTP/1.1 abc OK\r\n\r\n"), "protocol"),
    "nothing-at-all": (raw(b""), "protocol"),
}
READ = {
    "gzip": encoded("gzip", gzip.compress(RSS)),
    "gzip-capital": encoded("GZIP", gzip.compress(RSS)),
    "x-gzip": encoded("x-gzip", gzip.compress(RSS)),
    "gzip-of-two-members": encoded("gzip", gzip.compress(RSS[:50]) + gzip.compress(RSS[50:])),
    "gzip-with-padding": encoded("gzip", gzip.compress(RSS) + b"\0" * 100),
    "deflate-with-zlib-header": encoded("deflate", zlib.compress(RSS)),
    "deflate-raw": encoded("deflate", raw_deflate(RSS)),
    "identity": encoded("identity", RSS),
    "two-layers": encoded("deflate, gzip", gzip.compress(zlib.compress(RSS))),
    "chunked": raw(chunked(RSS[:10], RSS[10:])),
    "until-close": raw(HEAD + b"Connection: close\r\n\r\n" + RSS),
    "http-1.0": raw(b"HTTP/1.0 200 OK\r\n\r\n" + RSS),
}


async def drip_body(request, writer):
    """One byte now and then: never silent long enough for the read limit."""
    writer.write(HEAD + b"Content-Length: 100000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def drip_headers(request, writer):
    writer.write(HEAD)
    while True:
        writer.write(b"X-Y: z\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


async def silent(request, writer):
    await asyncio.Event().wait()


SLOW = {"drip-body": drip_body, "drip-headers": drip_headers, "silent": silent}
SECURITY_TABLE = {
    "test_broken_and_unfolding_bodies_are_refused": REFUSED,
    "test_slow_servers_are_given_up": SLOW,
    "test_odd_but_honest_bodies_are_read": READ,
}


@pytest.mark.parametrize("case", REFUSED)
async def test_broken_and_unfolding_bodies_are_refused(case, server, fetcher):
    answer, kind = REFUSED[case]
    server.routes["/"] = answer

    with pytest.raises(FetchError) as caught:
        await fetcher.fetch_url(server.url())

    assert caught.value.kind == kind


@pytest.mark.parametrize("case", READ)
async def test_odd_but_honest_bodies_are_read(case, server, fetcher):
    server.routes["/"] = READ[case]

    assert (await fetcher.fetch_url(server.url())).body == RSS


@pytest.mark.parametrize("case", SLOW)
async def test_slow_servers_are_given_up(case, server, quick_fetcher):
    server.routes["/"] = SLOW[case]

    with pytest.raises(FetchError) as caught:
        await quick_fetcher.fetch_url(server.url())

    assert caught.value.kind == "timeout"


async def read(data: bytes, encoding: str, limit: int, *, step: int = 16_384) -> bytes:
    async def cut():
        for start in range(0, len(data), step):
            yield data[start : start + step]

    return await read_body(cut(), {"content-encoding": encoding}, limit=limit)


@pytest.mark.parametrize("layers", [1, 2])
async def test_a_bomb_costs_no_more_memory_than_the_limit(layers):
    data = gzip.compress(bytes(100_000_000))
    for _ in range(layers - 1):
        data = gzip.compress(data)
    encoding = ", ".join(["gzip"] * layers)

    tracemalloc.start()
    with pytest.raises(TooLargeError):
        await read(data, encoding, 1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 4_000_000


@pytest.mark.parametrize("step", [1, 7, 1000])
@pytest.mark.parametrize(
    ("encoding", "compress"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", raw_deflate)],
)
async def test_compressed_bytes_are_read_whole_however_they_are_cut(encoding, compress, step):
    body = os.urandom(40_000) + bytes(150_000)

    assert await read(compress(body), encoding, len(body), step=step) == body


async def test_a_body_of_exactly_the_limit_is_read_and_one_more_byte_is_not():
    data = gzip.compress(b"a" * 100)

    assert await read(data, "gzip", 100) == b"a" * 100
    with pytest.raises(TooLargeError):
        await read(data, "gzip", 99)
    with pytest.raises(TooLargeError):
        await read(b"a" * 100, "", 99)


async def test_only_encodings_that_can_be_bounded_are_taken():
    for name in ("br", "zstd", "compress", "dcb", "aes128gcm"):
        with pytest.raises(BrokenEncodingError, match=name):
            await read(b"", name, 10)
