"""Edits of the feed list that its file does not have yet."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from bot.domain.feed import FeedList, FeedSpec
from bot.domain.feed_edit import FeedEdit, FeedEditKind, KeptEdit, edited, needed
from bot.domain.subscription import Json
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.database import Database
from bot.ledger.db.rows import batches
from bot.ledger.db.tables import feed_edits
from bot.ledger.feeds.list import sync
from bot.ledger.feeds.redirects import lines_of
from bot.ledger.values import FeedChanges
from bot.ledger.workspaces import hold


class FeedEdits:
    """Edits from the moment they are in force until they are in the file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def store(
        self,
        workspace: WorkspaceId,
        file: FeedList,
        edits: Sequence[FeedEdit] = (),
        *,
        actor: str,
        at: datetime,
    ) -> tuple[FeedChanges, tuple[KeptEdit, ...]]:
        """Make the list what the file says, with the kept edits and these over it.

        The list, its audit rows and the edits are stored in one transaction. Edits that the file
        has by now are forgotten.

        Returns:
            What changed, and the edits that are to be made in the file, oldest first.
        """
        return await self._database.write(_store, workspace, file, edits, actor=actor, at=at)

    async def list(self, workspace: WorkspaceId) -> tuple[KeptEdit, ...]:
        """Those that are kept, oldest first."""
        return await self._database.read(_list, workspace)

    async def forget(self, workspace: WorkspaceId, edits: Collection[KeptEdit]) -> None:
        """Forget edits that are in the file now."""
        await self._database.write(_forget, workspace, edits)


def _store(
    connection: Connection,
    workspace: WorkspaceId,
    file: FeedList,
    edits: Sequence[FeedEdit],
    *,
    actor: str,
    at: datetime,
) -> tuple[FeedChanges, tuple[KeptEdit, ...]]:
    hold(connection, workspace)
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
    kept = _list(connection, workspace)
    rest = needed(file, kept)
    still = {one.id for one in rest}
    _forget(connection, workspace, [one for one in kept if one.id not in still])
    lines = lines_of(edited(file, [one.edit for one in rest]))
    return sync(connection, workspace, lines, actor=actor, at=at), rest


def _list(connection: Connection, workspace: WorkspaceId) -> tuple[KeptEdit, ...]:
    query = (
        select(feed_edits).where(feed_edits.c.workspace_id == workspace).order_by(feed_edits.c.id)
    )
    return tuple(
        KeptEdit(
            id=row.id,
            edit=FeedEdit(
                kind=FeedEditKind(row.kind),
                url=row.url,
                spec=None if row.line is None else _to_spec(row.line),
            ),
            actor=row.actor,
            at=row.at,
        )
        for row in connection.execute(query)
    )


def _forget(connection: Connection, workspace: WorkspaceId, edits: Collection[KeptEdit]) -> None:
    for batch in batches([one.id for one in edits]):
        of_workspace = feed_edits.c.workspace_id == workspace
        connection.execute(delete(feed_edits).where(of_workspace, feed_edits.c.id.in_(batch)))


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


def _to_spec(line: dict[str, object]) -> FeedSpec:
    values = dict(line)
    every_s = values.pop("every_s")
    every = timedelta(seconds=every_s) if isinstance(every_s, int | float) else None
    return FeedSpec(**values, every=every)  # type: ignore[arg-type] # as `_to_json` wrote it
