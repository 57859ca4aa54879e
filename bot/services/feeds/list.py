"""The feed list: read from feeds.yaml, edited there, mirrored in the ledger.

The file is the one truth where it can be written; what could not be written there lies over it
(`bot.services.feeds.overlay`). The ledger holds the last good list, so that a broken file changes
nothing. Reading and storing is one step under a lock (`bot.services.feeds.list`), for all processes
on the machine: otherwise one that read earlier could store later, and undo in the ledger what
another has just done.
"""

import asyncio
import fcntl
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, Final

from bot.config.watch import Signature, signature_of
from bot.domain.clock import Clock
from bot.domain.errors import FeedListError, NotFoundError, Problem
from bot.domain.feed import Feed, FeedList, FeedSpec
from bot.domain.feed_edit import (
    FeedEdit,
    KeptEdit,
    add_edit,
    enable_edit,
    move_edit,
    remove_edit,
)
from bot.domain.urls import same_feed_key
from bot.domain.workspace import WorkspaceId
from bot.ledger import FeedChanges, Ledger
from bot.services.feeds.argument import find_feed
from bot.services.feeds.guard import busy
from bot.services.feeds.overlay import FeedOverlay

# MERGED feed_lock: One process at a time brings feeds.yaml and the ledger in step.
#
# The lock is a file beside the list, held by the operating system (`flock(2)`): it is free again
# when
# its process ends, however it ends. It is another one than the lock of `bot.config.feeds_file`,
# which
# is held only while the file itself is written and is taken inside this one.


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
            fix="look for one that hangs, and try again",
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


_BY_HAND = "file"
_UNCHANGED = Problem(where="your edit", what="nothing was changed", fix="mend the file first")
Deciding = Callable[[FeedList], Sequence[FeedEdit]]
"""The edits to make of the list as it stands; asked under the lock."""


class FeedListService:
    """Keeps file and ledger in step, and edits both."""

    def __init__(self, ledger: Ledger, path: Path, *, clock: Clock) -> None:
        self._ledger = ledger
        self._path = path
        self._clock = clock
        self._overlay = FeedOverlay(ledger, path, clock=clock)
        self._seen: dict[WorkspaceId, Signature | None] = {}
        self._broken: dict[WorkspaceId, Problem] = {}
        self._editing = asyncio.Lock()

    async def load(self, workspace: WorkspaceId) -> FeedListError | None:
        """Bring the ledger in step with the file at the start.

        Returns:
            What is wrong with the file where the ledger's last good list had to be kept; None when
            all is well.

        Raises:
            FeedListError: The file is missing or wrong, and the ledger has no list yet.
        """
        try:
            await self.refresh(workspace)
        except FeedListError as error:
            if not await self._ledger.feeds.list(workspace):
                raise
            logger.warning("feed list is broken, the last good one stays", extra=_fields(error))
            return error
        return None

    async def refresh(self, workspace: WorkspaceId) -> FeedChanges | None:
        """Read the file again if it changed since the last look.

        Returns:
            None when it did not change, or when somebody is editing it just now.

        Raises:
            FeedListError: The changed file is missing or wrong; the list stays as it is. Raised
                once for each change of the file.
        """
        async with self._editing:
            signature = signature_of(self._path)
            same = workspace in self._seen and signature == self._seen[workspace]
            if same and not self._overlay.must_look(workspace):
                return None
            try:
                async with feed_lock(self._path):
                    return (await self._take_up(workspace))[1]
            except LockedError:
                logger.warning("feed list is locked by another process, looking again")
                return None

    def broken(self, workspace: WorkspaceId) -> Problem | None:
        """What is wrong with the file, where the last good list is in force; None when it is well.

        As of the last look, which is seconds ago.
        """
        return self._broken.get(workspace)

    async def kept(self, workspace: WorkspaceId) -> tuple[KeptEdit, ...]:
        """Edits that are in force and not in the file, since it cannot be written."""
        return await self._overlay.kept(workspace)

    async def is_kept(self, workspace: WorkspaceId, url: str) -> bool:
        """Whether an edit of that feed is in force and not in the file."""
        return any(one.edit.url == url for one in await self.kept(workspace))

    async def add(self, workspace: WorkspaceId, spec: FeedSpec, *, actor: str) -> FeedSpec:
        """Put a feed at the end of the list.

        Raises:
            FeedListError: The address is no good or listed already, or the file is broken.
        """

        def decide(current: FeedList) -> Sequence[FeedEdit]:
            if listed := _same(spec.url, current):
                raise _listed_already(listed)
            return (add_edit(spec),)

        await self._edit(workspace, decide, actor)
        return spec

    async def add_all(
        self, workspace: WorkspaceId, specs: Sequence[FeedSpec], *, actor: str
    ) -> tuple[FeedSpec, ...]:
        """Put feeds at the end of the list, in one step; those that it has already are passed over.

        Returns:
            What was added.

        Raises:
            FeedListError: An address is no good, or the file is broken; nothing was added.
        """
        added: list[FeedSpec] = []

        def decide(current: FeedList) -> Sequence[FeedEdit]:
            known = {same_feed_key(feed.url) for feed in current.feeds}
            added.extend(spec for spec in specs if same_feed_key(spec.url) not in known)
            return [add_edit(spec) for spec in added]

        await self._edit(workspace, decide, actor)
        return tuple(added)

    async def remove(self, workspace: WorkspaceId, name: str, *, actor: str) -> Feed:
        """Take a feed off the list, by address, part of its title, or number in the list.

        Raises:
            NotFoundError: No feed, or more than one, fits.
            FeedListError: The file is broken.
        """
        feed = await self.find(workspace, name)

        def decide(current: FeedList) -> Sequence[FeedEdit]:
            if _same(feed.url, current) is None:  # somebody else was quicker
                raise NotFoundError(f"{feed.title} is off the feed list already.")
            return (remove_edit(feed.url),)

        await self._edit(workspace, decide, actor)
        return feed

    async def set_enabled(
        self, workspace: WorkspaceId, name: str, *, enabled: bool, actor: str
    ) -> Feed:
        """Pause a feed or let it go on; see `remove` for `name` and the errors.

        Returns:
            The feed as it was before.
        """
        feed = await self.find(workspace, name)

        def decide(current: FeedList) -> Sequence[FeedEdit]:
            if _same(feed.url, current) is None:
                raise NotFoundError(f"{feed.title} is no longer on the feed list.")
            return (enable_edit(feed.url, enabled=enabled),)

        await self._edit(workspace, decide, actor)
        return feed

    async def move(self, workspace: WorkspaceId, name: str, to: str, *, actor: str) -> Feed:
        """Give a feed another address, in its place; see `remove` for `name` and the errors."""
        feed = await self.find(workspace, name)
        await self._edit(workspace, lambda _: (move_edit(feed.url, to),), actor)
        return feed

    async def listed(self, workspace: WorkspaceId) -> tuple[Feed, ...]:
        """The feeds in the order of the list, paused ones too."""
        return await self._ledger.feeds.list(workspace)

    async def find(self, workspace: WorkspaceId, name: str) -> Feed:
        """The one listed feed that `name` means; see `remove`."""
        feeds = await self._ledger.feeds.list(workspace)
        return find_feed(name, feeds)

    async def by_id(self, workspace: WorkspaceId, feed_id: int) -> Feed:
        """The listed feed with that number in the ledger; `NotFoundError` without."""
        for feed in await self._ledger.feeds.list(workspace):
            if feed.id == feed_id:
                return feed
        raise NotFoundError("That feed is no longer in the list.")

    async def _edit(self, workspace: WorkspaceId, decide: Deciding, actor: str) -> None:
        """One edit of file and ledger; what was edited by hand before it is stored as such."""
        async with self._editing, feed_lock(self._path):
            try:
                current = await self._current(workspace)
                edits = decide(current)
                if edits:
                    await self._sync(
                        workspace, await self._overlay.edit(workspace, edits, actor=actor), actor
                    )
                if await self.kept(workspace):
                    # Where nothing can be written there is no lock either: what another process
                    # has kept meanwhile must be in the list that is stored last.
                    await self._take_up(workspace)
            finally:
                # The next look reads the file once more: somebody without the lock may have saved
                # it between the edit and now, and a file that is broken is told to all admins.
                self._seen.pop(workspace, None)

    async def _current(self, workspace: WorkspaceId) -> FeedList:
        """The list that is to be edited; the error says that nothing was."""
        try:
            current, _ = await self._take_up(workspace)
        except FeedListError as error:
            raise FeedListError(*error.problems, _UNCHANGED) from error
        if current is None:
            raise busy(self._path)
        return current

    async def _take_up(self, workspace: WorkspaceId) -> tuple[FeedList | None, FeedChanges | None]:
        """Store what the file says; its state is noted as it was before it was read.

        Gives the list and what changed; None twice while somebody may be writing the file.
        """
        self._seen[workspace] = signature_of(self._path)
        try:
            wanted = await self._overlay.load(workspace)
        except FeedListError as error:
            self._broken[workspace] = error.problems[0]
            raise
        self._broken.pop(workspace, None)
        if wanted is None:
            self._seen.pop(workspace)
            return None, None
        return wanted, await self._sync(workspace, wanted, _BY_HAND)

    async def _sync(self, workspace: WorkspaceId, feeds: FeedList, actor: str) -> FeedChanges:
        changes = await self._ledger.feeds.sync(workspace, feeds, actor=actor, at=self._clock())
        if changes != FeedChanges():
            logger.info(
                "feed list changed",
                extra={
                    "added": len(changes.added),
                    "changed": len(changes.changed),
                    "removed": len(changes.removed),
                },
            )
        return changes


def _same(url: str, feeds: FeedList) -> FeedSpec | None:
    """The line of the list with that address, however it is spelled."""
    wanted = same_feed_key(url)
    return next((line for line in feeds.feeds if same_feed_key(line.url) == wanted), None)


def _listed_already(line: FeedSpec) -> FeedListError:
    fix = "" if line.enabled else "it is paused: `feeds resume` lets it go on"
    what = f"{line.url} is on the feed list already"
    return FeedListError(Problem(where=line.title or line.url, what=what, fix=fix))


def _fields(error: FeedListError) -> dict[str, object]:
    return {"problems": len(error.problems), "first": str(error.problems[0])}
