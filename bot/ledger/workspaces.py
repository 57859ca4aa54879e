"""What a workspace has as a whole: its row, its audit trail, and the requests seen lately.

The first workspace works before Slack has said its team's id. The audit trail says who changed
what, when, and what stood before; rows are only ever added to it. Slack may deliver a request
several times, so the keys of those that were answered are kept for a while.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import (
    Connection,
    String,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from bot.domain.subscription import AuditEntry
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.database import Repository, lock, reads, writes
from bot.ledger.db.rows import insert_once, value_of
from bot.ledger.db.tables import audit, evidence, seen, workspaces


class Workspaces(Repository):
    """The workspaces that this ledger serves."""

    @writes
    def first(self, connection: Connection) -> WorkspaceId:
        """The oldest workspace, made on demand, with no team's id yet."""
        lock(connection, "workspaces")
        oldest = connection.scalar(select(func.min(workspaces.c.id)))
        return WorkspaceId(_add(connection) if oldest is None else oldest)

    @writes
    def adopt(self, connection: Connection, team_id: str, name: str | None = None) -> WorkspaceId:
        """The workspace of a Slack team, made on demand.

        A workspace without a team becomes this team's, so that what was gathered before the first
        connection to Slack is kept. None leaves the name as it is.
        """
        lock(connection, "workspaces")
        of_team = select(workspaces.c.id).where(workspaces.c.team_id == team_id)
        nameless = select(func.min(workspaces.c.id)).where(workspaces.c.team_id.is_(None))
        number = connection.scalar(of_team)
        if number is None:
            number = connection.scalar(nameless)
        if number is None:
            number = _add(connection)
        values = {"team_id": team_id} if name is None else {"team_id": team_id, "name": name}
        connection.execute(update(workspaces).where(workspaces.c.id == number).values(values))
        return WorkspaceId(number)


def _add(connection: Connection) -> int:
    new = insert(workspaces).values(matcher_version="", pack_fingerprint="")
    number: int = connection.scalars(new.returning(workspaces.c.id)).one()
    return number


class Audit(Repository):
    """Reads the audit trail; `note` writes it, in the transaction of the change itself."""

    @reads
    def list(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        *,
        limit: int = 50,
        offset: int = 0,
        action: str | Collection[str] | None = None,
        actor: str | None = None,
        subject: str | None = None,
        commitment: str | None = None,
        since: datetime | None = None,
    ) -> tuple[AuditEntry, ...]:
        """The newest entries of a workspace, newest first, after `offset` newer ones.

        Only of some actions, by one person, on one subject, on the evidence of a commitment and
        itself, or from `since` on, where these are given.
        """
        query = select(audit).where(audit.c.workspace_id == workspace)
        if action is not None:
            query = query.where(audit.c.action.in_([action] if isinstance(action, str) else action))
        if actor is not None:
            query = query.where(audit.c.actor == actor)
        if subject is not None:
            query = query.where(audit.c.subject == subject)
        if commitment is not None:
            of_it = select(literal("E") + cast(evidence.c.id, String)).where(
                evidence.c.workspace_id == workspace, evidence.c.commitment_id == commitment
            )
            query = query.where(or_(audit.c.subject == commitment, audit.c.subject.in_(of_it)))
        if since is not None:
            query = query.where(audit.c.at >= since)
        rows = connection.execute(query.order_by(audit.c.id.desc()).limit(limit).offset(offset))
        return tuple(value_of(AuditEntry, row) for row in rows)


def accepted_entry(name: str, fingerprint: str, *, actor: str, at: datetime) -> AuditEntry:
    """That an admin agreed to a change of a file, `feeds` or `commitments`, which waited for it."""
    after = {"fingerprint": fingerprint}
    return AuditEntry(at=at, actor=actor, action="file.accept", subject=name, after=after)


def note(connection: Connection, workspace: WorkspaceId, entries: Sequence[AuditEntry]) -> None:
    """Add entries, in their order."""
    if entries:
        rows = [{"workspace_id": workspace, **asdict(entry)} for entry in entries]
        connection.execute(insert(audit), rows)


class SeenRequests(Repository):
    """Keys of requests, each kept for a while."""

    @writes
    def first_time(
        self, connection: Connection, key: str, *, at: datetime, keep: timedelta
    ) -> bool:
        """Whether `key` was not seen within the time it was kept for; then it is kept from now."""
        connection.execute(delete(seen).where(seen.c.expires_at <= at))
        return insert_once(connection, seen, {"key": key, "expires_at": at + keep})
