"""Feeds: each workspace's list of them, the edits that its file lacks, and how each address fares.

An address is fetched once however many lists name it. A feed keeps its number when it moves, and
with it its items, their identity and its evidence; so nothing of its new address is taken for news.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, case, delete, exists, func, insert, or_, select, true, update

from bot.domain.errors import NotFoundError
from bot.domain.feed import LONGEST_WAIT, Feed, FeedList, FeedSpec
from bot.domain.feed_edit import FeedEdit, FeedEditKind, KeptEdit, needed
from bot.domain.subscription import AuditEntry, Json
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.database import Repository, reads, writes
from bot.ledger.db.rows import (
    FEED_NAME,
    AnyRow,
    AnySelect,
    batches,
    columns_of,
    hold,
    insert_into,
    insert_or_replace,
    to_hints,
    value_of,
)
from bot.ledger.db.tables import feed_edits, feed_moves, feeds, listings
from bot.ledger.feeds.alerts import settle_faults
from bot.ledger.items.match_queue import queue_feeds, unqueue_feeds
from bot.ledger.values import FeedChanges
from bot.ledger.workspaces import accepted_entry, note

# A feed list by address, in its order; every line names its interval.
Lines = Mapping[str, FeedSpec]
# A feed that was off the list no longer than this was never meant to be.
# Two machines may differ by so much, and ask a feed no more often for it.
SKEW: Final = timedelta(minutes=5)
# No document puts off its next look further: a week of skipped days, and the longest wait.
LONGEST_AHEAD: Final = timedelta(days=7) + 2 * LONGEST_WAIT
BACK_WITHIN: Final = timedelta(days=1)
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
        accepted: str | None = None,
    ) -> FeedChanges:
        """Make the workspace's list the file's, with the kept edits and these over it.

        `accepted` is the fingerprint of a change that an admin, the actor, agreed to.

        Each changed line is in the audit trail, and the edits are kept until the file has them.
        Items and evidence of removed feeds stay. Where an address makes room for one that it was
        seen to lead to permanently (`saw_move`), the feed goes on there, with all its items.
        """
        hold(connection, workspace)
        wanted, kept = _keep_edits(connection, workspace, file, edits, actor=actor, at=at)
        new = lines_of(wanted)
        before = {
            row.url: value_of(
                FeedSpec,
                row,
                title=row.listed_title,
                every=timedelta(seconds=row.every_s),
                inherits=row.own_every_s is None,
            )
            for row in connection.execute(listed_feeds(workspace))
        }
        moved: Mapping[str, str] = {}
        if before.keys() - new.keys() and new.keys() - before.keys():
            moved = _follow_redirects(connection, workspace, before, new, at)
        lines = [replace(line, url=moved.get(url, url)) for url, line in before.items()]
        old = {line.url: line for line in lines}
        changes = changes_between(old, new)
        if list(old.items()) != list(new.items()):
            _store_lines(connection, workspace, old, new, changes, at=at)
        entries = audit_entries(old, new, changes, moved, actor=actor, at=at)
        if accepted is not None:
            entries.append(accepted_entry("feeds", accepted, actor=actor, at=at))
        note(connection, workspace, entries)
        changed = [url for url in new if url in changes.changed or url in moved.values()]
        return replace(changes, changed=tuple(changed), kept=tuple(kept))

    @reads
    def kept_edits(self, connection: Connection, workspace: WorkspaceId) -> tuple[KeptEdit, ...]:
        """The edits that are in force and not in the file yet, oldest first."""
        return _kept_edits(connection, workspace)

    @writes
    def forget_edits(
        self, connection: Connection, workspace: WorkspaceId, edits: Collection[KeptEdit]
    ) -> None:
        """Forget edits that are in the file now."""
        for batch in batches([one.id for one in edits]):
            own = feed_edits.c.workspace_id == workspace
            connection.execute(delete(feed_edits).where(own, feed_edits.c.id.in_(batch)))

    @reads
    def list(self, connection: Connection, workspace: WorkspaceId) -> tuple[Feed, ...]:
        """The feeds that the workspace lists, paused ones too, in the order of its list."""
        return tuple(to_feed(row) for row in connection.execute(listed_feeds(workspace)))

    @reads
    def first_listed(self, connection: Connection, workspace: WorkspaceId) -> datetime | None:
        """When the first feed was listed, removed ones too; None where that is not known."""
        query = select(func.min(listings.c.listed_at)).where(listings.c.workspace_id == workspace)
        first: datetime | None = connection.scalar(query)
        return first

    @reads
    def due(self, connection: Connection, *, now: datetime) -> tuple[Feed, ...]:
        """The feeds to fetch now, the longest due first, then by number.

        A feed is due when some workspace lists it, not paused, and its time has come or was never
        set, or was set by a look that lies ahead or further from it than any wait is long: then a
        clock was wrong. Each address comes once, named as the feed names itself, with the shortest
        interval that any list asks for; nothing else of the lists shows.
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
            .where(
                or_(
                    feeds.c.due_at.is_(None),
                    feeds.c.due_at <= now,
                    feeds.c.checked_at > now + SKEW,
                    feeds.c.due_at > now + LONGEST_AHEAD,
                )
            )
            .order_by(feeds.c.due_at.nulls_first(), feeds.c.id)
        )
        found = (to_feed(row) for row in connection.execute(query))
        return tuple(feed for feed in found if _is_due(feed, now))

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


def _is_due(feed: Feed, now: datetime) -> bool:
    """Whether no long interval of its own explains why it is due so far ahead."""
    ahead = now + LONGEST_AHEAD
    looked_ahead = feed.checked_at is not None and feed.checked_at > now + SKEW
    far = feed.due_at is not None and ahead < feed.due_at <= ahead + 2 * feed.every
    return looked_ahead or not far


def listed_feeds(workspace: WorkspaceId) -> AnySelect:
    """The workspace's feeds in the order of its list, with all columns that `to_feed` reads."""
    return (
        select(
            *_HEALTH,
            func.coalesce(listings.c.title, FEED_NAME).label("title"),
            listings.c.title.label("listed_title"),
            *(listings.c[name] for name in _LINE if name != "title"),
            listings.c.every_s,
            listings.c.own_every_s,
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


def lines_of(feed_list: FeedList) -> Lines:
    """The lines as they are stored: with an interval in whole seconds, None for empty texts."""
    lines = {}
    for spec in feed_list.feeds:
        seconds = max(1, int((spec.every or feed_list.every).total_seconds()))
        lines[spec.url] = replace(
            spec,
            title=spec.title or None,
            category=spec.category or None,
            language=spec.language or None,
            every=timedelta(seconds=seconds),
            inherits=spec.every is None or spec.inherits,
        )
    return lines


def changes_between(old: Lines, new: Lines) -> FeedChanges:
    """What turns the old list into the new one."""
    return FeedChanges(
        added=tuple(url for url in new if url not in old),
        changed=tuple(url for url, line in new.items() if url in old and old[url] != line),
        removed=tuple(url for url in old if url not in new),
    )


def audit_entries(
    old: Lines,
    new: Lines,
    changes: FeedChanges,
    moved: Mapping[str, str],
    *,
    actor: str,
    at: datetime,
) -> list[AuditEntry]:
    """One entry for each feed that moved (then it has its new address in `old`), and each change.

    `moved` gives the new addresses by the old ones.
    """
    moves = [("feed.move", to, replace(old[to], url=url), old[to]) for url, to in moved.items()]
    added = [("feed.add", url, None, new[url]) for url in changes.added]
    changed = [("feed.change", url, old[url], new[url]) for url in changes.changed]
    removed = [("feed.remove", url, old[url], None) for url in changes.removed]
    return [
        AuditEntry(
            at=at,
            actor=actor,
            action=action,
            subject=url,
            before=_as_json(before),
            after=_as_json(after),
        )
        for action, url, before, after in (*moves, *added, *changed, *removed)
    ]


def _as_json(line: FeedSpec | None) -> Json | None:
    """A line for the audit trail and for a kept edit; `_kept_edits` reads it back."""
    if line is None:
        return None
    values = {name: value for name, value in asdict(line).items() if value is not None}
    inherits, every = values.pop("inherits"), values.pop("every", None)
    values["every_s"] = None if every is None else int(every.total_seconds())
    return values if inherits else values | {"every_own": True}


def _keep_edits(
    connection: Connection,
    workspace: WorkspaceId,
    file: FeedList,
    edits: Sequence[FeedEdit],
    *,
    actor: str,
    at: datetime,
) -> tuple[FeedList, Sequence[KeptEdit]]:
    """The file's list with the kept edits and these over it, and what is kept from now on.

    Edits that the file has by now, or that later ones undo, are forgotten.
    """
    rows = [
        {
            "workspace_id": workspace,
            "kind": edit.kind.value,
            "url": edit.url,
            "line": _as_json(edit.spec),
            "actor": actor,
            "at": at,
        }
        for edit in edits
    ]
    if rows:
        connection.execute(insert(feed_edits), rows)
    kept = _kept_edits(connection, workspace)
    wanted, rest = needed(file, kept)
    for batch in batches([one.id for one in kept if one not in rest]):
        connection.execute(delete(feed_edits).where(feed_edits.c.id.in_(batch)))
    return wanted, rest


def _kept_edits(connection: Connection, workspace: WorkspaceId) -> tuple[KeptEdit, ...]:
    query = select(feed_edits).where(feed_edits.c.workspace_id == workspace)
    kept = []
    for row in connection.execute(query.order_by(feed_edits.c.id)):
        spec = None
        if row.line is not None:
            values = {name: one for name, one in row.line.items() if not name.startswith("every")}
            every_s = row.line["every_s"]
            every = None if every_s is None else timedelta(seconds=every_s)
            spec = FeedSpec(**values, every=every)
        edit = FeedEdit(kind=FeedEditKind(row.kind), url=row.url, spec=spec)
        kept.append(KeptEdit(id=row.id, edit=edit, actor=row.actor, at=row.at))
    return tuple(kept)


def _follow_redirects(
    connection: Connection, workspace: WorkspaceId, old: Lines, new: Lines, at: datetime
) -> Mapping[str, str]:
    """Let feeds go on at addresses they were seen to lead to, where the new list says so.

    That is possible unless another list names the old address too, or the new one is known as a
    feed of its own: then the list's line changes alone.

    Returns:
        The new address of each feed that did, by its old one.
    """
    moved: dict[str, str] = {}
    other, target, move = listings.alias(), feeds.alias(), feed_moves.c
    elsewhere = (other.c.workspace_id != workspace, other.c.removed_at.is_(None))
    seen = (
        select(move.feed_id, move.url, move.to_url)
        .join_from(feed_moves, feeds, feeds.c.id == move.feed_id)
        .join(listings, listings.c.feed_id == feeds.c.id)
        .where(
            listings.c.workspace_id == workspace,
            listings.c.removed_at.is_(None),
            move.url == feeds.c.url,
            ~exists().where(other.c.feed_id == feeds.c.id, *elsewhere),
            ~exists().where(target.c.url == move.to_url),
        )
        .order_by(move.last_at.desc())
    )
    for row in connection.execute(seen).all():
        wanted = row.url not in new and row.to_url in new and row.to_url not in old
        if wanted and row.url not in moved and row.to_url not in moved.values():
            this = update(feeds).where(feeds.c.id == row.feed_id)
            connection.execute(this.values(url=row.to_url))
            followed = update(feed_moves).filter_by(**row._asdict())
            connection.execute(followed.values(moved_at=at))
            moved[row.url] = row.to_url
    return moved


def _store_lines(
    connection: Connection,
    workspace: WorkspaceId,
    old: Lines,
    new: Lines,
    changes: FeedChanges,
    *,
    at: datetime,
) -> None:
    """Write the new list; what the feeds of new lines have brought so far is queued."""
    ids: dict[str, int] = {}
    for batch in batches([*new, *changes.removed]):
        missing = insert_into(connection, feeds).on_conflict_do_nothing()
        connection.execute(missing, [{"url": url, "failures": 0} for url in batch])
        known = connection.execute(select(feeds.c.url, feeds.c.id).where(feeds.c.url.in_(batch)))
        ids.update({row.url: row.id for row in known})
    if gone := [ids[url] for url in changes.removed]:
        _mark(connection, workspace, gone, removed_at=at)
        unqueue_feeds(connection, workspace, gone)
    come = [ids[url] for url in changes.added]
    back = _back(connection, workspace, come, at=at)
    rows = []
    for position, (url, line) in enumerate(new.items()):
        every_s = int((line.every or FeedList().every).total_seconds())
        rows.append(
            {name: getattr(line, name) for name in _LINE}
            | {
                "workspace_id": workspace,
                "feed_id": ids[url],
                "every_s": every_s,
                "own_every_s": None if line.inherits else every_s,
                "position": position,
                "removed_at": None,
            }
        )
    insert_or_replace(connection, listings, rows)
    if come:
        _mark(connection, workspace, [one for one in come if one not in back], listed_at=at)
        _mark(connection, workspace, sorted(back), removed_at=None)
        queue_feeds(connection, workspace, come, at=at)
    for url in changes.changed:
        _reschedule(connection, workspace, ids[url], old=old[url], new=new[url], at=at)


def _back(
    connection: Connection, workspace: WorkspaceId, feed_ids: Sequence[int], *, at: datetime
) -> frozenset[int]:
    """Those that were off the list for a day at most: they go on where they were.

    Half a file may have been saved for seconds. Each counts as listed since it first was, so that
    what it brings, and brought meanwhile for others, is news.
    """
    back: set[int] = set()
    for batch in batches(feed_ids):
        lately = select(listings.c.feed_id).where(
            listings.c.workspace_id == workspace,
            listings.c.feed_id.in_(batch),
            listings.c.removed_at >= at - BACK_WITHIN,
        )
        back.update(connection.scalars(lately))
    return frozenset(back)


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
    this = update(feeds).where(feeds.c.id == feed_id)
    if new.enabled and not old.enabled:
        connection.execute(this.values(failures=0, not_found=0, error=None, due_at=None))
        settle_faults(connection, workspace, feed_id, at)
        return
    every, was = new.every or timedelta(0), old.every or timedelta(0)
    if every < was or (old.inherits and not new.inherits):
        asked = select(feeds.c.checked_at, feeds.c.fresh_s, feeds.c.wait_s)
        row = connection.execute(asked.where(feeds.c.id == feed_id)).one()
        latest = at + every
        if row.checked_at is not None:  # its server and its document may allow it only later
            wait = timedelta(seconds=max(row.fresh_s or 0, row.wait_s or 0))
            latest = max(latest, row.checked_at + min(wait, LONGEST_WAIT))
        connection.execute(this.where(feeds.c.due_at > latest).values(due_at=latest))


def _mark(
    connection: Connection,
    workspace: WorkspaceId,
    feed_ids: Sequence[int],
    **values: datetime | None,
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
