"""What befalls the ledger's file: emptied, damaged, full, readable by all, of an older version."""

import asyncio
import os
import shutil
import sqlite3
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, text

from bot.domain.errors import LedgerError
from bot.ledger import Ledger, StorageError
from bot.ledger.db import migrate
from bot.ledger.db.database import Access, check_pages, open_database
from bot.ledger.db.migrate import configuration, try_file
from tests.ledger.builders import entry, fetched, listed

MINUTE = timedelta(minutes=1)


@pytest.fixture
def file(sqlite_url: str) -> Path:
    """A ledger's file, with some items."""

    async def fill() -> None:
        async with Ledger.opened(sqlite_url) as ledger:
            feed = await listed(ledger, await ledger.workspaces.first())
            await fetched(ledger, feed, [entry(n) for n in range(200)])

    asyncio.run(fill())
    return Path(sqlite_url.removeprefix("sqlite:///"))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def stored(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        (number,) = connection.execute("SELECT count(*) FROM items").fetchone()
    connection.close()
    return int(number)


# ---- emptied ----


def test_an_emptied_file_is_not_taken_for_a_new_ledger(file: Path):
    os.truncate(file, 0)
    for work in (opened, tried):
        with pytest.raises(LedgerError, match=r"is empty \(0 bytes\).*not taken for a new one"):
            asyncio.run(work(file))
    assert file.stat().st_size == 0


def test_another_programs_file_is_not_taken_over(tmp_path: Path):
    file = tmp_path / "photos.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE photos (id INTEGER)")
    connection.close()

    async def ready(file: Path) -> None:
        async with Ledger.ready(f"sqlite:///{file}", may_upgrade=True):
            pass

    for work in (ready, tried):
        with pytest.raises(LedgerError, match=r"holds no ledger, but tables \(photos\)"):
            asyncio.run(work(file))
    with sqlite3.connect(file) as connection:
        names = connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.close()
    assert names == [("photos",)]


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DELETE FROM alembic_version", "holds no version of the ledger, but tables"),
        ("DROP TABLE item_keys", r"lacks tables \(item_keys\)"),
        ("UPDATE alembic_version SET version_num = '0003'", "older than the one"),
    ],
)
def test_check_says_what_the_next_command_would(file: Path, statement: str, told: str):
    with sqlite3.connect(file) as connection:
        connection.execute(statement)
    connection.close()
    with pytest.raises(LedgerError, match=told):
        asyncio.run(tried(file))


def test_copies_beside_an_emptied_file_are_named(file: Path):
    shutil.copyfile(file, file.with_name("briefing.copy.db"))
    file.with_name("briefing.txt").write_text("no copy")
    os.truncate(file, 0)
    with pytest.raises(LedgerError, match=r"beside it there are briefing\.copy\.db\."):
        asyncio.run(opened(file))


@pytest.mark.parametrize("gone", [False, True])
def test_a_log_beside_an_emptied_or_lost_file_is_kept(file: Path, gone: bool):
    log = file.with_name(f"{file.name}-wal")
    log.write_bytes(b"pages that are nowhere else")
    os.truncate(file, 0)
    if gone:
        file.unlink()
    for work in (opened, tried):
        with pytest.raises(LedgerError, match=r"is still in briefing\.db-wal: keep that file"):
            asyncio.run(work(file))
    assert log.read_bytes() == b"pages that are nowhere else"


async def opened(file: Path) -> None:
    async with Ledger.opened(f"sqlite:///{file}"):
        pass


async def tried(file: Path) -> None:
    await try_file(f"sqlite:///{file}", within=MINUTE)


def test_a_new_ledger_is_never_a_file_without_a_byte(tmp_path: Path):
    path = tmp_path / "new" / "briefing.db"
    asyncio.run(opened(path))
    assert path.stat().st_size > 0
    assert [one.name for one in path.parent.iterdir()] == ["briefing.db"]
    asyncio.run(opened(path))  # without a schema yet, as a kill at the first start leaves it


def test_a_disk_without_links_gets_a_ledger_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def unknown(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", unknown)
    path = tmp_path / "briefing.db"
    asyncio.run(made_ready(f"sqlite:///{path}", may_upgrade=False))
    assert (stored(path), mode(path)) == (0, 0o600)


# ---- damaged ----


def damaged(path: Path, of: str) -> None:
    """Flip 25 bytes in the middle of the first page of a table or an index."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = ?", (of,)
        ).fetchone()
    connection.close()
    content = bytearray(path.read_bytes())
    for at in range((page - 1) * size + 8, (page - 1) * size + 33):
        content[at] ^= 0xFF
    path.write_bytes(content)


@pytest.mark.parametrize("of", ["items", "ix_items_published_at", "feeds"])
def test_damaged_pages_are_named(file: Path, of: str):
    damaged(file, of)
    with pytest.raises(StorageError, match=r"briefing\.db is damaged.*[Rr]estore a copy"):
        asyncio.run(tried(file))
    with pytest.raises(StorageError, match="is damaged"):
        asyncio.run(made_ready(f"sqlite:///{file}", may_upgrade=True))


async def made_ready(database_url: str, *, may_upgrade: bool) -> None:
    async with Ledger.ready(database_url, may_upgrade=may_upgrade):
        pass


def test_a_row_that_its_index_lacks_is_damage(file: Path):
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master"
            " WHERE name = 'ix_audit_workspace_id') WHERE name = 'ix_items_published_at'"
        )
    connection.close()
    with pytest.raises(StorageError, match="is damaged"):
        asyncio.run(tried(file))


def test_reading_through_ends_in_time_and_says_so(file: Path):
    async def check() -> bool:
        return await try_file(f"sqlite:///{file}", within=timedelta(0))

    assert asyncio.run(check()) is False
    asyncio.run(tried(file))


async def test_a_file_that_is_cut_while_it_is_used_is_trouble_to_tell_of(file: Path):
    async with Ledger.opened(f"sqlite:///{file}") as ledger:
        workspace = await ledger.workspaces.first()
        await ledger._database.run(Access.WRITE, lambda c: c.execute(text("DELETE FROM seen")))
        os.truncate(file, 3 * 4096)
        file.with_name(f"{file.name}-wal").write_bytes(b"")
        with pytest.raises(StorageError, match="is damaged"):
            await ledger.items.newest(workspace, limit=200)
        trouble = ledger.take_trouble()
    assert trouble is not None
    assert trouble.why == "is damaged; restore a copy of it"


def test_a_file_that_may_not_be_written_is_said_to_be_so(
    file: Path, monkeypatch: pytest.MonkeyPatch
):
    def read_only(raw: sqlite3.Connection) -> None:
        raw.execute("PRAGMA query_only = ON")  # as where the user has no right; root has them all

    monkeypatch.setattr("bot.ledger.db.database._switch_to_wal", read_only)
    with pytest.raises(StorageError, match="is read-only; the bot must be allowed to write it"):
        asyncio.run(at_older_version(f"sqlite:///{file}"))


async def test_on_a_server_nothing_is_read_through(postgres_url: str):
    database = open_database(postgres_url)
    assert await database.run(Access.READ, lambda c: check_pages(c, within_s=0))
    await database.close()


# ---- full ----


def fill_disk(connection: Connection) -> None:
    """Fail as where there is no room left."""
    if connection.dialect.name == "sqlite":
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        blob = "INSERT INTO seen SELECT hex(randomblob(500000)), '2019-02-28 08:00:00.000000'"
        connection.exec_driver_sql(blob)
    else:
        connection.execute(
            text("DO $$ BEGIN RAISE 'could not extend file' USING ERRCODE = '53100'; END $$")
        )


async def test_a_full_disk_is_trouble_that_is_told_of_once(ledger: Ledger):
    assert ledger.take_trouble() is None
    with pytest.raises(StorageError, match="finds no room on its disk"):
        await ledger._database.run(Access.WRITE, fill_disk)
    trouble = ledger.take_trouble()
    assert trouble is not None
    assert trouble.why == "finds no room on its disk; free some and try again"
    assert ledger.take_trouble() is None


# ---- readable by all ----


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_ledger_log_and_copy_are_their_owners_alone(tmp_path: Path, umask: int):
    path = tmp_path / "briefing.db"

    async def modes() -> dict[str, int]:
        async with Ledger.opened(f"sqlite:///{path}") as ledger:
            await ledger.upgrade()
            await ledger._database.run(Access.WRITE, older)
            await ledger.upgrade()
            return {name: mode(tmp_path / name) for name in os.listdir(tmp_path)}  # noqa: PTH208

    before = os.umask(umask)
    try:
        found = asyncio.run(modes())
    finally:
        os.umask(before)
    assert {f"briefing.db{end}" for end in ("", "-wal", "-shm")} < set(found)
    assert len(found) == 4
    assert set(found.values()) == {0o600}


def test_a_ledger_that_others_could_read_is_closed_to_them(file: Path):
    file.chmod(0o644)
    asyncio.run(opened(file))
    assert mode(file) == 0o600


# ---- older ----


def older(connection: Connection) -> None:
    """Take the schema back by one version."""
    command.downgrade(configuration(connection), migrate.revisions()[-2])


def version(connection: Connection) -> str:
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


async def at_older_version(database_url: str) -> None:
    database = open_database(database_url)
    await database.run(Access.WRITE, migrate.upgrade)
    await database.run(Access.WRITE, older)
    await database.close()


async def version_of(database_url: str) -> str:
    database = open_database(database_url)
    try:
        return await database.run(Access.READ, version)
    finally:
        await database.close()


async def test_what_only_reads_leaves_an_older_schema_alone(empty_database_url: str):
    await at_older_version(empty_database_url)
    before, needed = migrate.revisions()[-2:]
    says = rf"\({before}\) is older .* \({needed}\).*run `briefing db upgrade`"
    with pytest.raises(LedgerError, match=says):
        await made_ready(empty_database_url, may_upgrade=False)
    assert await version_of(empty_database_url) == before


async def test_the_only_process_upgrades_a_file_and_not_a_server(empty_database_url: str, caplog):
    await at_older_version(empty_database_url)
    before, needed = migrate.revisions()[-2:]
    if empty_database_url.startswith("sqlite"):
        await made_ready(empty_database_url, may_upgrade=True)
        assert await version_of(empty_database_url) == needed
        (line,) = [r for r in caplog.records if r.message == "the schema was brought up to date"]
        assert await version_of(f"sqlite:///{vars(line)['copy']}") == before
    else:
        with pytest.raises(LedgerError, match="run `briefing db upgrade`"):
            await made_ready(empty_database_url, may_upgrade=True)
        assert await version_of(empty_database_url) == before


async def test_a_new_file_gets_its_schema_and_an_empty_server_from_the_only_process(
    empty_database_url: str,
):
    if empty_database_url.startswith("sqlite"):
        await made_ready(empty_database_url, may_upgrade=False)
        assert await version_of(empty_database_url) == migrate.revisions()[-1]
    else:
        with pytest.raises(LedgerError, match="no schema yet; run `briefing db upgrade`"):
            await made_ready(empty_database_url, may_upgrade=False)
        await made_ready(empty_database_url, may_upgrade=True)
        assert await version_of(empty_database_url) == migrate.revisions()[-1]


def test_the_copy_before_an_upgrade_is_whole(file: Path):
    url = f"sqlite:///{file}"

    async def upgraded() -> Path | None:
        await at_older_version(url)
        async with Ledger.opened(url) as ledger:
            assert await ledger.upgrade() is not None
            return await ledger.upgrade()

    assert asyncio.run(upgraded()) is None, "nothing to do, so no second copy"
    copy = file.with_name(f"briefing.before-{migrate.revisions()[-1]}.db")
    assert stored(copy) == stored(file) == 200


def test_without_room_for_the_copy_the_schema_is_not_touched(
    file: Path, monkeypatch: pytest.MonkeyPatch
):
    url = f"sqlite:///{file}"
    asyncio.run(at_older_version(url))

    def no_room(self: Path, mode: int = 0o666, exist_ok: bool = True) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "touch", no_room)
    with pytest.raises(LedgerError, match="no copy of the ledger could be kept"):
        asyncio.run(made_ready(url, may_upgrade=True))
    assert asyncio.run(version_of(url)) == migrate.revisions()[-2]
    assert [one.name for one in file.parent.iterdir() if ".new" in one.name] == []
