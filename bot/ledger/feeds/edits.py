"""Edits of the feed list that could not be written to its file yet."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from bot.domain.feed import FeedSpec
from bot.domain.feed_edit import FeedEdit, FeedEditKind, KeptEdit
from bot.domain.subscription import Json
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.database import Repository, reads, writes
from bot.ledger.db.rows import AnyRow, batches
from bot.ledger.db.tables import feed_edits


class FeedEdits(Repository):
    """Kept edits; the audit trail has them anyway, from the moment they are in force."""

    @writes
    def keep(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        edits: Sequence[FeedEdit],
        *,
        actor: str,
        at: datetime,
    ) -> None:
        """Keep edits, in their order, until they are in the file."""
        rows = [
            {
                "workspace_id": workspace,
                "kind": edit.kind.value,
                "url": edit.url,
                "line": None if edit.spec is None else _to_json(edit.spec),
                "actor": actor,
                "at": at,
            }
            for edit in edits
        ]
        if rows:
            connection.execute(insert(feed_edits), rows)

    @reads
    def list(self, connection: Connection, workspace: WorkspaceId) -> tuple[KeptEdit, ...]:
        """Those that are kept, oldest first."""
        query = select(feed_edits).where(feed_edits.c.workspace_id == workspace)
        rows = connection.execute(query.order_by(feed_edits.c.id))
        return tuple(_to_kept(row) for row in rows)

    @writes
    def done(self, connection: Connection, workspace: WorkspaceId, ids: Collection[int]) -> None:
        """Forget those: they are in the file, or needless."""
        for batch in batches(ids):
            connection.execute(
                delete(feed_edits).where(
                    feed_edits.c.workspace_id == workspace, feed_edits.c.id.in_(batch)
                )
            )


def _to_json(spec: FeedSpec) -> Json:
    """A line as the file would have it; an interval that is not given stays so."""
    return {
        "url": spec.url,
        "title": spec.title,
        "category": spec.category,
        "language": spec.language,
        "weight": spec.weight,
        "every_s": None if spec.every is None else spec.every.total_seconds(),
        "enabled": spec.enabled,
    }


def _to_kept(row: AnyRow) -> KeptEdit:
    return KeptEdit(
        id=row.id,
        edit=FeedEdit(
            kind=FeedEditKind(row.kind),
            url=row.url,
            spec=None if row.line is None else _to_spec(row.line),
        ),
        actor=row.actor,
        at=row.at,
    )


def _to_spec(line: dict[str, object]) -> FeedSpec:
    values = dict(line)
    every_s = values.pop("every_s")
    every = timedelta(seconds=every_s) if isinstance(every_s, int | float) else None
    return FeedSpec(**values, every=every)  # type: ignore[arg-type] # as `_to_json` wrote it
