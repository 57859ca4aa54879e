"""The feed list: read from feeds.yaml, edited there, mirrored in the ledger.

The file is the one truth where it can be written; what could not be written there lies over it
(`bot.services.feed_overlay`). The ledger holds the last good list, so that a broken file changes
nothing. Reading and storing is one step under a lock (`bot.services.feed_lock`), for all processes
on the machine: otherwise one that read earlier could store later, and undo in the ledger what
another has just done.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

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
from bot.domain.workspace import WorkspaceId
from bot.ingest.feed_url import same_feed_key
from bot.ledger import FeedChanges, Ledger
from bot.services.feed_guard import busy
from bot.services.feed_lock import LockedError, feed_lock
from bot.services.feed_names import find_feed
from bot.services.feed_overlay import FeedOverlay
from bot.services.file_signature import Signature, signature_of

logger = logging.getLogger(__name__)

_BY_HAND = "file"
_UNCHANGED = Problem(where="your edit", what="nothing was changed", mend="mend the file first")
Deciding = Callable[[FeedList], Sequence[FeedEdit]]
"""The edits to make of the list as it stands; asked under the lock."""


class FeedDesk:
    """Keeps file and ledger in step, and edits both."""

    def __init__(self, ledger: Ledger, path: Path, *, clock: Clock) -> None:
        self._ledger = ledger
        self._path = path
        self._clock = clock
        self._overlay = FeedOverlay(ledger, path, clock=clock)
        self._seen: dict[WorkspaceId, Signature | None] = {}
        self._broken: dict[WorkspaceId, Problem] = {}
        self._editing = asyncio.Lock()

    async def load(self, w: WorkspaceId) -> FeedListError | None:
        """Bring the ledger in step with the file at the start.

        Returns:
            What is wrong with the file where the ledger's last good list had to be kept; None when
            all is well.

        Raises:
            FeedListError: The file is missing or wrong, and the ledger has no list yet.
        """
        try:
            await self.refresh(w)
        except FeedListError as error:
            if not await self._ledger.feeds.list(w):
                raise
            logger.warning("feed list is broken, the last good one stays", extra=_fields(error))
            return error
        return None

    async def refresh(self, w: WorkspaceId) -> FeedChanges | None:
        """Read the file again if it changed since the last look.

        Returns:
            None when it did not change, or when somebody is editing it just now.

        Raises:
            FeedListError: The changed file is missing or wrong; the list stays as it is. Raised
                once for each change of the file.
        """
        async with self._editing:
            signature = signature_of(self._path)
            same = w in self._seen and signature == self._seen[w]
            if same and not self._overlay.must_look(w):
                return None
            try:
                async with feed_lock(self._path):
                    return (await self._take_up(w))[1]
            except LockedError:
                logger.warning("feed list is locked by another process, looking again")
                return None

    def broken(self, w: WorkspaceId) -> Problem | None:
        """What is wrong with the file, where the last good list is in force; None when it is well.

        As of the last look, which is seconds ago.
        """
        return self._broken.get(w)

    async def kept(self, w: WorkspaceId) -> tuple[KeptEdit, ...]:
        """Edits that are in force and not in the file, since it cannot be written."""
        return await self._overlay.kept(w)

    async def is_kept(self, w: WorkspaceId, url: str) -> bool:
        """Whether an edit of that feed is in force and not in the file."""
        return any(one.edit.url == url for one in await self.kept(w))

    async def add(self, w: WorkspaceId, spec: FeedSpec, *, actor: str) -> FeedSpec:
        """Put a feed at the end of the list.

        Raises:
            FeedListError: The address is no good or listed already, or the file is broken.
        """

        def decide(current: FeedList) -> Sequence[FeedEdit]:
            if listed := _same(spec.url, current):
                raise _listed_already(listed)
            return (add_edit(spec),)

        await self._edit(w, decide, actor)
        return spec

    async def add_all(
        self, w: WorkspaceId, specs: Sequence[FeedSpec], *, actor: str
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

        await self._edit(w, decide, actor)
        return tuple(added)

    async def remove(self, w: WorkspaceId, name: str, *, actor: str) -> Feed:
        """Take a feed off the list, by address, part of its title, or number in the list.

        Raises:
            NotFoundError: No feed, or more than one, fits.
            FeedListError: The file is broken.
        """
        feed = await self.find(w, name)

        def decide(current: FeedList) -> Sequence[FeedEdit]:
            if _same(feed.url, current) is None:  # somebody else was quicker
                raise NotFoundError(f"{feed.title} is off the feed list already.")
            return (remove_edit(feed.url),)

        await self._edit(w, decide, actor)
        return feed

    async def set_enabled(self, w: WorkspaceId, name: str, *, enabled: bool, actor: str) -> Feed:
        """Pause a feed or let it go on; see `remove` for `name` and the errors.

        Returns:
            The feed as it was before.
        """
        feed = await self.find(w, name)

        def decide(current: FeedList) -> Sequence[FeedEdit]:
            if _same(feed.url, current) is None:
                raise NotFoundError(f"{feed.title} is no longer on the feed list.")
            return (enable_edit(feed.url, enabled=enabled),)

        await self._edit(w, decide, actor)
        return feed

    async def move(self, w: WorkspaceId, name: str, to: str, *, actor: str) -> Feed:
        """Give a feed another address, in its place; see `remove` for `name` and the errors."""
        feed = await self.find(w, name)
        await self._edit(w, lambda _: (move_edit(feed.url, to),), actor)
        return feed

    async def listed(self, w: WorkspaceId) -> tuple[Feed, ...]:
        """The feeds in the order of the list, paused ones too."""
        return await self._ledger.feeds.list(w)

    async def find(self, w: WorkspaceId, name: str) -> Feed:
        """The one listed feed that `name` means; see `remove`."""
        feeds = await self._ledger.feeds.list(w)
        return find_feed(name, feeds)

    async def by_id(self, w: WorkspaceId, feed_id: int) -> Feed:
        """The listed feed with that number in the ledger; `NotFoundError` without."""
        for feed in await self._ledger.feeds.list(w):
            if feed.id == feed_id:
                return feed
        raise NotFoundError("That feed is no longer in the list.")

    async def _edit(self, w: WorkspaceId, decide: Deciding, actor: str) -> None:
        """One edit of file and ledger; what was edited by hand before it is stored as such."""
        async with self._editing, feed_lock(self._path):
            try:
                current = await self._current(w)
                edits = decide(current)
                if edits:
                    await self._sync(w, await self._overlay.edit(w, edits, actor=actor), actor)
                if await self.kept(w):
                    # Where nothing can be written there is no lock either: what another process
                    # has kept meanwhile must be in the list that is stored last.
                    await self._take_up(w)
            finally:
                # The next look reads the file once more: somebody without the lock may have saved
                # it between the edit and now, and a file that is broken is told to all admins.
                self._seen.pop(w, None)

    async def _current(self, w: WorkspaceId) -> FeedList:
        """The list that is to be edited; the error says that nothing was."""
        try:
            current, _ = await self._take_up(w)
        except FeedListError as error:
            raise FeedListError(*error.problems, _UNCHANGED) from error
        if current is None:
            raise busy(self._path)
        return current

    async def _take_up(self, w: WorkspaceId) -> tuple[FeedList | None, FeedChanges | None]:
        """Store what the file says; its state is noted as it was before it was read.

        Gives the list and what changed; None twice while somebody may be writing the file.
        """
        self._seen[w] = signature_of(self._path)
        try:
            wanted = await self._overlay.load(w)
        except FeedListError as error:
            self._broken[w] = error.problems[0]
            raise
        self._broken.pop(w, None)
        if wanted is None:
            self._seen.pop(w)
            return None, None
        return wanted, await self._sync(w, wanted, _BY_HAND)

    async def _sync(self, w: WorkspaceId, feeds: FeedList, actor: str) -> FeedChanges:
        changes = await self._ledger.feeds.sync(w, feeds, actor=actor, at=self._clock())
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
    mend = "" if line.enabled else "it is paused: `feeds resume` lets it go on"
    what = f"{line.url} is on the feed list already"
    return FeedListError(Problem(where=line.title or line.url, what=what, mend=mend))


def _fields(error: FeedListError) -> dict[str, object]:
    return {"problems": len(error.problems), "first": str(error.problems[0])}
