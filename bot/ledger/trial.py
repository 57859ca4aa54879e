"""Whether a bot that is started now could use its SQLite file; nothing is made or changed."""

import os
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bot.domain.errors import LedgerError
from bot.ledger.engine import open_database
from bot.ledger.migrate import check_upgradable


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
