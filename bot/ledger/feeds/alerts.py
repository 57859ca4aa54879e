"""Notes on feeds for admins: each event once until it is over, several in one message.

A note is open until what it says is over; while it is open nothing of its kind is noted again of
that feed. What fails and what has recovered is read from the feeds' state, not from events, so
nothing is missed when the process dies between storing a result and alerting admins.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, exists, func, insert, or_, select, update

from bot.domain.feed import FAILURES_UNTIL_FAILING, FeedNote, FeedNoteKind
from bot.domain.subscription import NewDelivery
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.database import Repository, reads, writes
from bot.ledger.db.rows import FEED_NAME, AnySelect, batches, hold, insert_once, value_of
from bot.ledger.db.tables import feed_notes, feeds, listings
from bot.ledger.deliveries import put_delivery

FLOOD_OVER = timedelta(days=7)
_FAULTS = (FeedNoteKind.GONE, FeedNoteKind.FAILING)


class FeedNotes(Repository):
    """The notes of every workspace, sent and unsent."""

    @writes
    def add(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        feed_id: int,
        kind: FeedNoteKind,
        text: str,
        *,
        at: datetime,
        anew: bool = False,
    ) -> bool:
        """Note an event; False, and nothing is noted, where a note of its kind is open.

        `MOVED` and `LATE` are over at once, so each is noted. `anew` closes an open note first: it
        has happened again.
        """
        return _add(connection, workspace, feed_id, kind, text, at=at, anew=anew)

    @reads
    def open_text(
        self, connection: Connection, workspace: WorkspaceId, feed_id: int, kind: FeedNoteKind
    ) -> str | None:
        """The text of the open note of a kind; None without."""
        this = _is_open(workspace, feed_id, kind)
        text: str | None = connection.scalar(select(feed_notes.c.text).where(this))
        return text

    @writes
    def change_text(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        feed_id: int,
        kind: FeedNoteKind,
        text: str,
    ) -> None:
        """Give the open note of a kind another text, unless it was sent."""
        this = (_is_open(workspace, feed_id, kind), feed_notes.c.told_at.is_(None))
        connection.execute(update(feed_notes).where(*this).values(text=text))

    @writes
    def refresh(self, connection: Connection, workspace: WorkspaceId, *, at: datetime) -> None:
        """Note which feeds fail and which answer again, and settle what is over."""
        hold(connection, workspace)
        _settle_recovered(connection, workspace, at)
        noted = exists().where(
            feed_notes.c.workspace_id == workspace,
            feed_notes.c.feed_id == feeds.c.id,
            feed_notes.c.kind.in_(_FAULTS),
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
                ~noted,
            )
            .order_by(listings.c.position)
        )
        for row in connection.execute(failing).all():
            _add(connection, workspace, row.id, FeedNoteKind.FAILING, row.error or "", at=at)

    @reads
    def unsent(self, connection: Connection, workspace: WorkspaceId) -> tuple[FeedNote, ...]:
        """Notes that admins have not got, oldest first; a failure that is over is left out."""
        query = _notes(workspace).where(
            feed_notes.c.told_at.is_(None),
            or_(feed_notes.c.kind != FeedNoteKind.FAILING, feed_notes.c.settled_at.is_(None)),
        )
        return tuple(value_of(FeedNote, row) for row in connection.execute(query))

    @reads
    def of_feeds(
        self, connection: Connection, workspace: WorkspaceId, urls: Collection[str]
    ) -> tuple[FeedNote, ...]:
        """All notes on the feeds at these addresses, sent or not, oldest first."""
        query = _notes(workspace).where(feeds.c.url.in_(urls))
        return tuple(value_of(FeedNote, row) for row in connection.execute(query))

    @reads
    def last_sent_at(self, connection: Connection, workspace: WorkspaceId) -> datetime | None:
        """When notes were last sent to admins; None if never."""
        last: datetime | None = connection.scalar(
            select(func.max(feed_notes.c.told_at)).where(feed_notes.c.workspace_id == workspace)
        )
        return last

    @writes
    def send(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        ids: Collection[int],
        deliveries: Sequence[NewDelivery],
        *,
        at: datetime,
    ) -> bool:
        """Put messages into the outbox and mark their notes as sent: both, or neither.

        Returns:
            False, and nothing is done, when another process has sent one of them meanwhile.
        """
        hold(connection, workspace)
        unsent = 0
        for batch in batches(sorted(ids)):
            of_batch = and_(feed_notes.c.id.in_(batch), feed_notes.c.told_at.is_(None))
            unsent += connection.scalar(select(func.count()).where(of_batch)) or 0
        if unsent < len(ids):
            return False
        for batch in batches(sorted(ids)):
            these = feed_notes.c.id.in_(batch)
            connection.execute(update(feed_notes).where(these).values(told_at=at))
        for delivery in deliveries:
            put_delivery(connection, workspace, delivery, at=at)
        return True


def settle_faults(
    connection: Connection, workspace: WorkspaceId, feed_id: int, at: datetime
) -> None:
    """Close the notes on a feed's failures when it begins anew; it has not recovered."""
    for kind in _FAULTS:
        _settle(connection, _is_open(workspace, feed_id, kind), at)


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
    row = {"workspace_id": workspace, "feed_id": feed_id, "kind": kind, "text": text, "at": at}
    if kind in {FeedNoteKind.MOVED, FeedNoteKind.RECOVERED, FeedNoteKind.LATE}:
        connection.execute(insert(feed_notes).values(**row, settled_at=at))
        return True
    before = _is_open(workspace, feed_id, kind)
    if anew:
        _settle(connection, before, at)
    elif kind is FeedNoteKind.FLOOD:
        _settle(connection, and_(before, feed_notes.c.at < at - FLOOD_OVER), at)
    return insert_once(connection, feed_notes, row)


def _settle_recovered(connection: Connection, workspace: WorkspaceId, at: datetime) -> None:
    """Close what is over; where admins got a note of a failure, note the recovery."""
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
            feed_notes.c.kind.in_(_FAULTS),
            or_(well, unlisted),
        )
    )
    rows = connection.execute(over).all()
    for batch in batches([row.id for row in rows]):
        _settle(connection, feed_notes.c.id.in_(batch), at)
    for row in rows:
        if row.kind is FeedNoteKind.FAILING and row.told_at is not None and row.well:
            _add(connection, workspace, row.feed_id, FeedNoteKind.RECOVERED, "", at=at)


def _settle(connection: Connection, these: ColumnElement[bool], at: datetime) -> None:
    connection.execute(update(feed_notes).where(these).values(settled_at=at))


def _is_open(workspace: WorkspaceId, feed_id: int, kind: FeedNoteKind) -> ColumnElement[bool]:
    return and_(
        feed_notes.c.workspace_id == workspace,
        feed_notes.c.feed_id == feed_id,
        feed_notes.c.kind == kind,
        feed_notes.c.settled_at.is_(None),
    )


def _notes(workspace: WorkspaceId) -> AnySelect:
    """A workspace's notes with address and title of their feeds, oldest first."""
    listed = and_(listings.c.workspace_id == workspace, listings.c.feed_id == feed_notes.c.feed_id)
    return (
        select(feed_notes, feeds.c.url, func.coalesce(listings.c.title, FEED_NAME).label("title"))
        .join_from(feed_notes, feeds, feeds.c.id == feed_notes.c.feed_id)
        .outerjoin(listings, listed)
        .where(feed_notes.c.workspace_id == workspace)
        .order_by(feed_notes.c.id)
    )
