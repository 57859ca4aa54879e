"""Which items have still to be matched: a queue for each workspace.

An item that is not queued has been matched, at its newest revision, at the versions that the
workspace's row names; so what is pending is read without looking at what is not. Items are
queued when they are stored or edited (in the same transaction), when a workspace begins to list
their feed, and all of them when the matcher or the commitments changed.

Only the first of these makes news: an item that is matched anew, or that was there before the
workspace listed the feed, is filed but never reported as if it had just come in.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, false, select, update

from bot.domain.item import Item
from bot.domain.workspace import WorkspaceId
from bot.ledger.rows import ITEM_COLUMNS, batches, to_item
from bot.ledger.tables import items, listings, unmatched, workspaces
from bot.ledger.upsert import insert_missing_from
from bot.ledger.visibility import OUTLET, seen_by
from bot.ledger.workspaces import hold

COLUMNS = ("workspace_id", "published_at", "item_id", "news")


def queue_items(connection: Connection, item_ids: Iterable[int]) -> None:
    """Queue items just stored or edited, for every workspace that lists their feed."""
    for batch in batches(item_ids):
        query = (
            select(listings.c.workspace_id, items.c.published_at, items.c.id, ~items.c.backlog)
            .join_from(items, listings, listings.c.feed_id == items.c.feed_id)
            .where(items.c.id.in_(batch), listings.c.removed_at.is_(None))
        )
        insert_missing_from(connection, unmatched, COLUMNS, query)


def queue_feeds(connection: Connection, w: WorkspaceId, feed_ids: Iterable[int]) -> None:
    """Queue everything that feeds have brought so far, for a workspace that now lists them."""
    for batch in batches(feed_ids):
        query = (
            select(listings.c.workspace_id, items.c.published_at, items.c.id, false())
            .join_from(items, listings, listings.c.feed_id == items.c.feed_id)
            .where(listings.c.workspace_id == w, items.c.feed_id.in_(batch))
        )
        insert_missing_from(connection, unmatched, COLUMNS, query)


def unqueue_feeds(connection: Connection, w: WorkspaceId, feed_ids: Iterable[int]) -> None:
    """Take the items of feeds out of a workspace's queue."""
    for batch in batches(feed_ids):
        of_feeds = select(items.c.id).where(items.c.feed_id.in_(batch))
        connection.execute(
            delete(unmatched).where(
                unmatched.c.workspace_id == w, unmatched.c.item_id.in_(of_feeds)
            )
        )


def versions_differ(connection: Connection, w: WorkspaceId, versions: tuple[str, str]) -> bool:
    """Whether the workspace's items were last queued for another matcher or other commitments."""
    now = select(workspaces.c.matcher_version, workspaces.c.pack_fingerprint)
    row = connection.execute(now.where(workspaces.c.id == w)).one()
    return tuple(row) != versions


def requeue(connection: Connection, w: WorkspaceId, versions: tuple[str, str]) -> None:
    """Queue all items of the workspace's feeds for a new matcher or new commitments."""
    hold(connection, w)
    if not versions_differ(connection, w, versions):
        return
    matcher, pack = versions
    connection.execute(
        update(workspaces)
        .where(workspaces.c.id == w)
        .values(matcher_version=matcher, pack_fingerprint=pack)
    )
    query = (
        select(listings.c.workspace_id, items.c.published_at, items.c.id, false())
        .join_from(items, listings, listings.c.feed_id == items.c.feed_id)
        .where(listings.c.workspace_id == w, listings.c.removed_at.is_(None))
    )
    insert_missing_from(connection, unmatched, COLUMNS, query)


def first_queued(connection: Connection, w: WorkspaceId, limit: int) -> tuple[Item, ...]:
    """The first items of the queue: oldest published first, then by number."""
    # Taken first, by its own order: a database without statistics would start elsewhere.
    queue = (
        select(unmatched.c.published_at, unmatched.c.item_id, unmatched.c.news)
        .where(unmatched.c.workspace_id == w)
        .order_by(unmatched.c.published_at, unmatched.c.item_id)
        .limit(limit)
        .subquery()
    )
    rows = connection.execute(
        select(*ITEM_COLUMNS, OUTLET, (~queue.c.news).label("backlog"))
        .select_from(seen_by(w).join(queue, queue.c.item_id == items.c.id))
        .order_by(queue.c.published_at, queue.c.item_id)
    )
    return tuple(to_item(row) for row in rows)
