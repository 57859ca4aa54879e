"""The ledger: everything that is stored, behind one small interface.

Every call is one transaction. Times are passed in, aware; a naive one is refused. All calls raise
`LedgerError` when the database cannot be reached or refuses, and `NotFoundError` for numbers and
names that a workspace does not have.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, select

from bot.ledger.assessments import Assessments
from bot.ledger.commitments import Commitments
from bot.ledger.db import migrate
from bot.ledger.db.database import (
    Access,
    Database,
    StorageError,
    arrived,
    check_pages,
    open_database,
)
from bot.ledger.db.tables import delivery_messages, feeds
from bot.ledger.deliveries import Outbox, waiting_since
from bot.ledger.evidence import EvidenceRecords
from bot.ledger.feeds.alerts import FeedNotes
from bot.ledger.feeds.feeds import Feeds
from bot.ledger.feeds.stats import FeedStats
from bot.ledger.items.items import Items
from bot.ledger.items.match_queue import MatchQueue
from bot.ledger.llm_cache import LlmCache
from bot.ledger.subscriptions import Subscriptions
from bot.ledger.values import Pulse
from bot.ledger.workspaces import Audit, SeenRequests, Workspaces

log = logging.getLogger(__name__)

# For reading a file through at the start: about 1 GB; `briefing check` takes longer.
_CHECK_S: Final = 5.0


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
        self.assessments = Assessments(database)
        self.subscriptions = Subscriptions(database)
        self.outbox = Outbox(database)
        self.audit = Audit(database)
        self.seen_requests = SeenRequests(database)
        self.llm_cache = LlmCache(database)

    @classmethod
    async def open(
        cls, database_url: str, *, create: bool = True, patient: bool = False
    ) -> "Ledger":
        """The ledger at `sqlite:///file`, `sqlite://` (in memory) or `postgresql://...`.

        Args:
            database_url: Where it is.
            create: Make the SQLite file and its folder when they are missing; the schema is made
                by `upgrade`.
            patient: Wait a minute for a server that does not answer yet, or for a file that
                another program holds.
        """
        database = open_database(database_url, create=create)
        try:
            # Writing, so that a file in a place that cannot be written to is found out now.
            await arrived(database, lambda c: c.scalar(select(1)), patient=patient)
        except BaseException:
            await database.close()
            raise
        return cls(database)

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, database_url: str, *, create: bool = True, patient: bool = False
    ) -> AsyncIterator["Ledger"]:
        """As `open`, closed at the end of the block."""
        ledger = await cls.open(database_url, create=create, patient=patient)
        try:
            yield ledger
        finally:
            await ledger.close()

    async def close(self) -> None:
        """Let running transactions end, then give all connections back."""
        await self._database.close()

    @classmethod
    @asynccontextmanager
    async def ready(
        cls, database_url: str, *, may_upgrade: bool, patient: bool = False
    ) -> AsyncIterator["Ledger"]:
        """As `opened`, with the schema that this version needs.

        With `may_upgrade`, which is for the only process on a SQLite file, the file is read through
        for damage, and an older schema is brought up to date after a copy of the file was kept.
        """
        async with cls.opened(database_url, patient=patient) as ledger:
            run = ledger._database.run  # noqa: SLF001 - our own
            if may_upgrade and not await run(Access.READ, partial(check_pages, within_s=_CHECK_S)):
                log.info("the ledger is too large to be read through at the start")
            copy = await run(Access.WRITE, partial(migrate.make_ready, may_upgrade=may_upgrade))
            if copy is not None:
                log.warning("the schema was brought up to date", extra={"copy": str(copy)})
            yield ledger

    async def upgrade(self) -> Path | None:
        """Bring the schema to the newest version; harmless when it is, or is being, upgraded.

        Gives the place of the copy that was kept of a SQLite file; None without one.
        """
        return await self._database.run(Access.WRITE, migrate.upgrade)

    async def check_schema(self) -> None:
        """Check that the schema is the one that this version needs; the error says what to run."""
        await self._database.run(Access.READ, migrate.check)

    async def server_time(self) -> datetime | None:
        """The database server's time; None on SQLite, whose time is the machine's."""
        return await self._database.run(Access.READ, _server_time)

    def take_trouble(self) -> StorageError | None:
        """The newest error that the ledger cannot tell of itself, once; None without a new one."""
        trouble, self._database.trouble = self._database.trouble, None
        return trouble

    async def pulse(self) -> Pulse:
        """What moved last, of all workspaces; three short reads."""
        return await self._database.run(Access.READ, _pulse)


def _server_time(connection: Connection) -> datetime | None:
    if connection.dialect.name != "postgresql":
        return None
    at: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return at.astimezone(UTC)


def _pulse(connection: Connection) -> Pulse:
    posted = select(delivery_messages.c.posted_at).where(delivery_messages.c.posted_at.is_not(None))
    return Pulse(
        polled_at=connection.scalar(select(func.max(feeds.c.checked_at))),
        # Of the newest delivery that has one: by the primary key, since no index is on the time.
        posted_at=connection.scalar(
            posted.order_by(delivery_messages.c.delivery_id.desc()).limit(1)
        ),
        waiting_since=waiting_since(connection),
    )
