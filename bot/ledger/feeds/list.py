"""Storing feed lists; see `bot.ledger.feeds.feeds` for what each step means."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from difflib import get_close_matches

from sqlalchemy import Connection, func, select, update

from bot.domain.errors import NotFoundError
from bot.domain.feed import Feed, FeedList, FeedSpec
from bot.domain.workspace import WorkspaceId
from bot.ledger.audit import note, note_all
from bot.ledger.db.bulk import insert_missing, insert_or_replace
from bot.ledger.db.rows import FEED_HEALTH_COLUMNS, FEED_NAME, AnyRow, AnySelect, batches, to_feed
from bot.ledger.db.tables import feeds, listings
from bot.ledger.feeds.alerts import settle_faults
from bot.ledger.feeds.health import begin_anew, not_later
from bot.ledger.feeds.redirects import (
    Lines,
    as_json,
    audit_entries,
    changes_between,
    follow,
    full_line,
)
from bot.ledger.items.match_queue import queue_feeds, unqueue_feeds
from bot.ledger.values import FeedChanges
from bot.ledger.workspaces import hold


def sync(
    connection: Connection, workspace: WorkspaceId, new: Lines, *, actor: str, at: datetime
) -> FeedChanges:
    """See `Feeds.sync`."""
    hold(connection, workspace)
    old = _lines(connection, workspace)
    moved = follow(connection, workspace, old, new, actor=actor, at=at)
    old = {moved.get(url, url): replace(line, url=moved.get(url, url)) for url, line in old.items()}
    changes = changes_between(old, new)
    if changes == FeedChanges() and list(old) == list(new):
        return replace(changes, changed=tuple(moved.values()))
    ids = _feed_ids(connection, [*new, *changes.removed])
    _unlist(connection, workspace, [ids[url] for url in changes.removed], at)
    rows = [_listing(workspace, ids[url], line, n) for n, (url, line) in enumerate(new.items())]
    insert_or_replace(connection, listings, rows)
    _take_up(connection, workspace, [ids[url] for url in changes.added], at)
    for url in changes.changed:
        _renew(connection, workspace, ids[url], old=old[url], new=new[url], at=at)
    note_all(connection, workspace, audit_entries(old, new, changes, actor=actor, at=at))
    changed = [url for url in new if url in changes.changed or url in moved.values()]
    return replace(changes, changed=tuple(changed))


def add(
    connection: Connection, workspace: WorkspaceId, spec: FeedSpec, *, actor: str, at: datetime
) -> Feed:
    """See `Feeds.add`."""
    hold(connection, workspace)
    old = _lines(connection, workspace)
    line = full_line(spec, every=FeedList().every)
    if old.get(line.url) != line:
        _put(connection, workspace, line, old.get(line.url), at)
        new = {**old, line.url: line}
        entries = audit_entries(old, new, changes_between(old, new), actor=actor, at=at)
        note_all(connection, workspace, entries)
    return _get(connection, workspace, line.url)


def remove(
    connection: Connection, workspace: WorkspaceId, url: str, *, actor: str, at: datetime
) -> None:
    """See `Feeds.remove`."""
    hold(connection, workspace)
    old = _lines(connection, workspace)
    _require(old, url)
    _unlist(connection, workspace, list(_feed_ids(connection, [url]).values()), at)
    new = {u: line for u, line in old.items() if u != url}
    entries = audit_entries(old, new, changes_between(old, new), actor=actor, at=at)
    note_all(connection, workspace, entries)


def set_enabled(
    connection: Connection,
    workspace: WorkspaceId,
    url: str,
    enabled: bool,
    *,
    actor: str,
    at: datetime,
) -> Feed:
    """See `Feeds.set_enabled`."""
    hold(connection, workspace)
    old = _require(_lines(connection, workspace), url)
    if old.enabled != enabled:
        line = replace(old, enabled=enabled)
        _put(connection, workspace, line, old, at)
        note(
            connection,
            workspace,
            at=at,
            actor=actor,
            action="feed.resume" if enabled else "feed.pause",
            subject=url,
            before=as_json(old),
            after=as_json(line),
        )
    return _get(connection, workspace, url)


def _require(lines: Lines, url: str) -> FeedSpec:
    if url in lines:
        return lines[url]
    nearest = get_close_matches(url, lines, n=3)
    hint = f"; the nearest are {', '.join(nearest)}" if nearest else ""
    msg = f"the feed list has no {url}{hint}"
    raise NotFoundError(msg)


def _put(
    connection: Connection,
    workspace: WorkspaceId,
    line: FeedSpec,
    old: FeedSpec | None,
    at: datetime,
) -> None:
    """Write one line: in its old place, or at the end."""
    feed_id = _feed_ids(connection, [line.url])[line.url]
    of_list = listings.c.workspace_id == workspace
    if old is None:
        last = connection.scalar(select(func.max(listings.c.position)).where(of_list))
        position = 0 if last is None else last + 1
    else:
        place = select(listings.c.position).where(of_list, listings.c.feed_id == feed_id)
        position = connection.scalars(place).one()
    insert_or_replace(connection, listings, [_listing(workspace, feed_id, line, position)])
    if old is None:
        _take_up(connection, workspace, [feed_id], at)
    else:
        _renew(connection, workspace, feed_id, old=old, new=line, at=at)


def _renew(
    connection: Connection,
    workspace: WorkspaceId,
    feed_id: int,
    *,
    old: FeedSpec,
    new: FeedSpec,
    at: datetime,
) -> None:
    """What a changed line means for the next look: a resumed feed is due, a shorter wait counts."""
    if new.enabled and not old.enabled:
        begin_anew(connection, [feed_id])
        settle_faults(connection, workspace, feed_id, at)
    elif new.every is not None and _sooner(old, new):
        not_later(connection, feed_id, at + new.every)


def _sooner(old: FeedSpec, new: FeedSpec) -> bool:
    """Whether a feed may come sooner: by a shorter wait, or one that its rhythm cannot stretch."""
    shorter = new.every is not None and old.every is not None and new.every < old.every
    return shorter or (old.inherits and not new.inherits)


def _listing(
    workspace: WorkspaceId, feed_id: int, line: FeedSpec, position: int
) -> dict[str, object]:
    every_s = int((line.every or FeedList().every).total_seconds())
    return {
        "workspace_id": workspace,
        "feed_id": feed_id,
        "title": line.title,
        "category": line.category,
        "language": line.language,
        "weight": line.weight,
        "every_s": every_s,
        "own_every_s": None if line.inherits else every_s,
        "enabled": line.enabled,
        "position": position,
        "removed_at": None,
    }


def _unlist(
    connection: Connection, workspace: WorkspaceId, feed_ids: Sequence[int], at: datetime
) -> None:
    _hold_feeds(connection, feed_ids)
    for batch in batches(feed_ids):
        connection.execute(
            update(listings)
            .where(listings.c.workspace_id == workspace, listings.c.feed_id.in_(batch))
            .values(removed_at=at)
        )
    unqueue_feeds(connection, workspace, feed_ids)


def _take_up(
    connection: Connection, workspace: WorkspaceId, feed_ids: Sequence[int], at: datetime
) -> None:
    """Note since when feeds are listed, and queue what they have brought so far."""
    _hold_feeds(connection, feed_ids)
    for batch in batches(feed_ids):
        connection.execute(
            update(listings)
            .where(listings.c.workspace_id == workspace, listings.c.feed_id.in_(batch))
            .values(listed_at=at)
        )
    queue_feeds(connection, workspace, feed_ids)


def _hold_feeds(connection: Connection, feed_ids: Sequence[int]) -> None:
    """Wait for fetches that are being recorded, and keep others waiting.

    Else one that is being recorded might miss the change of a list, and its items be missed here.
    """
    for batch in batches(sorted(feed_ids)):
        held = select(feeds.c.id).where(feeds.c.id.in_(batch)).order_by(feeds.c.id)
        connection.execute(held.with_for_update(key_share=True)).all()


def _feed_ids(connection: Connection, urls: Sequence[str]) -> dict[str, int]:
    """The numbers of addresses; new addresses get one."""
    ids: dict[str, int] = {}
    for batch in batches(urls):
        insert_missing(connection, feeds, [{"url": url, "failures": 0} for url in batch])
        rows = connection.execute(select(feeds.c.url, feeds.c.id).where(feeds.c.url.in_(batch)))
        ids.update({row.url: row.id for row in rows})
    return ids


def listed_rows(workspace: WorkspaceId) -> AnySelect:
    """The workspace's feeds in the order of its list, with all columns that `to_feed` reads."""
    return (
        select(
            *FEED_HEALTH_COLUMNS,
            func.coalesce(listings.c.title, FEED_NAME).label("name"),
            listings.c.title.label("listed_title"),
            listings.c.category,
            listings.c.language,
            listings.c.weight,
            listings.c.every_s,
            listings.c.own_every_s,
            listings.c.enabled,
            listings.c.listed_at,
        )
        .join_from(listings, feeds, feeds.c.id == listings.c.feed_id)
        .where(listings.c.workspace_id == workspace, listings.c.removed_at.is_(None))
        .order_by(listings.c.position, feeds.c.id)
    )


def listed(connection: Connection, workspace: WorkspaceId) -> tuple[Feed, ...]:
    """See `Feeds.list`."""
    return tuple(to_feed(row) for row in connection.execute(listed_rows(workspace)))


def _get(connection: Connection, workspace: WorkspaceId, url: str) -> Feed:
    return to_feed(connection.execute(listed_rows(workspace).where(feeds.c.url == url)).one())


def _lines(connection: Connection, workspace: WorkspaceId) -> dict[str, FeedSpec]:
    return {row.url: _to_line(row) for row in connection.execute(listed_rows(workspace))}


def _to_line(row: AnyRow) -> FeedSpec:
    return FeedSpec(
        url=row.url,
        title=row.listed_title,
        category=row.category,
        language=row.language,
        weight=row.weight,
        every=timedelta(seconds=row.every_s),
        enabled=row.enabled,
        inherits=row.own_every_s is None,
    )
