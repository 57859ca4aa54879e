"""Previews of feeds before they are listed, and trials of listed ones: matched, never stored."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.briefing import phrases
from bot.briefing.feed_answers import FeedChoices, FeedPreview, FeedTrial, SeenItem
from bot.domain.clock import Clock
from bot.domain.errors import FetchError
from bot.domain.item import Entry
from bot.domain.urls import same_feed_key
from bot.domain.workspace import WorkspaceId
from bot.ingest.discovery import FoundFeed, find_feeds
from bot.ingest.formats.document import ParsedFeed
from bot.ingest.formats.pool import Parser
from bot.ingest.http.client import Fetcher
from bot.ingest.http.response import Fetched
from bot.ledger import Ledger
from bot.matching.process import Text

EMPTY: Final = "it is a feed, but has no entries now"
_SLOW: Final = timedelta(seconds=10)
_OLD: Final = timedelta(days=30)
_SHOWN: Final = 5
_MATCHED: Final = 100
_ELSEWHERE: Final = "this is not the very address that was given: its site, or a move, led here"
# A listed feed with this share of a document's newest articles may be the same one.
_ALIKE: Final = 0.8

# The titles of the commitments that each text bears on, in order.
Matching = Callable[[Sequence[Text]], Awaitable[Sequence[tuple[str, ...]]]]


def problems_of(
    fetched: Fetched, parsed: ParsedFeed, *, url: str, took: timedelta, now: datetime
) -> tuple[str, ...]:
    """What is worth a look, the gravest first; a sentence without a full stop each."""
    found = (*_of_entries(parsed, now=now), *_of_answer(fetched, url=url, took=took))
    return tuple(sentence for sentence in found if sentence)


def _of_entries(parsed: ParsedFeed, *, now: datetime) -> tuple[str, ...]:
    entries = parsed.entries
    if not entries:
        return (EMPTY,)
    dates = [entry.published_at for entry in entries if entry.published_at]
    undated, unlinked = len(entries) - len(dates), sum(entry.url is None for entry in entries)
    newest = max(dates, default=None)
    old = newest is not None and now - newest > _OLD
    return (
        f"its newest entry is {phrases.span(now - newest)} old" if old and newest else "",
        f"{_of(undated, len(entries))} without a date that can be believed; "
        "when we first see them counts instead"
        if undated
        else "",
        f"{_of(unlinked, len(entries))} without a link" if unlinked else "",
        *parsed.shortfalls,
        "it does not say its title" if parsed.title is None else "",
    )


def _of(some: int, entries: int) -> str:
    if some == entries:
        return "its only entry is" if entries == 1 else f"all {entries} entries are"
    return f"{some} of {entries} entries {'is' if some == 1 else 'are'}"


def _of_answer(fetched: Fetched, *, url: str, took: timedelta) -> tuple[str, ...]:
    if fetched.permanent_url is not None and fetched.permanent_url != url:
        moved = f"it has moved permanently to {fetched.permanent_url}; list that address"
    elif fetched.final_url != url:
        moved = f"it was found by a redirect, at {fetched.final_url}"
    else:
        moved = ""
    unconditional = fetched.etag is None and fetched.last_modified is None
    return (
        moved,
        f"it is slow: {took.total_seconds():.0f} seconds" if took > _SLOW else "",
        "the server gives no ETag and no Last-Modified, so every check sends all of it"
        if unconditional
        else "",
    )


@dataclass(frozen=True, slots=True)
class FeedPreviewer:
    """Fetches by the same guard and limits as any poll, and asks the matcher.

    Attributes:
        matching: See `bot.services.filing.MatchRunner.preview`.
        patience: The longest that one search may take in all.
    """

    ledger: Ledger
    documents: Fetcher
    parser: Parser
    matching: Matching
    clock: Clock
    patience: timedelta = timedelta(seconds=90)

    async def find(self, workspace: WorkspaceId, address: str) -> FeedPreview | FeedChoices:
        """The feed at an address or of a site, with what it would bring; or several to choose from.

        For the address see `bot.services.feeds.argument.read_address`.

        Raises:
            FetchError: It cannot be fetched, or there is no feed; the sentence says why.
        """
        try:
            async with asyncio.timeout(self.patience.total_seconds()):
                found = await find_feeds(address, self.documents, self.parser, clock=self.clock)
        except TimeoutError as error:
            message = "looking for the feed took too long; give the address of the feed itself"
            raise FetchError(message, url=address, kind="timeout") from error
        names = await self._listed(workspace)
        if len(found) > 1:
            return FeedChoices(asked=address, feeds=tuple(_bare(one, names) for one in found))
        elsewhere = "://" in address and same_feed_key(found[0].url) != same_feed_key(address)
        preview = await self._preview(workspace, found[0], names)
        problems = (_ELSEWHERE, *preview.problems) if elsewhere else preview.problems
        return replace(preview, problems=problems)

    async def listed_as(self, workspace: WorkspaceId, address: str) -> str | None:
        """What the feed at an address, however it is spelled, is called in the list; else None."""
        return (await self._listed(workspace)).get(same_feed_key(address))

    async def trial(
        self, workspace: WorkspaceId, address: str, *, name: str | None = None
    ) -> FeedTrial:
        """What fetching a feed's address right now gives; a failure is a result too.

        `name` is what the feed is called in the list; None for its own title.
        """
        url = address if "://" in address else f"https://{address}"
        begun = time.monotonic()
        try:
            fetched = await self.documents.fetch_url(url)
            parsed = await self.parser.parse(
                fetched.body,
                content_type=fetched.content_type,
                url=fetched.final_url,
                now=self.clock(),
            )
        except FetchError as error:
            took = timedelta(seconds=time.monotonic() - begun)
            return FeedTrial(
                name=name or url, url=url, took=took, error=str(error), status=error.status
            )
        took = timedelta(seconds=time.monotonic() - begun)
        found = FoundFeed(url=url, parsed=parsed)
        dates = [entry.published_at for entry in parsed.entries if entry.published_at]
        return FeedTrial(
            name=name or parsed.title or url,
            url=url,
            took=took,
            final_url=fetched.final_url,
            moved_to=fetched.permanent_url,
            size=len(fetched.body),
            content_type=fetched.content_type,
            entries=len(parsed.entries),
            oldest=min(dates, default=None),
            newest=max(dates, default=None),
            problems=problems_of(fetched, parsed, url=url, took=took, now=self.clock()),
            preview=await self._preview(workspace, found, await self._listed(workspace)),
        )

    async def _listed(self, workspace: WorkspaceId) -> dict[str, str]:
        """What each listed feed is called, by the key of its address."""
        feeds = await self.ledger.feeds.list(workspace)
        return {same_feed_key(feed.url): feed.title for feed in feeds}

    async def _like(
        self, workspace: WorkspaceId, entries: Sequence[Entry], names: dict[str, str]
    ) -> str | None:
        """What a listed feed is called that publishes the same articles."""
        urls = {entry.canonical_url for entry in entries if entry.canonical_url}
        shared = await self.ledger.items.shared_with(workspace, sorted(urls)) if urls else {}
        url = max(shared, key=lambda one: shared[one], default=None)
        if url is None or shared[url] < _ALIKE * len(urls):
            return None
        return names.get(same_feed_key(url))

    async def _preview(
        self, workspace: WorkspaceId, found: FoundFeed, names: dict[str, str]
    ) -> FeedPreview:
        entries = newest_first(found.parsed.entries)[:_MATCHED]
        met = await self.matching([(entry.title, entry.summary) for entry in entries])
        bare = _bare(found, names)
        return replace(
            bare,
            like=None if bare.listed_as else await self._like(workspace, entries, names),
            bearing=sum(bool(titles) for titles in met),
            matched=len(entries),
            items=tuple(
                SeenItem(
                    title=entry.title or entry.summary,
                    url=entry.url,
                    published_at=entry.published_at,
                    commitments=titles,
                )
                for entry, titles in list(zip(entries, met, strict=True))[:_SHOWN]
            ),
        )


def newest_first(entries: Sequence[Entry]) -> list[Entry]:
    """The entries by date, the newest first; those without a date after all others."""
    earliest = datetime.min.replace(tzinfo=UTC)
    return sorted(entries, key=lambda entry: entry.published_at or earliest, reverse=True)


def _bare(found: FoundFeed, names: dict[str, str]) -> FeedPreview:
    """The preview of a feed that is not matched."""
    parsed = found.parsed
    dates = [entry.published_at for entry in parsed.entries if entry.published_at]
    return FeedPreview(
        url=found.url,
        title=parsed.title,
        language=parsed.language,
        entries=len(parsed.entries),
        bearing=0,
        matched=0,
        newest=max(dates, default=None),
        undated=len(parsed.entries) - len(dates),
        items=(),
        listed_as=names.get(same_feed_key(found.url)),
        problems=parsed.shortfalls if parsed.entries else (EMPTY,),
    )
