"""Many rows at once are the rows that SQLAlchemy would store one by one."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects import sqlite

from bot.domain.errors import LedgerError
from bot.domain.feed import FeedHints, FeedUpdate, Recorded
from bot.ledger import Ledger
from bot.ledger.db.columns import UTCDateTime
from bot.ledger.db.database import Access, Database, open_database
from bot.ledger.db.rows import SIZES, insert_rows, new_ids
from bot.ledger.db.tables import audit, items, notices, workspaces
from tests.ledger.builders import HOUR, NOW, entry, listed, pending, read
from tests.ledger.db.test_columns import moments

NAMES = ("workspace_id", "at", "actor", "action", "subject", "before", "after")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = open_database(database_url)
    await opened.run(Access.WRITE, _workspace)
    yield opened
    await opened.close()


def _workspace(connection: Connection) -> None:
    row = {"id": 1, "matcher_version": "", "pack_fingerprint": ""}
    connection.execute(insert(workspaces), row)


def _document(feed_id: int, *titles: str, **changes: Any) -> FeedUpdate:
    return read(feed_id, [entry(n, title=title) for n, title in enumerate(titles)], **changes)


@given(moment=moments)
def test_a_moment_is_written_as_sqlalchemy_writes_one_and_read_back(moment: datetime) -> None:
    dialect = sqlite.dialect()
    column, theirs = UTCDateTime().dialect_impl(dialect), sqlite.DATETIME()
    bind, result = column.bind_processor(dialect), column.result_processor(dialect, None)
    bind_theirs = theirs.bind_processor(dialect)
    assert bind is not None
    assert result is not None
    assert bind_theirs is not None
    assert bind(moment) == bind_theirs(moment.astimezone(UTC).replace(tzinfo=None))
    assert result(bind(moment)) == moment
    assert result(bind(moment)).tzinfo is UTC


async def test_values_of_every_kind_come_back_as_sqlalchemy_stores_them(
    database: Database,
) -> None:
    moment = datetime(2026, 3, 1, 9, 30, 0, 7, tzinfo=UTC)
    change = {"weekdays": [1, 2], "title": "Ünïcode 北京 'quoted' \x00"}
    row = (1, moment, "a\x00\ud800 100% ?", "kind", "https://press.example/?a=1", change, None)

    def both(connection: Connection) -> list[tuple[Any, ...]]:
        connection.execute(insert(audit), [dict(zip(NAMES, row, strict=True))])
        insert_rows(connection, audit, NAMES, [row])
        stored = connection.execute(select(*(audit.c[name] for name in NAMES)))
        return [tuple(found) for found in stored]

    alone, together = await database.run(Access.WRITE, both)
    assert together == alone
    assert alone[1] == moment


async def test_more_rows_than_one_statement_takes_are_all_stored_in_order(
    database: Database,
) -> None:
    count = SIZES[0] + 2 * SIZES[1] + 3
    assert len(items.c) * SIZES[0] < 32_766  # SQLite's limit of values; PostgreSQL's is higher

    def store(connection: Connection) -> list[str]:
        rows = [(1, f"{n:05}", NOW) for n in range(count)]
        insert_rows(connection, notices, ("workspace_id", "key", "at"), rows)
        return list(connection.scalars(select(notices.c.key).order_by(notices.c.key)))

    assert await database.run(Access.WRITE, store) == [f"{n:05}" for n in range(count)]


async def test_rows_that_are_there_already_are_left_out_only_when_asked(
    database: Database,
) -> None:
    async def store(some: list[Any], *, missing_only: bool) -> list[str]:
        def work(connection: Connection) -> list[str]:
            names = ("workspace_id", "key", "at")
            insert_rows(connection, notices, names, some, missing_only=missing_only)
            return list(connection.scalars(select(notices.c.key).order_by(notices.c.key)))

        return await database.run(Access.WRITE, work)

    old, new = (1, "old", NOW), (1, "new", NOW)
    assert await store([old], missing_only=False) == ["old"]
    assert await store([old, new], missing_only=True) == ["new", "old"]
    with pytest.raises(LedgerError):
        await store([new], missing_only=False)
    assert await store([], missing_only=False) == ["new", "old"]


async def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        await database.run(
            Access.WRITE,
            lambda c: insert_rows(c, notices, ("workspace_id", "key", "at"), [(1, "a", naive)]),
        )


async def test_new_numbers_follow_those_that_are_taken(database: Database) -> None:
    def take(connection: Connection) -> list[int]:
        first = new_ids(connection, audit, 3)
        names = ("id", *NAMES)
        insert_rows(
            connection, audit, names, [(n, 1, NOW, "a", "b", "c", None, None) for n in first]
        )
        connection.execute(
            insert(audit), dict(zip(NAMES, (1, NOW, "a", "b", "c", 1, 1), strict=True))
        )
        return [*first, *new_ids(connection, audit, 2)]

    taken = await database.run(Access.WRITE, take)
    assert taken == sorted(set(taken))
    assert len(taken) == 5


async def test_documents_of_one_feed_in_one_transaction_are_stored_one_after_the_other(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    one, other = [await listed(ledger, workspace, f"https://press.example/{n}") for n in range(2)]
    recorded = await ledger.items.record(
        [
            _document(one.id, "First"),
            _document(10_000, "Of no feed"),
            _document(other.id, "Another"),
            _document(one.id, "First, corrected", "Second", at=NOW + HOUR),
        ]
    )
    assert recorded == (
        Recorded(new=1, revised=0),
        None,
        Recorded(new=1, revised=0),
        Recorded(new=1, revised=1),
    )
    texts = {item.title: item.revision for item in await pending(ledger, workspace)}
    assert texts == {"First, corrected": 2, "Another": 1, "Second": 1}


async def test_hints_come_with_the_document_and_stay_where_none_come(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    wishes = FeedHints(every=timedelta(hours=5), skip_days=frozenset({0}))
    await ledger.items.record([_document(feed.id, "First", hints=wishes)])
    await ledger.items.record([_document(feed.id, "Second")])
    (stored,) = await ledger.feeds.list(workspace)
    assert stored.hints == wishes
    await ledger.items.record([_document(feed.id, "Third", hints=FeedHints())])
    (stored,) = await ledger.feeds.list(workspace)
    assert stored.hints == FeedHints()
