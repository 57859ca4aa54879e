"""Answers of a language model, kept so that no question is paid for twice.

An answer belongs to no workspace: its key is a digest of the whole question.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from bot.ledger.db.database import Repository, reads, writes
from bot.ledger.db.rows import insert_once
from bot.ledger.db.tables import opinions

KEPT_FOR = timedelta(days=400)


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
