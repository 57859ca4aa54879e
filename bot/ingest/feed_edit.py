"""Edits of feeds.yaml in the file: comments and order stay, and nothing is lost.

Each edit takes a lock, reads the file as it is now, makes the new text (`bot.ingest.feed_text`),
looks whether somebody without the lock (an editor) has saved meanwhile, and replaces the file in
one step. Two admins at once, or an admin and an editor, come one after the other; a file that is
broken is never written over.
"""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from bot.domain.errors import FeedListError, Problem
from bot.domain.feed import FeedList, FeedSpec
from bot.ingest.feed_file import parse_feeds
from bot.ingest.feed_text import feed_added, feed_changed, feed_removed, feeds_added
from bot.ingest.yaml_tree import UnreadableError, read_text

_TRIES: Final = 5


def add_feed(path: Path, spec: FeedSpec) -> FeedList:
    """Put a feed at the end of the list.

    Returns:
        The whole list as it stands in the file now.

    Raises:
        FeedListError: The feed is listed already, its address is no good, or the file is broken
            or cannot be written.
    """
    return _edited(path, lambda text: feed_added(text, spec, str(path)))


def add_feeds(path: Path, specs: tuple[FeedSpec, ...]) -> FeedList:
    """Put several feeds at the end of the list, all or none; see `add_feed`."""
    return _edited(path, lambda text: feeds_added(text, specs, str(path)))


def remove_feed(path: Path, url: str) -> FeedList:
    """Take a feed off the list; see `add_feed`. A feed that is not there is an error too."""
    return _edited(path, lambda text: feed_removed(text, url, str(path)))


def set_enabled(path: Path, url: str, *, enabled: bool) -> FeedList:
    """Pause a feed or let it go on; see `add_feed`."""
    return change_feed(path, url, lambda spec: replace(spec, enabled=enabled))


def move_feed(path: Path, url: str, to: str) -> FeedList:
    """Give a feed another address, in its place in the list; see `add_feed`."""
    return change_feed(path, url, lambda spec: replace(spec, url=to))


def change_feed(path: Path, url: str, change: Callable[[FeedSpec], FeedSpec]) -> FeedList:
    """Give a feed the values that `change` gives it; see `add_feed`."""
    return _edited(path, lambda text: feed_changed(text, url, change, str(path)))


def _edited(path: Path, edit: Callable[[str], str]) -> FeedList:
    target = path.resolve()  # behind a link the file itself is replaced, and the link stays
    try:
        with _locked(target):
            for _ in range(_TRIES):
                before = target.read_bytes() if target.exists() else None
                text = edit(read_text(path))
                if before is not None and target.read_bytes() == before:
                    _replace(target, text)
                    return parse_feeds(text, str(path))
    except UnreadableError as error:
        raise FeedListError(error.problem) from error
    except OSError as error:
        raise FeedListError(
            Problem(
                where=str(path),
                what=f"it cannot be written ({error.strerror})",
                mend="make the file and its folder writable, or edit it by hand",
            )
        ) from error
    raise FeedListError(
        Problem(where=str(path), what="somebody else keeps changing it", mend="try again")
    )


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One editor at a time, across processes; the lock is a file of its own beside the list."""
    lock = path.with_name(f".{path.name}.lock")
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _replace(path: Path, text: str) -> None:
    """The new text in one step: a reader, or a crash, finds the old file or the new one whole."""
    status = path.stat()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with suppress(PermissionError):  # only root may give files away
            os.chown(temporary, status.st_uid, status.st_gid)
        temporary.chmod(status.st_mode & 0o7777)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Makes the replacement survive a loss of power, where the system can."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
