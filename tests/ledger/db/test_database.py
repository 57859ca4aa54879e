import asyncio
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from bot.domain.errors import LedgerError, NotFoundError
from bot.domain.feed import FeedSpec
from bot.ledger import Ledger
from bot.ledger.db.database import Access, open_database
from tests.ledger.builders import ADMIN, HOUR, NOW, listed, sync


def _insert(connection: Connection) -> None:
    connection.execute(text("INSERT INTO seen VALUES ('a', '2019-02-28 08:00:00.000000')"))


def _rows(connection: Connection) -> int:
    return len(connection.execute(text("SELECT key FROM seen")).all())


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://u:p@host/db", "mysql"),
        ("nonsense", "not an address"),
        ("", "not an address"),
        ("sqlite:///data/x.db?mode=ro", "no options"),
    ],
)
async def test_an_address_that_is_none_of_ours_is_refused(url: str, says: str) -> None:
    with pytest.raises(LedgerError, match=says):
        await Ledger.open(url)


async def test_a_password_is_never_part_of_an_error() -> None:
    with pytest.raises(LedgerError) as caught:
        await Ledger.open("postgresql://briefing:s3cret@127.0.0.1:1/briefing")
    assert "s3cret" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


async def test_the_folder_of_a_new_file_is_made_unless_told_not_to(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a/b/briefing.db"
    with pytest.raises(LedgerError, match="briefing db upgrade"):
        await Ledger.open(url, create=False)
    assert not (tmp_path / "a").exists()
    async with Ledger.opened(url) as ledger:
        await ledger.upgrade()
    async with Ledger.opened(url, create=False) as ledger:
        await ledger.check_schema()


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "briefing.db"
    path.write_text("a letter, not a database\n" * 100)
    with pytest.raises(LedgerError, match=r"briefing\.db is no ledger, or is damaged"):
        await Ledger.open(f"sqlite:///{path}")


async def test_a_file_that_cannot_be_opened_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "briefing.db").mkdir()
    with pytest.raises(LedgerError, match="its folder must exist, and the bot must be allowed"):
        await Ledger.open(f"sqlite:///{tmp_path}/briefing.db")


async def test_a_ledger_that_another_program_holds_is_said_to_be_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.ledger.db.database.BUSY_TIMEOUT_S", 0)
    path = tmp_path / "briefing.db"
    async with Ledger.opened(f"sqlite:///{path}") as ledger:
        await ledger.upgrade()
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="held by another program; try again"):
            await ledger.upgrade()
        other.close()
        await ledger.upgrade()


async def test_a_full_disk_is_said_to_be_full(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/briefing.db")

    def fill(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE filled (bytes BLOB)"))
        connection.execute(text("PRAGMA max_page_count = 3"))
        connection.execute(text("INSERT INTO filled VALUES (randomblob(100000))"))

    with pytest.raises(LedgerError, match="no room on its disk"):
        await database.run(Access.WRITE, fill)
    await database.close()


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(LedgerError, match="data cannot be made: a file has that name"):
        await Ledger.open(f"sqlite:///{tmp_path}/data/briefing.db")


async def test_a_ledger_in_memory_keeps_what_it_is_told_while_it_is_open() -> None:
    async with Ledger.opened("sqlite://") as ledger:
        await ledger.upgrade()
        await asyncio.gather(
            *(ledger.seen_requests.first_time(f"{n}", at=NOW, keep=HOUR) for n in range(20))
        )
        assert not await ledger.seen_requests.first_time("7", at=NOW, keep=HOUR)


async def test_a_query_on_a_missing_table_says_to_upgrade(empty_database_url: str) -> None:
    async with Ledger.opened(empty_database_url) as ledger:
        with pytest.raises(LedgerError, match=r"DATABASE_URL|briefing db upgrade"):
            await ledger.workspaces.first()


@pytest.mark.parametrize("access", [Access.WRITE, Access.WRITE_UNSYNCED])
async def test_what_raises_is_undone(database_url: str, access: Access) -> None:
    database = open_database(database_url)

    def half(connection: Connection) -> None:
        _insert(connection)
        raise NotFoundError("stopped half way")

    with pytest.raises(NotFoundError):
        await database.run(access, half)
    assert await database.run(Access.READ, _rows) == 0
    await database.close()


async def test_reading_cannot_write(database_url: str) -> None:
    database = open_database(database_url)
    with pytest.raises(LedgerError):
        await database.run(Access.READ, _insert)
    await database.close()


async def test_reading_does_not_wait_for_a_writer(database_url: str) -> None:
    database = open_database(database_url)
    writing, done = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        _insert(connection)
        writing.set()
        assert done.wait(30)

    # A thread with a loop of its own, since PostgreSQL's driver runs on the loop.
    def write() -> None:
        async def alone() -> None:
            other = open_database(database_url)
            await other.run(Access.WRITE, slow)
            await other.close()

        asyncio.run(alone())

    task = asyncio.create_task(asyncio.to_thread(write))
    assert await asyncio.to_thread(writing.wait, 30)
    assert await database.run(Access.READ, _rows) == 0
    done.set()
    await task
    assert await database.run(Access.READ, _rows) == 1
    await database.close()


async def test_a_writer_waits_for_another_process(database_url: str) -> None:
    """Two ledgers on one database take turns; neither is told that it is locked."""
    async with Ledger.opened(database_url) as one, Ledger.opened(database_url) as other:
        firsts = await asyncio.gather(
            *(
                ledger.seen_requests.first_time(f"{n}", at=NOW, keep=HOUR)
                for n in range(15)
                for ledger in (one, other)
            )
        )
        assert sum(firsts) == 15


async def test_a_call_that_is_given_up_leaves_the_ledger_usable(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    specs = [FeedSpec(url=f"https://press.example/{n}") for n in range(13)]
    for turns in range(12):
        task = asyncio.create_task(sync(ledger, workspace, specs[: turns + 1]))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await sync(ledger, workspace, specs)
    feeds = await ledger.feeds.list(workspace)
    assert [f.url for f in feeds] == [spec.url for spec in specs]
    added = [entry.subject for entry in await ledger.audit.list(workspace)]
    assert sorted(added) == sorted(f.url for f in feeds), "no line without its audit row"


async def test_a_row_that_contradicts_another_is_a_sentence_without_values(
    ledger: Ledger, database_url: str
) -> None:
    workspace = await ledger.workspaces.first()
    database = open_database(database_url)
    sql = "INSERT INTO notices (workspace_id, key, at) VALUES (:w, :key, '2019-02-28 08:00:00')"
    values = {"w": workspace, "key": "quiet words"}

    def twice(connection: Connection) -> None:
        for _ in range(2):
            connection.execute(text(sql), values)

    with pytest.raises(LedgerError, match="contradicts") as caught:
        await database.run(Access.WRITE, twice)
    assert "quiet words" not in str(caught.value)
    await database.close()


async def test_closing_lets_what_is_running_end(sqlite_url: str) -> None:
    ledger = await Ledger.open(sqlite_url)
    tasks = [
        asyncio.create_task(ledger.seen_requests.first_time(f"{n}", at=NOW, keep=HOUR))
        for n in range(10)
    ]
    await asyncio.sleep(0)
    await ledger.close()
    assert await asyncio.gather(*tasks) == [True] * 10


async def test_naming_who_did_it_is_kept_with_what_was_done(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    await listed(ledger, workspace)
    (entry,) = await ledger.audit.list(workspace)
    assert (entry.actor, entry.action, entry.at) == (ADMIN, "feed.add", NOW)


async def test_transactions_that_block_each_other_are_tried_again(postgres_url: str) -> None:
    """Two that take the same rows in opposite order: the server stops one, which then goes on."""
    both_hold_one = threading.Barrier(2)

    def take(connection: Connection, first: str, second: str) -> None:
        connection.execute(text("UPDATE seen SET key = key WHERE key = :key"), {"key": first})
        with suppress(threading.BrokenBarrierError):
            both_hold_one.wait(timeout=20)
            both_hold_one.abort()  # a second try waits for nobody
        connection.execute(text("UPDATE seen SET key = key WHERE key = :key"), {"key": second})

    async def run(first: str, second: str) -> None:
        database = open_database(postgres_url)
        await database.run(Access.WRITE, lambda c: take(c, first, second))
        await database.close()

    async with Ledger.opened(postgres_url) as ledger:
        for key in ("a", "b"):
            await ledger.seen_requests.first_time(key, at=NOW, keep=HOUR)
    await asyncio.gather(
        asyncio.to_thread(lambda: asyncio.run(run("a", "b"))),
        asyncio.to_thread(lambda: asyncio.run(run("b", "a"))),
    )


async def test_only_what_can_be_done_anew_is_not_waited_for(database_url: str) -> None:
    on_sqlite = database_url.startswith("sqlite")
    asked = "PRAGMA synchronous" if on_sqlite else "SHOW synchronous_commit"
    full, anew = (2, 1) if on_sqlite else ("on", "off")

    def waits(connection: Connection) -> object:
        return connection.exec_driver_sql(asked).scalar()

    database = open_database(database_url)
    try:
        if not on_sqlite:  # the tests' server waits for nothing by itself; this connection does
            await database.run(
                Access.WRITE, lambda c: c.exec_driver_sql("SET synchronous_commit TO ON")
            )
        ways = (Access.WRITE, Access.WRITE_UNSYNCED, Access.WRITE)
        assert [await database.run(access, waits) for access in ways] == [full, anew, full]
    finally:
        await database.close()
