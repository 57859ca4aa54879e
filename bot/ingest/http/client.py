"""Fetching one feed: conditional, polite, guarded, bounded.

    async with Fetcher(user_agent="...") as fetcher:
        answer = await fetcher.fetch(feed)      # Fetched | NotModified, or FetchError is raised

A request waits first for a place among all requests, then, for each hop, for a turn toward its
host; what holds a turn has a place already, so that no two requests wait for each other.

Each redirect is followed by hand, so that the guard judges every hop. At most `limits.concurrent`
requests run at once, at most `limits.per_host` toward one host, and none toward a host that
throttles us (`bot.ingest.http.throttle`). Cookies are not kept, and proxies or credentials named in
the environment (HTTP_PROXY, .netrc) are not used.
"""

import asyncio
import contextlib
import hashlib
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import httpx

from bot.domain.clock import Clock, system_clock
from bot.domain.errors import FetchError
from bot.domain.feed import Feed, Validators
from bot.domain.urls import host_of, in_ascii, url_problem
from bot.ingest.http.bot_challenge import CHALLENGE_STATUS
from bot.ingest.http.decode import ACCEPT_ENCODING, TooLargeError, decoder_for
from bot.ingest.http.errors import EXPECTED, failure_of, status_error
from bot.ingest.http.response import Fetched, NotModified, answer_fields
from bot.ingest.http.ssrf import Network, host_refusal
from bot.ingest.http.throttle import PER_HOST, HostBackoff
from bot.ingest.http.transport import BlockedError, GuardedTransport, Resolver, system_resolver

_ACCEPT: Final = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"
)
_PERMANENT: Final = frozenset({301, 308})
_REDIRECTS: Final = _PERMANENT | {302, 303, 307}
_NOT_MODIFIED: Final = 304
_GOOD: Final = frozenset({200, 203})
_PAGE_SECONDS: Final = 2.0


@dataclass(slots=True)
class RedirectChain:
    """One request with its redirects, and the time that is left for it."""

    start: str
    url: str
    known: Validators
    seconds_left: float
    hops: int = 0
    permanent: bool = True

    def follow(self, response: httpx.Response, most: int) -> None:
        """Goes on to where the response points."""
        if self.hops >= most:
            message = "the server sends us on and on; look for the feed's new address"
            raise FetchError(message, url=self.start, kind="redirects")
        self.hops += 1
        self.permanent = self.permanent and response.status_code in _PERMANENT
        try:
            self.url = str(httpx.URL(in_ascii(self.url)).join(response.headers["location"].strip()))
        except (httpx.InvalidURL, ValueError) as error:
            message = "the server sends us on to something that is no address"
            raise FetchError(message, url=self.start, kind="redirects") from error

    def check(self) -> None:
        """Refuses an address by its spelling; where its name leads is judged on connecting."""
        if problem := url_problem(self.url):
            kind = "redirects" if self.hops else "scheme"
            what = "the server sends us on to an address that" if self.hops else "the address"
            raise FetchError(f"{what} {problem[0]}; {problem[1]}", url=self.start, kind=kind)
        if reason := host_refusal(urlsplit(self.url).hostname or ""):
            raise BlockedError(f"leads to {reason}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one fetch may take.

    Attributes:
        body_bytes: Size of a body, both as sent and as decoded.
        redirects: Hops after the first request.
        connect: For the name, the connection and TLS, each.
        read: Between two pieces of an answer.
        total: For everything, redirects included.
        concurrent: Requests at once, over all hosts.
        per_host: Requests at once toward one host.
    """

    body_bytes: int = 5 * 1024 * 1024
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
        limits: See `Limits`.
        resolver: How names become addresses.
        clock: For Retry-After dates.
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
        self._hosts: dict[str, _Place] = {}
        self._backoff = HostBackoff()
        # Redirects, cookies and credentials are not for httpx to decide, so its client is left out.
        self._transport = GuardedTransport(
            resolver=resolver,
            allowed=allow_networks,
            ssl_context=ssl_context or httpx.create_ssl_context(),
            max_connections=self.limits.concurrent,
        )
        self._headers = {
            "User-Agent": user_agent,
            "Accept": _ACCEPT,
            "Accept-Encoding": ACCEPT_ENCODING,
            "Connection": "keep-alive",
        }
        self._timeout = httpx.Timeout(
            self.limits.read.total_seconds(), connect=self.limits.connect.total_seconds()
        ).as_dict()

    async def __aenter__(self) -> Self:
        """Opens the transport."""
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Closes every connection."""
        await self._transport.__aexit__(exc_type, exc_value, traceback)

    async def fetch(self, feed: Feed) -> Fetched | NotModified:
        """The feed's document, or `NotModified` when it has not changed since the last time.

        A document with the same bytes as the last one counts as not modified, whatever the
        status was.

        Raises:
            FetchError: With a kind and a sentence for the person who keeps the list.
        """
        known = Validators(
            etag=feed.etag, last_modified=feed.last_modified, body_hash=feed.body_hash
        )
        return await self._fetch(feed.url, known)

    async def fetch_url(self, url: str) -> Fetched:
        """The document at any address, unconditionally, by the same rules.

        Raises:
            FetchError: See `fetch`.
        """
        answer = await self._fetch(url, Validators())
        if isinstance(answer, NotModified):
            message = "the server says that nothing has changed, though we have nothing yet"
            raise FetchError(message, url=url, kind="status", status=_NOT_MODIFIED)
        return answer

    async def _fetch(self, url: str, known: Validators) -> Fetched | NotModified:
        seconds = self.limits.total.total_seconds()
        chain = RedirectChain(start=url, url=url, known=known, seconds_left=seconds)
        try:
            async with self._turns:
                while True:
                    chain.check()
                    answer = await self._hop(chain)
                    if answer is not None:
                        return answer
        except EXPECTED as error:
            raise failure_of(error, url=url, at=chain.url, seconds=seconds) from error

    async def _hop(self, chain: RedirectChain) -> Fetched | NotModified | None:
        """One request; None when it leads on. Waiting for a turn costs nothing of the time."""
        loop, host = asyncio.get_running_loop(), host_of(chain.url)
        async with self._turn_at(host):
            self._backoff.check(host, url=chain.start, now=self._clock())
            begun = loop.time()
            try:
                async with asyncio.timeout(chain.seconds_left):
                    return await self._request(chain)
            finally:
                chain.seconds_left -= loop.time() - begun

    async def _request(self, chain: RedirectChain) -> Fetched | NotModified | None:
        known = (("If-None-Match", chain.known.etag),
                 ("If-Modified-Since", chain.known.last_modified))  # fmt: skip
        request = httpx.Request(
            "GET",
            in_ascii(chain.url),
            headers=self._headers | {name: value for name, value in known if value},
            extensions={"timeout": self._timeout},
        )
        response = await self._transport.handle_async_request(request)
        try:
            if response.status_code in _REDIRECTS and "location" in response.headers:
                chain.follow(response, self.limits.redirects)
                return None
            return await self._answer(chain, response)
        finally:
            await response.aclose()

    async def _answer(
        self, chain: RedirectChain, response: httpx.Response
    ) -> Fetched | NotModified:
        now = self._clock()
        # Where the feed lives now, without a fragment, when every hop was permanent.
        moved_to = chain.url.partition("#")[0] if chain.hops and chain.permanent else None
        fields = answer_fields(response, url=chain.url, moved_to=moved_to, now=now)
        if response.status_code == _NOT_MODIFIED:
            return NotModified(**fields)
        if response.status_code not in _GOOD:
            page = await self._page(response)
            error = status_error(response, url=chain.start, now=now, page=page)
            self._backoff.note(host_of(chain.url), error, now=now)
            raise error
        body = await self._body(response)
        body_hash = hashlib.sha256(body).hexdigest()
        if body_hash == chain.known.body_hash:
            return NotModified(**fields, sent=True)
        content_type = response.headers.get("content-type")
        return Fetched(**fields, body=body, body_hash=body_hash, content_type=content_type)

    async def _page(self, response: httpx.Response) -> bytes:
        """What a refusal came with, to see whose it is; empty when it is not to be had quickly."""
        if response.status_code in CHALLENGE_STATUS:
            with contextlib.suppress(*EXPECTED):
                async with asyncio.timeout(_PAGE_SECONDS):
                    return await self._body(response)
        return b""

    async def _body(self, response: httpx.Response) -> bytes:
        """The decoded body, within the limit both as sent and as decoded."""
        limit = self.limits.body_bytes
        declared = response.headers.get("content-length", "")
        if declared.isascii() and declared.isdigit() and int(declared[:20]) > limit:
            raise TooLargeError
        decoder = decoder_for(response.headers.get("content-encoding", ""), limit=limit)
        body = bytearray()
        received = 0
        async for chunk in response.aiter_raw():
            received += len(chunk)
            if received > limit:
                raise TooLargeError
            body += decoder.feed(chunk, limit - len(body))
        decoder.finish()
        return bytes(body)

    @contextlib.asynccontextmanager
    async def _turn_at(self, host: str) -> AsyncIterator[None]:
        """One of the few turns toward a host; the host is forgotten when no request needs it."""
        place = self._hosts.setdefault(host, _Place(asyncio.Semaphore(self.limits.per_host)))
        place.users += 1
        try:
            async with place.turns:
                yield
        finally:
            place.users -= 1
            if not place.users:
                del self._hosts[host]


@dataclass(slots=True)
class _Place:
    """The turns toward one host, and how many use or wait for them."""

    turns: asyncio.Semaphore
    users: int = 0
