"""The lines of a feed list: what a change of the list means, and how the audit trail says it.

A feed that moved permanently goes on at the address that it was seen to lead to. It keeps its
number, and with it its items, their identity and its evidence; so nothing of its new address is
taken for news. That is possible unless another list names the old address too, or the new one is
known as a feed of its own: then the list's line changes alone.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, exists, or_, select, update

from bot.domain.feed import FeedList, FeedSpec
from bot.domain.subscription import AuditEntry, Json
from bot.domain.workspace import WorkspaceId
from bot.ledger.audit import note
from bot.ledger.db.rows import AnyRow
from bot.ledger.db.tables import feed_moves, feeds, listings
from bot.ledger.values import FeedChanges

# A feed list by address, in its order; every line names its interval.
Lines = Mapping[str, FeedSpec]


def lines_of(feed_list: FeedList) -> Lines:
    """The list's lines by address; of two lines with one address the first counts."""
    lines: dict[str, FeedSpec] = {}
    for spec in feed_list.feeds:
        lines.setdefault(spec.url, _full_line(spec, every=feed_list.every))
    return lines


def _full_line(spec: FeedSpec, *, every: timedelta) -> FeedSpec:
    """The line as it is stored: with an interval, in whole seconds, and None for empty texts."""
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
    steps = (("add", changes.added), ("change", changes.changed), ("remove", changes.removed))
    return [
        _audit_entry(f"feed.{step}", url, old.get(url), new.get(url), actor=actor, at=at)
        for step, urls in steps
        for url in urls
    ]


def _audit_entry(
    action: str, url: str, old: FeedSpec | None, new: FeedSpec | None, *, actor: str, at: datetime
) -> AuditEntry:
    return AuditEntry(
        at=at, actor=actor, action=action, subject=url, before=_as_json(old), after=_as_json(new)
    )


def _as_json(line: FeedSpec | None) -> Json | None:
    if line is None:
        return None
    values = {"every_own": None if line.inherits else True, **line_to_json(line)}
    return {name: value for name, value in values.items() if value is not None}


def line_to_json(line: FeedSpec) -> Json:
    """A line as JSON, an interval in seconds; without whose interval it is."""
    values = asdict(line)
    del values["inherits"]
    every = values.pop("every")
    return {**values, "every_s": None if every is None else int(every.total_seconds())}


def line_from_json(values: Json) -> FeedSpec:
    """The inverse of `line_to_json`."""
    others = dict(values)
    every_s = others.pop("every_s")
    every = timedelta(seconds=every_s) if isinstance(every_s, int | float) else None
    return FeedSpec(**others, every=every)  # type: ignore[arg-type] # as `line_to_json` wrote it


def follow_redirects(
    connection: Connection,
    workspace: WorkspaceId,
    old: Lines,
    new: Lines,
    *,
    actor: str,
    at: datetime,
) -> Mapping[str, str]:
    """Let feeds go on where the new list says so; gives the new address of each by its old one."""
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
            entry = _audit_entry("feed.move", row.to_url, line, after, actor=actor, at=at)
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
