"""What is kept for a while only: requests seen lately, and answers of a language model.

Slack may deliver an event several times, and no question is paid for twice. An answer belongs to no
workspace: its key is a digest of the whole question.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from bot.ledger.db.bulk import insert_once
from bot.ledger.db.database import Repository, reads, writes
from bot.ledger.db.tables import opinions, seen

KEPT_FOR = timedelta(days=400)


class SeenRequests(Repository):
    """Keys of requests, each kept for a while."""

    @writes
    def first_time(
        self, connection: Connection, key: str, *, at: datetime, keep: timedelta
    ) -> bool:
        """Whether `key` was not seen within the time it was kept for; then it is kept from now."""
        connection.execute(delete(seen).where(seen.c.expires_at <= at))
        return insert_once(connection, seen, {"key": key, "expires_at": at + keep})


class LlmCache(Repository):
    """Answers by the digest of their question; see `bot.matching.second_opinion`."""

    @reads
    def get(self, connection: Connection, key: str, /) -> str | None:
        """The answer kept under the key; None without."""
        return connection.scalar(select(opinions.c.answer).where(opinions.c.key == key))

    @writes
    def put(self, connection: Connection, key: str, answer: str, /, *, at: datetime) -> None:
        """Keep an answer, unless there is one already; those over 400 days old are forgotten."""
        connection.execute(delete(opinions).where(opinions.c.at < at - KEPT_FOR))
        insert_once(connection, opinions, {"key": key, "answer": answer, "at": at})

    @reads
    def count(self, connection: Connection, *, since: datetime) -> int:
        """The number of answers kept since then."""
        counted = select(func.count()).select_from(opinions).where(opinions.c.at >= since)
        return connection.scalars(counted).one()
