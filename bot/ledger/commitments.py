"""The commitments that were in force, as their file was written."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from bot.domain.workspace import WorkspaceId
from bot.ledger.db.database import Database
from bot.ledger.db.tables import packs


class Packs:
    """Packs of a workspace, none ever overwritten."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(
        self, workspace: WorkspaceId, source: str, *, fingerprint: str, at: datetime
    ) -> bool:
        """Keep the text of a pack that is in force now.

        Args:
            workspace: The workspace.
            source: The file's text, which was read without a problem.
            fingerprint: See `Pack.fingerprint`.
            at: When it came into force.

        Returns:
            False, and nothing is stored, when it is the newest one already.
        """
        return await self._database.write(_keep, workspace, source, fingerprint, at)

    async def last_good(self, workspace: WorkspaceId) -> str | None:
        """The text of the newest one; None when there never was one."""
        return await self._database.read(_last_good, workspace)


def _keep(
    connection: Connection, workspace: WorkspaceId, source: str, fingerprint: str, at: datetime
) -> bool:
    newest = select(packs.c.fingerprint).where(packs.c.workspace_id == workspace)
    if connection.scalar(newest.order_by(packs.c.id.desc()).limit(1)) == fingerprint:
        return False
    connection.execute(
        insert(packs).values(workspace_id=workspace, fingerprint=fingerprint, source=source, at=at)
    )
    return True


def _last_good(connection: Connection, workspace: WorkspaceId) -> str | None:
    newest = select(packs.c.source).where(packs.c.workspace_id == workspace)
    return connection.scalar(newest.order_by(packs.c.id.desc()).limit(1))
