"""Finding the feed of a site: what an admin gives may be a feed, a page, or just a host."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from bot.domain.clock import Clock
from bot.domain.errors import FetchError
from bot.ingest.answer import Fetched
from bot.ingest.feed_url import same_feed_key
from bot.ingest.page_links import feed_links, usual_places
from bot.ingest.parse import ParsedFeed
from bot.ingest.parser_pool import Parser

_MAX_CANDIDATES: Final = 16
_AT_ONCE: Final = 2
_TIME: Final = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundFeed:
    """A feed that was really read.

    Attributes:
        url: What to list: the address that was asked for, or where it has moved for good.
        parsed: Title, language and entries, for showing a few.
    """

    url: str
    parsed: ParsedFeed


class Documents(Protocol):
    """Gives documents by address: `bot.ingest.fetch.Fetcher`, or a stand-in."""

    async def fetch_url(self, url: str) -> Fetched:
        """See `Fetcher.fetch_url`."""
        ...


async def find_feeds(
    text: str, documents: Documents, parser: Parser, *, clock: Clock
) -> tuple[FoundFeed, ...]:
    """The feeds at an address, the most likely first; one when the address is itself a feed.

    Looked for are the document itself, then the feeds that the page names, then the usual places.
    Every candidate is fetched by the same rules as any feed, and only those that parse count.

    Args:
        text: What an admin gave: an address, or a host such as `example.org`.
        documents: Fetches.
        parser: Reads feeds.
        clock: Now.

    Raises:
        FetchError: The address cannot be fetched, or (kind `not_a_feed`) no feed was found.
    """
    search = _Search(documents, parser, clock)
    url, fetched = await search.first(text)
    found = await search.read(url, fetched)
    if found is not None:
        return (found,)
    links = [link.url for link in feed_links(fetched.body, url=fetched.final_url)]
    feeds = await search.look_at(links)
    if not feeds:
        feeds = (await search.look_at(usual_places(fetched.final_url)))[:1]
    if not feeds:
        message = "no feed was found there; look for a link called RSS on the site, and give that"
        raise FetchError(message, url=url, kind="not_a_feed")
    return feeds


class _Search:
    def __init__(self, documents: Documents, parser: Parser, clock: Clock) -> None:
        self._documents = documents
        self._parser = parser
        self._clock = clock

    async def first(self, text: str) -> tuple[str, Fetched]:
        """The document at the address; a bare host is tried with https, then with http."""
        text = text.strip().strip("<>").partition("|")[0]  # Slack wraps addresses: <url|text>
        if "://" in text:
            return text, await self._documents.fetch_url(text)
        try:
            return f"https://{text}", await self._documents.fetch_url(f"https://{text}")
        except FetchError as error:
            if error.kind not in {"refused", "tls", "timeout", "protocol"}:
                raise
            return f"http://{text}", await self._documents.fetch_url(f"http://{text}")

    async def read(self, url: str, fetched: Fetched) -> FoundFeed | None:
        """The feed in a document; None when it is none."""
        try:
            parsed = await self._parser.parse(
                fetched.body,
                content_type=fetched.content_type,
                url=fetched.final_url,
                now=self._clock(),
            )
        except FetchError:
            return None
        return FoundFeed(url=fetched.permanent_url or url, parsed=parsed)

    async def look_at(self, urls: Sequence[str]) -> tuple[FoundFeed, ...]:
        """Those of the first 16 addresses that are feeds, each feed once, within a minute."""
        turns = asyncio.Semaphore(_AT_ONCE)
        found: dict[int, FoundFeed] = {}

        async def look(number: int, url: str) -> None:
            async with turns:
                try:
                    fetched = await self._documents.fetch_url(url)
                except FetchError:
                    return  # a candidate that cannot be fetched is none
                if feed := await self.read(url, fetched):
                    found[number] = feed

        try:
            async with asyncio.timeout(_TIME.total_seconds()), asyncio.TaskGroup() as group:
                for number, url in enumerate(urls[:_MAX_CANDIDATES]):
                    group.create_task(look(number, url))
        except TimeoutError:
            pass  # what was found until then counts
        feeds = (found[number] for number in sorted(found))
        return tuple({same_feed_key(feed.url): feed for feed in feeds}.values())
