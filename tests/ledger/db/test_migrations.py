import asyncio
import multiprocessing
import shutil
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hatchling.builders.wheel import WheelBuilder
from sqlalchemy import Connection, inspect, text

from bot.domain.errors import LedgerError
from bot.ledger import Ledger
from bot.ledger.db import migrate, tables
from bot.ledger.db.database import Access, Database, open_database
from bot.ledger.db.migrate import configuration
from bot.ledger.db.tables import is_compared, metadata
from tests.conftest import upgraded

ROOT = Path(__file__).parents[3]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = open_database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def empty_database(empty_database_url: str) -> AsyncIterator[Database]:
    opened = open_database(empty_database_url)
    yield opened
    await opened.close()


def _differences(connection: Connection) -> list[Any]:
    options = {"include_object": is_compared, "compare_type": True}
    differences: list[Any] = compare_metadata(
        MigrationContext.configure(connection, opts=options), metadata
    )
    return differences


def _made_by_hand(connection: Connection) -> set[str]:
    """What makes full-text search, as the database's own catalogue describes it."""
    if connection.dialect.name == "sqlite":
        query = (
            "SELECT sql FROM sqlite_master WHERE tbl_name LIKE 'items_search%' OR type='trigger'"
        )
    else:
        query = (
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'items'"
            " UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = 'item_words'"
            " UNION ALL SELECT generation_expression FROM information_schema.columns"
            " WHERE table_name = 'items' AND column_name = 'words'"
        )
    return {" ".join(row[0].split()) for row in connection.execute(text(query)) if row[0]}


async def test_the_migrations_make_exactly_the_tables_that_the_code_names(
    database: Database,
) -> None:
    assert await database.run(Access.READ, _differences) == []


def _made_by_the_tables(connection: Connection) -> set[str]:
    savepoint = connection.begin_nested()
    metadata.create_all(connection)
    made = _made_by_hand(connection)
    savepoint.rollback()
    return made


async def test_the_migrations_make_the_search_index_that_the_code_names(
    empty_database: Database,
) -> None:
    named = await empty_database.run(Access.WRITE, _made_by_the_tables)
    assert len(named) >= 3
    await empty_database.run(Access.WRITE, migrate.upgrade)
    assert await empty_database.run(Access.READ, _made_by_hand) == named


async def test_upgrading_twice_changes_nothing(database: Database, ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    await ledger.upgrade()
    await ledger.check_schema()
    assert await ledger.workspaces.first() == workspace


async def test_a_database_without_a_schema_is_out_of_date_until_upgraded(
    empty_database_url: str,
) -> None:
    async with Ledger.opened(empty_database_url) as ledger:
        with pytest.raises(LedgerError, match="briefing db upgrade"):
            await ledger.check_schema()
        await ledger.upgrade()
        await ledger.check_schema()
        assert await ledger.workspaces.first()


async def test_a_schema_newer_than_the_code_is_refused_and_left_alone(
    empty_database_url: str, empty_database: Database
) -> None:
    def newer(connection: Connection) -> None:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    await empty_database.run(Access.WRITE, migrate.upgrade)
    await empty_database.run(Access.WRITE, newer)
    async with Ledger.opened(empty_database_url) as ledger:
        with pytest.raises(LedgerError, match="newer than this version"):
            await ledger.check_schema()
        with pytest.raises(LedgerError, match="newer than this version"):
            await ledger.upgrade()


async def test_going_down_leaves_nothing_behind_and_up_again_works(
    empty_database: Database,
) -> None:
    def down(connection: Connection) -> set[str]:
        command.downgrade(configuration(connection), "base")
        return set(inspect(connection).get_table_names())

    await empty_database.run(Access.WRITE, migrate.upgrade)
    assert await empty_database.run(Access.WRITE, down) == {"alembic_version"}
    await empty_database.run(Access.WRITE, migrate.upgrade)
    assert await empty_database.run(Access.READ, _differences) == []


BROKEN = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "broken", {head!r}

def upgrade():
    op.create_table("half_done", sa.Column("id", sa.Integer()))
    op.execute("CREATE NONSENSE")
"""


async def test_a_migration_that_fails_leaves_nothing_of_the_upgrade(
    empty_database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    shutil.copytree(migrate.MIGRATIONS, tmp_path / "migrations")
    broken = tmp_path / "migrations" / "versions" / "9999_broken.py"
    broken.write_text(BROKEN.format(head=head))
    monkeypatch.setattr(migrate, "MIGRATIONS", tmp_path / "migrations")
    with pytest.raises(LedgerError):
        await empty_database.run(Access.WRITE, migrate.upgrade)
    assert await empty_database.run(Access.READ, lambda c: inspect(c).get_table_names()) == []


def _upgrade_in_process(url: str, together: Barrier) -> None:
    together.wait(timeout=60)
    asyncio.run(upgraded(url))


def test_processes_that_upgrade_at_once_wait_for_each_other(empty_database_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(4)
    workers = [
        context.Process(target=_upgrade_in_process, args=(empty_database_url, together))
        for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
    assert [worker.exitcode for worker in workers] == [0] * 4

    async def check() -> None:
        async with Ledger.opened(empty_database_url) as ledger:
            await ledger.check_schema()

    asyncio.run(check())


def test_the_files_of_the_migrations_are_named_by_their_versions() -> None:
    scripts = ScriptDirectory.from_config(configuration())
    assert tuple(s.revision for s in scripts.walk_revisions())[::-1] == migrate.revisions()


def test_a_ledger_that_is_up_to_date_is_opened_without_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'briefing.db'}"
    asyncio.run(upgraded(url))
    program = (
        "import asyncio, sys\n"
        "from bot.ledger import Ledger\n"
        "async def start():\n"
        f"    async with Ledger.opened({url!r}) as ledger:\n"
        "        await ledger.upgrade()\n"
        "        await ledger.check_schema()\n"
        "asyncio.run(start())\n"
        "print('alembic' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == "False\n"


def test_the_wheel_holds_the_migrations(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    names = zipfile.ZipFile(wheel).namelist()
    folder = ROOT / "bot" / "ledger" / "migrations"
    for path in (*folder.glob("*.*"), *folder.glob("versions/*.py")):
        assert path.relative_to(ROOT).as_posix() in names


def test_what_the_comparison_leaves_out_is_only_the_search_index() -> None:
    made = " ".join((*tables.SQLITE_DDL, *tables.POSTGRESQL_DDL))
    for name in (*tables.BY_HAND, tables.SQLITE_TABLE):
        assert name in made
        assert name not in metadata.tables
