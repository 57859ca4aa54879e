"""Edits of the feed list that its file does not have yet."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from bot.domain.feed import FeedList
from bot.domain.feed_edit import FeedEdit, FeedEditKind, KeptEdit, edited, needed
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.database import Repository, reads, writes
from bot.ledger.db.rows import batches
from bot.ledger.db.tables import feed_edits
from bot.ledger.feeds.lines import line_from_json, line_to_json


class FeedEdits(Repository):
    """Edits from the moment they are in force (`Feeds.sync`) until they are in the file."""

    @reads
    def list(self, connection: Connection, workspace: WorkspaceId) -> tuple[KeptEdit, ...]:
        """Those that are kept, oldest first."""
        return _kept(connection, workspace)

    @writes
    def forget(
        self, connection: Connection, workspace: WorkspaceId, edits: Collection[KeptEdit]
    ) -> None:
        """Forget edits that are in the file now."""
        _forget(connection, workspace, edits)


def keep_edits(
    connection: Connection,
    workspace: WorkspaceId,
    file: FeedList,
    edits: Sequence[FeedEdit],
    *,
    actor: str,
    at: datetime,
) -> FeedList:
    """The file's list with the kept edits and these over it; those are kept from now on.

    Edits that the file has by now, or that later ones undo, are forgotten.
    """
    rows = [
        {
            "workspace_id": workspace,
            "kind": edit.kind.value,
            "url": edit.url,
            "line": None if edit.spec is None else line_to_json(edit.spec),
            "actor": actor,
            "at": at,
        }
        for edit in edits
    ]
    if rows:
        connection.execute(insert(feed_edits), rows)
    kept = _kept(connection, workspace)
    rest = needed(file, kept)
    still = {one.id for one in rest}
    _forget(connection, workspace, [one for one in kept if one.id not in still])
    return edited(file, [one.edit for one in rest])


def _kept(connection: Connection, workspace: WorkspaceId) -> tuple[KeptEdit, ...]:
    query = select(feed_edits).where(feed_edits.c.workspace_id == workspace)
    return tuple(
        KeptEdit(
            id=row.id,
            edit=FeedEdit(
                kind=FeedEditKind(row.kind),
                url=row.url,
                spec=None if row.line is None else line_from_json(row.line),
            ),
            actor=row.actor,
            at=row.at,
        )
        for row in connection.execute(query.order_by(feed_edits.c.id))
    )


def _forget(connection: Connection, workspace: WorkspaceId, edits: Collection[KeptEdit]) -> None:
    for batch in batches([one.id for one in edits]):
        of_workspace = feed_edits.c.workspace_id == workspace
        connection.execute(delete(feed_edits).where(of_workspace, feed_edits.c.id.in_(batch)))
