"""What was said or seen already: notices to admins, and Slack's event ids."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete

from bot.domain.workspace import WorkspaceId
from bot.ledger.db.bulk import insert_once
from bot.ledger.db.database import Database
from bot.ledger.db.tables import notices, seen


class Notices:
    """Things to tell a workspace's admins once, until they are settled."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def first_time(self, workspace: WorkspaceId, key: str, *, at: datetime) -> bool:
        """Whether this is the first call for `key` since it was last cleared; true once."""
        row = {"workspace_id": workspace, "key": key, "at": at}
        return await self._database.write(insert_once, notices, row)

    async def clear(self, workspace: WorkspaceId, key: str) -> None:
        """Forget `key`, so that the next time is a first time again; nothing if it is unknown."""
        await self._database.write(_clear, workspace, key)


class Seen:
    """Keys met lately, such as ids of Slack events, which Slack may deliver several times."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def first_time(self, key: str, *, at: datetime, keep: timedelta) -> bool:
        """Whether `key` was not met within the time it was kept for; true once.

        Args:
            key: Anything that names the event.
            at: Now.
            keep: How long to remember it.
        """
        return await self._database.write(_meet, key, at, at + keep)


def _clear(connection: Connection, workspace: WorkspaceId, key: str) -> None:
    connection.execute(
        delete(notices).where(notices.c.workspace_id == workspace, notices.c.key == key)
    )


def _meet(connection: Connection, key: str, at: datetime, expires_at: datetime) -> bool:
    connection.execute(delete(seen).where(seen.c.expires_at <= at))
    return insert_once(connection, seen, {"key": key, "expires_at": expires_at})
