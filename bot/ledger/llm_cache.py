"""Second opinions of a language model, kept so that nothing is asked twice.

What a model said of a text belongs to no workspace: the key is a digest of the whole question, so
only who asks the very same thing finds the answer.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from bot.ledger.db.bulk import insert_once
from bot.ledger.db.database import Database
from bot.ledger.db.tables import opinions

KEPT_FOR = timedelta(days=400)


class Opinions:
    """Answers by the digest of their question; see `bot.matching.second_opinion`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, key: str, /) -> str | None:
        """The answer kept under the key; None without."""
        return await self._database.read(_get, key)

    async def put(self, key: str, answer: str, /, *, at: datetime) -> None:
        """Keep an answer, unless there is one already; those over 400 days old are forgotten."""
        await self._database.write(_put, key, answer, at)

    async def count(self, *, since: datetime) -> int:
        """How many answers were kept since then."""
        return await self._database.read(_count, since)


def _get(connection: Connection, key: str) -> str | None:
    return connection.scalar(select(opinions.c.answer).where(opinions.c.key == key))


def _put(connection: Connection, key: str, answer: str, at: datetime) -> None:
    connection.execute(delete(opinions).where(opinions.c.at < at - KEPT_FOR))
    insert_once(connection, opinions, {"key": key, "answer": answer, "at": at})


def _count(connection: Connection, since: datetime) -> int:
    counted = select(func.count()).select_from(opinions).where(opinions.c.at >= since)
    return connection.scalars(counted).one()
