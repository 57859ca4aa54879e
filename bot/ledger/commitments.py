"""The commitments that were in force, as their file (the pack) was written."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from bot.domain.workspace import WorkspaceId
from bot.ledger.db.database import Repository, reads, writes
from bot.ledger.db.tables import packs
from bot.ledger.workspaces import accepted_entry, note


class Commitments(Repository):
    """The packs of every workspace, none ever overwritten."""

    @writes
    def keep(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        source: str,
        *,
        fingerprint: str,
        at: datetime,
        accepted_by: str | None = None,
    ) -> bool:
        """Keep the text of the pack that is in force now; False when it is the newest already.

        The text was read without a problem; its fingerprint is `Pack.fingerprint`. `accepted_by` is
        the admin who agreed to what it drops.
        """
        newest = select(packs.c.fingerprint).where(packs.c.workspace_id == workspace)
        if connection.scalar(newest.order_by(packs.c.id.desc()).limit(1)) == fingerprint:
            return False
        row = {"workspace_id": workspace, "fingerprint": fingerprint, "source": source, "at": at}
        connection.execute(insert(packs), row)
        if accepted_by is not None:
            entry = accepted_entry("commitments", fingerprint, actor=accepted_by, at=at)
            note(connection, workspace, [entry])
        return True

    @reads
    def last_good(self, connection: Connection, workspace: WorkspaceId) -> str | None:
        """The text of the newest pack; None when there never was one."""
        newest = select(packs.c.source).where(packs.c.workspace_id == workspace)
        return connection.scalar(newest.order_by(packs.c.id.desc()).limit(1))
