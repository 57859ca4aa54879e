"""The two databases, SQLite and PostgreSQL: how transactions run, and what their errors mean.

A method of the ledger is one transaction: the decorators `reads`, `writes` and `writes_unsynced`
make of a function of an open connection what callers await. Steps that several transactions share
are plain functions whose first argument is the connection.

On SQLite the whole transaction runs in a thread instead of statement by statement: a driver that
hands each call to a thread crosses over about four times per statement, which measured five times
slower, and a busy event loop would hold the write lock between two statements. One thread writes
(SQLite has one writer anyway), several read, and readers in WAL mode do not wait for it. PostgreSQL
has SQLAlchemy's async engine.
"""

import asyncio
import json
import logging
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from enum import Enum, auto
from functools import partial, wraps
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeAlias, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from bot.domain.errors import LedgerError

log = logging.getLogger(__name__)

# What can be done about an error of SQLite, by its primary code
# (https://sqlite.org/rescode.html).
_SQLITE: Final = {
    sqlite3.SQLITE_BUSY: "is held by another program; try again when that has finished",
    sqlite3.SQLITE_NOTADB: "is no ledger, or is damaged; restore a copy of it, or name another "
    "place in DATABASE_URL",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore a copy of it",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; its folder must exist, and the bot must be allowed "
    "to write the file and the folder",
    sqlite3.SQLITE_READONLY: "is read-only; the bot must be allowed to write it and its folder",
    sqlite3.SQLITE_FULL: "finds no room on its disk; free some and try again",
    sqlite3.SQLITE_IOERR: "cannot be read or written; check its disk",
}
_PRIMARY: Final = 0xFF
# Of these nothing can be told through the ledger, since it takes nothing; on PostgreSQL by their
# state (https://www.postgresql.org/docs/current/errcodes-appendix.html).
_UNWRITABLE: Final = frozenset({
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_READONLY,
})  # fmt: skip
_STATES: Final = {
    "53100": _SQLITE[sqlite3.SQLITE_FULL],
    "58030": _SQLITE[sqlite3.SQLITE_IOERR],
    "XX001": _SQLITE[sqlite3.SQLITE_CORRUPT],
    "XX002": _SQLITE[sqlite3.SQLITE_CORRUPT],
}
# Files that belong to their owner alone: what is in them may be meant for few.
_PRIVATE: Final = 0o600
_MAGIC: Final = b"SQLite format 3\x00"  # https://sqlite.org/fileformat.html#magic_header_string
_FAULTS_NAMED: Final = 3
_STEPS: Final = 10_000  # of SQLite's machine between two looks at the clock, a millisecond or so
READERS = 4
# How long to wait for another process that writes.
BUSY_TIMEOUT_S = 30
# Between two tries to switch a file to WAL while another process does the same.
SWITCH_PAUSE_S = 0.02
# How long the start waits for a database that is late, and between two tries.
ARRIVAL_S = 60
ARRIVAL_PAUSE_S = 3
# Tries of a transaction that meets another one on PostgreSQL.
TRIES = 4
CONNECT_TIMEOUT_S = 10


class AwayError(LedgerError):
    """The server does not answer, or another program holds the file: it may work a little later."""


class LeaseLostError(LedgerError):
    """The delivery is no longer this worker's to send: leave it alone."""


class StorageError(LedgerError):
    """The ledger has no room, is damaged or read-only; `why` says so without naming its place."""

    def __init__(self, message: str, *, why: str) -> None:
        super().__init__(message)
        self.why = why


def translated(error: Exception, *, place: str) -> LedgerError:
    """The error as a sentence for the person who can fix it, without statements or values.

    `place` is the database, without its password.
    """
    cause = getattr(error, "orig", None) or error
    detail = str(cause).strip().partition("\n")[0] or type(cause).__name__
    code = getattr(cause, "sqlite_errorcode", 0) & _PRIMARY
    said = _SQLITE.get(code) or _STATES.get(getattr(cause, "sqlstate", None) or "")
    if said and (code == 0 or code in _UNWRITABLE):
        return StorageError(f"the ledger at {place} {said} ({detail})", why=said)
    if said:
        kind = AwayError if code == sqlite3.SQLITE_BUSY else LedgerError
        return kind(f"the ledger at {place} {said} ({detail})")
    if isinstance(error, IntegrityError):
        return LedgerError(f"the ledger refused a row that contradicts another one: {detail}")
    if isinstance(error, OperationalError):
        return AwayError(
            f"the ledger at {place} cannot be reached or used ({detail}); check DATABASE_URL, "
            "that the server runs or the file's folder exists, and that its disk is not full"
        )
    if isinstance(error, DBAPIError):
        return LedgerError(
            f"the ledger at {place} refused a statement ({detail}); if the database is older or "
            "newer than this version, run `briefing db upgrade`"
        )
    return LedgerError(f"the ledger at {place} cannot do that: {detail}")


def is_conflict_in_time(error: SQLAlchemyError) -> bool:
    """Whether two transactions got into each other's way, so that a second try is right.

    PostgreSQL's classes 40001 (serialization failure) and 40P01 (deadlock detected).
    """
    return getattr(getattr(error, "orig", None), "sqlstate", None) in {"40001", "40P01"}


P = ParamSpec("P")
T = TypeVar("T")
# In plain ASCII, so that no character can trouble a database.
_TO_JSON = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True).encode


class Access(Enum):
    """What a transaction does, and what it waits for.

    One that does not wait for the disk is for work that would simply be repeated if it were lost. A
    kill takes nothing back; a power cut may take the last of these back, whole and in order, and
    never one that came before a `WRITE`.
    """

    READ = auto()  # it must not write, and sees one state of the database
    WRITE = auto()  # it is on the disk when it returns, and undone when it raises
    WRITE_UNSYNCED = auto()


class Database(Protocol):
    """Runs functions of a connection, each in a transaction of its own.

    Attributes:
        trouble: The newest error that no storing can tell of; None before the first.
    """

    trouble: StorageError | None

    async def run(self, access: Access, work: Callable[[Connection], T]) -> T:
        """What `work` gives.

        What writes may run again when two transactions got into each other's way, so it must do
        nothing but database work.
        """
        ...

    async def close(self) -> None:
        """Let running transactions end, then give all connections back."""
        ...


class Repository:
    """One subject of the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database


S = TypeVar("S", bound=Repository)
Method: TypeAlias = Callable[Concatenate[S, Connection, P], T]
Awaited: TypeAlias = Callable[Concatenate[S, P], Coroutine[Any, Any, T]]


def reads(method: Method[S, P, T]) -> Awaited[S, P, T]:
    """Make the method a transaction that reads; callers leave out the connection."""
    return _transaction(Access.READ, method)


def writes(method: Method[S, P, T]) -> Awaited[S, P, T]:
    """Make the method a transaction that writes; callers leave out the connection."""
    return _transaction(Access.WRITE, method)


def writes_unsynced(method: Method[S, P, T]) -> Awaited[S, P, T]:
    """As `writes`, by `Access.WRITE_UNSYNCED`."""
    return _transaction(Access.WRITE_UNSYNCED, method)


def _transaction(access: Access, method: Method[S, P, T]) -> Awaited[S, P, T]:
    @wraps(method)
    async def run(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._database.run(access, lambda c: method(self, c, *args, **kwargs))

    return run


def lock(connection: Connection, name: str) -> None:
    """Wait until no other transaction holds the lock of that name; held until this one ends.

    On SQLite a writing transaction is alone from its first statement on.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtext('briefing'), hashtext(:name))"),
            {"name": name},
        )


class SQLiteDatabase:
    """A SQLite file in WAL mode, or one connection in memory."""

    def __init__(self, url: URL, *, create: bool) -> None:
        self._place = url.render_as_string(hide_password=True)
        self.trouble: StorageError | None = None
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
                    # FULL: on the disk before it counts, as on PostgreSQL: a power cut that took
                    # back "this was posted" would post it twice. 0.2 ms on a quiet machine, 13 ms
                    # on a busy one. NORMAL: on the disk with the next FULL one, or when the log is
                    # folded into the file (https://sqlite.org/pragma.html#pragma_synchronous).
                    level = "NORMAL" if access is Access.WRITE_UNSYNCED else "FULL"
                    connection.connection.cursor().execute(f"PRAGMA synchronous = {level}")
                with connection.begin():
                    return work(connection)

        try:
            return await asyncio.get_running_loop().run_in_executor(threads, transaction)
        except SQLAlchemyError as error:
            said = translated(error, place=self._place)
            self.trouble = said if isinstance(said, StorageError) else self.trouble
            raise said from error

    async def close(self) -> None:
        """Wait for the threads, then close the connections."""
        for threads, engine in (
            (self._read_threads, self._reader),
            (self._write_thread, self._writer),
        ):
            await asyncio.to_thread(threads.shutdown)
            engine.dispose()


def _prepare_file(path: Path, *, create: bool) -> None:
    """See that the file is there or may be made, and that it is its owner's alone."""
    check_not_emptied(path)
    if not path.exists():
        if not create:
            raise LedgerError(f"there is no ledger at {path}; run `briefing db upgrade` to make it")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            why = "a file has that name" if path.parent.exists() else error.strerror
            raise LedgerError(f"the ledger's folder {path.parent} cannot be made: {why}") from error
        _make_file(path)
    for one in (path, *_logs(path)):
        with suppress(OSError):  # not there, or another user's
            if one.is_file() and one.stat().st_mode & 0o077:
                one.chmod(_PRIVATE)


def _logs(path: Path) -> tuple[Path, Path]:
    """What SQLite keeps beside the file while it is in use, and after a crash."""
    return path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")


def _make_file(path: Path) -> None:
    """Make an empty ledger, whole from its first moment on, so that one without a byte is none.

    Where nothing can be made it is left to SQLite, whose error says why.
    """
    with suppress(OSError), tempfile.TemporaryDirectory(dir=path.parent, prefix=".new-") as folder:
        new = Path(folder) / path.name
        new.touch(_PRIVATE)
        try:
            with closing(sqlite3.connect(new)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.Error as error:
            raise translated(error, place=str(path)) from error
        try:
            os.link(new, path)
        except FileExistsError:
            return  # another process has made it meanwhile
    if not path.exists():  # where the disk knows no links
        with suppress(OSError):
            path.touch(_PRIVATE)


def check_not_emptied(path: Path) -> None:
    """Check that the file is not what an accident left of a ledger, before SQLite touches it.

    SQLite takes a file without a byte for a new database, and then deletes its log.

    Raises:
        LedgerError: It is, with what to do.
    """
    log = _logs(path)[0]
    has_log = log.is_file() and log.stat().st_size > 0
    is_there = path.is_file()
    if (is_there and path.stat().st_size > 0) or not (is_there or has_log):
        return
    what = "is empty (0 bytes)" if is_there else "is gone"
    if has_log:
        what += f", and what it held last is still in {log.name}: keep that file"
    copies = sorted(one.name for one in path.parent.glob(f"{path.stem}*") if _is_database(one))
    where = f"; beside it there are {', '.join(copies)}" if copies else ""
    to_delete = " and ".join([*([path.name] if is_there else []), *([log.name] if has_log else [])])
    raise LedgerError(
        f"the ledger at {path} {what}. It is not taken for a new one: put a copy in its place"
        f"{where}. To begin with nothing, move {to_delete} away"
    )


def _is_database(path: Path) -> bool:
    with suppress(OSError), path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC
    return False


def check_pages(connection: Connection, *, within_s: float) -> bool:
    """Read a SQLite file through and check that its pages and indexes fit together.

    More than quick_check does, which passes over an index that lacks rows of its table, and takes
    three times as long: 1 GB in 4 s where the disk is fast. False when the time was over before the
    end. On PostgreSQL, which has checksums of its own, nothing is read.

    Raises:
        StorageError: It is damaged, with what SQLite found first.
    """
    if connection.dialect.name != "sqlite":
        return True
    raw = connection.connection.driver_connection
    assert isinstance(raw, SQLiteConnection)  # noqa: S101 - by the dialect
    until = time.monotonic() + within_s
    raw.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
    try:
        faults = [row[0] for row in raw.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return False
        raise translated(error, place=str(connection.engine.url)) from error
    finally:
        raw.set_progress_handler(None, 0)
    if faults == ["ok"]:
        return True
    lines = [line for fault in faults for line in fault.splitlines() if not line.startswith("***")]
    more = f" and {len(lines) - _FAULTS_NAMED} more" if len(lines) > _FAULTS_NAMED else ""
    why = f"is damaged: {'; '.join(lines[:_FAULTS_NAMED])}{more}"
    file = connection.engine.url.database
    raise StorageError(
        f"the ledger at {file} {why}. Restore a copy of it; without one, "
        f'`sqlite3 {file} ".recover" | sqlite3 mended.db` saves what can be read',
        why="is damaged; restore a copy of it",
    )


def keep_copy(connection: Connection, name: str) -> Path | None:
    """Write a whole copy of a SQLite file beside it, with `name` in its name; None elsewhere.

    To be called in a transaction that writes and has not written yet: nobody else writes meanwhile.

    Raises:
        LedgerError: There is no room for it, or it cannot be written.
    """
    url = connection.engine.url
    if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
        return None
    path = Path(str(url.database))
    copy = path.with_name(f"{path.stem}.{name}{path.suffix}")
    new = copy.with_name(f".{copy.name}.new")
    try:
        new.unlink(missing_ok=True)
        new.touch(_PRIVATE)
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(new)) as target:
            source.backup(target)
        new.replace(copy)
    except (OSError, sqlite3.Error) as error:
        new.unlink(missing_ok=True)
        raise LedgerError(
            f"no copy of the ledger could be kept at {copy} ({error}), so its schema was not "
            "touched; make room there, and try again"
        ) from error
    return copy


def _sqlite_engine(url: URL, *, writes: bool, in_memory: bool) -> Engine:
    pool: dict[str, object] = {"pool_size": 1 if writes else READERS, "max_overflow": 0}
    if in_memory:
        pool = {"poolclass": StaticPool}
    engine = create_engine(
        url,
        hide_parameters=True,
        json_serializer=_TO_JSON,
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
        self.trouble: StorageError | None = None
        self._engine = create_async_engine(
            url,
            hide_parameters=True,
            json_serializer=_TO_JSON,
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
                    said = translated(error, place=self._place)
                    self.trouble = said if isinstance(said, StorageError) else self.trouble
                    raise said from error

    async def close(self) -> None:
        """Close the pool of connections."""
        await self._engine.dispose()


async def arrived(database: Database, work: Callable[[Connection], T], *, patient: bool) -> T:
    """What `work` gives, in a transaction that writes; a late database is waited for if `patient`.

    Raises:
        LedgerError: It cannot be used, or it did not come.
    """
    until = time.monotonic() + (ARRIVAL_S if patient else 0)
    while True:
        try:
            return await database.run(Access.WRITE, work)
        except AwayError as error:
            if time.monotonic() + ARRIVAL_PAUSE_S > until:
                raise
            log.warning("the database is not there yet, trying again", extra={"why": str(error)})
            await asyncio.sleep(ARRIVAL_PAUSE_S)


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
