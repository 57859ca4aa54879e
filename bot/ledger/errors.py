"""What the database says, turned into the project's errors at the edge."""

import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError

from bot.domain.errors import LedgerError

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
"""What can be done about an error of SQLite, by its primary code (https://sqlite.org/rescode.html)."""
_PRIMARY: Final = 0xFF


class LeaseLostError(LedgerError):
    """The delivery is no longer this worker's to send: leave it alone."""


def translated(error: SQLAlchemyError, *, place: str) -> LedgerError:
    """The error as a sentence for the person who can mend it, without statements or values.

    Args:
        error: What SQLAlchemy raised.
        place: The database, without its password.
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
