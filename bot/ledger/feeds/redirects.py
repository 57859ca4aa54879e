"""Feeds that moved for good: what was seen of it, and a feed that goes on at its new address.

A feed keeps its number when it moves, and with it its items, their identity and its evidence; so
nothing of its new address is taken for news. That is possible unless another list names the old
address too, or the new one is known as a feed of its own: then the list's line changes alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, case, exists, insert, or_, select, true, update

from bot.domain.errors import NotFoundError
from bot.domain.feed import FeedList, FeedSpec
from bot.domain.subscription import AuditEntry, Json
from bot.domain.workspace import WorkspaceId
from bot.ledger.audit import note
from bot.ledger.db.rows import AnyRow
from bot.ledger.db.tables import feed_moves, feeds, listings
from bot.ledger.values import FeedChanges

# MERGED feed_lines: The lines of a feed list: what a change of the list means, and its words in
# the audit trail.


Lines = Mapping[str, FeedSpec]
"""A feed list by address, in its order; every line names its interval."""


def lines_of(feed_list: FeedList) -> Lines:
    """The list's lines by address; of two lines with one address the first counts."""
    lines: dict[str, FeedSpec] = {}
    for spec in feed_list.feeds:
        lines.setdefault(spec.url, full_line(spec, every=feed_list.every))
    return lines


def full_line(spec: FeedSpec, *, every: timedelta) -> FeedSpec:
    """The line as it is stored: with an interval, in whole seconds, and None for no words."""
    seconds = max(1, int((spec.every or every).total_seconds()))
    return replace(
        spec,
        title=spec.title or None,
        category=spec.category or None,
        language=spec.language or None,
        every=timedelta(seconds=seconds),
        inherits=spec.every is None or spec.inherits,
    )


def changes_between(old: Lines, new: Lines) -> FeedChanges:
    """What turns the old list into the new one."""
    return FeedChanges(
        added=tuple(url for url in new if url not in old),
        changed=tuple(url for url, line in new.items() if url in old and old[url] != line),
        removed=tuple(url for url in old if url not in new),
    )


def audit_entries(
    old: Lines, new: Lines, changes: FeedChanges, *, actor: str, at: datetime
) -> list[AuditEntry]:
    """One entry for each line added, changed or removed."""
    steps: Iterable[tuple[str, tuple[str, ...]]] = (
        ("feed.add", changes.added),
        ("feed.change", changes.changed),
        ("feed.remove", changes.removed),
    )
    return [
        AuditEntry(
            at=at,
            actor=actor,
            action=action,
            subject=url,
            before=as_json(old.get(url)),
            after=as_json(new.get(url)),
        )
        for action, urls in steps
        for url in urls
    ]


def as_json(line: FeedSpec | None) -> Json | None:
    """The line as the audit trail keeps it; None without a line."""
    if line is None:
        return None
    words = {
        "url": line.url,
        "title": line.title,
        "category": line.category,
        "language": line.language,
    }
    return {
        **{name: value for name, value in words.items() if value is not None},
        "weight": line.weight,
        "every_s": None if line.every is None else int(line.every.total_seconds()),
        "enabled": line.enabled,
        **({} if line.inherits else {"every_own": True}),
    }


def saw(
    connection: Connection, feed_id: int, to_url: str, at: datetime, looked_at: datetime | None
) -> int:
    """See `Feeds.saw_move`."""
    url = connection.scalar(select(feeds.c.url).where(feeds.c.id == feed_id).with_for_update())
    if url is None:
        msg = f"the ledger has no feed {feed_id}"
        raise NotFoundError(msg)
    this = (feed_moves.c.feed_id == feed_id, feed_moves.c.url == url, feed_moves.c.to_url == to_url)
    # Not seen at the look before: the server has changed its mind since, and may do so again.
    in_a_row = true() if looked_at is None else feed_moves.c.last_at >= looked_at
    seen_now = case((in_a_row, feed_moves.c.seen + 1), else_=1)
    again = update(feed_moves).where(*this).values(seen=seen_now, last_at=at)
    again = again.returning(feed_moves.c.seen)
    seen = connection.scalar(again)
    if seen is not None:
        return int(seen)
    first = {"feed_id": feed_id, "url": url, "to_url": to_url, "seen": 1}
    connection.execute(insert(feed_moves).values(**first, first_at=at, last_at=at))
    return 1


def follow(
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
        possible = row.url in gone and row.url not in moved and row.to_url in come
        if (
            possible
            and row.to_url not in moved.values()
            and _rename(connection, workspace, row, at)
        ):
            moved[row.url] = row.to_url
            _note(connection, workspace, old[row.url], row.to_url, actor=actor, at=at)
    return moved


def _rename(connection: Connection, workspace: WorkspaceId, move: AnyRow, at: datetime) -> bool:
    """Give the feed its new address; False where it must stay as it is."""
    feed_id, to_url = move.feed_id, move.to_url
    others = exists().where(
        listings.c.feed_id == feed_id,
        listings.c.workspace_id != workspace,
        listings.c.removed_at.is_(None),
    )
    taken = exists().where(feeds.c.url == to_url)
    if connection.scalar(select(or_(others, taken))):
        return False
    connection.execute(update(feeds).where(feeds.c.id == feed_id).values(url=to_url))
    connection.execute(
        update(feed_moves)
        .where(
            feed_moves.c.feed_id == feed_id,
            feed_moves.c.url == move.url,
            feed_moves.c.to_url == to_url,
        )
        .values(moved_at=at)
    )
    return True


def _note(
    connection: Connection,
    workspace: WorkspaceId,
    line: FeedSpec,
    to_url: str,
    *,
    actor: str,
    at: datetime,
) -> None:
    note(
        connection,
        workspace,
        at=at,
        actor=actor,
        action="feed.move",
        subject=to_url,
        before=as_json(line),
        after=as_json(replace(line, url=to_url)),
    )
