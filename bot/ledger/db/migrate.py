"""The schema's versions: bring a database up to date, or say that it is not.

The migrations lie beside this file and are run by Alembic from within the program, on a
connection of ours: no alembic.ini, no second way to name the database. A database that is up to
date is found so without Alembic, which takes 10 MiB of memory for as long as the bot runs.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from bot.domain.errors import LedgerError
from bot.ledger.db.database import Database, lock
from bot.ledger.db.engine import open_database

if TYPE_CHECKING:
    from alembic.config import Config
import os

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

MIGRATIONS = Path(__file__).parents[1] / "migrations"


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


# MERGED trial: Whether a bot that is started now could use its SQLite file; nothing is made or
# changed.


async def try_file(database_url: str) -> None:
    """Open the file and take the right to write it, or see that it could be made.

    A ledger in memory, or on a server, is not tried: the server may be out of reach from here.

    Raises:
        LedgerError: The address is none of ours, or the file cannot be used; the text says why.
    """
    path = _file_of(database_url)
    if path is not None and not path.exists():
        _see_folder(path.parent)
        return
    database = open_database(database_url, create=False)
    try:
        if path is not None:
            await database.write(check_upgradable)
    finally:
        await database.close()


def _file_of(database_url: str) -> Path | None:
    try:
        url = make_url(database_url)
    except ArgumentError:
        return None  # said by `open_database`
    is_file = url.get_backend_name() == "sqlite" and url.database not in {None, "", ":memory:"}
    return Path(str(url.database)) if is_file else None


def _see_folder(folder: Path) -> None:
    """See that files and folders can be made in the folder, or in what there is of its path."""
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if not there.is_dir():
        raise LedgerError(f"the ledger's folder {folder} cannot be made: {there} is a file")
    if not os.access(there, os.W_OK | os.X_OK):
        raise LedgerError(
            f"the ledger cannot be made: nothing can be written in {there.resolve()}; give the "
            "bot's user the right to, or name another place in DATABASE_URL"
        )
