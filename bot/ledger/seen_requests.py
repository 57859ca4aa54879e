"""Requests seen lately, such as ids of Slack events, which Slack may deliver several times."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete

from bot.ledger.db.bulk import insert_once
from bot.ledger.db.database import Repository, writes
from bot.ledger.db.tables import seen


class SeenRequests(Repository):
    """Keys of requests, each kept for a while."""

    @writes
    def first_time(
        self, connection: Connection, key: str, *, at: datetime, keep: timedelta
    ) -> bool:
        """Whether `key` was not seen within the time it was kept for; then it is kept from now."""
        connection.execute(delete(seen).where(seen.c.expires_at <= at))
        return insert_once(connection, seen, {"key": key, "expires_at": at + keep})
