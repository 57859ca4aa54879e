"""Answers that unfold, drip, lie, break or are sloppy: read within bounds, or refused by name."""

import asyncio
import contextlib
import gzip
import os
import ssl
import tracemalloc
import zlib

import httpcore
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.errors import FetchError
from bot.ingest.http.response import (
    PROPER_HEAD,
    BrokenEncodingError,
    MendingStream,
    TooLargeError,
    mended,
    read_body,
)
from tests.ingest.conftest import QUICK
from tests.ingest.serving import RSS, raw, reply

LIMIT = QUICK.body_bytes
HEAD = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(RSS)
JSON = b'{"version": "https://jsonfeed.org/version/1.1", "title": "Wire", "items": []}'


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
    "unknown-encoding": (encoded("x-what", b"\x80" * 50), "encoding"),
    "encoding-that-is-none": (encoded("none", zlib.compress(RSS)), "encoding"),
    "three-layers": (encoded("gzip, gzip, gzip", RSS), "encoding"),
    "gzip-in-name-only": (encoded("gzip", b"\x80" * 50), "encoding"),
    "gzip-bomb-undeclared": (reply(200, bomb()), "too_large"),
    "gzip-bomb-named-utf-8": (encoded("UTF-8", bomb()), "too_large"),
    "gzip-bomb-twice-named-once": (encoded("gzip", gzip.compress(bomb())), "too_large"),
    "gzip-cut-in-the-document": (encoded("gzip", gzip.compress(RSS)[:-40]), "encoding"),
    "gzip-cut-in-its-head": (encoded("gzip", gzip.compress(RSS)[:6]), "encoding"),
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
    "shorter-than-it-says": (
        raw(HEAD + b"Content-Length: 5000\r\n\r\n" + RSS[:-1]),
        "protocol",
    ),
    "shorter-after-an-item": (
        raw(HEAD + b"Content-Length: 5000\r\n\r\n" + RSS[: RSS.index(b"</channel>")]),
        "protocol",
    ),
    "shorter-in-json": (raw(HEAD + b"Content-Length: 500\r\n\r\n" + JSON[:-3] + b"}"), "protocol"),
    "shorter-in-a-comment-about-its-end": (
        raw(HEAD + b"Content-Length: 500\r\n\r\n<rss><!-- </rss> comes later -->"),
        "protocol",
    ),
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
    "chunks-without-end": (raw(chunked(RSS[:-9], end=b"")), "protocol"),
    "gzip-chunks-without-end": (
        raw(
            chunked(gzip.compress(RSS)[:-30], end=b"").replace(
                b"\r\n", b"\r\nContent-Encoding: gzip\r\n", 1
            )
        ),
        "protocol",
    ),
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
    "null-beside-a-line-without-colon": (raw(HEAD + b"no colon\r\nX: \0\r\n\r\n"), "protocol"),
    "two-lengths-behind-a-bad-line": (
        raw(HEAD + b"no colon\r\nContent-Length: 5\r\nContent-Length : 6\r\n\r\nabcdef"),
        "protocol",
    ),
    "length-folded-into-two": (raw(HEAD + b"Content-Length: 5\r\n 6\r\n\r\nabcdef"), "protocol"),
    "length-with-a-sign": (raw(HEAD + b"Content-Length: +5\r\n\r\nabcde"), "protocol"),
    "two-transfer-encodings": (
        raw(HEAD + b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        "protocol",
    ),
    "transfer-encoding-hidden-by-a-control": (
        raw(HEAD + b"Transfer-Encoding: \x0bchunked, gzip\r\n\r\n0\r\n\r\n"),
        "protocol",
    ),
    "bad-lines-by-the-thousand": (raw(HEAD + b"no colon\r\n" * 50_000 + b"\r\n"), "protocol"),
    "line-breaks-that-are-none": (raw(HEAD[:-2] + b"\rX: 1\r" * 30_000), "protocol"),
    "status-of-four-digits": (raw(b"HTTP/1.1 2000 OK\r\n\r\n"), "protocol"),
    "other-protocol-is-offered": (
        raw(b"HTTP/1.1 101 X\r\nUpgrade: h2c\r\nno colon\r\n\r\n"), "protocol",
    ),
}  # fmt: skip
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
    "encoding-utf-8": encoded("UTF-8", RSS),
    "encoding-none": encoded("none", RSS),
    "encoding-binary": encoded("binary", b"\xef\xbb\xbf" + RSS),
    "encoding-of-a-charset": encoded("charset=utf-8", b"\r\n" + RSS),
    "brotli-in-name-only": encoded("br", RSS),
    "gzip-in-name-only": encoded("gzip", RSS),
    "deflate-in-name-only": encoded("deflate", RSS),
    "gzip-twice-in-name-only": encoded("gzip, gzip", gzip.compress(RSS)),
    "gzip-twice-named-once": encoded("gzip", gzip.compress(gzip.compress(RSS))),
    "gzip-undeclared": reply(200, gzip.compress(RSS)),
    "gzip-named-utf-8": encoded("utf-8", gzip.compress(RSS)),
    "gzip-named-deflate": encoded("deflate", gzip.compress(RSS)),
    "zlib-named-gzip": encoded("gzip", zlib.compress(RSS)),
    "gzip-without-trailer": encoded("gzip", gzip.compress(RSS)[:-8]),
    "gzip-with-half-a-trailer": encoded("gzip", gzip.compress(RSS)[:-3]),
    "zlib-without-checksum": encoded("deflate", zlib.compress(RSS)[:-4]),
    "no-last-chunk": raw(chunked(RSS, end=b"")),
    "no-last-chunk-of-json": raw(chunked(JSON, end=b"")),
    "no-last-chunk-after-a-comment": raw(chunked(RSS + b"\n<!-- cached", end=b"")),
    "half-a-last-chunk": raw(chunked(RSS, end=b"0\r\n")),
    "length-too-great-by-two": raw(HEAD + b"Content-Length: %d\r\n\r\n" % (len(RSS) + 2) + RSS),
    "length-beside-chunks": raw(chunked(RSS).replace(b"\r\n", b"\r\nContent-Length: 3\r\n", 1)),
}
READ_AS = {
    "encoding-binary": b"\xef\xbb\xbf" + RSS,
    "encoding-of-a-charset": b"\r\n" + RSS,
    "no-last-chunk-of-json": JSON,
    "no-last-chunk-after-a-comment": RSS + b"\n<!-- cached",
}
HEADS = {
    "line-without-colon": HEAD + b"X-Content-Type-Options nosniff\r\n" + LENGTH,
    "line-of-html": HEAD + b"<br />\r\n<b>Warning</b> in line 3\r\n" + LENGTH,
    "name-with-a-blank": HEAD + b"Strict Transport: max-age=1\r\n" + LENGTH,
    "name-empty": HEAD + b": nothing\r\n" + LENGTH,
    "name-in-quotes": HEAD + b'"X-Powered-By": x\r\n' + LENGTH,
    "name-beyond-ascii": HEAD + "Größe: 1\r\n".encode() + LENGTH,
    "name-with-a-control": HEAD + b"X\x01Y: 1\r\n" + LENGTH,
    "blank-before-the-colon": HEAD + LENGTH.replace(b":", b" \t:"),
    "folded-line": HEAD + b"X-Long: a,\r\n\tb,\r\n c\r\n" + LENGTH,
    "folded-first-line": HEAD + b" X: 1\r\n" + LENGTH,
    "folded-length-of-a-bad-line": HEAD + b"no colon\r\n Content-Length: 3\r\n" + LENGTH,
    "bare-line-feeds": (HEAD + b"X-A: 1\r\n" + LENGTH).replace(b"\r\n", b"\n"),
    "line-ends-mixed": HEAD + b"X-A: 1\nno colon\n" + LENGTH,
    "carriage-return-in-a-value": HEAD + b"X-A: 1\rContent-Length: 3\r\n" + LENGTH,
    "form-feed-in-a-value": HEAD + b"X-A: a\x0cb\x0bc\r\n" + LENGTH,
    "escape-in-a-value": HEAD + b"X-A: \x1b[31m\r\n" + LENGTH,
    "delete-in-a-value": HEAD + b"X-A: a\x7f\r\n" + LENGTH,
    "latin-1-in-a-value": HEAD + b"X-A: caf\xe9\r\n" + LENGTH,
    "utf-8-in-a-value": HEAD + "X-A: 통일부\r\n".encode() + LENGTH,
    "value-of-many-kilobytes": HEAD + b"X-A: " + b"a" * 60_000 + b"\r\n" + LENGTH,
    "blank-lines-first": b"\r\n\n\r\n" + HEAD + LENGTH,
    "status-without-reason": b"HTTP/1.1 200\r\n" + LENGTH,
    "status-with-two-blanks": b"HTTP/1.1  200  OK\r\n" + LENGTH,
    "status-glued-to-its-reason": b"HTTP/1.1 200OK\r\n" + LENGTH,
    "status-with-a-control": b"HTTP/1.1 200 \x1bOK\r\n" + LENGTH,
    "protocol-in-small-letters": b"http/1.1 200 ok\r\n" + LENGTH,
    "protocol-of-http-2": b"HTTP/2 200\r\n" + LENGTH,
    "protocol-of-radio": b"ICY 200 OK\r\n" + LENGTH,
    "length-named-twice": HEAD + LENGTH + LENGTH,
    "transfer-encoding-identity": HEAD + b"Transfer-Encoding: identity\r\n" + LENGTH,
    "interim-answers": b"HTTP/1.1 100 X\r\n\r\nHTTP/1.1 103 X\r\nA: b\r\n\r\n" + HEAD + LENGTH,
    "interim-answer-with-a-bad-line": b"HTTP/1.1 103 X\r\nno colon\r\n\r\n" + HEAD + LENGTH,
    "interim-before-a-bad-line": b"HTTP/1.1 100 X\r\n\r\n" + HEAD + b"no colon\r\n" + LENGTH,
}  # fmt: skip
CHUNKED_HEADS = {
    "chunked-named-twice": b"Transfer-Encoding: chunked\r\ntransfer-encoding: Chunked\r\n",
    "chunked-beside-identity": b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
    "chunked-in-a-folded-line": b"X y: 1\r\nTransfer-Encoding:\r\n chunked\r\n",
    "chunked-before-a-length": b"no colon\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n",
}
HEADS |= {
    case: HEAD + head + b"\r\n%x\r\n%b\r\n0" % (len(RSS), RSS)
    for case, head in CHUNKED_HEADS.items()
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


async def endless(request, writer, piece=b"\r\n"):
    while True:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.001)


async def endless_interim(request, writer):
    await endless(request, writer, b"HTTP/1.1 100 X\r\nno colon\r\n\r\n")


SLOW = {
    "drip-body": drip_body,
    "drip-headers": drip_headers,
    "silent": silent,
    "blank-lines-without-end": endless,
    "interim-answers-without-end": endless_interim,
}
LEFTOVERS = {
    "forged-answer": HEAD + b"Content-Length: 6\r\n\r\nforged",
    "forged-head-without-end": HEAD + b"Connection: close\r\nX: ",
    "line-break": b"\r\n",
    "rest-of-a-document": b"</rss>",
}
SECURITY_TABLE = {
    "test_broken_and_unfolding_bodies_are_refused": REFUSED,
    "test_slow_servers_are_given_up": SLOW,
    "test_odd_but_honest_bodies_are_read": READ,
    "test_sloppy_heads_are_read": HEADS,
    "test_what_is_left_of_an_answer_is_not_taken_for_the_next": LEFTOVERS,
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

    assert (await fetcher.fetch_url(server.url())).body == READ_AS.get(case, RSS)


@pytest.mark.parametrize("case", HEADS)
async def test_sloppy_heads_are_read(case, server, fetcher):
    end = b"\n\n" if case == "bare-line-feeds" else b"\r\n\r\n"
    is_chunked = case in CHUNKED_HEADS
    head = HEADS[case].removesuffix(b"\r\n").removesuffix(b"\n")
    server.routes["/"] = raw(head + end + (b"" if is_chunked else RSS + b"beyond its length"))

    assert (await fetcher.fetch_url(server.url())).body == RSS


async def test_nothing_behind_a_mended_answer_is_taken_for_the_next_one(server, fetcher):
    """A second answer in the bytes of the first would be read for another address."""
    forged, done = HEAD + b"Content-Length: 6\r\n\r\nforged", asyncio.Event()
    for number, line in enumerate((b"no colon", b" folded", b"X y: 1")):

        async def answer(request, writer, line=line):
            writer.write(
                HEAD + line + b"\r\n" + LENGTH + b"Connection: keep-alive\r\n\r\n" + RSS + forged
            )
            await writer.drain()
            await done.wait()

        server.routes |= {f"/{number}": answer, f"/{number}/next": reply()}
        assert (await fetcher.fetch_url(server.url(f"/{number}"))).body == RSS
        assert (await fetcher.fetch_url(server.url(f"/{number}/next"))).body == RSS
        assert server.paths()[-1] == f"/{number}/next"
    done.set()


@pytest.mark.parametrize("framing", ["length", "chunks", "chunks-with-a-length", "no-body"])
@pytest.mark.parametrize("case", LEFTOVERS)
async def test_what_is_left_of_an_answer_is_not_taken_for_the_next(case, framing, server, fetcher):
    done = asyncio.Event()
    heads = {
        "length": HEAD + LENGTH + b"\r\n" + RSS,
        "chunks": chunked(RSS).replace(b"Connection: close\r\n", b""),
        "chunks-with-a-length": chunked(RSS).replace(
            b"Connection: close",
            b"Content-Length: %d"
            % (len(chunked(RSS).partition(b"\r\n\r\n")[2]) + len(LEFTOVERS[case])),
        ),
        "no-body": b"HTTP/1.1 304 X\r\n\r\n",
    }

    async def answer(request, writer):
        writer.write(heads[framing] + LEFTOVERS[case])
        await writer.drain()
        await done.wait()

    server.routes |= {"/": answer, "/next": reply()}
    with contextlib.suppress(FetchError):  # a 304 is no answer to a first request
        assert (await fetcher.fetch_url(server.url())).body == RSS
    assert (await fetcher.fetch_url(server.url("/next"))).body == RSS
    assert server.paths() == ["/", "/next"]
    done.set()


async def test_a_whole_document_is_not_waited_for_beyond_a_pause(server, quick_fetcher):
    done = asyncio.Event()

    async def too_long(request, writer):
        writer.write(HEAD + b"Content-Length: 5000\r\n\r\n" + RSS)
        await writer.drain()
        await done.wait()

    server.routes["/"] = too_long
    assert (await quick_fetcher.fetch_url(server.url())).body == RSS
    done.set()


async def test_heads_are_mended_behind_tls_and_however_they_are_cut():
    sent = b"HTTP/1.1 103 X\r\nno colon\r\n\r\n" + HEAD + b"no colon\r\n" + LENGTH + b"\r\n" + RSS
    for step in (1, 7, 1000):
        pieces = [sent[start : start + step] for start in range(0, len(sent), step)]
        plain = MendingStream(httpcore.AsyncMockStream(pieces))
        stream = await plain.start_tls(ssl.create_default_context())
        await stream.write(b"GET / HTTP/1.1")
        got = b""
        while more := await stream.read(65_536):
            got += more
        interim, head, body = got.split(b"\r\n\r\n", 2)
        assert PROPER_HEAD.fullmatch(interim + b"\r\n\r\n")
        assert PROPER_HEAD.fullmatch(head + b"\r\n\r\n")
        assert (b"Connection: close" in head, body) == (True, RSS)


@given(
    st.binary(max_size=200) | st.text(alphabet="HTP/1. 20:\r\nab\t", max_size=80).map(str.encode)
)
@example(b"HTTP/1.1 200 OK\n\t\n:\nContent-Length: 1\n\n")
def test_a_mended_head_is_proper_or_unchanged(tail):
    head = b"HTTP/1.1 200 OK\r\n" + tail.replace(b"\n\n", b"").replace(b"\n\r\n", b"") + b"\r\n\r\n"

    made = mended(head)

    assert made == head or PROPER_HEAD.fullmatch(made)
    assert made.count(b"\n") <= head.count(b"\n") + 1
    assert mended(made) == made


@pytest.mark.parametrize("step", [1, 3, 50, 100_000])
@pytest.mark.parametrize("cut", [0, 8, 30])
async def test_a_document_is_taken_as_whole_only_with_its_end(step, cut):
    data = gzip.compress(RSS * 20)
    sent = data[: len(data) - cut]

    if cut <= 8:
        assert await read(sent, "gzip", 100_000, step=step) == RSS * 20
    else:
        with pytest.raises(BrokenEncodingError, match="ends too early"):
            await read(sent, "gzip", 100_000, step=step)


async def test_no_member_of_a_gzip_body_is_lost_however_it_is_cut():
    data = gzip.compress(RSS[:50]) + gzip.compress(RSS[50:90]) + gzip.compress(RSS[90:])
    for step in range(1, 60):
        assert await read(data, "gzip", 10_000, step=step) == RSS


async def test_large_bodies_wait_for_a_turn_and_small_ones_do_not():
    entered = []

    @contextlib.asynccontextmanager
    async def turn():
        entered.append("in")
        yield
        entered.append("out")

    async def zeros(megabytes):
        for _ in range(megabytes):
            yield bytes(2**20)

    await read_body(zeros(5), {}, limit=20 * 2**20, large=turn())
    assert entered == []
    assert len(await read_body(zeros(20), {}, limit=20 * 2**20, large=turn())) == 20 * 2**20
    assert entered == ["in", "out"]
    with pytest.raises(TooLargeError):
        await read_body(zeros(21), {}, limit=20 * 2**20, large=turn())


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
