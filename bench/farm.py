"""A farm of feeds on loopback, each at an address of its own in 127.0.0.0/8.

Run as a program it serves until its standard input ends, and says on a line how many feeds at
which port. Feed n lives at 127.10.x.y, so that the manners toward one host stay as they are.
"""

import asyncio
import contextlib
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial

PATH = "/feed.xml"
_WHO = (
    "The ministry", "A joint team", "The opposition", "An envoy", "The parliament", "The court",
    "A panel of experts", "The agency", "The mayor", "A trade union", "The central bank",
    "The navy", "A health board", "The regulator", "An aid group", "The museum", "A start-up",
    "The railway", "The weather service", "A football club",
)  # fmt: skip
_DID = (
    "postponed its vote on", "welcomed", "criticised", "published a report on", "stopped",
    "resumed", "asked for more time for", "signed an agreement about", "denied delays of",
    "confirmed the start of", "returned to", "cut the funds for", "invited guests to", "lost",
    "won", "opened", "closed", "inspected", "sold", "explained",
)  # fmt: skip
_WHAT = (
    "the search for remains", "the inspections", "a liaison office", "the bridge", "the exercises",
    "the harvest", "the budget", "a vaccine", "the border road", "the test site", "the talks",
    "the exhibition", "the new line", "the storm warning", "the merger", "the ferry", "the cup",
    "the pension plan", "the satellite", "the water treaty",
)  # fmt: skip


def host(number: int) -> str:
    """The address of a feed's host."""
    return f"127.10.{number // 250}.{number % 250 + 1}"


def _sentence(number: int) -> str:
    """One of 8,000 sentences."""
    who, rest = number % 20, number // 20
    return f"{_WHO[who]} {_DID[rest % 20]} {_WHAT[rest // 20 % 20]}."


def document(number: int, items: int) -> bytes:
    """An RSS document of about 600 bytes an item, as agencies publish."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    dice = random.Random(number)
    entries = []
    for n in range(items):
        title, *rest = (_sentence(dice.randrange(8000)) for _ in range(4))
        date = format_datetime(start + timedelta(minutes=37 * n + number), usegmt=True)
        entries.append(
            f"<item><title>{title[:-1]}</title>"
            f"<link>https://outlet{number}.example/2026/{n}?utm_source=rss</link>"
            f'<guid isPermaLink="false">outlet-{number}-{n}</guid><pubDate>{date}</pubDate>'
            f"<description><![CDATA[<p>{' '.join(rest)}</p>]]></description></item>"
        )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
        f"<title>Outlet {number}</title><link>https://outlet{number}.example/</link>"
        f"<description>News</description><language>en</language>{''.join(entries)}"
        f"</channel></rss>"
    ).encode()


class _Connection(asyncio.Protocol):
    """Answers each request at once: the document, or 304 when its validator comes back."""

    def __init__(self, body: bytes, etag: str) -> None:
        head = f"ETag: {etag}\r\nContent-Type: application/rss+xml\r\n"
        self._etag = etag.encode()
        self._full = f"HTTP/1.1 200 OK\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        self._same = f"HTTP/1.1 304 Not Modified\r\n{head}\r\n".encode()
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """A piece of a request."""
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            request, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            same = self._etag in request
            self._transport.write(self._same if same else self._full)


async def serve(feeds: int, items: int) -> None:
    """Serves until standard input ends."""
    loop = asyncio.get_running_loop()
    port = 0
    for number in range(feeds):
        body, etag = document(number, items), f'"feed-{number}"'
        server = await loop.create_server(partial(_Connection, body, etag), host(number), port)
        port = server.sockets[0].getsockname()[1]
    print(port, flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


@dataclass(frozen=True, kw_only=True)
class Farm:
    """A running farm."""

    feeds: int
    port: int
    pid: int

    def urls(self) -> list[str]:
        """The address of each feed."""
        return [f"http://{host(n)}:{self.port}{PATH}" for n in range(self.feeds)]


@contextlib.contextmanager
def farm(feeds: int, items: int) -> Iterator[Farm]:
    """A farm in a process of its own."""
    command = [sys.executable, "-m", "bench.farm", str(feeds), str(items)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Farm(feeds=feeds, port=int(process.stdout.readline()), pid=process.pid)
        process.stdin.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
