"""Workspaces: the first one works before Slack has said its team's id."""

from sqlalchemy import Connection, func, insert, select, update

from bot.domain.workspace import WorkspaceId
from bot.ledger.db.database import Repository, lock, writes
from bot.ledger.db.tables import workspaces


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


def hold(connection: Connection, workspace: WorkspaceId) -> None:
    """Keep other transactions that also hold this workspace waiting until this one ends."""
    connection.execute(
        select(workspaces.c.id).where(workspaces.c.id == workspace).with_for_update(key_share=True)
    )
