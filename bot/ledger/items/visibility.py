"""What a workspace may see: items of the feeds that it lists, or that it has evidence from."""

from sqlalchemy import ColumnElement, Connection, FromClause, and_, func, or_, select

from bot.domain.errors import NotFoundError
from bot.domain.item import Item
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.columns import MAX_ID
from bot.ledger.db.rows import FEED_NAME, ITEM_COLUMNS, to_item
from bot.ledger.db.tables import evidence, feeds, items, listings, story_items


def seen_by(workspace: WorkspaceId) -> FromClause:
    """Items with their feeds, and the line of this workspace's list on it where it has one."""
    own = and_(listings.c.feed_id == items.c.feed_id, listings.c.workspace_id == workspace)
    return items.join(feeds, feeds.c.id == items.c.feed_id).outerjoin(listings, own)


def listed_by(workspace: WorkspaceId) -> ColumnElement[bool]:
    """Whether the workspace lists the feed now; for rows of `seen_by`."""
    return and_(listings.c.workspace_id == workspace, listings.c.removed_at.is_(None))


OUTLET = func.coalesce(listings.c.title, FEED_NAME).label("outlet")
"""The name people of a workspace know the feed by; for rows of `seen_by`."""


def evidence_of(workspace: WorkspaceId) -> FromClause:
    """As `seen_by`, with the evidence on each item, and its story."""
    return (
        seen_by(workspace)
        .join(evidence, evidence.c.item_id == items.c.id)
        .join(story_items, story_items.c.item_id == items.c.id)
    )


def may_see(workspace: WorkspaceId) -> ColumnElement[bool]:
    """Whether the workspace may see the item; for rows of `seen_by`."""
    filed = select(evidence.c.id).where(
        evidence.c.workspace_id == workspace, evidence.c.item_id == items.c.id
    )
    return or_(listed_by(workspace), filed.exists())


def visible_item(connection: Connection, workspace: WorkspaceId, item_id: int) -> Item:
    """One item.

    Raises:
        NotFoundError: When there is none, or the workspace may not see it.
    """
    query = (
        select(*ITEM_COLUMNS, OUTLET, items.c.backlog)
        .select_from(seen_by(workspace))
        .where(items.c.id == item_id, may_see(workspace))
    )
    row = connection.execute(query).one_or_none() if 0 < item_id <= MAX_ID else None
    if row is None:
        msg = f"there is no item {item_id}"
        raise NotFoundError(msg)
    return to_item(row)
