"""The two databases, SQLite and PostgreSQL; only this file chooses between them.

On SQLite the whole transaction runs in a thread instead of statement by statement: a driver that
hands each call to a thread crosses over about four times per statement, which measured five times
slower, and a busy event loop would hold the write lock between two statements. One thread writes
(SQLite has one writer anyway), several read, and readers in WAL mode do not wait for it. PostgreSQL
has SQLAlchemy's async engine.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from bot.domain.errors import LedgerError
from bot.ledger.db.database import Access, Database, T, is_conflict_in_time, to_json, translated

READERS = 4
# How long to wait for another process that writes.
BUSY_TIMEOUT_S = 30
# Between two tries to switch a file to WAL while another process does the same.
SWITCH_PAUSE_S = 0.02
# Tries of a transaction that meets another one on PostgreSQL.
TRIES = 4
CONNECT_TIMEOUT_S = 10


class SQLiteDatabase:
    """A SQLite file in WAL mode, or one connection in memory."""

    def __init__(self, url: URL, *, create: bool) -> None:
        self._place = url.render_as_string(hide_password=True)
        in_memory = url.database in {None, "", ":memory:"}
        if not in_memory:
            _prepare_file(Path(str(url.database)), create=create)
        self._writer = _sqlite_engine(url, writes=True, in_memory=in_memory)
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="ledger-write")
        if in_memory:
            self._reader, self._read_threads = self._writer, self._write_thread
        else:
            self._reader = _sqlite_engine(url, writes=False, in_memory=False)
            self._read_threads = ThreadPoolExecutor(READERS, thread_name_prefix="ledger-read")

    async def run(self, access: Access, work: Callable[[Connection], T]) -> T:
        """Run it in a thread."""
        threads, engine = self._write_thread, self._writer
        if access is Access.READ:
            threads, engine = self._read_threads, self._reader

        def transaction() -> T:
            with engine.connect() as connection:
                if engine is self._writer:
                    level = "NORMAL" if access is Access.WRITE_UNSYNCED else "FULL"
                    connection.connection.cursor().execute(f"PRAGMA synchronous = {level}")
                with connection.begin():
                    return work(connection)

        try:
            return await asyncio.get_running_loop().run_in_executor(threads, transaction)
        except SQLAlchemyError as error:
            raise translated(error, place=self._place) from error

    async def close(self) -> None:
        """Wait for the threads, then close the connections."""
        for threads, engine in (
            (self._read_threads, self._reader),
            (self._write_thread, self._writer),
        ):
            await asyncio.to_thread(threads.shutdown)
            engine.dispose()


def _prepare_file(path: Path, *, create: bool) -> None:
    if create:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            why = "a file has that name" if path.parent.exists() else error.strerror
            raise LedgerError(f"the ledger's folder {path.parent} cannot be made: {why}") from error
    elif not path.exists():
        raise LedgerError(f"there is no ledger at {path}; run `briefing db upgrade` to make it")


def _sqlite_engine(url: URL, *, writes: bool, in_memory: bool) -> Engine:
    pool: dict[str, object] = {"pool_size": 1 if writes else READERS, "max_overflow": 0}
    if in_memory:
        pool = {"poolclass": StaticPool}
    engine = create_engine(
        url,
        hide_parameters=True,
        json_serializer=to_json,
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
        **pool,
    )
    event.listen(engine, "connect", partial(_set_up_sqlite, writes=writes))
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _set_up_sqlite(raw: SQLiteConnection, _: ConnectionPoolEntry, *, writes: bool) -> None:
    """Settings of one connection; transactions are begun by us, not guessed by the driver."""
    raw.isolation_level = None
    raw.execute("PRAGMA foreign_keys = ON")
    if writes:
        _switch_to_wal(raw)
    else:
        raw.execute("PRAGMA query_only = ON")


def _switch_to_wal(raw: SQLiteConnection) -> None:
    """Make the file's journal a WAL; once switched it stays so, and nothing is locked again.

    The switch takes the whole file, and SQLite refuses it at once when another process is
    switching too, without waiting for `BUSY_TIMEOUT_S` as it does elsewhere
    (https://sqlite.org/wal.html#sometimes_queries_return_sqlite_busy_in_wal_mode).
    """
    until = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            raw.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(SWITCH_PAUSE_S)
        else:
            return


class PostgreSQLDatabase:
    """A PostgreSQL server."""

    def __init__(self, url: URL) -> None:
        # Imported only where it is used: SQLAlchemy's asynchronous half takes 7 MiB of memory.
        from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415

        self._place = url.render_as_string(hide_password=True)
        self._engine = create_async_engine(
            url,
            hide_parameters=True,
            json_serializer=to_json,
            pool_pre_ping=True,
            connect_args={
                "options": "-c timezone=UTC",
                "application_name": "briefing",
                "connect_timeout": CONNECT_TIMEOUT_S,
            },
        )
        self._reader = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    async def run(self, access: Access, work: Callable[[Connection], T]) -> T:
        """Run it; where it met another transaction, again."""
        engine = self._reader if access is Access.READ else self._engine
        tries = 0
        while True:
            tries += 1
            try:
                async with engine.begin() as connection:
                    if access is Access.WRITE_UNSYNCED:
                        # https://www.postgresql.org/docs/current/wal-async-commit.html
                        await connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")
                    return await connection.run_sync(work)
            except SQLAlchemyError as error:
                if tries == TRIES or not is_conflict_in_time(error):
                    raise translated(error, place=self._place) from error

    async def close(self) -> None:
        """Close the pool of connections."""
        await self._engine.dispose()


def open_database(database_url: str, *, create: bool = True) -> Database:
    """The database at `sqlite:///file`, `sqlite://` (in memory) or `postgresql://...`.

    The driver is ours to choose. `create` makes the SQLite file and its folder when they are
    missing; without it a missing file is an error.
    """
    try:
        url = make_url(database_url)
    except ArgumentError as error:
        raise LedgerError(
            "DATABASE_URL is not an address; write sqlite:///data/briefing.db or postgresql://..."
        ) from error
    match url.get_backend_name():
        case "sqlite" if url.query:
            raise LedgerError("DATABASE_URL: an address of sqlite takes no options after a ?")
        case "sqlite":
            return SQLiteDatabase(url.set(drivername="sqlite"), create=create)
        case "postgresql" | "postgres":
            return PostgreSQLDatabase(url.set(drivername="postgresql+psycopg"))
        case other:
            raise LedgerError(
                f"DATABASE_URL names {other}; it may be sqlite:///file or postgresql://..."
            )
