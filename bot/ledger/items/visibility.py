"""What a workspace may see: items of the feeds that it lists, or that it has evidence from."""

from sqlalchemy import ColumnElement, Connection, FromClause, and_, func, or_, select

from bot.domain.item import Item
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.rows import FEED_NAME, columns_of, row_of, value_of
from bot.ledger.db.tables import evidence, feeds, items, listings

# All of an `Item` but `outlet` and `backlog`, which depend on who sees it.
ITEM_COLUMNS = tuple(c for c in columns_of(Item, items) if c is not items.c.backlog)
# The name people of a workspace know the feed by; for rows of `seen_by`.
OUTLET = func.coalesce(listings.c.title, FEED_NAME).label("outlet")


def seen_by(workspace: WorkspaceId) -> FromClause:
    """Items with their feeds, and the line of this workspace's list on it where it has one."""
    own = and_(listings.c.feed_id == items.c.feed_id, listings.c.workspace_id == workspace)
    return items.join(feeds, feeds.c.id == items.c.feed_id).outerjoin(listings, own)


def may_see(workspace: WorkspaceId) -> ColumnElement[bool]:
    """Whether the workspace may see the item; for rows of `seen_by`."""
    filed = select(evidence.c.id).where(
        evidence.c.workspace_id == workspace, evidence.c.item_id == items.c.id
    )
    listed = and_(listings.c.workspace_id == workspace, listings.c.removed_at.is_(None))
    return or_(listed, filed.exists())


def visible_item(connection: Connection, workspace: WorkspaceId, item_id: int) -> Item:
    """One item; `NotFoundError` when there is none, or the workspace may not see it."""
    query = (
        select(*ITEM_COLUMNS, OUTLET, items.c.backlog)
        .select_from(seen_by(workspace))
        .where(items.c.id == item_id, may_see(workspace))
    )
    return value_of(Item, row_of(connection, query, item_id, f"there is no item {item_id}"))
