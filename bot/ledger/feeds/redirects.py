"""Feeds that moved permanently: which of them go on at the address that they were seen to lead to.

A feed keeps its number when it moves, and with it its items, their identity and its evidence; so
nothing of its new address is taken for news. That is possible unless another list names the old
address too, or the new one is known as a feed of its own: then the list's line changes alone.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, exists, or_, select, update

from bot.domain.workspace import WorkspaceId
from bot.ledger.audit import note
from bot.ledger.db.rows import AnyRow
from bot.ledger.db.tables import feed_moves, feeds, listings
from bot.ledger.feeds.lines import Lines, audit_entry


def follow_redirects(
    connection: Connection,
    workspace: WorkspaceId,
    old: Lines,
    new: Lines,
    *,
    actor: str,
    at: datetime,
) -> Mapping[str, str]:
    """Let feeds go on at their new addresses, where the new list says so.

    Returns:
        The new address of each feed that did, by its old one.
    """
    gone, come = [u for u in old if u not in new], {u for u in new if u not in old}
    if not gone or not come:
        return {}
    seen = (
        select(feed_moves.c.feed_id, feed_moves.c.url, feed_moves.c.to_url)
        .join_from(feed_moves, feeds, feeds.c.id == feed_moves.c.feed_id)
        .join(listings, listings.c.feed_id == feeds.c.id)
        .where(
            listings.c.workspace_id == workspace,
            listings.c.removed_at.is_(None),
            feed_moves.c.url == feeds.c.url,
        )
        .order_by(feed_moves.c.last_at.desc())
    )
    moved: dict[str, str] = {}
    for row in connection.execute(seen).all():
        wanted = row.url in gone and row.to_url in come
        done = row.url in moved or row.to_url in moved.values()
        if wanted and not done and _rename(connection, workspace, row, at):
            moved[row.url] = row.to_url
            line = old[row.url]
            after = replace(line, url=row.to_url)
            entry = audit_entry("feed.move", row.to_url, line, after, actor=actor, at=at)
            note(connection, workspace, [entry])
    return moved


def _rename(connection: Connection, workspace: WorkspaceId, move: AnyRow, at: datetime) -> bool:
    """Give the feed its new address; False where it must stay as it is."""
    others = exists().where(
        listings.c.feed_id == move.feed_id,
        listings.c.workspace_id != workspace,
        listings.c.removed_at.is_(None),
    )
    taken = exists().where(feeds.c.url == move.to_url)
    if connection.scalar(select(or_(others, taken))):
        return False
    this = feeds.c.id == move.feed_id
    connection.execute(update(feeds).where(this).values(url=move.to_url))
    connection.execute(
        update(feed_moves)
        .where(
            feed_moves.c.feed_id == move.feed_id,
            feed_moves.c.url == move.url,
            feed_moves.c.to_url == move.to_url,
        )
        .values(moved_at=at)
    )
    return True
