"""Connections and transactions: the only place that knows which database it is.

Every piece of storage is a plain function whose first argument is a connection; `Database` runs
it inside one transaction. On PostgreSQL that is an async engine. On SQLite the whole transaction
runs in a thread instead of statement by statement: a driver that hands each call to a thread
crosses over about four times per statement, which measured five times slower, and a busy event
loop would hold the write lock between two statements. One thread writes (SQLite has one writer
anyway), several read, and readers in WAL mode do not wait for it.
"""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from bot.domain.errors import LedgerError
from bot.ledger.errors import is_conflict_in_time, translated

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[Concatenate[Connection, P], T]

READERS = 4
BUSY_TIMEOUT_S = 30
TRIES = 4


class Database(Protocol):
    """Runs storage functions, each in a transaction of its own."""

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `work(connection, ...)` gives, from one consistent view; it must not write."""
        ...

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `work(connection, ...)` gives, committed when it returns, undone when it raises.

        It may run again when two transactions got into each other's way, so it must do nothing
        but database work.
        """
        ...

    async def close(self) -> None:
        """Let running transactions end, then give all connections back."""
        ...


def open_database(database_url: str, *, create: bool = True) -> Database:
    """The database at `sqlite:///file`, `sqlite://` (in memory) or `postgresql://...`.

    Args:
        database_url: As in DATABASE_URL; the driver is ours to choose.
        create: Make the SQLite file and its folder when they are missing.

    Raises:
        LedgerError: For any other address, or a missing file with `create=False`.
    """
    try:
        url = make_url(database_url)
    except ArgumentError as error:
        msg = "DATABASE_URL is not an address; write sqlite:///data/briefing.db or postgresql://..."
        raise LedgerError(msg) from error
    match url.get_backend_name():
        case "sqlite" if url.query:
            raise LedgerError("DATABASE_URL: an address of sqlite takes no options after a ?")
        case "sqlite":
            return SQLiteDatabase(url.set(drivername="sqlite"), create=create)
        case "postgresql" | "postgres":
            return PostgreSQLDatabase(url.set(drivername="postgresql+psycopg"))
        case other:
            msg = f"DATABASE_URL names {other}; it may be sqlite:///file or postgresql://..."
            raise LedgerError(msg)


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

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """See `Database.read`."""
        return await self._run(
            self._read_threads, self._reader, partial(_apply, work, args, kwargs)
        )

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """See `Database.write`."""
        return await self._run(
            self._write_thread, self._writer, partial(_apply, work, args, kwargs)
        )

    async def close(self) -> None:
        """See `Database.close`."""
        for threads, engine in (
            (self._read_threads, self._reader),
            (self._write_thread, self._writer),
        ):
            await asyncio.to_thread(threads.shutdown)
            engine.dispose()

    async def _run(
        self, threads: ThreadPoolExecutor, engine: Engine, work: Callable[[Connection], T]
    ) -> T:
        def transaction() -> T:
            with engine.begin() as connection:
                return work(connection)

        try:
            return await asyncio.get_running_loop().run_in_executor(threads, transaction)
        except SQLAlchemyError as error:
            raise translated(error, place=self._place) from error


class PostgreSQLDatabase:
    """A PostgreSQL server."""

    def __init__(self, url: URL) -> None:
        self._place = url.render_as_string(hide_password=True)
        self._engine = create_async_engine(
            url,
            hide_parameters=True,
            json_serializer=_to_json,
            pool_pre_ping=True,
            connect_args={"options": "-c timezone=UTC", "application_name": "briefing"},
        )
        self._reader: AsyncEngine = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """See `Database.read`."""
        return await self._run(self._reader, partial(_apply, work, args, kwargs))

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """See `Database.write`."""
        return await self._run(self._engine, partial(_apply, work, args, kwargs))

    async def close(self) -> None:
        """See `Database.close`."""
        await self._engine.dispose()

    async def _run(self, engine: AsyncEngine, work: Callable[[Connection], T]) -> T:
        for remaining in reversed(range(TRIES)):
            try:
                async with engine.begin() as connection:
                    return await connection.run_sync(work)
            except SQLAlchemyError as error:
                if not (remaining and is_conflict_in_time(error)):
                    raise translated(error, place=self._place) from error
        msg = "unreachable: the last try returns or raises"
        raise AssertionError(msg)


def lock(connection: Connection, name: str) -> None:
    """Wait until no other transaction holds the lock of that name; held until this one ends.

    On SQLite a writing transaction is alone from its first statement on.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtext('briefing'), hashtext(:name))"),
            {"name": name},
        )


def _apply(
    work: Callable[..., T],
    args: tuple[object, ...],
    kwargs: dict[str, object],
    connection: Connection,
) -> T:
    return work(connection, *args, **kwargs)


def _prepare_file(path: Path, *, create: bool) -> None:
    if create:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            msg = f"the ledger's folder {path.parent} cannot be made: {error.strerror}"
            raise LedgerError(msg) from error
    elif not path.exists():
        msg = f"there is no ledger at {path}; run `briefing db upgrade` to make it"
        raise LedgerError(msg)


def _sqlite_engine(url: URL, *, writes: bool, in_memory: bool) -> Engine:
    pool: dict[str, object] = {"pool_size": 1 if writes else READERS, "max_overflow": 0}
    if in_memory:
        pool = {"poolclass": StaticPool}
    engine = create_engine(
        url,
        hide_parameters=True,
        json_serializer=_to_json,
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
        raw.execute("PRAGMA journal_mode = WAL")
        # In WAL mode this loses nothing when the process dies, and never corrupts the file.
        raw.execute("PRAGMA synchronous = NORMAL")
    else:
        raw.execute("PRAGMA query_only = ON")


def _to_json(value: object) -> str:
    """JSON in plain ASCII, so that no character in it can trouble a database."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True)
