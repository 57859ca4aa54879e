"""The schema's versions: bring a database up to date, or say that it is not.

The migrations lie beside this package and are run by Alembic from within the program, on a
connection of ours: no alembic.ini, no second way to name the database. A database that is up to
date is found so without Alembic, which takes 10 MiB of memory for as long as the bot runs.
"""

import os
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, make_url, text
from sqlalchemy.exc import ArgumentError

from bot.domain.errors import LedgerError
from bot.ledger.db.database import (
    Access,
    check_not_emptied,
    check_pages,
    keep_copy,
    lock,
    open_database,
)
from bot.ledger.db.tables import metadata

if TYPE_CHECKING:
    from alembic.config import Config

_TABLES_NAMED = 3
MIGRATIONS = Path(__file__).parents[1] / "migrations"


def upgrade(connection: Connection) -> Path | None:
    """Bring a database to the newest schema, all of it or nothing.

    Of a SQLite file with an older schema a copy is kept first, and its place given. Two processes
    may do so at once: the second waits for the first, then finds nothing to do.
    """
    lock(connection, "migrations")
    version = _known_version(connection)
    if version == revisions()[-1]:
        return None
    copy = keep_copy(connection, f"before-{revisions()[-1]}") if version is not None else None
    from alembic import command  # noqa: PLC0415 - see above

    command.upgrade(configuration(connection), "head")
    return copy


def check(connection: Connection) -> None:
    """Check that the schema is exactly the one that this version needs, and all of it is there."""
    version = _known_version(connection)
    if version is None:
        raise LedgerError("the database has no schema yet; run `briefing db upgrade` to make it")
    if version != revisions()[-1]:
        raise LedgerError(
            f"the ledger's schema ({version}) is older than the one that this version of the bot "
            f"needs ({revisions()[-1]}), and was left as it is; run `briefing db upgrade`"
        )
    if missing := {table.name for table in metadata.sorted_tables} - _tables(connection):
        raise LedgerError(
            f"the ledger lacks tables ({', '.join(sorted(missing))}): something else changed it; "
            "restore a copy of it"
        )


def make_ready(connection: Connection, *, may_upgrade: bool) -> Path | None:
    """See that the schema is the one that this version needs; as `upgrade` where it is not.

    A new SQLite file gets its schema from whoever opens it first, an empty database of a server
    from the single process (`may_upgrade`). An older schema is brought up to date in a file only,
    and by the single process only; on a server that is left to `briefing db upgrade`.
    """
    is_file = connection.dialect.name == "sqlite"
    is_new = _known_version(connection) is None
    if (is_file or may_upgrade) if is_new else (is_file and may_upgrade):
        return upgrade(connection)
    check(connection)
    return None


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


def _known_version(connection: Connection) -> str | None:
    """The database's version, which must be one of ours; None when there is nothing in it."""
    version: str | None = None
    tables = _tables(connection)
    if "alembic_version" in tables:
        version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    others = sorted(tables - {"alembic_version"})
    # A server's database may be shared with other programs; a file is one program's.
    if version is None and others and connection.dialect.name == "sqlite":
        names = ", ".join(others[:_TABLES_NAMED])
        what = "no version of the ledger" if "workspaces" in others else "no ledger"
        raise LedgerError(
            f"the database holds {what}, but tables ({names}), and was left as it is; "
            "name another place for the ledger, or restore a copy of it"
        )
    if version is not None and version not in revisions():
        raise LedgerError(
            f"the ledger's schema ({version}) is newer than this version of the bot; "
            "install the version that wrote it, or a later one"
        )
    return version


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


async def try_file(database_url: str, *, within: timedelta) -> bool:
    """Check whether a bot started now could use its SQLite file; nothing is made or changed.

    It is read through for damage; False when that was not done `within` the time. A ledger in
    memory, or on a server, is not tried: the server may be out of reach from here.
    """
    path = _file_of(database_url)
    if path is not None and not path.exists():
        check_not_emptied(path)
        _check_folder(path.parent)
        return True
    database = open_database(database_url, create=False)
    try:
        if path is None:
            return True
        if await database.run(Access.WRITE, _known_version) is not None:
            await database.run(Access.READ, check)
        read = partial(check_pages, within_s=within.total_seconds())
        return await database.run(Access.READ, read)
    finally:
        await database.close()


def _file_of(database_url: str) -> Path | None:
    try:
        url = make_url(database_url)
    except ArgumentError:
        return None  # `open_database` says so
    is_file = url.get_backend_name() == "sqlite" and url.database not in {None, "", ":memory:"}
    return Path(str(url.database)) if is_file else None


def _check_folder(folder: Path) -> None:
    """Check that files can be made in the folder, or in what there is of its path."""
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if not there.is_dir():
        raise LedgerError(f"the ledger's folder {folder} cannot be made: {there} is a file")
    if not os.access(there, os.W_OK | os.X_OK):
        raise LedgerError(
            f"the ledger cannot be made: nothing can be written in {there.resolve()}; give the "
            "bot's user the right to, or name another place in DATABASE_URL"
        )
