"""The audit trail: who changed what, when, and what stood before. Rows are only ever added."""

from collections.abc import Collection, Sequence
from dataclasses import asdict

from sqlalchemy import Connection, insert, select

from bot.domain.subscription import AuditEntry
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.database import Repository, reads
from bot.ledger.db.rows import value_of
from bot.ledger.db.tables import audit


class Audit(Repository):
    """Reads the audit trail; `note` writes it, in the transaction of the change itself."""

    @reads
    def list(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        *,
        limit: int = 50,
        action: str | Collection[str] | None = None,
    ) -> tuple[AuditEntry, ...]:
        """The newest entries of a workspace, newest first; of one action or several, if given."""
        query = select(audit).where(audit.c.workspace_id == workspace)
        if action is not None:
            query = query.where(audit.c.action.in_([action] if isinstance(action, str) else action))
        rows = connection.execute(query.order_by(audit.c.id.desc()).limit(limit))
        return tuple(value_of(AuditEntry, row) for row in rows)


def note(connection: Connection, workspace: WorkspaceId, entries: Sequence[AuditEntry]) -> None:
    """Add entries, in their order."""
    if entries:
        rows = [{"workspace_id": workspace, **asdict(entry)} for entry in entries]
        connection.execute(insert(audit), rows)
