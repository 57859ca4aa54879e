"""One request with its redirects: where it is, what it knows, how much time it has left."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx

from bot.domain.errors import FetchError
from bot.ingest.feed_url import in_ascii, url_problem
from bot.ingest.guard import host_refusal
from bot.ingest.transport import BlockedError

_PERMANENT: Final = frozenset({301, 308})


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What an earlier answer left behind, sent back byte for byte."""

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None

    def headers(self) -> dict[str, str]:
        """The conditional request's fields (RFC 9110, 13.1.2 and 13.1.3)."""
        pairs = (("If-None-Match", self.etag), ("If-Modified-Since", self.last_modified))
        return {name: value for name, value in pairs if value}


@dataclass(slots=True)
class Journey:
    """One request with its redirects, and the time that is left for it."""

    start: str
    url: str
    known: Known
    seconds_left: float
    hops: int = 0
    permanent: bool = True

    def follow(self, response: httpx.Response, most: int) -> None:
        """Goes on to where the answer points."""
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

    @property
    def moved_to(self) -> str | None:
        """Where the feed lives now, when every hop was permanent; without a fragment."""
        return self.url.partition("#")[0] if self.hops and self.permanent else None
