"""Pages: the feed of a site, which an admin may give as a host, and an article by its address."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin

from bot.domain.clock import Clock
from bot.domain.errors import FetchError
from bot.domain.feed import FeedHints
from bot.domain.item import Entry
from bot.domain.text import one_line, shorten
from bot.domain.urls import clean_link, same_feed_key, web_address
from bot.ingest.formats.document import ParsedFeed, in_utf8
from bot.ingest.formats.entries import RawEntry, RawFeed, RawText, clean_entries
from bot.ingest.formats.pool import Parser
from bot.ingest.http.bot_challenge import challenge_in_page
from bot.ingest.http.client import Fetcher
from bot.ingest.http.response import Fetched

_MAX_BYTES: Final = 512 * 1024
_MAX_LINKS: Final = 20
_FEED_TYPES: Final = frozenset({
    "application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml",
    "application/json", "application/xml", "text/xml",
})  # fmt: skip
_USUAL_PATHS: Final = (
    "feed", "rss", "feed.xml", "rss.xml", "atom.xml", "index.xml", "feed.json",
    "feeds/posts/default",
)  # fmt: skip
# An address that means one feed, which no other may take the place of.
_FEED_PATH: Final = re.compile(
    r"/(?:[^/?#]+\.(?:xml|rss|atom|rdf|json)|feed|rss|atom)(?:[?#]|$)", re.IGNORECASE
)
_LD_DATE: Final = re.compile(r'"datePublished"\s{0,9}:\s{0,9}"([^"]{8,40})"')
_FEED_WORDS: Final = ("rss", "atom", "feed", ".xml", ".rdf")
_REFUSALS: Final = frozenset({401, 402, 403, 405, 406, 451})
_TROUBLE: Final = 500
_MAX_CANDIDATES: Final = 16
_AT_ONCE: Final = 2
_TIME: Final = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedLink:
    """A feed that a page points at, not yet read; `title` is empty when it gives none."""

    url: str
    title: str


def feed_links(page: bytes, *, url: str) -> tuple[FeedLink, ...]:
    """The feeds that a page names in `<link rel="alternate">`, else in links that look like feeds.

    At most 20, in the order of the page, feeds of comments last.
    """
    reader = _PageReader(url)
    reader.feed(page[:_MAX_BYTES].decode("utf-8", "replace"))
    found = reader.alternates or reader.anchors
    unique = {link.url: link for link in reversed(found)}
    links = [unique[u] for u in dict.fromkeys(link.url for link in found)]
    return tuple(sorted(links, key=_is_comments)[:_MAX_LINKS])


def usual_places(url: str) -> tuple[str, ...]:
    """Where sites usually keep a feed: below the page itself, then at the top of the site."""
    page = url.partition("?")[0].partition("#")[0].rstrip("/") + "/"
    places = (urljoin(base, path) for base in (page, urljoin(url, "/")) for path in _USUAL_PATHS)
    return tuple(dict.fromkeys(places))


def _refusal(error: FetchError) -> FetchError:
    """An error by which a page is withheld although its site answers; any other is raised."""
    status = error.status or 0
    if error.kind == "bot_challenge" or status in _REFUSALS or status >= _TROUBLE:
        return error
    raise error


def _is_comments(link: FeedLink) -> bool:
    return "comment" in f"{link.url} {link.title}".lower()


class _PageReader(HTMLParser):
    """Gathers links; broken markup is read as far as it goes."""

    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self._base = url
        self.alternates: list[FeedLink] = []
        self.anchors: list[FeedLink] = []
        self.said: dict[str, str] = {}  # what `<meta>` says, by name, the first of each
        self.title: list[str] = []
        self.linked_data: list[str] = []
        self.language: str | None = None
        self.canonical: str | None = None
        self.time: str | None = None
        self._within: list[str] | None = None  # what text goes into

    def parse_html_declaration(self, i: int) -> int:
        """What begins with `<!`; `<![` is a comment up to `>`, as browsers read it.

        The standard parser raises AssertionError on most of what may follow there.
        """
        if self.rawdata.startswith("<![", i):
            return self.parse_bogus_comment(i)
        return super().parse_html_declaration(i)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag begins."""
        values = {name: value or "" for name, value in reversed(attrs)}
        if tag == "base" and (base := clean_link(values.get("href"), base=self._base)):
            self._base = base
        elif tag == "link" and "alternate" in values.get("rel", "").lower().split():
            kind = values.get("type", "").partition(";")[0].strip().lower()
            if kind in _FEED_TYPES:
                self._add(self.alternates, values)
        elif tag == "a" and any(word in values.get("href", "").lower() for word in _FEED_WORDS):
            self._add(self.anchors, values)
        else:
            self._note(tag, values)

    def _note(self, tag: str, values: Mapping[str, str]) -> None:
        """What the page says of itself as an article."""
        if tag == "link" and "canonical" in values.get("rel", "").lower().split():
            self.canonical = self.canonical or values.get("href")
        elif tag == "meta":
            name = values.get("property") or values.get("name") or values.get("itemprop") or ""
            if len(self.said) < _MAX_LINKS * 10:
                self.said.setdefault(name.strip().lower(), values.get("content", "").strip())
        elif tag == "html":
            self.language = self.language or values.get("lang")
        elif tag == "time":
            self.time = self.time or values.get("datetime")
        elif tag == "title" and not self.title:
            self._within = self.title
        elif tag == "script" and values.get("type", "").lower() == "application/ld+json":
            self._within = self.linked_data

    def handle_endtag(self, tag: str) -> None:
        """A tag ends."""
        if tag in {"title", "script"}:
            self._within = None

    def handle_data(self, data: str) -> None:
        """Text of the title, or of a script with linked data."""
        if self._within is not None:
            self._within.append(data)

    def _add(self, links: list[FeedLink], values: dict[str, str]) -> None:
        link = clean_link(values.get("href"), base=self._base)
        if link and len(links) < 10 * _MAX_LINKS:
            title = shorten(one_line(values.get("title", "")), 200)
            links.append(FeedLink(url=link, title=title))


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A page of news as an entry, and the site's name for itself; None where it has none."""

    entry: Entry
    site: str | None


def read_page(fetched: Fetched, *, now: datetime) -> Page:
    """What a page of news says of itself: title, summary, date and address.

    Taken from Open Graph (https://ogp.me), from JSON-LD's `datePublished`, and from the page's own
    title, description and first `<time>`.

    Raises:
        FetchError: It has no title, so that nobody could tell what it is.
    """
    url = fetched.final_url
    if name := challenge_in_page(fetched.body):
        raise FetchError(
            f"the site shows a check of its visitors ({name}) instead of the article; "
            "file another outlet's report of it",
            url=url,
            kind="bot_challenge",
        )
    reader = _PageReader(url)
    reader.feed(in_utf8(fetched.body[:_MAX_BYTES], fetched.content_type).decode("utf-8", "replace"))
    said = reader.said
    title = said.get("og:title") or said.get("twitter:title") or "".join(reader.title)
    linked = _LD_DATE.search("".join(reader.linked_data))
    dates = (
        said.get("article:published_time"), linked and linked[1], said.get("datepublished"),
        said.get("date"), said.get("dc.date"), said.get("dcterms.created"), reader.time,
    )  # fmt: skip
    summary = said.get("og:description") or said.get("description") or ""
    raw = RawEntry(
        links=(clean_link(reader.canonical, base=url) or url, url),
        title=RawText(text=title, is_html=False),
        summary=RawText(text=summary, is_html=False),
        dates=tuple(date for date in dates if date),
    )
    feed = RawFeed(
        title=RawText(), language=reader.language, site=None, hints=FeedHints(), entries=(raw,)
    )
    entries, _ = clean_entries(feed, url=url, now=now)
    if not entries or not entries[0].title:
        raise FetchError(
            "the page says no title, so nothing can be filed of it; give the address of an article",
            url=url,
            kind="no_title",
        )
    return Page(entry=entries[0], site=one_line(said.get("og:site_name", ""))[:80] or None)


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundFeed:
    """A feed that was really read.

    Attributes:
        url: What to list: the address that was asked for, or where it has moved permanently.
        parsed: Title, language and entries, for showing a few.
    """

    url: str
    parsed: ParsedFeed


async def find_feeds(
    text: str, fetcher: Fetcher, parser: Parser, *, clock: Clock
) -> tuple[FoundFeed, ...]:
    """The feeds at an address, the most likely first; one when the address is itself a feed.

    Looked for are the document itself, then the feeds that the page names, then the usual places;
    these also when the page itself refuses us, since many sites guard their pages alone.
    Every candidate is fetched by the same rules as any feed, and only those that parse count.

    `text` is what an admin gave: an address, or a host such as `example.org`.

    Raises:
        FetchError: The address cannot be fetched, no feed was found (kind `not_a_feed`), or a bot
            challenge alone (`bot_challenge`).
    """
    search = _Search(fetcher, parser, clock)
    url, fetched = await search.first(text)
    if isinstance(fetched, FetchError):
        feeds = () if _FEED_PATH.search(url) else await search.read_all(usual_places(url))
        if feeds:
            return feeds[:1]
        raise fetched
    found = await search.read(url, fetched)
    if found is not None:
        return (found,)
    links = [link.url for link in feed_links(fetched.body, url=fetched.final_url)]
    feeds = await search.read_all(links)
    if not feeds:
        feeds = (await search.read_all(usual_places(fetched.final_url)))[:1]
    if not feeds:
        message = "no feed was found there; look for a link called RSS on the site, and give that"
        # A bot challenge looks like a page without feeds; the parser tells the two apart.
        raise search.challenge or FetchError(message, url=url, kind="not_a_feed")
    return feeds


class _Search:
    def __init__(self, fetcher: Fetcher, parser: Parser, clock: Clock) -> None:
        self._fetcher = fetcher
        self._parser = parser
        self._clock = clock
        self.challenge: FetchError | None = None  # the first that was met in place of a feed

    async def first(self, text: str) -> tuple[str, Fetched | FetchError]:
        """The document at the address, or its refusal; a bare host is tried with https, then http.

        Raises:
            FetchError: There is no server, or it has nothing at this address.
        """
        text = text.strip()
        if text.startswith("<"):  # Slack wraps addresses: <url|text>
            text = text.strip("<>").partition("|")[0]
        url = web_address(text if "://" in text else f"https://{text}")
        try:
            return url, await self._fetcher.fetch_url(url)
        except FetchError as error:
            if "://" in text or error.kind not in {"refused", "tls", "timeout", "protocol"}:
                return url, _refusal(error)
        return await self.first(f"http{url.removeprefix('https')}")

    async def read(self, url: str, fetched: Fetched) -> FoundFeed | None:
        """The feed in a document; None when it is none."""
        try:
            parsed = await self._parser.parse(
                fetched.body,
                content_type=fetched.content_type,
                url=fetched.final_url,
                now=self._clock(),
            )
        except FetchError as error:
            if error.kind == "bot_challenge":
                self.challenge = self.challenge or error
            return None
        return FoundFeed(url=fetched.permanent_url or url, parsed=parsed)

    async def read_all(self, urls: Sequence[str]) -> tuple[FoundFeed, ...]:
        """Those of the first 16 addresses that are feeds, each feed once, within a minute."""
        turns = asyncio.Semaphore(_AT_ONCE)
        found: dict[int, FoundFeed] = {}

        async def look(number: int, url: str) -> None:
            async with turns:
                try:
                    fetched = await self._fetcher.fetch_url(url)
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
