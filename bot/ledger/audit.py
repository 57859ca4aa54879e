"""The audit trail: who changed what, when, and what stood before. Rows are only ever added."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, insert, select

from bot.domain.subscription import AuditEntry, Json
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.database import Database
from bot.ledger.db.tables import audit


class Audit:
    """Reads the audit trail; the parts of the ledger that change things write it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(
        self,
        workspace: WorkspaceId,
        *,
        limit: int = 50,
        action: str | Collection[str] | None = None,
    ) -> tuple[AuditEntry, ...]:
        """The newest entries of a workspace, newest first.

        Args:
            workspace: The workspace.
            limit: At most so many.
            action: Only entries of this action, such as `feed.add`, or of one of these.
        """
        return await self._database.read(_list, workspace, limit=limit, action=action)


def note(  # every audited change passes through here
    connection: Connection,
    workspace: WorkspaceId,
    *,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    before: Json | None = None,
    after: Json | None = None,
) -> None:
    """Add one entry, in the transaction of the change itself."""
    entry = AuditEntry(
        at=at, actor=actor, action=action, subject=subject, before=before, after=after
    )
    note_all(connection, workspace, [entry])


def note_all(connection: Connection, workspace: WorkspaceId, entries: list[AuditEntry]) -> None:
    """Add entries, in their order."""
    if not entries:
        return
    connection.execute(
        insert(audit),
        [
            {
                "workspace_id": workspace,
                "at": entry.at,
                "actor": entry.actor,
                "action": entry.action,
                "subject": entry.subject,
                "before": entry.before,
                "after": entry.after,
            }
            for entry in entries
        ],
    )


def _list(
    connection: Connection,
    workspace: WorkspaceId,
    *,
    limit: int,
    action: str | Collection[str] | None,
) -> tuple[AuditEntry, ...]:
    query = select(audit).where(audit.c.workspace_id == workspace)
    if action is not None:
        query = query.where(audit.c.action.in_([action] if isinstance(action, str) else action))
    rows = connection.execute(query.order_by(audit.c.id.desc()).limit(limit))
    return tuple(
        AuditEntry(
            at=row.at,
            actor=row.actor,
            action=row.action,
            subject=row.subject,
            before=row.before,
            after=row.after,
        )
        for row in rows
    )
