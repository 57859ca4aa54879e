"""The schema's versions: bring a database up to date, or say that it is not.

The migrations lie beside this file and are run by Alembic from within the program, on a
connection of ours: no alembic.ini, no second way to name the database. A database that is up to
date is found so without Alembic, which takes 10 MiB of memory for as long as the bot runs.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from bot.domain.errors import LedgerError
from bot.ledger.database import Database, lock
from bot.ledger.engine import open_database

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"


async def upgrade(database_url: str) -> None:
    """Bring the database at `database_url` to the newest schema, making it when it is new.

    Raises:
        LedgerError: When it cannot be reached, or is newer than this version.
    """
    database = open_database(database_url)
    try:
        await upgrade_database(database)
    finally:
        await database.close()


async def upgrade_database(database: Database) -> None:
    """Bring an open database to the newest schema, all of it or nothing.

    Two processes may do so at once: the second waits for the first, then finds nothing to do.
    """
    await database.write(_upgrade)


async def check_database(database: Database) -> None:
    """See that the schema is exactly the one that this version needs.

    Raises:
        LedgerError: When it is older, newer or missing; the text says what to run.
    """
    await database.read(_check)


def check_upgradable(connection: Connection) -> None:
    """See that the schema is missing or one of ours.

    Raises:
        LedgerError: When it is newer than this version.
    """
    _known_version(connection)


def configuration(connection: Connection | None = None) -> "Config":
    """Alembic's settings; the migrations run on `connection`."""
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def revisions() -> tuple[str, ...]:
    """The schema's versions, oldest first; a migration's file begins with the one it makes."""
    return tuple(
        sorted(p.name.partition("_")[0] for p in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))
    )


def _upgrade(connection: Connection) -> None:
    lock(connection, "migrations")
    if _known_version(connection) != revisions()[-1]:
        from alembic import command  # noqa: PLC0415 - see above

        command.upgrade(configuration(connection), "head")


def _check(connection: Connection) -> None:
    if _known_version(connection) != revisions()[-1]:
        msg = "the ledger's schema is out of date; run `briefing db upgrade`"
        raise LedgerError(msg)


def _known_version(connection: Connection) -> str | None:
    """The database's version; None when it has no schema.

    Raises:
        LedgerError: When the version is not one of ours.
    """
    version: str | None = None
    if inspect(connection).has_table("alembic_version"):
        version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if version is not None and version not in revisions():
        msg = (
            f"the ledger's schema ({version}) is newer than this version of the bot; "
            "install the version that wrote it, or a later one"
        )
        raise LedgerError(msg)
    return version
