"""Items: what feeds published, stored once and never lost."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.domain.feed import FeedUpdate, Recorded
from bot.domain.item import Item
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.database import Database
from bot.ledger.db.tables import feeds, item_revisions, items, listings
from bot.ledger.items import match_queue
from bot.ledger.items.recorder import record_updates
from bot.ledger.items.search import search
from bot.ledger.items.visibility import visible_item
from bot.ledger.values import Revision


class Items:
    """Items. A workspace sees those of the feeds that it lists, or has evidence from."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, updates: Sequence[FeedUpdate]) -> tuple[Recorded | None, ...]:
        """Stores what looks at several feeds came to, in one transaction.

        `bot.ledger.items.identity` says which entries are new, edited or known. New and edited
        items become pending for every workspace that lists the feed.

        Returns:
            What each brought, in order; None for a document of a feed that is not there any more.
        """
        return await self._database.write_anew(record_updates, updates)

    async def pending(
        self,
        workspace: WorkspaceId,
        *,
        matcher_version: str,
        pack_fingerprint: str,
        limit: int,
        after: tuple[datetime, int] | None = None,
    ) -> tuple[Item, ...]:
        """Items of the workspace's feeds not yet matched, oldest published first.

        Those of one date come together, by feed and key, so that the order does not depend on
        which feed answered first; there may be up to four times `limit` for that reason.

        Not yet matched: never, or at an older revision, or with another matcher or other
        commitments than these. An item's `backlog` is as this workspace sees it: also true for
        what was there before it listed the feed, and for what is only matched anew.

        Args:
            workspace: The workspace.
            matcher_version: See `Matcher.version`.
            pack_fingerprint: See `Pack.fingerprint`.
            limit: About so many.
            after: Only what comes after an item of this date and number; None for the first.
        """
        versions = (matcher_version, pack_fingerprint)
        found = await self._database.read(match_queue.pending, workspace, versions, limit, after)
        if found is None:
            await self._database.write(match_queue.requeue, workspace, versions)
            found = await self._database.read(match_queue.first_queued, workspace, limit, after)
        return found

    async def get(self, workspace: WorkspaceId, item_id: int) -> Item:
        """One item.

        Raises:
            NotFoundError: When there is none, or the workspace may not see it.
        """
        return await self._database.read(visible_item, workspace, item_id)

    async def revisions(self, workspace: WorkspaceId, item_id: int) -> tuple[Revision, ...]:
        """The texts the item has had, the first one first, the newest last.

        Of an item edited more than 50 times, the first and the newest are kept.

        Raises:
            NotFoundError: As `get`.
        """
        return await self._database.read(_revisions, workspace, item_id)

    async def first_title(self, workspace: WorkspaceId, item_id: int) -> str:
        """The title that the item began with.

        Raises:
            NotFoundError: As `get`.
        """
        first, *_ = await self.revisions(workspace, item_id)
        return first.title

    async def shared_with(
        self, workspace: WorkspaceId, canonical_urls: Sequence[str]
    ) -> dict[str, int]:
        """How many of the articles each listed feed has published too, by the feed's address.

        Args:
            workspace: The workspace; only feeds that it lists.
            canonical_urls: See `Entry.canonical_url`; at most some hundred.
        """
        return await self._database.read(_shared_with, workspace, canonical_urls)

    async def search(
        self,
        workspace: WorkspaceId,
        words: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 20,
    ) -> tuple[Item, ...]:
        """Items with all of the words, the best first; how is told in `bot.ledger.items.search`.

        Args:
            workspace: The workspace.
            words: As a person wrote them; no text does harm.
            since: Only items published at that time or later.
            until: Only items published before.
            limit: At most so many.
        """
        return await self._database.read(
            search, workspace, words, since=since, until=until, limit=limit
        )


def _shared_with(
    connection: Connection, workspace: WorkspaceId, canonical_urls: Sequence[str]
) -> dict[str, int]:
    found = connection.execute(
        select(feeds.c.url, func.count(items.c.canonical_url.distinct()).label("shared"))
        .join_from(listings, feeds, feeds.c.id == listings.c.feed_id)
        .join(items, items.c.feed_id == feeds.c.id)
        .where(listings.c.workspace_id == workspace, items.c.canonical_url.in_(canonical_urls))
        .group_by(feeds.c.url)
    )
    return {row.url: row.shared for row in found}


def _revisions(
    connection: Connection, workspace: WorkspaceId, item_id: int
) -> tuple[Revision, ...]:
    newest = visible_item(connection, workspace, item_id)
    earlier = select(item_revisions).where(item_revisions.c.item_id == item_id)
    rows = connection.execute(earlier.order_by(item_revisions.c.revision))
    return (
        *(
            Revision(
                number=row.revision,
                title=row.title,
                summary=row.summary,
                replaced_at=row.replaced_at,
            )
            for row in rows
        ),
        Revision(
            number=newest.revision,
            title=newest.title,
            summary=newest.summary,
            replaced_at=None,
        ),
    )
