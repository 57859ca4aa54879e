"""Counts of each feed of a list: rhythm, items, matches, and what people rejected.

Seven statements, however many feeds there are. Each reads an index from where a feed's newest items
begin, so a long archive costs nothing.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    String,
    case,
    cast,
    func,
    literal,
    select,
    true,
    type_coerce,
)
from sqlalchemy.types import NullType

from bot.domain.evidence import Verdict
from bot.domain.feed import WEEKS, FeedFigures, FeedNoteKind
from bot.domain.rhythm import MOMENTS, rhythm_of
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.columns import UTCDateTime
from bot.ledger.db.database import Repository, reads
from bot.ledger.db.tables import evidence, feed_moves, feed_notes, items, listings, reviews
from bot.ledger.feeds.feeds import listed_feeds, to_feed

_EVER = datetime(1, 1, 2, tzinfo=UTC)


class FeedStats(Repository):
    """Counts over the feeds of every workspace."""

    @reads
    def list(
        self, connection: Connection, workspace: WorkspaceId, *, now: datetime
    ) -> tuple[FeedFigures, ...]:
        """The counts of each feed that the workspace lists, in the order of its list."""
        since = now - timedelta(weeks=WEEKS)
        times = _times(connection, workspace)
        published = _published(connection, workspace, since)
        oldest = _oldest(connection, workspace)
        matched = _matched(connection, workspace, since)
        reviewed = _reviewed(connection, workspace)
        former = _former_urls(connection, workspace)
        gone = _gone(connection, workspace)
        return tuple(
            FeedFigures(
                feed=to_feed(row),
                listed_at=row.listed_at,
                rhythm=rhythm_of(times.get(row.id, ())),
                oldest_at=oldest.get(row.id),
                items=published.get(row.id, 0),
                matches=matched.get(row.id, 0),
                judged=reviewed.get(row.id, (0, 0))[0],
                rejected=reviewed.get(row.id, (0, 0))[1],
                gone=row.id in gone and not row.enabled,
                former_urls=tuple(u for u in former.get(row.id, ()) if u != row.url),
            )
            for row in connection.execute(listed_feeds(workspace))
        )


def _times(connection: Connection, workspace: WorkspaceId) -> Mapping[int, list[datetime]]:
    """The newest `MOMENTS` different times at which each feed published, in any order."""
    if connection.dialect.name == "postgresql":
        feed_id, published_at, source = _newest_of_each(workspace)
    else:
        feed_id, published_at, source = _since_the_oldest_of_them(workspace)
    # As one text for each feed: 15,000 rows would take three times as long.
    written = func.aggregate_strings(cast(type_coerce(published_at, NullType()), String), ",")
    query = select(feed_id, written).select_from(source).group_by(feed_id)
    return {
        feed: [_to_time(one) for one in set(texts.split(","))]
        for feed, texts in connection.execute(query)
    }


Times = tuple[ColumnElement[int], ColumnElement[datetime], FromClause]
"""A feed's number, a time, and where both come from."""


def _newest_of_each(workspace: WorkspaceId) -> Times:
    """For PostgreSQL, which plans the other way badly."""
    newest = (
        select(items.c.published_at)
        .where(items.c.feed_id == listings.c.feed_id)
        .distinct()
        .order_by(items.c.published_at.desc())
        .limit(MOMENTS)
        .lateral()
    )
    listed = _listed(workspace)
    source = select(listings.c.feed_id, newest.c.published_at).join(newest, true()).where(*listed)
    found = source.subquery()
    return found.c.feed_id, found.c.published_at, found


def _since_the_oldest_of_them(workspace: WorkspaceId) -> Times:
    """For SQLite, which has no LATERAL: first where they begin, then what comes from there on."""
    newer = items.alias()
    begin = (
        select(newer.c.published_at)
        .where(newer.c.feed_id == listings.c.feed_id)
        .distinct()
        .order_by(newer.c.published_at.desc())
        .limit(1)
        .offset(MOMENTS - 1)
        .correlate(listings)
        .scalar_subquery()
    )
    since = func.coalesce(begin, literal(_EVER, UTCDateTime()))
    found = (
        select(items.c.feed_id, items.c.published_at)
        .join_from(listings, items, items.c.feed_id == listings.c.feed_id)
        .where(*_listed(workspace), items.c.published_at >= since)
        .subquery()
    )
    return found.c.feed_id, found.c.published_at, found


def _listed(workspace: WorkspaceId) -> tuple[ColumnElement[bool], ...]:
    return (listings.c.workspace_id == workspace, listings.c.removed_at.is_(None))


def _to_time(text: str) -> datetime:
    """A date as the database writes it: without a zone, that is in UTC, on SQLite."""
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _published(
    connection: Connection, workspace: WorkspaceId, since: datetime
) -> Mapping[int, int]:
    query = (
        select(items.c.feed_id, func.count())
        .join_from(listings, items, items.c.feed_id == listings.c.feed_id)
        .where(*_listed(workspace), items.c.published_at >= since)
        .group_by(items.c.feed_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _oldest(connection: Connection, workspace: WorkspaceId) -> Mapping[int, datetime | None]:
    begin = (
        select(func.min(items.c.published_at))
        .where(items.c.feed_id == listings.c.feed_id)
        .correlate(listings)
        .scalar_subquery()
    )
    rows = connection.execute(select(listings.c.feed_id, begin).where(*_listed(workspace)))
    return {row[0]: row[1] for row in rows}


def _matched(connection: Connection, workspace: WorkspaceId, since: datetime) -> Mapping[int, int]:
    """Items, not pieces of evidence: one item may bear on several commitments."""
    query = (
        select(items.c.feed_id, func.count(evidence.c.item_id.distinct()))
        .join_from(evidence, items, items.c.id == evidence.c.item_id)
        .where(
            evidence.c.workspace_id == workspace,
            evidence.c.published_at >= since,
            evidence.c.withdrawn_at.is_(None),
        )
        .group_by(items.c.feed_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _reviewed(connection: Connection, workspace: WorkspaceId) -> Mapping[int, tuple[int, int]]:
    """Evidence that people reviewed, and the rejected part of it; begins at the reviews."""
    those = (
        select(reviews.c.evidence_id)
        .where(reviews.c.workspace_id == workspace)
        .distinct()
        .subquery()
    )
    rejected = func.sum(case((evidence.c.verdict == Verdict.REJECTED, 1), else_=0))
    query = (
        select(items.c.feed_id, func.count(), rejected)
        .join_from(those, evidence, evidence.c.id == those.c.evidence_id)
        .join(items, items.c.id == evidence.c.item_id)
        .where(evidence.c.verdict.is_not(None))
        .group_by(items.c.feed_id)
    )
    rows = connection.execute(query)
    return {feed_id: (int(number), int(rejects)) for feed_id, number, rejects in rows}


def _gone(connection: Connection, workspace: WorkspaceId) -> frozenset[int]:
    query = select(feed_notes.c.feed_id).where(
        feed_notes.c.workspace_id == workspace,
        feed_notes.c.kind == FeedNoteKind.GONE,
        feed_notes.c.settled_at.is_(None),
    )
    return frozenset(connection.scalars(query))


def _former_urls(connection: Connection, workspace: WorkspaceId) -> Mapping[int, list[str]]:
    query = (
        select(feed_moves.c.feed_id, feed_moves.c.url)
        .join_from(feed_moves, listings, listings.c.feed_id == feed_moves.c.feed_id)
        .where(listings.c.workspace_id == workspace, feed_moves.c.moved_at.is_not(None))
        .order_by(feed_moves.c.moved_at)
    )
    former: defaultdict[int, list[str]] = defaultdict(list)
    for feed_id, url in connection.execute(query):
        former[feed_id].append(url)
    return former
