"""Items: what feeds published, stored once and never lost."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.domain.item import Item
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.database import Repository, reads, writes_unsynced
from bot.ledger.db.rows import value_of
from bot.ledger.db.tables import feeds, item_revisions, items, listings
from bot.ledger.items.recorder import Result, record_fetches
from bot.ledger.items.search import CANDIDATES, best_first, search_items
from bot.ledger.items.visibility import visible_item
from bot.ledger.values import Recorded, Revision


class Items(Repository):
    """Items. A workspace sees those of the feeds that it lists, or has evidence from."""

    @writes_unsynced
    def record_fetches(
        self, connection: Connection, results: Sequence[Result]
    ) -> tuple[Recorded | None, ...]:
        """Store what came of several feeds, in one transaction.

        Returns:
            What each brought, in order; None for a document of no such feed (any more).
        """
        return record_fetches(connection, results)

    @reads
    def revisions(
        self, connection: Connection, workspace: WorkspaceId, item_id: int
    ) -> tuple[Revision, ...]:
        """The texts the item has had, the first one first, the newest last.

        Of an item edited more than 50 times, the first and the newest are kept.

        Raises:
            NotFoundError: When there is no such item, or the workspace may not see it.
        """
        newest = visible_item(connection, workspace, item_id)
        earlier = (
            select(item_revisions, item_revisions.c.revision.label("number"))
            .where(item_revisions.c.item_id == item_id)
            .order_by(item_revisions.c.revision)
        )
        return (
            *(value_of(Revision, row) for row in connection.execute(earlier)),
            Revision(
                number=newest.revision,
                title=newest.title,
                summary=newest.summary,
                replaced_at=None,
            ),
        )

    async def first_title(self, workspace: WorkspaceId, item_id: int) -> str:
        """The title that the item began with.

        Raises:
            NotFoundError: As `revisions`.
        """
        first, *_ = await self.revisions(workspace, item_id)
        return first.title

    @reads
    def shared_with(
        self, connection: Connection, workspace: WorkspaceId, canonical_urls: Sequence[str]
    ) -> dict[str, int]:
        """How many of the articles each listed feed has published too, by the feed's address.

        `canonical_urls` are as `Entry.canonical_url`, at most some hundred.
        """
        found = connection.execute(
            select(feeds.c.url, func.count(items.c.canonical_url.distinct()).label("shared"))
            .join_from(listings, feeds, feeds.c.id == listings.c.feed_id)
            .join(items, items.c.feed_id == feeds.c.id)
            .where(listings.c.workspace_id == workspace, items.c.canonical_url.in_(canonical_urls))
            .group_by(feeds.c.url)
        )
        return {row.url: row.shared for row in found}

    @reads
    def search(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        words: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 20,
    ) -> tuple[Item, ...]:
        """Items with all of the words, the best first; see `bot.ledger.items.search`.

        No text does harm. Items published before `since`, or at `until` or later, are left out.
        """
        query = search_items(connection, workspace, words)
        if query is None:
            return ()
        if since is not None:
            query = query.where(items.c.published_at >= since)
        if until is not None:
            query = query.where(items.c.published_at < until)
        newest = query.order_by(items.c.published_at.desc()).limit(CANDIDATES)
        hits = best_first(connection.execute(newest).all())
        return tuple(value_of(Item, row) for row in hits[:limit])
