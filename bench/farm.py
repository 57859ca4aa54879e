"""A farm of feeds on loopback, each at an address of its own in 127.0.0.0/8.

Run as a program it serves until its standard input ends, and says on a line how many feeds at
which port. Feed n lives at 127.10.x.y, so that the manners toward one host stay as they are.
"""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from functools import partial
from xml.sax.saxutils import escape

from bench.farm_news import Story, news_of

PATH = "/feed.xml"


def host(number: int) -> str:
    """The address of a feed's host."""
    return f"127.10.{number // 250}.{number % 250 + 1}"


def document(number: int, items: int) -> bytes:
    """A feed's document: one of three kinds, as agencies, blog engines and Atom sites publish."""
    site = f"https://outlet{number}.example"
    stories = news_of(number, items)
    kinds = (_agency, _blog, _atom)
    return kinds[number % len(kinds)](site, f"Outlet {number}", stories).encode()


def _agency(site: str, name: str, stories: Sequence[Story]) -> str:
    entries = "".join(
        f"<item><title>{escape(story.title)}</title>"
        f"<link>{site}/2026/{n}?utm_source=rss</link>"
        f'<guid isPermaLink="false">{site}-{n}</guid>'
        f"<pubDate>{format_datetime(story.at, usegmt=True)}</pubDate>"
        f"<description><![CDATA[<p>{escape(story.paragraphs[0])}</p>]]></description></item>\n"
        for n, story in enumerate(stories)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>'
        f"<title>{name}</title><link>{site}/</link>"
        f"<description>News</description><language>en</language>{entries}</channel></rss>"
    )


def _blog(site: str, name: str, stories: Sequence[Story]) -> str:
    entries = "".join(
        f"""<item>
    <title>{escape(story.title)}</title>
    <link>{site}/2026/01/{n}/</link>
    <comments>{site}/2026/01/{n}/#respond</comments>
    <dc:creator><![CDATA[Newsroom]]></dc:creator>
    <pubDate>{format_datetime(story.at)}</pubDate>
    <category><![CDATA[News]]></category>
    <category><![CDATA[{story.field}]]></category>
    <guid isPermaLink="false">{site}/?p={n}</guid>
    <description><![CDATA[{escape(story.paragraphs[0])} [&#8230;]]]></description>
    <content:encoded><![CDATA[{_html(story)}]]></content:encoded>
</item>
"""
        for n, story in enumerate(stories)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
    xmlns:content="http://purl.org/rss/1.0/modules/content/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:atom="http://www.w3.org/2005/Atom"
    xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel>
    <title>{name}</title>
    <atom:link href="{site}/feed/" rel="self" type="application/rss+xml" />
    <link>{site}</link>
    <description>News from the region</description>
    <language>en-GB</language>
    <sy:updatePeriod>hourly</sy:updatePeriod>
    <sy:updateFrequency>1</sy:updateFrequency>
{entries}</channel>
</rss>"""


def _html(story: Story) -> str:
    return "".join(f"<p>{escape(paragraph)}</p>" for paragraph in story.paragraphs)


def _atom(site: str, name: str, stories: Sequence[Story]) -> str:
    entries = "".join(
        f"""<entry><id>tag:{site[8:]},2026:{n}</id><title type="text">{escape(story.title)}</title>
<link rel="alternate" type="text/html" href="{site}/a/{n}"/>
<published>{story.at.isoformat()}</published><updated>{story.at.isoformat()}</updated>
<author><name>Newsroom</name></author>
<summary type="html">{escape(f"<p>{escape(story.paragraphs[0])}</p>")}</summary></entry>
"""
        for n, story in enumerate(stories)
    )
    return f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>{name}</title><id>{site}/</id>
<link rel="self" href="{site}/atom.xml"/><link href="{site}/"/>
<updated>{stories[0].at.isoformat()}</updated>
{entries}</feed>"""


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

    def feed_list(self) -> str:
        """All of them as feeds.yaml."""
        return "feeds:\n" + "".join(f"  - url: {url}\n" for url in self.urls())


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
