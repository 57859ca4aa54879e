"""The ledger: everything that is stored, behind one small interface.

Every call is one transaction. Times are passed in, aware; a naive one is refused. All calls raise
`LedgerError` when the database cannot be reached or refuses, and `NotFoundError` for numbers and
names that a workspace does not have.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import select

from bot.ledger.commitments import Commitments
from bot.ledger.db import migrate
from bot.ledger.db.database import Access, Database, open_database
from bot.ledger.deliveries import Outbox
from bot.ledger.evidence import EvidenceRecords
from bot.ledger.feeds.alerts import FeedNotes
from bot.ledger.feeds.feeds import Feeds
from bot.ledger.feeds.stats import FeedStats
from bot.ledger.items.items import Items
from bot.ledger.items.match_queue import MatchQueue
from bot.ledger.llm_cache import LlmCache
from bot.ledger.subscriptions import Subscriptions
from bot.ledger.workspaces import Audit, SeenRequests, Workspaces


class Ledger:
    """An open ledger: a repository for each subject, all on one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.workspaces = Workspaces(database)
        self.feeds = Feeds(database)
        self.feed_stats = FeedStats(database)
        self.feed_notes = FeedNotes(database)
        self.commitments = Commitments(database)
        self.items = Items(database)
        self.match_queue = MatchQueue(database)
        self.evidence = EvidenceRecords(database)
        self.subscriptions = Subscriptions(database)
        self.outbox = Outbox(database)
        self.audit = Audit(database)
        self.seen_requests = SeenRequests(database)
        self.llm_cache = LlmCache(database)

    @classmethod
    async def open(cls, database_url: str, *, create: bool = True) -> "Ledger":
        """The ledger at `sqlite:///file`, `sqlite://` (in memory) or `postgresql://...`.

        `create` makes the SQLite file and its folder when they are missing; the schema is made by
        `upgrade`.
        """
        database = open_database(database_url, create=create)
        try:
            # Writing, so that a file in a place that cannot be written to is found out now.
            await database.run(Access.WRITE, lambda c: c.scalar(select(1)))
        except BaseException:
            await database.close()
            raise
        return cls(database)

    @classmethod
    @asynccontextmanager
    async def opened(cls, database_url: str, *, create: bool = True) -> AsyncIterator["Ledger"]:
        """As `open`, closed at the end of the block."""
        ledger = await cls.open(database_url, create=create)
        try:
            yield ledger
        finally:
            await ledger.close()

    async def close(self) -> None:
        """Let running transactions end, then give all connections back."""
        await self._database.close()

    async def upgrade(self) -> None:
        """Bring the schema to the newest version; harmless when it is, or is being, upgraded."""
        await self._database.run(Access.WRITE, migrate.upgrade)

    async def check_schema(self) -> None:
        """Check that the schema is the one that this version needs; the error says what to run."""
        await self._database.run(Access.READ, migrate.check)
