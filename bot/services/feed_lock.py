"""One process at a time brings feeds.yaml and the ledger in step.

The lock is a file beside the list, held by the operating system (`flock(2)`): it is free again when
its process ends, however it ends. It is another one than the lock of `bot.ingest.feed_edit`, which
is held only while the file itself is written and is taken inside this one.
"""

import asyncio
import fcntl
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, Final

from bot.domain.errors import FeedListError, Problem

logger = logging.getLogger(__name__)

PATIENCE: Final = timedelta(seconds=30)
_WAIT_S: Final = 0.02


class LockedError(FeedListError):
    """Another process holds the lock and does not give it back."""


@asynccontextmanager
async def feed_lock(path: Path) -> AsyncIterator[None]:
    """Hold the lock of the feed list at `path`.

    Where its folder cannot be written there is nothing to hold: nobody can edit the file from here
    either, and a reader alone loses nothing.

    Raises:
        LockedError: Another process has held it for half a minute, which no edit takes.
    """
    file = _opened(path)
    if file is None:
        yield
        return
    with file:
        await _wait(file, path)
        yield


async def _wait(file: IO[str], path: Path) -> None:
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            # Asked again and again, since the operating system tells no event, and a thread that
            # waits could not be called back: it would get the lock later and keep it.
            while not _taken(file):  # noqa: ASYNC110 - as said
                await asyncio.sleep(_WAIT_S)
    except TimeoutError as error:
        problem = Problem(
            where=str(path),
            what="another process has been editing it for half a minute",
            mend="look for one that hangs, and try again",
        )
        raise LockedError(problem) from error


def _opened(path: Path) -> IO[str] | None:
    path = path.resolve()  # beside the file itself, not beside a link to it
    try:
        return path.with_name(f".{path.stem}.step{path.suffix}.lock").open("w", encoding="utf-8")
    except OSError as error:
        logger.debug("feed list has no lock", extra={"reason": error.strerror})
        return None


def _taken(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:  # a file system without locks
        logger.debug("feed list has no lock", extra={"reason": error.strerror})
    return True
