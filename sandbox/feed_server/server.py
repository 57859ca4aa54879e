"""The feed server: the web site of all outlets, replayed by a clock.

Answers carry the replay's time in Date and Last-Modified, so that a time-lapse is consistent for
the reader of the feed. Conditional requests and coding are those of RFC 9110.
"""

import gzip
import hashlib
import json
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import Self

from aiohttp import hdrs, web

from bot.domain.clock import Clock
from sandbox.feed_server.documents import RENDERERS
from sandbox.feed_server.loader import load_chronology
from sandbox.feed_server.model import Chronology, Outlet
from sandbox.feed_server.publication import (
    Channel,
    FeedEntry,
    channel_at,
    entry_at,
    feed_path,
    home_path,
)

# "Any current representation" in If-None-Match (RFC 9110, 13.1.2).
ANY_TAG = "*"


@dataclass(frozen=True, kw_only=True, slots=True)
class Representation:
    """The bytes that one request would get, and what identifies their version.

    Attributes:
        body: As sent, after coding.
        etag: The opaque tag without quotes; strong, so each content coding has its own
            (RFC 9110, 8.8.3.3).
        last_modified: When the document last changed, whole seconds.
        coding: `gzip`, or None for none.
    """

    body: bytes
    etag: str
    last_modified: datetime
    coding: str | None = None


def represent(document: bytes, *, last_modified: datetime, gzipped: bool) -> Representation:
    """The document as it is sent, compressed if asked for; the same input gives the same bytes."""
    digest = hashlib.sha256(document).hexdigest()[:32]
    moment = last_modified.replace(microsecond=0)
    if not gzipped:
        return Representation(body=document, etag=digest, last_modified=moment)
    return Representation(
        body=gzip.compress(document, mtime=0),
        etag=f"{digest}-gzip",
        last_modified=moment,
        coding="gzip",
    )


def is_not_modified(
    current: Representation, *, tags: Sequence[str] | None, since: datetime | None
) -> bool:
    """Whether a GET is answered with 304 (RFC 9110, 13.2.2).

    Args:
        current: What a 200 would send.
        tags: The opaque tags of If-None-Match; None when the field is absent. Compared weakly.
        since: If-Modified-Since; None when absent or no date. Heeded only without If-None-Match.
    """
    if tags is not None:
        return any(tag in (ANY_TAG, current.etag) for tag in tags)
    return since is not None and current.last_modified <= since


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether the Accept-Encoding value allows gzip (RFC 9110, 12.5.3).

    Named `gzip` decides, else `*`; a weight of 0 forbids. An empty value accepts no coding.
    """
    weights: dict[str, str] = {}
    for part in accept_encoding.lower().split(","):
        coding, _, weight = part.partition(";")
        weights[coding.strip()] = weight.replace(" ", "").removeprefix("q=") or "1"
    weight = weights.get("gzip", weights.get("*", "0"))
    return weight.strip("0.") != ""


def index_page(channel: Channel) -> str:
    """An outlet's page as admins paste it: its feed is named in `<link rel="alternate">` only."""
    outlet = channel.outlet
    items = "\n".join(
        f'<li><a href="{escape(entry.url)}">{escape(entry.title)}</a></li>'
        for entry in channel.entries
    )
    head = f"<h1>{escape(outlet.title)}</h1>\n<p>{escape(outlet.description)}</p>"
    body = f"{head}\n<ul>\n{items}\n</ul>"
    return _page(outlet.title, body, outlet=outlet)


def article_page(outlet: Outlet, entry: FeedEntry) -> str:
    """A report to read."""
    body = (
        f"<article>\n<h1>{escape(entry.title)}</h1>\n"
        f'<p><time datetime="{entry.published_at.isoformat()}">'
        f"{entry.published_at:%d %B %Y, %H:%M} UTC</time></p>\n"
        f"<p>{escape(entry.summary)}</p>\n</article>\n"
        f'<p><a href="{home_path(outlet)}">{escape(outlet.title)}</a></p>'
    )
    return _page(f"{entry.title} | {outlet.title}", body, outlet=outlet)


def _page(title: str, body: str, outlet: Outlet | None = None) -> str:
    language = "en" if outlet is None else outlet.language
    feed = "" if outlet is None else _feed_link(outlet)
    return (
        f'<!doctype html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n{feed}</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _feed_link(outlet: Outlet) -> str:
    """Relative, as most sites have it, so that discovery has to resolve it."""
    renderer = RENDERERS[outlet.format]
    media_type = renderer.link_type or renderer.media_type
    return (
        f'<link rel="alternate" type="{media_type}" title="{escape(outlet.title)}" '
        f'href="{feed_path(outlet)}">\n'
    )


# How long an answer may be kept without asking again.
MAX_AGE_S = 300


class Site:
    """Answers every address of the feed server.

    Args:
        chronology: What is replayed.
        clock: Decides what is out.
        base_url: The server's address without a slash at the end.
    """

    def __init__(self, chronology: Chronology, *, clock: Clock, base_url: str) -> None:
        self._chronology = chronology
        self._clock = clock
        self._base_url = base_url
        self._homes = {home_path(outlet): outlet for outlet in chronology.outlets}
        self._feeds = {feed_path(outlet): outlet for outlet in chronology.outlets}
        self._articles = {
            # The earliest of several that share an address (published again with another query).
            report.path.partition("?")[0]: report
            for report in reversed(chronology.reports)
        }

    def app(self) -> web.Application:
        """The aiohttp application; GET and HEAD, other methods are refused."""
        app = web.Application()
        app.router.add_get("/{path:.*}", self.answer)
        return app

    async def answer(self, request: web.Request) -> web.Response:
        """An index page, a feed or an article.

        Raises:
            web.HTTPNotFound: Nothing is there, or it is not out yet.
        """
        path, now = request.path, self._clock().astimezone(UTC)
        if outlet := self._feeds.get(path):
            return self._feed(request, outlet, now)
        if outlet := self._homes.get(path):
            channel = channel_at(self._chronology, outlet, now=now, server=self._base_url)
            return _html(index_page(channel), now)
        report = self._articles.get(path)
        if report is None or report.published_at > now:
            raise web.HTTPNotFound(text="Nothing is published here.", headers=_date(now))
        entry = entry_at(report, now=now, server=self._base_url)
        return _html(article_page(self._chronology.outlet(report.outlet), entry), now)

    def _feed(self, request: web.Request, outlet: Outlet, now: datetime) -> web.Response:
        channel = channel_at(self._chronology, outlet, now=now, server=self._base_url)
        renderer = RENDERERS[outlet.format]
        current = represent(
            renderer.render(channel),
            last_modified=channel.updated_at,
            gzipped=accepts_gzip(request.headers.get(hdrs.ACCEPT_ENCODING, "")),
        )
        headers = _headers(current, now)
        tags = request.if_none_match
        if is_not_modified(
            current,
            tags=None if tags is None else [tag.value for tag in tags],
            since=request.if_modified_since,
        ):
            return web.Response(status=304, headers=headers)
        headers[hdrs.CONTENT_TYPE] = renderer.content_type
        if current.coding is not None:
            headers[hdrs.CONTENT_ENCODING] = current.coding
        return web.Response(body=current.body, headers=headers)


def _date(now: datetime) -> dict[str, str]:
    return {hdrs.DATE: format_datetime(now, usegmt=True)}


def _headers(current: Representation, now: datetime) -> dict[str, str]:
    """The fields that a 200 and a 304 share (RFC 9110, 15.4.5)."""
    return _date(now) | {
        hdrs.ETAG: f'"{current.etag}"',
        hdrs.LAST_MODIFIED: format_datetime(current.last_modified, usegmt=True),
        hdrs.CACHE_CONTROL: f"max-age={MAX_AGE_S}",
        hdrs.VARY: hdrs.ACCEPT_ENCODING,
    }


def _html(text: str, now: datetime) -> web.Response:
    return web.Response(text=text, content_type="text/html", headers=_date(now))


_SHUTDOWN_S = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class OutletFeed:
    """One feed of the feed server, as a feed list has it.

    Attributes:
        title: The outlet's title.
        url: The feed's address on the running server.
        category: For grouping.
        language: BCP 47 tag.
    """

    title: str
    url: str
    category: str
    language: str


class FeedServer:
    """A feed server on loopback, replaying a chronology by a clock.

    Each moment that the clock names has its own state of every feed, so a test or a demo moves on
    by moving the clock.

    Attributes:
        base_url: The server's address, without a slash at the end.
        chronology: What is replayed.
    """

    def __init__(self, chronology: Chronology, *, base_url: str) -> None:
        self.chronology = chronology
        self.base_url = base_url

    @classmethod
    @asynccontextmanager
    async def start(
        cls,
        *,
        clock: Clock,
        host: str = "127.0.0.1",
        port: int = 0,
        chronology: Chronology | None = None,
    ) -> AsyncIterator[Self]:
        """A feed server that serves until the context ends.

        Args:
            clock: Decides what is published.
            host: The address to listen on.
            port: The port; 0 for any free one.
            chronology: What to replay; None for the one that comes with the bot.

        Raises:
            OSError: The port is taken.
        """
        replayed = chronology or load_chronology()
        async with AsyncExitStack() as stack:
            listening = stack.enter_context(socket.create_server((host, port)))
            base_url = f"http://{host}:{listening.getsockname()[1]}"
            runner = web.AppRunner(
                Site(replayed, clock=clock, base_url=base_url).app(),
                access_log=None,
                shutdown_timeout=_SHUTDOWN_S,
            )
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.SockSite(runner, listening).start()
            yield cls(replayed, base_url=base_url)

    @property
    def feeds(self) -> tuple[OutletFeed, ...]:
        """The feeds of the feed list, in its order; without `extra_feed`."""
        outlets = self.chronology.outlets
        return tuple(self.feed(outlet.id) for outlet in outlets if not outlet.kept_out)

    @property
    def extra_feed(self) -> OutletFeed:
        """The one feed that is left for an admin to add."""
        outlets = self.chronology.outlets
        return next(self.feed(outlet.id) for outlet in outlets if outlet.kept_out)

    def feed(self, outlet_id: str) -> OutletFeed:
        """One outlet's feed.

        Raises:
            NotFoundError: No outlet has that id.
        """
        outlet = self.chronology.outlet(outlet_id)
        return OutletFeed(
            title=outlet.title,
            url=f"{self.base_url}{feed_path(outlet)}",
            category=outlet.category,
            language=outlet.language,
        )

    def feeds_yaml(self, *, every: str = "30m") -> str:
        """The text of a feeds.yaml that lists `feeds`; `every` is its default interval."""
        lines = ["# The pretend outlets.", "defaults:", f"  every: {every}", "feeds:"]
        for feed in self.feeds:
            # JSON strings without \u escapes are YAML strings too (YAML 1.2, section 1.2).
            lines += [
                f"  - url: {json.dumps(feed.url, ensure_ascii=False)}",
                f"    title: {json.dumps(feed.title, ensure_ascii=False)}",
                f"    category: {json.dumps(feed.category, ensure_ascii=False)}",
                f"    language: {json.dumps(feed.language, ensure_ascii=False)}",
            ]
        return "\n".join(lines) + "\n"
