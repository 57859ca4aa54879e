"""Notes on feeds for admins: each thing once, until it is over, and several in one message.

A note is open until what it says is over; while it is open nothing of its kind is noted again of
that feed. What fails and what has recovered is read from the feeds' state, not from events, so
nothing is missed when the process dies between storing a result and speaking of it.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, and_, exists, func, insert, or_, select, update

from bot.domain.feed import FAILURES_UNTIL_FAILING, FeedNote, FeedNoteKind
from bot.domain.subscription import NewDelivery
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.bulk import insert_once
from bot.ledger.db.database import Database
from bot.ledger.db.rows import FEED_NAME, AnyRow, AnySelect, batches
from bot.ledger.db.tables import feed_notes, feeds, listings
from bot.ledger.deliveries import outbox
from bot.ledger.workspaces import hold

FLOOD_OVER = timedelta(days=7)


class FeedNotes:
    """What admins should hear of feeds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        workspace: WorkspaceId,
        feed_id: int,
        kind: FeedNoteKind,
        text: str,
        *,
        at: datetime,
        anew: bool = False,
    ) -> bool:
        """Note something; False, and nothing is noted, where it is noted and not over yet.

        Args:
            workspace: The workspace.
            feed_id: The feed.
            kind: What has happened; `MOVED` is over at once, so each move is told.
            text: See `FeedNote.text`.
            at: When.
            anew: It has happened again: what was noted before is over.
        """
        return await self._database.write(_add, workspace, feed_id, kind, text, at=at, anew=anew)

    async def wording(self, workspace: WorkspaceId, feed_id: int, kind: FeedNoteKind) -> str | None:
        """What is noted and not over yet; None without."""
        return await self._database.read(_wording, workspace, feed_id, kind)

    async def reword(
        self, workspace: WorkspaceId, feed_id: int, kind: FeedNoteKind, text: str
    ) -> None:
        """Say otherwise what is noted and not told yet; nothing where it was told."""
        await self._database.write(_reword, workspace, feed_id, kind, text)

    async def take_stock(self, workspace: WorkspaceId, *, at: datetime) -> None:
        """Note which feeds fail and which answer again, and settle what is over."""
        await self._database.write(_take_stock, workspace, at)

    async def untold(self, workspace: WorkspaceId) -> tuple[FeedNote, ...]:
        """Those that admins have not been told, oldest first."""
        return await self._database.read(_untold, workspace)

    async def about(self, workspace: WorkspaceId, urls: Collection[str]) -> tuple[FeedNote, ...]:
        """All that was noted of the feeds at these addresses, told or not, oldest first."""
        return await self._database.read(_about, workspace, urls)

    async def last_told_at(self, workspace: WorkspaceId) -> datetime | None:
        """When admins were last told something; None if never."""
        return await self._database.read(_last_told_at, workspace)

    async def tell(
        self,
        workspace: WorkspaceId,
        ids: Collection[int],
        deliveries: Sequence[NewDelivery],
        *,
        at: datetime,
    ) -> bool:
        """Put messages into the outbox and mark what they tell as told: both, or neither.

        Returns:
            False, and nothing is done, when another process has told some of it meanwhile.
        """
        return await self._database.write(_tell, workspace, sorted(ids), deliveries, at)


def _add(
    connection: Connection,
    workspace: WorkspaceId,
    feed_id: int,
    kind: FeedNoteKind,
    text: str,
    *,
    at: datetime,
    anew: bool = False,
) -> bool:
    row = {
        "workspace_id": workspace,
        "feed_id": feed_id,
        "kind": kind.value,
        "text": text,
        "at": at,
    }
    if kind in {FeedNoteKind.MOVED, FeedNoteKind.RECOVERED}:
        connection.execute(insert(feed_notes).values(**row, settled_at=at))
        return True
    before = _open(workspace, kind).where(feed_notes.c.feed_id == feed_id)
    if kind is FeedNoteKind.FLOOD and not anew:
        before = before.where(feed_notes.c.at < at - FLOOD_OVER)
        anew = True
    if anew:
        _settle(connection, list(connection.scalars(before)), at)
    return insert_once(connection, feed_notes, row)


def _wording(
    connection: Connection, workspace: WorkspaceId, feed_id: int, kind: FeedNoteKind
) -> str | None:
    this = feed_notes.c.id.in_(_open(workspace, kind).where(feed_notes.c.feed_id == feed_id))
    wording: str | None = connection.scalar(select(feed_notes.c.text).where(this))
    return wording


def _reword(
    connection: Connection, workspace: WorkspaceId, feed_id: int, kind: FeedNoteKind, text: str
) -> None:
    this = feed_notes.c.id.in_(_open(workspace, kind).where(feed_notes.c.feed_id == feed_id))
    untold = feed_notes.c.told_at.is_(None)
    connection.execute(update(feed_notes).where(this, untold).values(text=text))


def settle_faults(
    connection: Connection, workspace: WorkspaceId, feed_id: int, at: datetime
) -> None:
    """A feed begins anew: what was noted of its failures is over, and it has not recovered."""
    this = feed_notes.c.feed_id == feed_id
    for kind in (FeedNoteKind.GONE, FeedNoteKind.FAILING):
        _settle(connection, list(connection.scalars(_open(workspace, kind).where(this))), at)


def _take_stock(connection: Connection, workspace: WorkspaceId, at: datetime) -> None:
    hold(connection, workspace)
    _settle_recovered(connection, workspace, at)
    gone = exists().where(
        feed_notes.c.workspace_id == workspace,
        feed_notes.c.feed_id == feeds.c.id,
        feed_notes.c.kind.in_([FeedNoteKind.GONE.value, FeedNoteKind.FAILING.value]),
        feed_notes.c.settled_at.is_(None),
    )
    failing = (
        select(feeds.c.id, feeds.c.error)
        .join_from(listings, feeds, feeds.c.id == listings.c.feed_id)
        .where(
            listings.c.workspace_id == workspace,
            listings.c.removed_at.is_(None),
            listings.c.enabled,
            feeds.c.failures >= FAILURES_UNTIL_FAILING,
            ~gone,
        )
        .order_by(listings.c.position)
    )
    for row in connection.execute(failing).all():
        _add(connection, workspace, row.id, FeedNoteKind.FAILING, row.error or "", at=at)


def _settle_recovered(connection: Connection, workspace: WorkspaceId, at: datetime) -> None:
    """Close what is over; who was told of a failure is told that it is over."""
    listed = and_(listings.c.workspace_id == workspace, listings.c.feed_id == feed_notes.c.feed_id)
    well = and_(listings.c.enabled, listings.c.removed_at.is_(None), feeds.c.failures == 0)
    unlisted = or_(listings.c.feed_id.is_(None), listings.c.removed_at.is_not(None))
    over = (
        select(feed_notes, well.label("well"))
        .join_from(feed_notes, feeds, feeds.c.id == feed_notes.c.feed_id)
        .outerjoin(listings, listed)
        .where(
            feed_notes.c.workspace_id == workspace,
            feed_notes.c.settled_at.is_(None),
            feed_notes.c.kind.in_([FeedNoteKind.GONE.value, FeedNoteKind.FAILING.value]),
            or_(well, unlisted),
        )
    )
    rows = connection.execute(over).all()
    _settle(connection, [row.id for row in rows], at)
    for row in rows:
        if row.kind == FeedNoteKind.FAILING.value and row.told_at is not None and row.well:
            _add(connection, workspace, row.feed_id, FeedNoteKind.RECOVERED, "", at=at)


def _settle(connection: Connection, ids: Sequence[int], at: datetime) -> None:
    """Close notes; what is over before anybody was told need not be told any more."""
    for batch in batches(ids):
        of_batch = feed_notes.c.id.in_(batch)
        connection.execute(update(feed_notes).where(of_batch).values(settled_at=at))


def _open(workspace: WorkspaceId, kind: FeedNoteKind) -> Select[tuple[int]]:
    return select(feed_notes.c.id).where(
        feed_notes.c.workspace_id == workspace,
        feed_notes.c.kind == kind.value,
        feed_notes.c.settled_at.is_(None),
    )


def _notes(workspace: WorkspaceId) -> AnySelect:
    """A workspace's notes with address and title of their feeds, oldest first."""
    listed = and_(listings.c.workspace_id == workspace, listings.c.feed_id == feed_notes.c.feed_id)
    return (
        select(
            feed_notes,
            feeds.c.url,
            func.coalesce(listings.c.title, FEED_NAME).label("title"),
        )
        .join_from(feed_notes, feeds, feeds.c.id == feed_notes.c.feed_id)
        .outerjoin(listings, listed)
        .where(feed_notes.c.workspace_id == workspace)
        .order_by(feed_notes.c.id)
    )


def _untold(connection: Connection, workspace: WorkspaceId) -> tuple[FeedNote, ...]:
    """A failure that was over before anybody was told is left out."""
    query = _notes(workspace).where(
        feed_notes.c.told_at.is_(None),
        or_(
            feed_notes.c.kind != FeedNoteKind.FAILING.value,
            feed_notes.c.settled_at.is_(None),
        ),
    )
    return tuple(_to_note(row) for row in connection.execute(query))


def _about(
    connection: Connection, workspace: WorkspaceId, urls: Collection[str]
) -> tuple[FeedNote, ...]:
    query = _notes(workspace).where(feeds.c.url.in_(urls))
    return tuple(_to_note(row) for row in connection.execute(query))


def _to_note(row: AnyRow) -> FeedNote:
    return FeedNote(
        id=row.id,
        feed_id=row.feed_id,
        title=row.title,
        url=row.url,
        kind=FeedNoteKind(row.kind),
        text=row.text,
        at=row.at,
    )


def _last_told_at(connection: Connection, workspace: WorkspaceId) -> datetime | None:
    told: datetime | None = connection.scalar(
        select(func.max(feed_notes.c.told_at)).where(feed_notes.c.workspace_id == workspace)
    )
    return told


def _tell(
    connection: Connection,
    workspace: WorkspaceId,
    ids: Sequence[int],
    deliveries: Sequence[NewDelivery],
    at: datetime,
) -> bool:
    hold(connection, workspace)
    still = 0
    for batch in batches(ids):
        of_batch = and_(feed_notes.c.id.in_(batch), feed_notes.c.told_at.is_(None))
        still += connection.scalar(select(func.count()).where(of_batch)) or 0
    if still < len(ids):
        return False
    for batch in batches(ids):
        connection.execute(update(feed_notes).where(feed_notes.c.id.in_(batch)).values(told_at=at))
    for delivery in deliveries:
        outbox.put(connection, workspace, delivery, at)
    return True
