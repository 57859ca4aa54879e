"""Evidence: which item bears on which commitment, and what people said of it.

Reviews are only ever added: the latest one counts, the earlier ones stay.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select, update

from bot.domain.evidence import Evidence, Verdict
from bot.domain.item import Item
from bot.domain.subscription import AuditEntry
from bot.domain.window import Window
from bot.domain.workspace import WorkspaceId
from bot.ledger.audit import note as add_to_audit
from bot.ledger.db.database import Repository, reads, writes, writes_unsynced
from bot.ledger.db.rows import FEED_NAME, AnyRow, AnySelect, batches, columns_of, row_of, value_of
from bot.ledger.db.tables import evidence, feeds, items, reviews, story_items, unmatched
from bot.ledger.evidence import filing
from bot.ledger.items.match_queue import versions_differ
from bot.ledger.items.visibility import ITEM_COLUMNS, OUTLET, seen_by
from bot.ledger.values import Filed, Filing, Review
from bot.ledger.workspaces import hold

_STANDING = evidence.c.withdrawn_at.is_(None)
_NOT_REJECTED = or_(evidence.c.verdict.is_(None), evidence.c.verdict != Verdict.REJECTED)
_COLUMNS = (
    *(column for column in columns_of(Evidence, evidence) if column is not evidence.c.id),
    evidence.c.id.label("evidence_id"),
    (~evidence.c.news).label("backlog"),
    story_items.c.story_id,
    *ITEM_COLUMNS,
    OUTLET,
)


class EvidenceRecords(Repository):
    """The evidence of every workspace, each seen by its own only."""

    @writes_unsynced
    def file(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        filings: Sequence[Filing],
        *,
        matcher_version: str,
        pack_fingerprint: str,
        at: datetime,
    ) -> Filed:
        """File what matching found of a batch of items, in one transaction.

        The items are matched from then on (unless the matcher or the commitments changed in the
        meantime). Evidence found again gets the machine's new words; evidence not found any more
        is withdrawn; evidence that a person reviewed stays as that person saw it.
        """
        hold(connection, workspace)
        stored = filing.stored_items(connection, workspace, filings)
        stories = filing.assign_stories(
            filings, {item: row.story_id for item, row in stored.items()}
        )
        begun = filing.store_stories(connection, stories, stored)
        # Only what was matched at the item's newest text, of a feed that is still listed.
        current = [
            f
            for f in filings
            if (item := stored[f.item_id]).revision == f.revision and item.listed is not None
        ]
        changes = filing.plan(current, filing.old_evidence(connection, workspace, current))
        filing.store(connection, workspace, changes, stored, at)
        if not versions_differ(connection, workspace, (matcher_version, pack_fingerprint)):
            own = delete(unmatched).where(unmatched.c.workspace_id == workspace)
            for batch in batches(f.item_id for f in current):
                connection.execute(own.where(unmatched.c.item_id.in_(batch)))
        return Filed(evidence_new=len(changes.new), stories_new=begun)

    @reads
    def recent_for_stories(
        self, connection: Connection, *, since: datetime, limit: int | None = None
    ) -> tuple[tuple[Item, int], ...]:
        """Items with their stories, published from `since` on, oldest first.

        Of all feeds, whichever workspace lists them, with the outlet as the feed names itself; of
        one date by feed and key. At most `limit` of them, the newest; None for all.
        """
        newest = (
            select(items.c.id)
            .join(story_items, story_items.c.item_id == items.c.id)
            .where(items.c.published_at >= since)
            .order_by(items.c.published_at.desc(), items.c.id.desc())
            .limit(limit)
        )
        some = newest.subquery()
        outlet = FEED_NAME.label("outlet")
        query = (
            select(*ITEM_COLUMNS, outlet, items.c.backlog, story_items.c.story_id)
            .join_from(some, items, items.c.id == some.c.id)
            .join(feeds, feeds.c.id == items.c.feed_id)
            .join(story_items, story_items.c.item_id == items.c.id)
            .order_by(items.c.published_at, items.c.feed_id, items.c.key)
        )
        return tuple((value_of(Item, row), row.story_id) for row in connection.execute(query))

    @reads
    def stories_of(self, connection: Connection, item_ids: Collection[int]) -> Mapping[int, int]:
        """The story of each of these items that has one."""
        found: dict[int, int] = {}
        for batch in batches(item_ids):
            query = select(story_items.c.item_id, story_items.c.story_id)
            rows = connection.execute(query.where(story_items.c.item_id.in_(batch)))
            found.update({row.item_id: row.story_id for row in rows})
        return found

    @reads
    def list(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        *,
        commitments: Collection[str] | None = None,
        window: Window | None = None,
        published: Window | None = None,
        news_only: bool = False,
        include_rejected: bool = False,
    ) -> tuple[Evidence, ...]:
        """Evidence that stands, by its item's date, then by number, newest first.

        Only what was filed in `window` and published in `published`, where given; `news_only`
        leaves out what was published before the feed was listed, or matched anew.
        """
        wanted: list[ColumnElement[bool]] = [_STANDING]
        if commitments is not None:
            wanted.append(evidence.c.commitment_id.in_(sorted(commitments)))
        for column, span in ((evidence.c.filed_at, window), (evidence.c.published_at, published)):
            if span is not None:
                wanted += [column >= span.since, column < span.until]
        if news_only:
            wanted.append(evidence.c.news)
        if not include_rejected:
            wanted.append(_NOT_REJECTED)
        newest_first = (evidence.c.published_at.desc(), evidence.c.id.desc())
        query = _select(workspace).where(*wanted).order_by(*newest_first)
        return tuple(_to_evidence(row) for row in connection.execute(query))

    @reads
    def get(self, connection: Connection, workspace: WorkspaceId, evidence_id: int) -> Evidence:
        """One piece of evidence, rejected or withdrawn ones too."""
        return _get(connection, workspace, evidence_id)

    @writes
    def review(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        evidence_id: int,
        verdict: Verdict,
        *,
        actor: str,
        at: datetime,
        note: str | None = None,
    ) -> Evidence:
        """Add a person's verdict on evidence."""
        hold(connection, workspace)
        before = _get(connection, workspace, evidence_id)
        said = {"verdict": verdict, "actor": actor, "at": at, "note": note}
        row = {"workspace_id": workspace, "evidence_id": evidence_id, **said}
        connection.execute(insert(reviews), row)
        this = evidence.c.id == evidence_id
        connection.execute(update(evidence).where(this).values(verdict=verdict))
        entry = AuditEntry(
            at=at,
            actor=actor,
            action="evidence.review",
            subject=f"E{evidence_id}",
            before=None if before.verdict is None else {"verdict": before.verdict},
            after={"verdict": verdict, **({} if note is None else {"note": note})},
        )
        add_to_audit(connection, workspace, [entry])
        return _get(connection, workspace, evidence_id)

    @reads
    def reviews(self, connection: Connection, workspace: WorkspaceId) -> tuple[Review, ...]:
        """Every verdict of people on evidence, the earliest first."""
        said = (reviews.c.verdict.label("said"), reviews.c.actor, reviews.c.at, reviews.c.note)
        query = (
            _select(workspace)
            .add_columns(*said)
            .join(reviews, reviews.c.evidence_id == evidence.c.id)
            .where(reviews.c.workspace_id == workspace)
            .order_by(reviews.c.id)
        )
        return tuple(
            value_of(Review, row, item=value_of(Item, row), verdict=row.said)
            for row in connection.execute(query)
        )

    @reads
    def last_published(
        self, connection: Connection, workspace: WorkspaceId
    ) -> Mapping[str, datetime]:
        """For each commitment with evidence that stands, the newest date of its items."""
        query = (
            select(evidence.c.commitment_id, func.max(evidence.c.published_at).label("newest"))
            .where(evidence.c.workspace_id == workspace, _STANDING, _NOT_REJECTED)
            .group_by(evidence.c.commitment_id)
            .order_by(evidence.c.commitment_id)
        )
        return {row.commitment_id: row.newest for row in connection.execute(query)}


def _select(workspace: WorkspaceId) -> AnySelect:
    """Evidence with its item as the workspace sees it, and the item's story."""
    with_items = (
        seen_by(workspace)
        .join(evidence, evidence.c.item_id == items.c.id)
        .join(story_items, story_items.c.item_id == items.c.id)
    )
    return select(*_COLUMNS).select_from(with_items).where(evidence.c.workspace_id == workspace)


def _to_evidence(row: AnyRow) -> Evidence:
    return value_of(
        Evidence,
        row,
        id=row.evidence_id,
        item=value_of(Item, row),
        reasons=tuple(row.reasons),
    )


def _get(connection: Connection, workspace: WorkspaceId, number: int) -> Evidence:
    query = _select(workspace).where(evidence.c.id == number)
    return _to_evidence(row_of(connection, query, number, f"There is no evidence E{number}."))
