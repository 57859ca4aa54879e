"""Transactions, whatever database they run on, and the errors of databases.

A method of the ledger is one transaction: the decorators `reads`, `writes` and `writes_unsynced`
make of a function of an open connection what callers await. Steps that several transactions share
are plain functions whose first argument is the connection. `bot.ledger.db.engine` opens a database.
"""

import json
import sqlite3
from collections.abc import Callable, Coroutine
from enum import Enum, auto
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeAlias, TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError

from bot.domain.errors import LedgerError

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


class LeaseLostError(LedgerError):
    """The delivery is no longer this worker's to send: leave it alone."""


def translated(error: SQLAlchemyError, *, place: str) -> LedgerError:
    """The error as a sentence for the person who can fix it, without statements or values.

    `place` is the database, without its password.
    """
    cause = getattr(error, "orig", None) or error
    detail = str(cause).strip().partition("\n")[0] or type(cause).__name__
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None and (said := _SQLITE.get(code & _PRIMARY)):
        return LedgerError(f"the ledger at {place} {said} ({detail})")
    if isinstance(error, IntegrityError):
        return LedgerError(f"the ledger refused a row that contradicts another one: {detail}")
    if isinstance(error, OperationalError):
        return LedgerError(
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
_JSON = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True)


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
    """Runs functions of a connection, each in a transaction of its own."""

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


def to_json(value: object) -> str:
    """JSON in plain ASCII, so that no character in it can trouble a database."""
    return _JSON.encode(value)
