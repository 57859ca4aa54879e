"""The feed list as it is wanted: its file, with what could not be written there over it.

Where feeds.yaml cannot be written (a read-only mount, a file that a deployment owns) an edit is
kept in the ledger and is in force all the same. As soon as the file can be written and has come to
rest the kept edits are made there, and forgotten; so they are when somebody makes them by hand.

`FeedOverlay` takes the place of reading and of editing the file. It does not store the list and
holds no lock: whoever calls it (`bot.services.feeds.list.FeedListService`) does both.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.config.feeds_file import add_feeds, move_feed, remove_feed, set_enabled
from bot.config.watch import Signature, is_quiet, signature_of
from bot.domain.clock import Clock
from bot.domain.errors import FeedListError
from bot.domain.feed import FeedList
from bot.domain.feed_edit import FeedEdit, FeedEditKind, KeptEdit, edited, needed
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from bot.services.feeds.guard import Judgement, judge, read_list

logger = logging.getLogger(__name__)


class FeedOverlay:
    """Reads and edits the feed list of workspaces that share one file."""

    def __init__(self, ledger: Ledger, path: Path, *, clock: Clock) -> None:
        self._ledger = ledger
        self._path = path
        self._clock = clock
        self._last_look: dict[WorkspaceId, Signature | None] = {}
        self._waiting: set[WorkspaceId] = set()

    def must_look(self, workspace: WorkspaceId) -> bool:
        """Whether `load` has something to do though the file has not changed."""
        return workspace in self._waiting and _may_be_written(self._path)

    async def kept(self, workspace: WorkspaceId) -> tuple[KeptEdit, ...]:
        """The edits that the file does not have yet, oldest first."""
        return await self._ledger.feed_edits.list(workspace)

    async def load(self, workspace: WorkspaceId) -> FeedList | None:
        """The list as it is wanted; kept edits are made in the file where that is possible now.

        Returns:
            None when the file may be half written: look again soon, and change nothing until then.

        Raises:
            FeedListError: The file is missing, broken or blank, and no one is at work on it.
        """
        before = signature_of(self._path)
        listed = {feed.url for feed in await self._ledger.feeds.list(workspace)}
        kept = await self.kept(workspace)
        error: FeedListError | None = None
        feeds = FeedList()
        try:
            feeds = await asyncio.to_thread(read_list, self._path, any_listed=bool(listed))
        except FeedListError as broken:
            error = broken
        at_rest = self._is_at_rest(workspace, before)
        wanted = edited(feeds, (one.edit for one in kept))
        found = None if error else {line.url for line in wanted.feeds}
        match judge(listed, found, at_rest=at_rest):
            case Judgement.WAIT:
                logger.info("feed list may be half written, looking again")
                return None
            case Judgement.REFUSE if error:
                raise error
            case _:
                await self._write_back(workspace, feeds, kept)
                return wanted

    async def edit(
        self, workspace: WorkspaceId, edits: Sequence[FeedEdit], *, actor: str
    ) -> FeedList:
        """Make edits in the file; where it cannot be written, keep them.

        Several additions are made all or none. To be called after `load` gave a list: what it says
        of a half-written file holds here too.

        Returns:
            The whole list as it is wanted now.

        Raises:
            FeedListError: An edit is no good (an address that is listed already, or not at all), or
                the file is broken.
        """
        kept = await self.kept(workspace)
        if not kept and not _is_read_only(self._path.resolve()):
            try:
                return await asyncio.to_thread(write_edits, self._path, edits)
            except FeedListError as error:
                if not _is_unwritable(error):
                    raise
                logger.warning("feed list cannot be written, keeping edits", extra={"by": actor})
        await self._ledger.feed_edits.keep(workspace, edits, actor=actor, at=self._clock())
        self._waiting.add(workspace)
        feeds = await asyncio.to_thread(read_list, self._path, any_listed=False)
        return edited(feeds, (one.edit for one in await self.kept(workspace)))

    def _is_at_rest(self, workspace: WorkspaceId, before: Signature | None) -> bool:
        """Whether the file that was just read is finished; `before` is from before it was read."""
        if signature_of(self._path) != before:
            self._last_look.pop(workspace, None)
            return False
        seen = workspace in self._last_look and self._last_look[workspace] == before
        self._last_look[workspace] = before
        return seen or is_quiet(before)

    async def _write_back(
        self, workspace: WorkspaceId, feeds: FeedList, kept: Sequence[KeptEdit]
    ) -> None:
        """Make the kept edits in the file, each that is needed; those made are forgotten."""
        rest = needed(feeds, kept)
        done = {one.id for one in kept} - {one.id for one in rest}
        if rest and _may_be_written(self._path):
            for one in rest:
                try:
                    await asyncio.to_thread(write_edits, self._path, (one.edit,))
                except FeedListError as error:
                    logger.info("kept edits wait", extra={"reason": str(error.problems[0])})
                    break
                done.add(one.id)
            else:
                logger.info("kept edits are in the file now", extra={"edits": len(rest)})
        await self._ledger.feed_edits.done(workspace, done)
        still = len(kept) - len(done)
        (self._waiting.add if still else self._waiting.discard)(workspace)


def write_edits(path: Path, edits: Sequence[FeedEdit]) -> FeedList:
    """Make edits in the file, in their order.

    Additions that follow each other are one step; see `bot.config.feeds_file` for the errors.
    """
    feeds: FeedList | None = None
    added = [edit.spec for edit in edits if edit.kind is FeedEditKind.ADD and edit.spec]
    if added:
        feeds = add_feeds(path, tuple(added))
    for edit in edits:
        if edit.kind is not FeedEditKind.ADD:
            feeds = _WRITERS[edit.kind](path, edit)
    return read_list(path, any_listed=False) if feeds is None else feeds


def _move(path: Path, edit: FeedEdit) -> FeedList:
    to = edit.spec.url if edit.spec else edit.url
    listed = {line.url for line in read_list(path, any_listed=False).feeds}
    return remove_feed(path, edit.url) if to in listed else move_feed(path, edit.url, to)


_WRITERS: dict[FeedEditKind, Callable[[Path, FeedEdit], FeedList]] = {
    FeedEditKind.REMOVE: lambda path, edit: remove_feed(path, edit.url),
    FeedEditKind.PAUSE: lambda path, edit: set_enabled(path, edit.url, enabled=False),
    FeedEditKind.RESUME: lambda path, edit: set_enabled(path, edit.url, enabled=True),
    FeedEditKind.MOVE: _move,
}


def _is_unwritable(error: FeedListError) -> bool:
    """Whether the system refused to write, rather than the list to be changed like that."""
    return isinstance(error.__cause__, OSError)


def _may_be_written(path: Path) -> bool:
    """Whether an attempt is worth it and allowed.

    The file is replaced, so its folder must be writable; that it is itself read-only is a person's
    wish, which replacing it would pass over.
    """
    file = path.resolve()
    return os.access(file.parent, os.W_OK) and not _is_read_only(file)


def _is_read_only(file: Path) -> bool:
    """Whether it is marked so for everybody, which even root should heed, or for us."""
    try:
        marked = not file.stat().st_mode & 0o222
    except OSError:
        return False  # missing, or out of reach: an attempt will say what is the matter
    return marked or not os.access(file, os.W_OK)
