"""Fetching one feed: conditional, polite, guarded, bounded.

    async with Fetcher(user_agent="...") as fetcher:
        answer = await fetcher.fetch(feed)      # Fetched | NotModified, or FetchError is raised

A request waits first for a place among all requests, then, for each hop, for a turn toward its
host; what holds a turn has a place already, so that no two requests wait for each other.

Each redirect is followed by hand, so that the guard judges every hop. At most `limits.concurrent`
requests run at once, at most `limits.per_host` toward one host, and none toward a host that
throttles us. Redirects, cookies, proxies and credentials are not for a library to decide, so only
the connection pool below httpx's client is used.
"""

import asyncio
import contextlib
import hashlib
import re
import ssl
from collections import deque
from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import httpcore
import httpx

from bot.domain.clock import Clock, system_clock
from bot.domain.errors import FetchError
from bot.domain.feed import Feed
from bot.domain.rhythm import SILENT_AT_LEAST, TIMES
from bot.domain.urls import host_of, in_ascii, url_problem, web_address
from bot.ingest.http.bot_challenge import CHALLENGE_STATUS, MAX_PAGE
from bot.ingest.http.errors import EXPECTED, THROTTLED, failure_of, status_error
from bot.ingest.http.response import (
    ACCEPT_ENCODING,
    VALIDATOR,
    Fetched,
    NotModified,
    freshness,
    read_body,
)
from bot.ingest.http.ssrf import (
    BlockedError,
    GuardedBackend,
    Network,
    Resolver,
    host_refusal,
    system_resolver,
)

_ACCEPT: Final = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"
)
_PERMANENT: Final = frozenset({301, 308})
_REDIRECTS: Final = _PERMANENT | {302, 303, 307}
_NOT_MODIFIED: Final = 304
_GOOD: Final = frozenset({200, 203})
_PAGE_SECONDS: Final = 2.0
# Feeds live on many hosts: a connection is worth keeping for a redirect, not longer; and the pool
# looks at every idle one at each request.
_IDLE: Final = 4
_IDLE_SECONDS: Final = 5.0
# Requests at once, and feeds in hand, toward one host.
PER_HOST: Final = 2
LONGEST_REST: Final = timedelta(days=1)
_BUSY: Final = frozenset({429, 503})
# Bodies beyond `LARGE_BYTES` that are read at once.
_LARGE_AT_ONCE: Final = 2
_NOT_UTF8: Final = re.compile("[\udc80-\udcff]")
# Browsers keep no longer cookie (RFC 6265bis, 5.7), and servers mostly read no longer header.
_COOKIE: Final = re.compile(rb"[\x20-\x7e]{1,4096}")
_MAX_COOKIES: Final = 50
_MAX_COOKIE_HEADER: Final = 8192
_DOUBTED_AT_LEAST: Final = timedelta(days=1)
# A list has many feeds that are silent and honest: not all are asked at once after a start.
_MOST_DOUBTS: Final = 10
_DOUBTS_WITHIN: Final = timedelta(minutes=5)


def _holds(until: datetime, now: datetime) -> bool:
    """Whether a host still rests; further ahead it was put by a clock that was wrong."""
    return now < until <= now + LONGEST_REST


class HostBackoff:
    """Until when each host throttles us.

    A 429 or 503 with Retry-After (RFC 9110, 10.2.3) speaks of the client, so it holds for all of
    its host: until then nothing there is asked. For at most a day, because one address may be
    under another's limit, and then one of them is asked again. It is kept in the process alone:
    each feed's own wait is in the ledger.
    """

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}

    def note(self, host: str, error: FetchError, *, now: datetime) -> None:
        """Takes in a host's refusal; what is over is forgotten."""
        self._until = {one: at for one, at in self._until.items() if _holds(at, now)}
        if error.status in _BUSY and error.retry_after:
            until = now + min(error.retry_after, LONGEST_REST)
            self._until[host] = max(until, self._until.get(host, until))

    def check(self, host: str, *, url: str, now: datetime) -> None:
        """Does nothing where the host may be asked.

        Raises:
            FetchError: Of the kind `THROTTLED`, with what is left of the wait as `retry_after`.
        """
        until = self._until.get(host, now)
        if _holds(until, now):
            message = f"{host} has asked to be left alone until {until:%Y-%m-%d %H:%M} UTC"
            raise FetchError(message, url=url, kind=THROTTLED, retry_after=until - now)


def is_doubtful(feed: Feed, *, now: datetime) -> bool:
    """Whether it is hard to believe of a feed that it has not been modified.

    Nothing new has come for five times its usual gap, and for a day at least; for a week where the
    gap is not known. Some servers and caches say "not modified" for ever.
    """
    if feed.newest_at is None:
        return False
    patience = SILENT_AT_LEAST if feed.hints.gap is None else TIMES * feed.hints.gap
    return now - feed.newest_at > max(patience, _DOUBTED_AT_LEAST)


def _no_cookies() -> httpx.Cookies:
    """A jar whose cookies go back to the host that set them, or to the domain that it named.

    The domain must be its own, and none under which strangers register theirs (`co.uk`).
    """
    strict = DefaultCookiePolicy.DomainStrictNonDomain
    return httpx.Cookies(
        CookieJar(DefaultCookiePolicy(strict_domain=True, strict_ns_domain=strict))
    )


@dataclass(slots=True)
class RedirectChain:
    """One request with its redirects, and the time that is left for it."""

    feed: Feed
    url: str
    seconds_left: float
    hops: int = 0
    permanent: bool = True
    cookies: httpx.Cookies | None = None

    def follow(self, response: httpcore.Response, location: bytes, most: int) -> None:
        """Goes on to where a response points, with the cookies that it sets."""
        if self.hops >= most:
            message = "the server sends us on and on; look for the feed's new address"
            raise FetchError(message, url=self.feed.url, kind="redirects")
        self.hops += 1
        self.permanent = self.permanent and response.status in _PERMANENT
        set_cookies = [
            (name, value) for name, value in response.headers
            if name.lower() == b"set-cookie" and _COOKIE.fullmatch(value)
        ]  # fmt: skip
        # Bytes that are no UTF-8 are percent-encoded one by one, as browsers do.
        text = location.decode("utf-8", "surrogateescape")
        text = _NOT_UTF8.sub(lambda m: f"%{ord(m[0]) & 0xFF:02X}", text)
        try:
            here = httpx.URL(in_ascii(self.url))
            self.url = web_address(str(here.join(web_address(text))))
        except (httpx.InvalidURL, ValueError) as error:
            message = "the server sends us on to something that is no address"
            raise FetchError(message, url=self.feed.url, kind="redirects") from error
        if set_cookies:
            self.cookies = _no_cookies() if self.cookies is None else self.cookies
            asked = httpx.Request("GET", here)
            answer = httpx.Response(302, headers=set_cookies[:_MAX_COOKIES], request=asked)
            self.cookies.extract_cookies(answer)

    def cookie(self) -> str | None:
        """The Cookie header for the next request; None when there is none to send."""
        request = httpx.Request("GET", in_ascii(self.url))
        (self.cookies or _no_cookies()).set_cookie_header(request)
        cookie = request.headers.get("cookie", "")
        return cookie if 0 < len(cookie) <= _MAX_COOKIE_HEADER else None

    def check(self) -> None:
        """Refuses an address by its spelling; where its name leads is judged on connecting."""
        if problem := url_problem(self.url):
            kind = "redirects" if self.hops else "scheme"
            what = "the server sends us on to an address that" if self.hops else "the address"
            raise FetchError(f"{what} {problem[0]}; {problem[1]}", url=self.feed.url, kind=kind)
        if reason := host_refusal(urlsplit(self.url).hostname or ""):
            raise BlockedError(f"leads to {reason}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one fetch may take.

    Attributes:
        body_bytes: Size of a body, both as sent and as decoded; few large ones are read at once.
        redirects: Hops after the first request.
        connect: For the name, the connection and TLS, each.
        read: Between two pieces of an answer.
        total: For everything, redirects included.
        concurrent: Requests at once, over all hosts.
        per_host: Requests at once toward one host.
    """

    body_bytes: int = 20 * 1024 * 1024
    redirects: int = 5
    connect: timedelta = timedelta(seconds=5)
    read: timedelta = timedelta(seconds=15)
    total: timedelta = timedelta(seconds=30)
    concurrent: int = 16
    per_host: int = PER_HOST


class Fetcher:
    """Fetches feeds over one guarded transport; an async context manager.

    Args:
        user_agent: Who we are, with a contact address (RFC 9110, 10.1.5).
        allow_networks: Networks that feeds may live in although they are not public.
        ssl_context: Trusted certificates; the system's usual ones when None.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        allow_networks: Sequence[Network] = (),
        limits: Limits | None = None,
        resolver: Resolver = system_resolver,
        clock: Clock = system_clock,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._clock = clock
        self._turns = asyncio.Semaphore(self.limits.concurrent)
        # Turns toward each host, forgotten when no request holds or awaits one.
        self._turns_at: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._large = asyncio.Semaphore(_LARGE_AT_ONCE)
        self._backoff = HostBackoff()
        # The newest item of each feed whose server was asked once whether that is true.
        self._doubted: dict[int, datetime] = {}
        self._last_doubts: deque[datetime] = deque(maxlen=_MOST_DOUBTS)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context or httpx.create_ssl_context(),
            max_connections=self.limits.concurrent,
            max_keepalive_connections=_IDLE,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=GuardedBackend(resolver=resolver, allowed=allow_networks),
        )
        self._headers = (
            ("User-Agent", user_agent),
            ("Accept", _ACCEPT),
            ("Accept-Encoding", ACCEPT_ENCODING),
            ("Connection", "keep-alive"),
        )
        read, connect = self.limits.read.total_seconds(), self.limits.connect.total_seconds()
        self._timeout = {"connect": connect, "read": read, "write": read, "pool": read}

    async def __aenter__(self) -> Self:
        """Opens the pool."""
        await self._pool.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Closes every connection."""
        await self._pool.__aexit__(exc_type, exc_value, traceback)

    async def fetch(self, feed: Feed) -> Fetched | NotModified:
        """The feed's document, or `NotModified` when it has not changed since the last time.

        A document with the same bytes as the last one counts as not modified, whatever the
        status was. A 304 that is doubtful (`is_doubtful`) is followed by one request without
        conditions, once for each newest item while the bot runs, of few feeds in a few minutes.

        Raises:
            FetchError: With a kind and a sentence for the person who keeps the list.
        """
        seconds = self.limits.total.total_seconds()
        chain = RedirectChain(feed, web_address(feed.url), seconds)
        doubted: NotModified | None = None
        try:
            async with self._turns:
                while True:
                    chain.check()
                    answer = await self._hop(chain)
                    if answer is None:
                        continue
                    if not (isinstance(answer, NotModified) and self._doubts(feed, answer)):
                        return answer
                    doubted = answer
                    plain = replace(feed, etag=None, last_modified=None)
                    chain = RedirectChain(plain, web_address(feed.url), chain.seconds_left)
        except (FetchError, *EXPECTED) as error:
            if doubted is not None:  # it was a good answer
                return doubted
            if isinstance(error, FetchError):
                raise
            raise failure_of(error, url=feed.url, at=chain.url, seconds=seconds) from error

    def _doubts(self, feed: Feed, answer: NotModified) -> bool:
        """Whether to ask plainly now; it is noted, so that it happens once, and not for many."""
        newest, now, last = feed.newest_at, self._clock(), self._last_doubts
        if answer.sent or newest is None or not is_doubtful(feed, now=now):
            return False
        if self._doubted.get(feed.id) == newest:
            return False
        if len(last) == _MOST_DOUBTS and now - last[0] < _DOUBTS_WITHIN:
            return False
        self._doubted[feed.id] = newest
        last.append(now)
        return True

    async def fetch_url(self, url: str) -> Fetched:
        """The document at any address, unconditionally, by the same rules.

        Raises:
            FetchError: See `fetch`.
        """
        answer = await self.fetch(Feed(id=0, url=url, title=""))
        if isinstance(answer, NotModified):
            message = "the server says that nothing has changed, though we have nothing yet"
            raise FetchError(message, url=url, kind="status", status=_NOT_MODIFIED)
        return answer

    async def _hop(self, chain: RedirectChain) -> Fetched | NotModified | None:
        """One request; None when it leads on. Waiting for a turn costs nothing of the time."""
        loop, host = asyncio.get_running_loop(), host_of(chain.url)
        turns = self._turns_at.setdefault(host, asyncio.Semaphore(self.limits.per_host))
        async with turns:
            self._backoff.check(host, url=chain.feed.url, now=self._clock())
            begun = loop.time()
            try:
                async with asyncio.timeout(chain.seconds_left):
                    return await self._request(chain)
            finally:
                chain.seconds_left -= loop.time() - begun

    async def _request(self, chain: RedirectChain) -> Fetched | NotModified | None:
        url, feed = httpx.URL(in_ascii(chain.url)), chain.feed
        optional = (
            ("If-None-Match", feed.etag), ("If-Modified-Since", feed.last_modified),
            ("Cookie", chain.cookie() if chain.cookies else None),
        )  # fmt: skip
        request = self._pool.stream(
            "GET",
            httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=[
                ("Host", url.netloc.decode("ascii")),
                *self._headers,
                *((name, value) for name, value in optional if value),
            ],
            extensions={"timeout": self._timeout},
        )
        async with request as response:
            locations = (value for name, value in response.headers if name.lower() == b"location")
            if response.status in _REDIRECTS and (location := next(locations, None)) is not None:
                chain.follow(response, location, self.limits.redirects)
                return None
            return await self._answer(chain, response, httpx.Headers(response.headers))

    async def _answer(
        self, chain: RedirectChain, response: httpcore.Response, headers: httpx.Headers
    ) -> Fetched | NotModified:
        now, status = self._clock(), response.status
        # Where the feed lives now, without a fragment, when every hop was permanent.
        moved_to = chain.url.partition("#")[0] if chain.hops and chain.permanent else None
        # A validator that cannot be stored and sent back, a hostile one, is dropped.
        etag, last_modified = (
            value if value and VALIDATOR.fullmatch(value) else None
            for value in (headers.get("etag"), headers.get("last-modified"))
        )
        fields: dict[str, Any] = {
            "final_url": chain.url, "permanent_url": moved_to, "etag": etag,
            "last_modified": last_modified, "fresh_for": freshness(headers, now=now),
        }  # fmt: skip
        if status == _NOT_MODIFIED:
            return NotModified(**fields)
        chunks = response.aiter_stream()
        if status not in _GOOD:
            page = await self._page(chunks, headers) if status in CHALLENGE_STATUS else b""
            error = status_error(status, headers, url=chain.feed.url, now=now, page=page)
            self._backoff.note(host_of(chain.url), error, now=now)
            raise error
        limit = self.limits.body_bytes
        body = await read_body(chunks, headers, limit=limit, large=self._large)
        body_hash = hashlib.sha256(body).hexdigest()
        if body_hash == chain.feed.body_hash:
            return NotModified(**fields, sent=True)
        content_type = headers.get("content-type")
        return Fetched(**fields, body=body, body_hash=body_hash, content_type=content_type)

    async def _page(self, chunks: AsyncIterable[bytes], headers: httpx.Headers) -> bytes:
        """What a refusal came with, to see whose it is; empty when it is not to be had quickly."""
        with contextlib.suppress(*EXPECTED):
            async with asyncio.timeout(_PAGE_SECONDS):
                return await read_body(chunks, headers, limit=MAX_PAGE)
        return b""
