"""Counts of each feed of a list: rhythm, items, matches, and what people rejected.

Four statements, however many feeds there are. Each reads an index from where a feed's newest items
begin, so a long archive costs nothing.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    select,
    type_coerce,
)
from sqlalchemy.types import NullType

from bot.domain.evidence import REJECTING
from bot.domain.feed import WEEKS, FeedFigures, FeedNoteKind
from bot.domain.rhythm import MOMENTS, rhythm_of
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.database import Repository, reads
from bot.ledger.db.rows import value_of
from bot.ledger.db.tables import evidence, feed_moves, feed_notes, items, listings, reviews
from bot.ledger.feeds.feeds import listed_feeds, to_feed


class FeedStats(Repository):
    """Counts over the feeds of every workspace."""

    @reads
    def list(
        self, connection: Connection, workspace: WorkspaceId, *, now: datetime
    ) -> tuple[FeedFigures, ...]:
        """The counts of each feed that the workspace lists, in the order of its list."""
        since = now - timedelta(weeks=WEEKS)
        matched = _matched(connection, workspace, since)
        reviewed = _reviewed(connection, workspace)
        former = _former_urls(connection, workspace)
        rows = connection.execute(listed_feeds(workspace).add_columns(*_of_items(since), _GONE))
        return tuple(
            value_of(
                FeedFigures,
                row,
                feed=to_feed(row),
                rhythm=rhythm_of(_to_times(row.times)),
                matches=matched.get(row.id, 0),
                judged=reviewed.get(row.id, (0, 0))[0],
                rejected=reviewed.get(row.id, (0, 0))[1],
                former_urls=tuple(url for url in former.get(row.id, ()) if url != row.url),
            )
            for row in rows
        )


_OPEN_NOTE = exists().where(
    feed_notes.c.workspace_id == listings.c.workspace_id,
    feed_notes.c.feed_id == listings.c.feed_id,
    feed_notes.c.kind == FeedNoteKind.GONE,
    feed_notes.c.settled_at.is_(None),
)
_GONE = and_(~listings.c.enabled, _OPEN_NOTE).label("gone")


def _of_items(since: datetime) -> tuple[ColumnElement[Any], ...]:
    """What a listed feed's items say.

    The newest `MOMENTS` different dates as one text, since rows of them would take three times as
    long; the oldest date; and the number of items since then.
    """
    own = items.c.feed_id == listings.c.feed_id
    date = items.c.published_at
    newest = select(date).where(own).distinct().order_by(date.desc()).limit(MOMENTS)
    some = newest.correlate(listings).subquery()
    written = cast(type_coerce(some.c.published_at, NullType()), String)
    times = select(func.aggregate_strings(written, ","))
    oldest = select(func.min(date)).where(own)
    recent = select(func.count()).select_from(items).where(own, date >= since)
    return (
        times.scalar_subquery().label("times"),
        oldest.scalar_subquery().label("oldest_at"),
        recent.scalar_subquery().label("items"),
    )


def _to_times(texts: str | None) -> set[datetime]:
    """Dates as the database writes them: without a zone, that is in UTC, on SQLite."""
    times = map(datetime.fromisoformat, texts.split(",") if texts else ())
    return {time if time.tzinfo else time.replace(tzinfo=UTC) for time in times}


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
    rejected = func.sum(case((evidence.c.verdict.in_(REJECTING), 1), else_=0))
    query = (
        select(items.c.feed_id, func.count(), rejected)
        .join_from(those, evidence, evidence.c.id == those.c.evidence_id)
        .join(items, items.c.id == evidence.c.item_id)
        .where(evidence.c.verdict.is_not(None))
        .group_by(items.c.feed_id)
    )
    rows = connection.execute(query)
    return {feed_id: (int(number), int(rejects)) for feed_id, number, rejects in rows}


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
