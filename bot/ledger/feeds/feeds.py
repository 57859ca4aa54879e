"""Feeds: each workspace's list of them, and how fetching each address fares."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.feed import Feed, FeedFigures, FeedList, FeedSpec
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.database import Database
from bot.ledger.feeds import health, redirects, stats
from bot.ledger.feeds import list as listing
from bot.ledger.feeds.redirects import lines_of
from bot.ledger.values import FeedChanges


class Feeds:
    """Feed lists and feed health. An address is fetched once however many lists name it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sync(
        self, workspace: WorkspaceId, feed_list: FeedList, *, actor: str, at: datetime
    ) -> FeedChanges:
        """Make the workspace's list exactly this one; each changed line is in the audit trail.

        Items and evidence of removed feeds stay. Where an address makes room for one that it was
        seen to lead to for good (`saw_move`), the feed goes on there, with all its items.
        """
        return await self._database.write(
            listing.sync, workspace, lines_of(feed_list), actor=actor, at=at
        )

    async def add(
        self, workspace: WorkspaceId, spec: FeedSpec, *, actor: str, at: datetime
    ) -> Feed:
        """List a feed, at the end; when its address is listed already, change its line."""
        return await self._database.write(listing.add, workspace, spec, actor=actor, at=at)

    async def remove(self, workspace: WorkspaceId, url: str, *, actor: str, at: datetime) -> None:
        """Stop listing a feed.

        Raises:
            NotFoundError: When the list does not name it.
        """
        await self._database.write(listing.remove, workspace, url, actor=actor, at=at)

    async def set_enabled(
        self,
        workspace: WorkspaceId,
        url: str,
        enabled: bool,
        *,
        actor: str,
        at: datetime,
    ) -> Feed:
        """Pause a feed (False) or resume it (True); nothing happens when it is so already.

        Raises:
            NotFoundError: When the list does not name it.
        """
        return await self._database.write(
            listing.set_enabled, workspace, url, enabled, actor=actor, at=at
        )

    async def list(self, workspace: WorkspaceId) -> tuple[Feed, ...]:
        """The feeds that the workspace lists, paused ones too, in the order of its list."""
        return await self._database.read(listing.listed, workspace)

    async def due(self, *, now: datetime) -> tuple[Feed, ...]:
        """The feeds to fetch now, the longest due first, then by number.

        A feed is due when some workspace lists it, not paused, and its time has come or was never
        set. Each address comes once, named as the feed names itself, with the shortest interval
        that any list asks for; nothing else of the lists shows.
        """
        return await self._database.read(health.due, now)

    async def record_failure(
        self, feed_id: int, *, at: datetime, error: str, due_at: datetime, not_found: int = 0
    ) -> None:
        """Note a fetch that failed.

        Args:
            feed_id: The feed.
            at: When it was asked.
            error: Why, in plain words.
            due_at: When to look next.
            not_found: How often in a row the server has said 404, this time included.
        """
        await self._database.write(
            health.record_failure, feed_id, at, error, due_at, not_found=not_found
        )

    async def postpone(self, feed_ids: Sequence[int], *, due_at: datetime) -> None:
        """Look at feeds not before `due_at`, and keep nothing else of what was tried."""
        await self._database.write(health.postpone, feed_ids, due_at)

    async def record_not_modified(self, feed_id: int, *, at: datetime, due_at: datetime) -> None:
        """Note a fetch that brought nothing new: not modified, or the same body as before."""
        await self._database.write(health.record_not_modified, feed_id, at, due_at)

    async def figures(self, workspace: WorkspaceId, *, now: datetime) -> tuple[FeedFigures, ...]:
        """What is counted of each feed that the workspace lists, in the order of its list.

        As many statements for a thousand feeds as for one.
        """
        return await self._database.read(stats.figures, workspace, now)

    async def saw_move(
        self, feed_id: int, to_url: str, *, at: datetime, looked_at: datetime | None = None
    ) -> int:
        """Note that the feed's address led to another one for good, where a feed was read.

        Args:
            feed_id: The feed.
            to_url: The other one.
            at: When.
            looked_at: When the feed was looked at before; None when it never was.

        Returns:
            At how many looks in a row that was seen by now, at least 1.

        Raises:
            NotFoundError: When there is no such feed.
        """
        return await self._database.write(redirects.saw, feed_id, to_url, at, looked_at)
