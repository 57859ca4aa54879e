"""Questions about evidence, and their answers."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, desc, distinct, func, or_, select

from bot.domain.errors import NotFoundError
from bot.domain.evidence import Direction, Evidence, Verdict
from bot.domain.item import Item
from bot.domain.window import Window
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.columns import MAX_ID
from bot.ledger.db.rows import (
    EVIDENCE_COLUMNS,
    FEED_NAME,
    ITEM_COLUMNS,
    AnySelect,
    batches,
    to_evidence,
    to_item,
)
from bot.ledger.db.tables import evidence, feeds, items, story_items
from bot.ledger.items.visibility import OUTLET, evidence_of

STANDING = evidence.c.withdrawn_at.is_(None)
NOT_REJECTED = or_(evidence.c.verdict.is_(None), evidence.c.verdict != Verdict.REJECTED.value)


def conditions(
    commitments: Collection[str] | None,
    window: Window | None,
    published: Window | None,
    news_only: bool,
    include_rejected: bool,
) -> list[ColumnElement[bool]]:
    """What evidence must be; the arguments are those of `EvidenceFile.list`."""
    wanted: list[ColumnElement[bool]] = [STANDING]
    if commitments is not None:
        wanted.append(evidence.c.commitment_id.in_(sorted(commitments)))
    for column, span in ((evidence.c.filed_at, window), (evidence.c.published_at, published)):
        if span is not None:
            wanted += [column >= span.since, column < span.until]
    if news_only:
        wanted.append(evidence.c.news)
    if not include_rejected:
        wanted.append(NOT_REJECTED)
    return wanted


def _evidence(workspace: WorkspaceId) -> AnySelect:
    columns = (*EVIDENCE_COLUMNS, *ITEM_COLUMNS, OUTLET)
    return (
        select(*columns)
        .select_from(evidence_of(workspace))
        .where(evidence.c.workspace_id == workspace)
    )


def find(
    connection: Connection,
    workspace: WorkspaceId,
    conditions: list[ColumnElement[bool]],
    limit: int | None,
    newest_first: bool,
) -> tuple[Evidence, ...]:
    """See `EvidenceFile.list`."""
    order = [evidence.c.published_at, evidence.c.id]
    query = _evidence(workspace).where(*conditions)
    query = query.order_by(*(map(desc, order) if newest_first else order)).limit(limit)
    return tuple(to_evidence(row) for row in connection.execute(query))


def get(connection: Connection, workspace: WorkspaceId, evidence_id: int) -> Evidence:
    """See `EvidenceFile.get`."""
    query = _evidence(workspace).where(evidence.c.id == evidence_id)
    row = connection.execute(query).one_or_none() if 0 < evidence_id <= MAX_ID else None
    if row is None:
        msg = f"There is no evidence E{evidence_id}."
        raise NotFoundError(msg)
    return to_evidence(row)


def recent_for_stories(
    connection: Connection, since: datetime, until: datetime | None, limit: int | None
) -> tuple[tuple[Item, int], ...]:
    """See `EvidenceFile.recent_for_stories`."""
    newest = (
        select(items.c.id)
        .join(story_items, story_items.c.item_id == items.c.id)
        .where(items.c.published_at >= since)
        .order_by(items.c.published_at.desc(), items.c.id.desc())
        .limit(limit)
    )
    if until is not None:
        newest = newest.where(items.c.published_at <= until)
    some = newest.subquery()
    query = (
        select(*ITEM_COLUMNS, FEED_NAME.label("outlet"), items.c.backlog, story_items.c.story_id)
        .join_from(some, items, items.c.id == some.c.id)
        .join(feeds, feeds.c.id == items.c.feed_id)
        .join(story_items, story_items.c.item_id == items.c.id)
        .order_by(items.c.published_at, items.c.feed_id, items.c.key)
    )
    return tuple((to_item(row), row.story_id) for row in connection.execute(query))


def stories_of(connection: Connection, item_ids: Collection[int]) -> dict[int, int]:
    """See `EvidenceFile.stories_of`."""
    found: dict[int, int] = {}
    for batch in batches(item_ids):
        query = select(story_items.c.item_id, story_items.c.story_id)
        rows = connection.execute(query.where(story_items.c.item_id.in_(batch)))
        found.update({row.item_id: row.story_id for row in rows})
    return found


def last_published(connection: Connection, workspace: WorkspaceId) -> Mapping[str, datetime]:
    """See `EvidenceFile.last_published`."""
    query = (
        select(evidence.c.commitment_id, func.max(evidence.c.published_at).label("newest"))
        .where(evidence.c.workspace_id == workspace, STANDING, NOT_REJECTED)
        .group_by(evidence.c.commitment_id)
        .order_by(evidence.c.commitment_id)
    )
    return {row.commitment_id: row.newest for row in connection.execute(query)}


def counts(
    connection: Connection, workspace: WorkspaceId, published: Window
) -> Mapping[str, Mapping[Direction, int]]:
    """See `EvidenceFile.counts`."""
    query = (
        select(
            evidence.c.commitment_id,
            evidence.c.direction,
            func.count(distinct(story_items.c.story_id)).label("stories"),
        )
        .join_from(evidence, story_items, story_items.c.item_id == evidence.c.item_id)
        .where(evidence.c.workspace_id == workspace)
        .where(*conditions(None, None, published, news_only=False, include_rejected=False))
        .group_by(evidence.c.commitment_id, evidence.c.direction)
        .order_by(evidence.c.commitment_id, evidence.c.direction)
    )
    found: dict[str, dict[Direction, int]] = {}
    for row in connection.execute(query):
        found.setdefault(row.commitment_id, {})[Direction(row.direction)] = row.stories
    return found
