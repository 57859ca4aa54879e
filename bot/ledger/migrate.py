"""The schema's versions: bring a database up to date, or say that it is not.

The migrations lie beside this file and are run by Alembic from within the program, on a
connection of ours: no alembic.ini, no second way to name the database.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.domain.errors import LedgerError
from bot.ledger.database import Database, lock
from bot.ledger.engine import open_database

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


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's settings; the migrations run on `connection`."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    lock(connection, "migrations")
    _refuse_newer(connection)
    command.upgrade(configuration(connection), "head")


def _check(connection: Connection) -> None:
    _refuse_newer(connection)
    newest = ScriptDirectory.from_config(configuration()).get_current_head()
    if _version(connection) != newest:
        msg = "the ledger's schema is out of date; run `briefing db upgrade`"
        raise LedgerError(msg)


def _refuse_newer(connection: Connection) -> None:
    version = _version(connection)
    known = {s.revision for s in ScriptDirectory.from_config(configuration()).walk_revisions()}
    if version is not None and version not in known:
        msg = (
            f"the ledger's schema ({version}) is newer than this version of the bot; "
            "install the version that wrote it, or a later one"
        )
        raise LedgerError(msg)


def _version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
