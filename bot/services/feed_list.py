"""The feed list: read from feeds.yaml, edited there, mirrored in the ledger.

The file is the one truth where it can be written; the ledger holds the last good list, so that a
broken file changes nothing.
"""

import asyncio
import logging
from pathlib import Path

from bot.domain.clock import Clock
from bot.domain.errors import FeedListError, NotFoundError
from bot.domain.feed import Feed, FeedList, FeedSpec
from bot.domain.workspace import WorkspaceId
from bot.ingest.feed_edit import add_feed, remove_feed, set_enabled
from bot.ingest.feed_file import load_feeds
from bot.ledger import FeedChanges, Ledger
from bot.services.file_signature import Signature, signature_of

logger = logging.getLogger(__name__)


class FeedDesk:
    """Keeps file and ledger in step, and edits both."""

    def __init__(self, ledger: Ledger, path: Path, *, clock: Clock) -> None:
        self._ledger = ledger
        self._path = path
        self._clock = clock
        self._seen: dict[WorkspaceId, Signature | None] = {}
        self._editing = asyncio.Lock()

    async def load(self, w: WorkspaceId) -> FeedListError | None:
        """Bring the ledger in step with the file at the start.

        Returns:
            What is wrong with the file where the ledger's last good list had to be kept; None when
            all is well.

        Raises:
            FeedListError: The file is missing or wrong, and the ledger has no list yet.
        """
        try:
            await self.refresh(w)
        except FeedListError as error:
            if not await self._ledger.feeds.list(w):
                raise
            logger.warning("feed list is broken, the last good one stays", extra=_fields(error))
            return error
        return None

    async def refresh(self, w: WorkspaceId) -> FeedChanges | None:
        """Read the file again if it changed since the last look; None when it did not.

        Raises:
            FeedListError: The changed file is missing or wrong; the list stays as it is. Raised
                once for each change of the file.
        """
        async with self._editing:
            signature = signature_of(self._path)
            if w in self._seen and signature == self._seen[w]:
                return None
            self._seen[w] = signature
            return await self._sync(w, await asyncio.to_thread(load_feeds, self._path), "file")

    async def add(self, w: WorkspaceId, spec: FeedSpec, *, actor: str) -> FeedSpec:
        """Put a feed at the end of the list.

        Raises:
            FeedListError: The address is no good, listed already, or the file cannot be written.
        """
        async with self._editing:
            changed = await asyncio.to_thread(add_feed, self._path, spec)
            await self._sync(w, changed, actor)
        return spec

    async def remove(self, w: WorkspaceId, name: str, *, actor: str) -> Feed:
        """Take a feed off the list, by address, part of its title, or number in the list.

        Raises:
            NotFoundError: No feed, or more than one, fits.
            FeedListError: The file is broken or cannot be written.
        """
        feed = await self.find(w, name)
        async with self._editing:
            changed = await asyncio.to_thread(remove_feed, self._path, feed.url)
            await self._sync(w, changed, actor)
        return feed

    async def set_enabled(self, w: WorkspaceId, name: str, *, enabled: bool, actor: str) -> Feed:
        """Pause a feed or let it go on; see `remove` for `name` and the errors."""
        feed = await self.find(w, name)
        async with self._editing:
            changed = await asyncio.to_thread(set_enabled, self._path, feed.url, enabled=enabled)
            await self._sync(w, changed, actor)
        return feed

    async def find(self, w: WorkspaceId, name: str) -> Feed:
        """The one listed feed that `name` means; see `remove`."""
        feeds = await self._ledger.feeds.list(w)
        return _find(name, feeds)

    async def by_id(self, w: WorkspaceId, feed_id: int) -> Feed:
        """The listed feed with that number in the ledger; `NotFoundError` without."""
        for feed in await self._ledger.feeds.list(w):
            if feed.id == feed_id:
                return feed
        raise NotFoundError("That feed is no longer in the list.")

    async def _sync(self, w: WorkspaceId, feeds: FeedList, actor: str) -> FeedChanges:
        changes = await self._ledger.feeds.sync(w, feeds, actor=actor, at=self._clock())
        self._seen[w] = signature_of(self._path)
        if changes != FeedChanges():
            logger.info(
                "feed list changed",
                extra={
                    "added": len(changes.added),
                    "changed": len(changes.changed),
                    "removed": len(changes.removed),
                },
            )
        return changes


def _find(name: str, feeds: tuple[Feed, ...]) -> Feed:
    wanted = name.strip().casefold()
    exact = [feed for feed in feeds if wanted in {feed.url.casefold(), feed.title.casefold()}]
    if not exact and wanted.isdecimal() and 1 <= int(wanted) <= len(feeds):
        exact = [feeds[int(wanted) - 1]]
    found = exact or [feed for feed in feeds if wanted and wanted in feed.title.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        some = ", ".join(feed.title for feed in found[:5])
        raise NotFoundError(f"Several feeds fit “{name}”: {some}. Give the address instead.")
    raise NotFoundError(f"No feed is called “{name}”. `/briefing feeds` shows the list.")


def _fields(error: FeedListError) -> dict[str, object]:
    return {"problems": len(error.problems), "first": str(error.problems[0])}
