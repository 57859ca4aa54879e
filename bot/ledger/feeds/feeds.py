"""Feeds: each workspace's list of them, and how fetching each address fares.

An address is fetched once however many lists name it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, case, func, insert, or_, select, true, update

from bot.domain.errors import NotFoundError
from bot.domain.feed import LONGEST_WAIT, Feed, FeedList, FeedSpec
from bot.domain.feed_edit import FeedEdit
from bot.domain.workspace import WorkspaceId
from bot.ledger.audit import note
from bot.ledger.db.bulk import insert_missing, insert_or_replace
from bot.ledger.db.database import Repository, reads, writes
from bot.ledger.db.rows import FEED_NAME, AnyRow, AnySelect, batches, columns_of, to_hints, value_of
from bot.ledger.db.tables import feed_moves, feeds, listings
from bot.ledger.feeds.alerts import settle_faults
from bot.ledger.feeds.edits import keep_edits
from bot.ledger.feeds.lines import audit_entries, changes_between, follow_redirects, lines_of
from bot.ledger.items.match_queue import queue_feeds, unqueue_feeds
from bot.ledger.values import FeedChanges
from bot.ledger.workspaces import hold

_HEALTH = tuple(column for column in feeds.c if column is not feeds.c.title)
_LINE = tuple(column.name for column in columns_of(FeedSpec, listings))


class Feeds(Repository):
    """Feed lists and feed health."""

    @writes
    def sync(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        file: FeedList,
        edits: Sequence[FeedEdit] = (),
        *,
        actor: str,
        at: datetime,
    ) -> FeedChanges:
        """Make the workspace's list the file's, with the kept edits and these over it.

        Each changed line is in the audit trail, and the edits are kept until the file has them.
        Items and evidence of removed feeds stay. Where an address makes room for one that it was
        seen to lead to permanently (`saw_move`), the feed goes on there, with all its items.
        """
        hold(connection, workspace)
        new = lines_of(keep_edits(connection, workspace, file, edits, actor=actor, at=at))
        old = _lines(connection, workspace)
        moved = follow_redirects(connection, workspace, old, new, actor=actor, at=at)
        old = {
            moved.get(url, url): replace(line, url=moved.get(url, url)) for url, line in old.items()
        }
        changes = changes_between(old, new)
        if changes == FeedChanges() and list(old) == list(new):
            return replace(changes, changed=tuple(moved.values()))
        ids = _feed_ids(connection, [*new, *changes.removed])
        _unlist(connection, workspace, [ids[url] for url in changes.removed], at)
        rows = [_listing(workspace, ids[url], line, n) for n, (url, line) in enumerate(new.items())]
        insert_or_replace(connection, listings, rows)
        _start_listing(connection, workspace, [ids[url] for url in changes.added], at)
        for url in changes.changed:
            _reschedule(connection, workspace, ids[url], old=old[url], new=new[url], at=at)
        note(connection, workspace, audit_entries(old, new, changes, actor=actor, at=at))
        changed = [url for url in new if url in changes.changed or url in moved.values()]
        return replace(changes, changed=tuple(changed))

    @reads
    def list(self, connection: Connection, workspace: WorkspaceId) -> tuple[Feed, ...]:
        """The feeds that the workspace lists, paused ones too, in the order of its list."""
        return tuple(to_feed(row) for row in connection.execute(listed_feeds(workspace)))

    @reads
    def due(self, connection: Connection, *, now: datetime) -> tuple[Feed, ...]:
        """The feeds to fetch now, the longest due first, then by number.

        A feed is due when some workspace lists it, not paused, and its time has come or was never
        set. Each address comes once, named as the feed names itself, with the shortest interval
        that any list asks for; nothing else of the lists shows.
        """
        wanted = (
            select(
                listings.c.feed_id,
                func.min(listings.c.every_s).label("every_s"),
                func.min(listings.c.own_every_s).label("own_every_s"),
            )
            .where(listings.c.removed_at.is_(None), listings.c.enabled)
            .group_by(listings.c.feed_id)
            .subquery()
        )
        query = (
            select(*_HEALTH, FEED_NAME.label("title"), wanted.c.every_s, wanted.c.own_every_s)
            .join_from(feeds, wanted, wanted.c.feed_id == feeds.c.id)
            .where(or_(feeds.c.due_at.is_(None), feeds.c.due_at <= now))
            .order_by(feeds.c.due_at.nulls_first(), feeds.c.id)
        )
        return tuple(to_feed(row) for row in connection.execute(query))

    @writes
    def saw_move(
        self,
        connection: Connection,
        feed_id: int,
        to_url: str,
        *,
        at: datetime,
        looked_at: datetime | None = None,
    ) -> int:
        """Note that the feed's address led to another one permanently, where a feed was read.

        `looked_at` is when the feed was fetched before; None when it never was.

        Returns:
            The number of fetches in a row that saw it, at least 1.

        Raises:
            NotFoundError: When there is no such feed.
        """
        url = connection.scalar(select(feeds.c.url).where(feeds.c.id == feed_id).with_for_update())
        if url is None:
            raise NotFoundError(f"the ledger has no feed {feed_id}")
        move = {"feed_id": feed_id, "url": url, "to_url": to_url}
        # Not seen at the fetch before: the server has changed its mind since, and may do so again.
        in_a_row = true() if looked_at is None else feed_moves.c.last_at >= looked_at
        again = (
            update(feed_moves)
            .filter_by(**move)
            .values(seen=case((in_a_row, feed_moves.c.seen + 1), else_=1), last_at=at)
            .returning(feed_moves.c.seen)
        )
        seen: int | None = connection.scalar(again)
        if seen is not None:
            return seen
        connection.execute(insert(feed_moves).values(**move, seen=1, first_at=at, last_at=at))
        return 1


def listed_feeds(workspace: WorkspaceId) -> AnySelect:
    """The workspace's feeds in the order of its list, with all columns that `to_feed` reads."""
    return (
        select(
            *_HEALTH,
            func.coalesce(listings.c.title, FEED_NAME).label("title"),
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


def to_feed(row: AnyRow) -> Feed:
    """A feed from a row of `listed_feeds`."""
    own = row.own_every_s
    return value_of(
        Feed,
        row,
        every=timedelta(seconds=row.every_s),
        own_every=None if own is None else timedelta(seconds=own),
        not_found=row.not_found or 0,
        hints=to_hints(row),
    )


def _lines(connection: Connection, workspace: WorkspaceId) -> Mapping[str, FeedSpec]:
    return {
        row.url: value_of(
            FeedSpec,
            row,
            title=row.listed_title,
            every=timedelta(seconds=row.every_s),
            inherits=row.own_every_s is None,
        )
        for row in connection.execute(listed_feeds(workspace))
    }


def _reschedule(
    connection: Connection,
    workspace: WorkspaceId,
    feed_id: int,
    *,
    old: FeedSpec,
    new: FeedSpec,
    at: datetime,
) -> None:
    """Have a resumed feed due at once, and one with a shorter interval as that says.

    The interval is shorter, too, when the feed's rhythm cannot stretch it any more.
    """
    if new.enabled and not old.enabled:
        _reset_failures(connection, feed_id)
        settle_faults(connection, workspace, feed_id, at)
    elif new.every is not None:
        shorter = old.every is not None and new.every < old.every
        if shorter or (old.inherits and not new.inherits):
            _cap_due_at(connection, feed_id, at + new.every)


def _reset_failures(connection: Connection, feed_id: int) -> None:
    """Forget the failures of a feed that an admin resumes, and have it due at once."""
    values = {"failures": 0, "not_found": 0, "error": None, "due_at": None}
    connection.execute(update(feeds).where(feeds.c.id == feed_id).values(values))


def _cap_due_at(connection: Connection, feed_id: int, latest: datetime) -> None:
    """Have a feed due by `latest`, or as soon as its server and document allow."""
    asked = select(feeds.c.checked_at, feeds.c.fresh_s, feeds.c.wait_s)
    row = connection.execute(asked.where(feeds.c.id == feed_id)).one()
    if row.checked_at is not None:
        wait = timedelta(seconds=max(row.fresh_s or 0, row.wait_s or 0))
        latest = max(latest, row.checked_at + min(wait, LONGEST_WAIT))
    later = (feeds.c.id == feed_id, feeds.c.due_at > latest)
    connection.execute(update(feeds).where(*later).values(due_at=latest))


def _listing(
    workspace: WorkspaceId, feed_id: int, line: FeedSpec, position: int
) -> dict[str, object]:
    every_s = int((line.every or FeedList().every).total_seconds())
    return {
        **{name: getattr(line, name) for name in _LINE},
        "workspace_id": workspace,
        "feed_id": feed_id,
        "every_s": every_s,
        "own_every_s": None if line.inherits else every_s,
        "position": position,
        "removed_at": None,
    }


def _unlist(
    connection: Connection, workspace: WorkspaceId, feed_ids: Sequence[int], at: datetime
) -> None:
    _mark(connection, workspace, feed_ids, removed_at=at)
    unqueue_feeds(connection, workspace, feed_ids)


def _start_listing(
    connection: Connection, workspace: WorkspaceId, feed_ids: Sequence[int], at: datetime
) -> None:
    """Note since when feeds are listed, and queue what they have brought so far."""
    _mark(connection, workspace, feed_ids, listed_at=at)
    queue_feeds(connection, workspace, feed_ids)


def _mark(
    connection: Connection, workspace: WorkspaceId, feed_ids: Sequence[int], **values: datetime
) -> None:
    """Change lines of the list, not while a fetch of these feeds is being recorded.

    Else that fetch might miss the change of the list, and its items be missed here.
    """
    for batch in batches(sorted(feed_ids)):
        held = select(feeds.c.id).where(feeds.c.id.in_(batch)).order_by(feeds.c.id)
        connection.execute(held.with_for_update(key_share=True)).all()
    for batch in batches(feed_ids):
        these = (listings.c.workspace_id == workspace, listings.c.feed_id.in_(batch))
        connection.execute(update(listings).where(*these).values(values))


def _feed_ids(connection: Connection, urls: Sequence[str]) -> dict[str, int]:
    """The numbers of addresses; new addresses get one."""
    ids: dict[str, int] = {}
    for batch in batches(urls):
        insert_missing(connection, feeds, [{"url": url, "failures": 0} for url in batch])
        rows = connection.execute(select(feeds.c.url, feeds.c.id).where(feeds.c.url.in_(batch)))
        ids.update({row.url: row.id for row in rows})
    return ids
