"""The items that are still to be matched: a queue for each workspace.

An item that is not queued has been matched, at its newest revision, at the versions that the
workspace's row names; so what is pending is read without looking at what is not. Items are
queued when they are stored or edited (in the same transaction), when a workspace begins to list
their feed, and all of them when the matcher or the commitments changed.

Whether an item is news to a workspace is decided when it comes in. One that was there before the
workspace listed the feed is filed but never reported as if it had just come in. What is queued
anew is news while it is fresh, if it was when it came: what was saved, cut short or mended in
between takes no news away, and new commitments bring no old items as news.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    or_,
    select,
    tuple_,
    update,
)

from bot.domain.item import Item
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.database import Repository, reads, writes
from bot.ledger.db.rows import (
    ITEM_COLUMNS,
    OUTLET,
    batches,
    hold,
    insert_into,
    insert_rows,
    seen_by,
    value_of,
)
from bot.ledger.db.tables import items, listings, unmatched, workspaces

COLUMNS = ("workspace_id", "published_at", "item_id", "news")
# Items of one date come together, up to this many times the limit.
MOST_AT_ONCE = 4
Place = tuple[datetime, int]  # in the queue: an item's date and number
# For so long after it came an item that is queued anew is still news: the time that a weekend
# leaves for an accident to be found and mended, and no more, since a new commitment would else
# begin with a digest of old news.
FRESH_FOR: Final = timedelta(hours=48)


def _queue(connection: Connection, *which: ColumnElement[bool], news: ColumnElement[bool]) -> None:
    """Queue items for the workspaces that list their feed, as news or not."""
    query = (
        select(listings.c.workspace_id, items.c.published_at, items.c.id, news)
        .join_from(items, listings, listings.c.feed_id == items.c.feed_id)
        .where(listings.c.removed_at.is_(None), *which)
    )
    statement = insert_into(connection, unmatched).from_select(COLUMNS, query)
    connection.execute(statement.on_conflict_do_nothing())


def _still_news(at: datetime) -> ColumnElement[bool]:
    """Whether an item came lately, since its feed was listed, and not as backlog."""
    return and_(
        ~items.c.backlog,
        items.c.first_seen_at >= at - FRESH_FOR,
        or_(listings.c.listed_at.is_(None), items.c.first_seen_at > listings.c.listed_at),
    )


def queue_items(connection: Connection, item_ids: Iterable[int]) -> None:
    """Queue items just edited, for every workspace that lists their feed."""
    for batch in batches(item_ids):
        _queue(connection, items.c.id.in_(batch), news=~items.c.backlog)


class NewItem(NamedTuple):
    """An item just stored, and whether it is news to workspaces that have followed the feed.

    `news_at_first` is for workspaces that list the feed only since its last success.
    """

    feed_id: int
    published_at: datetime
    item_id: int
    news: bool
    news_at_first: bool


_LISTING = select(listings.c.feed_id, listings.c.workspace_id, listings.c.listed_at).where(
    listings.c.feed_id.in_(bindparam("some", expanding=True)), listings.c.removed_at.is_(None)
)


def queue_new(
    connection: Connection, new: Sequence[NewItem], looked_at: Mapping[int, datetime | None]
) -> None:
    """Queue items just stored, for every workspace that lists their feed.

    `looked_at` is when each feed last succeeded before; None for never.
    """
    listing: dict[int, list[tuple[int, bool]]] = {}
    for batch in batches(looked_at):
        for feed, workspace, listed_at in connection.execute(_LISTING, {"some": batch}):
            before = looked_at[feed]
            is_first = before is None or (listed_at is not None and listed_at > before)
            listing.setdefault(feed, []).append((workspace, is_first))
    rows = [
        (workspace, item.published_at, item.item_id, item.news_at_first if is_first else item.news)
        for item in new
        for workspace, is_first in listing.get(item.feed_id, ())
    ]
    insert_rows(connection, unmatched, COLUMNS, rows, missing_only=True)


def queue_feeds(
    connection: Connection, workspace: WorkspaceId, feed_ids: Iterable[int], *, at: datetime
) -> None:
    """Queue everything that feeds have brought so far, for a workspace that lists them at `at`.

    It is news as far as it came after the workspace listed them, which may be before they were
    off the list for a moment.
    """
    own = listings.c.workspace_id == workspace
    for batch in batches(feed_ids):
        _queue(connection, own, items.c.feed_id.in_(batch), news=_still_news(at))


def unqueue_feeds(connection: Connection, workspace: WorkspaceId, feed_ids: Iterable[int]) -> None:
    """Take the items of feeds out of a workspace's queue."""
    for batch in batches(feed_ids):
        of_feeds = select(items.c.id).where(items.c.feed_id.in_(batch))
        connection.execute(
            delete(unmatched).where(
                unmatched.c.workspace_id == workspace, unmatched.c.item_id.in_(of_feeds)
            )
        )


def versions_differ(
    connection: Connection, workspace: WorkspaceId, versions: tuple[str, str]
) -> bool:
    """Whether the workspace's items were last queued for another matcher or other commitments."""
    now = select(workspaces.c.matcher_version, workspaces.c.pack_fingerprint)
    row = connection.execute(now.where(workspaces.c.id == workspace)).one()
    return tuple(row) != versions


class MatchQueue(Repository):
    """The queues of all workspaces."""

    async def pending(
        self,
        workspace: WorkspaceId,
        *,
        matcher_version: str,
        pack_fingerprint: str,
        limit: int,
        at: datetime,
        after: Place | None = None,
    ) -> tuple[Item, ...]:
        """Items of the workspace's feeds not yet matched, oldest published first.

        Those of one date come together, by feed and key, so that the order does not depend on
        which feed answered first; there may be up to four times `limit` for that reason.

        Not yet matched: never, or at an older revision, or with another matcher or other
        commitments than these. An item's `backlog` is as this workspace sees it: also true for
        what was there before it listed the feed, and for what is only matched anew at `at`, 48
        hours or more after it came. Only what comes after the item at `after` is given; None for
        the first.
        """
        versions = (matcher_version, pack_fingerprint)
        found = await self._first(workspace, versions, limit, after)
        if found is None:
            await self._requeue(workspace, versions, at)
            found = await self._first(workspace, None, limit, after)
        return found or ()

    @writes
    def _requeue(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        versions: tuple[str, str],
        at: datetime,
    ) -> None:
        """Queue all items of the workspace's feeds for a new matcher or new commitments."""
        hold(connection, workspace)
        if not versions_differ(connection, workspace, versions):
            return
        matcher, pack = versions
        connection.execute(
            update(workspaces)
            .where(workspaces.c.id == workspace)
            .values(matcher_version=matcher, pack_fingerprint=pack)
        )
        _queue(connection, listings.c.workspace_id == workspace, news=_still_news(at))

    @reads
    def _first(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        versions: tuple[str, str] | None,
        limit: int,
        after: Place | None,
    ) -> tuple[Item, ...] | None:
        """The first items of the queue; None when it was filled for other versions than these."""
        if versions is not None and versions_differ(connection, workspace, versions):
            return None
        own = [unmatched.c.workspace_id == workspace]
        if after is not None:
            own.append(tuple_(unmatched.c.published_at, unmatched.c.item_id) > after)
        ends = (
            select(unmatched.c.published_at)
            .where(*own)
            .order_by(unmatched.c.published_at, unmatched.c.item_id)
            .offset(limit - 1)
            .limit(1)
        )
        if (end := connection.scalar(ends)) is not None:
            own.append(unmatched.c.published_at <= end)
        # Taken first, by its own order: a database without statistics would start elsewhere.
        queue = (
            select(unmatched.c.published_at, unmatched.c.item_id, unmatched.c.news)
            .where(*own)
            .order_by(unmatched.c.published_at, unmatched.c.item_id)
            .limit(limit * MOST_AT_ONCE)
            .subquery()
        )
        rows = connection.execute(
            select(*ITEM_COLUMNS, OUTLET, (~queue.c.news).label("backlog"))
            .select_from(seen_by(workspace).join(queue, queue.c.item_id == items.c.id))
            .order_by(queue.c.published_at, items.c.feed_id, items.c.key)
        )
        return tuple(value_of(Item, row) for row in rows)
