"""Opening a database: the only place that chooses between them."""

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bot.domain.errors import LedgerError
from bot.ledger.database import Database
from bot.ledger.engine_sqlite import SQLiteDatabase


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
            # Only where it is used: SQLAlchemy's asynchronous half takes 7 MiB of memory.
            from bot.ledger.engine_postgresql import PostgreSQLDatabase  # noqa: PLC0415

            return PostgreSQLDatabase(url.set(drivername="postgresql+psycopg"))
        case other:
            msg = f"DATABASE_URL names {other}; it may be sqlite:///file or postgresql://..."
            raise LedgerError(msg)
