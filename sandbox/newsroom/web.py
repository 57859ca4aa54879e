"""The newsroom's web server: routes and answers on aiohttp.

Answers carry the newsroom's own time in Date and Last-Modified, so that a time-lapse is consistent
for the reader of the feed.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

from aiohttp import hdrs, web

from bot.domain.clock import Clock
from sandbox.newsroom.conditional import (
    Representation,
    accepts_gzip,
    is_not_modified,
    represent,
)
from sandbox.newsroom.formats import RENDERERS
from sandbox.newsroom.model import Chronology, Outlet
from sandbox.newsroom.pages import article_page, front_page, index_page
from sandbox.newsroom.publication import channel_at, entry_at, feed_path, home_path

MAX_AGE_S = 300
"""How long an answer may be kept without asking again, in seconds."""


@dataclass(kw_only=True, slots=True)
class RequestCounts:
    """How often one feed was asked for.

    Attributes:
        fetched: Answered with the document (200).
        not_modified: Answered with 304.
        refused: Answered with the fault that was set.
    """

    fetched: int = 0
    not_modified: int = 0
    refused: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """What a broken feed answers with.

    Attributes:
        status: The HTTP status.
        retry_after_s: The Retry-After field in seconds; None leaves it out.
    """

    status: int
    retry_after_s: int | None = None


@dataclass(kw_only=True, slots=True)
class State:
    """What the web server and its owner share; touched on one event loop only.

    Attributes:
        chronology: What is replayed.
        clock: Decides what is out.
        base_url: The server's address without a slash at the end; empty until it listens.
        faults: Broken feeds, by outlet id.
        counts: Requests so far, by outlet id.
    """

    chronology: Chronology
    clock: Clock
    base_url: str = ""
    faults: dict[str, Fault] = field(default_factory=dict)
    counts: dict[str, RequestCounts] = field(default_factory=dict)


class Site:
    """Answers every address of the newsroom."""

    def __init__(self, state: State) -> None:
        self._state = state
        outlets = state.chronology.outlets
        self._homes = {home_path(outlet): outlet for outlet in outlets}
        self._feeds = {feed_path(outlet): outlet for outlet in outlets}
        self._articles = {
            # The earliest of several that share an address (published again with another query).
            report.path.partition("?")[0]: report
            for report in reversed(state.chronology.reports)
        }

    def app(self) -> web.Application:
        """The aiohttp application; GET and HEAD, other methods are refused."""
        app = web.Application()
        app.router.add_get("/{path:.*}", self.answer)
        return app

    async def answer(self, request: web.Request) -> web.Response:
        """The front page, an index page, a feed or an article.

        Raises:
            web.HTTPNotFound: Nothing is there, or it is not out yet.
        """
        state, path = self._state, request.path
        now = state.clock().astimezone(UTC)
        if path == "/":
            return _html(front_page(state.chronology), now)
        if outlet := self._feeds.get(path):
            return self._feed(request, outlet, now)
        if outlet := self._homes.get(path):
            channel = channel_at(state.chronology, outlet, now=now, server=state.base_url)
            return _html(index_page(channel), now)
        report = self._articles.get(path)
        if report is None or report.published_at > now:
            raise web.HTTPNotFound(text="Nothing is published here.", headers=_date(now))
        entry = entry_at(report, now=now, server=state.base_url)
        return _html(article_page(state.chronology.outlet(report.outlet), entry), now)

    def _feed(self, request: web.Request, outlet: Outlet, now: datetime) -> web.Response:
        state = self._state
        counts = state.counts.setdefault(outlet.id, RequestCounts())
        if fault := state.faults.get(outlet.id):
            counts.refused += 1
            return _broken(fault, now)
        channel = channel_at(state.chronology, outlet, now=now, server=state.base_url)
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
            counts.not_modified += 1
            return web.Response(status=304, headers=headers)
        counts.fetched += 1
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


def _broken(fault: Fault, now: datetime) -> web.Response:
    headers = _date(now)
    if fault.retry_after_s is not None:
        headers[hdrs.RETRY_AFTER] = str(fault.retry_after_s)
    return web.Response(status=fault.status, text="This feed is broken.", headers=headers)
