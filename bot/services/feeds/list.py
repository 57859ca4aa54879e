"""The feed list: the ledger holds it, feeds.yaml is written through, and hand edits are taken over.

An edit is stored in the ledger first, in one transaction with its audit row and with what is still
to be written; then the file is changed in place, and the edit forgotten. So a bot that is killed in
between, or a file that cannot be written (a read-only mount, a file that a deployment owns), loses
nothing: the edit is in force, and in the file as soon as that can be.

What people change in the file is taken over when the file is next read. An editor, a copy or a
deployment may leave it empty or cut short for seconds while it writes. Such a file reads as a list
without feeds, or with a few of them, so

* while the bot runs, a changed file is taken over once it has not been written for ten seconds;
* a file that is broken, missing or blank is no list: the last good one stays, and admins are
  alerted;
* a file that drops more than a fifth of the feeds, and at least two, waits for an admin's word
  (`accept`): the last good list stays, and admins are alerted. Edits from Slack and the command
  line need no such word;
* both are told only once the file is the same at two looks, or for ten seconds.

To empty the list on purpose, write `feeds: []`. All of this happens under one lock for all
processes on the machine, a file beside the list: otherwise one that read earlier could store later,
and undo what another has just done. The lock is free again when its process ends, however it ends.
"""

import asyncio
import hashlib
import logging
import os
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from enum import Enum, auto
from pathlib import Path
from typing import Final, NamedTuple

from filelock import AsyncFileLock, Timeout

from bot.config.feeds_file import FeedsFile, as_listed, read_feeds_file, replace_text
from bot.config.yaml import Signature, held, is_quiet, signature_of
from bot.domain.clock import Clock
from bot.domain.errors import FeedListError, HeldError, NotFoundError, Problem
from bot.domain.feed import Feed, FeedList, FeedSpec
from bot.domain.feed_edit import FeedEdit, FeedEditKind, KeptEdit, by_key, edited
from bot.domain.urls import same_feed_key
from bot.domain.workspace import WorkspaceId
from bot.ledger import FeedChanges, Ledger
from bot.services.feeds.argument import find_feed

logger = logging.getLogger(__name__)

PATIENCE_S: Final = 30.0  # no edit takes so long
_POLL_S: Final = 0.02  # the operating system tells no event when a lock is free
_TRIES: Final = 5
_BY_HAND: Final = "file"
_UNCHANGED: Final = Problem(where="your edit", what="nothing was changed", fix="fix the file first")


class LockedError(FeedListError):
    """Another process holds the lock and does not give it back."""


class HalfWrittenError(FeedListError):
    """The file may be half written; it is looked at again soon."""


@asynccontextmanager
async def feed_lock(path: Path) -> AsyncIterator[bool]:
    """Hold the lock of the feed list at `path`; False where its file must not be written.

    That is where the lock's file cannot be made or opened, since it is another user's or the folder
    is read-only, and where the file is read-only itself: a person's wish, which replacing the file
    would pass over, so even root should heed it. The ledger keeps the edits of several processes
    apart.

    Raises:
        LockedError: Another process has held it for half a minute.
    """
    # Beside the file itself, not beside a link to it.
    path = path.resolve()  # noqa: ASYNC240 - as quick as a thread's start
    lock = AsyncFileLock(path.with_name(f".{path.name}.lock"), run_in_executor=False)
    writable = False
    try:
        if path.parent.is_dir():  # which the library would make
            await lock.acquire(timeout=PATIENCE_S, poll_interval=_POLL_S)
            is_marked = not path.stat().st_mode & 0o222
            writable = not is_marked and all(os.access(p, os.W_OK) for p in (path, path.parent))
    except Timeout as error:
        what = "another process has been editing it for half a minute"
        fix = "look for one that hangs, and try again"
        raise LockedError(Problem(where=str(path), what=what, fix=fix)) from error
    except OSError as error:
        logger.debug("feed list cannot be locked or written", extra={"reason": error.strerror})
    try:
        yield writable
    finally:
        await lock.release()


class Judgement(Enum):
    """What to do with what a file says."""

    TAKE = auto()
    WAIT = auto()  # it may be half written
    REFUSE = auto()  # the last good list stays
    HOLD = auto()  # it stays until an admin agrees


def judge(
    listed: Collection[str], found: Collection[str] | None, *, at_rest: bool, drops_much: bool
) -> Judgement:
    """What to do with a file that was just read, by the addresses listed now and those found in it.

    None was found where the file is no list; `at_rest` is a file that has come to rest, and
    `drops_much` one that drops what only an admin may drop.
    """
    if found is None:
        return Judgement.REFUSE if at_rest or not listed else Judgement.WAIT
    if drops_much:
        return Judgement.HOLD if at_rest else Judgement.WAIT
    return Judgement.TAKE


class Edited(NamedTuple):
    """The feed as it was before an edit, and whether the edit is kept: the file lacks it yet."""

    feed: Feed
    kept: bool


class _Stored(NamedTuple):
    """A file as it was read, and what storing it changed; it lacks the edits that are kept."""

    file: FeedsFile
    changes: FeedChanges


class FeedListService:
    """Keeps file and ledger in step, and edits both."""

    def __init__(self, ledger: Ledger, path: Path, *, clock: Clock) -> None:
        self._ledger = ledger
        self._path = path
        self._clock = clock
        self._in_step: dict[WorkspaceId, Signature | None] = {}
        self._last_look: dict[WorkspaceId, Signature | None] = {}
        self._broken: dict[WorkspaceId, Problem] = {}
        self._unwritten: set[WorkspaceId] = set()
        self._held: set[WorkspaceId] = set()

    async def load(self, workspace: WorkspaceId) -> FeedListError | HeldError | None:
        """Bring the ledger in step with the file at the start.

        Returns:
            What is wrong with the file where the ledger's last good list had to be kept; None when
            all is well.

        Raises:
            FeedListError: The file is missing or wrong, and the ledger has no list yet.
        """
        try:
            await self.refresh(workspace)
        except (FeedListError, HeldError) as error:
            if not await self._ledger.feeds.list(workspace):
                raise
            said = {"problems": len(error.problems), "first": str(error.problems[0])}
            logger.warning("feed list is not taken over, the last good one stays", extra=said)
            return error
        return None

    async def refresh(self, workspace: WorkspaceId) -> FeedChanges | None:
        """Take over the file if it changed since the last look, and write what it does not have.

        Returns:
            None when there was nothing to do, or when the file is being edited just now.

        Raises:
            FeedListError: The changed file is missing or wrong; the list stays as it is. Raised
                once for each change of the file.
            HeldError: It drops so much that it waits for an admin's word. Raised at each look.
        """
        known, now = workspace in self._in_step, signature_of(self._path)
        same = known and now == self._in_step[workspace]
        if same and workspace not in self._unwritten | self._held:
            return None
        if known and not same and now is not None and not is_quiet(now):
            return None  # somebody writes it
        try:
            async with feed_lock(self._path) as writable:
                if same and not writable:
                    return None  # what waits cannot be written yet
                taken = await self._take_over(workspace)
                await self._write(workspace, taken, writable=writable)
                return taken.changes
        except LockedError:
            logger.warning("feed list is locked by another process, looking again")
            return None
        except HalfWrittenError:
            return None

    def broken(self, workspace: WorkspaceId) -> Problem | None:
        """What is wrong with the file, so that the last good list stays; None when it is well.

        As of the last look, which is seconds ago.
        """
        return self._broken.get(workspace)

    async def waiting(self, workspace: WorkspaceId) -> str | None:
        """Why the list is not the file's, and how to go on, in a sentence; None when it is.

        To be called just after `refresh`.
        """
        listed = {feed.url for feed in await self._ledger.feeds.list(workspace)}
        kept = [one.edit for one in await self._ledger.feeds.kept_edits(workspace)]
        try:
            file = await asyncio.to_thread(_read, self._path, any_listed=bool(listed))
        except FeedListError as error:
            return f"The list stays as it was: {error.problems[0]}." if listed else None
        drop = self._drop(listed, file, kept)
        return None if drop is None else f"The list stays as it was: {drop.problems[0]}."

    async def accept(
        self, workspace: WorkspaceId, *, actor: str, fingerprint: str | None = None
    ) -> FeedChanges:
        """Take the file at its word although it drops much, as an admin says; see `HeldError`.

        `fingerprint` is of the change that the admin was shown; None for whatever the file says.

        Raises:
            NotFoundError: No change waits.
            HeldError: Another one does by now.
        """
        async with feed_lock(self._path) as writable:
            try:
                await self._take_over(workspace)
            except HeldError as drop:
                if fingerprint not in {None, drop.fingerprint}:
                    raise
                taken = await self._take_over(workspace, accepted=actor, as_shown=drop.fingerprint)
                await self._write(workspace, taken, writable=writable)
                return taken.changes
        raise NotFoundError("No change of the feed list waits for a word.")

    async def kept(self, workspace: WorkspaceId) -> tuple[KeptEdit, ...]:
        """Edits that are in force and not in the file, since it cannot be written."""
        return await self._ledger.feeds.kept_edits(workspace)

    async def add(self, workspace: WorkspaceId, spec: FeedSpec, *, actor: str) -> bool:
        """Put a feed at the end of the list; True where the edit is kept, as here and below.

        Raises:
            FeedListError: The address is no good or listed already, or the file is broken.
        """
        new = as_listed(spec, str(self._path))

        def decide(current: FeedList) -> Sequence[FeedEdit]:
            if listed := by_key(current).get(same_feed_key(new.url)):
                fix = "" if listed.enabled else "it is paused: `feeds resume` lets it go on"
                what = f"{listed.url} is on the feed list already"
                raise FeedListError(Problem(where=listed.title or listed.url, what=what, fix=fix))
            return (FeedEdit(kind=FeedEditKind.ADD, url=new.url, spec=new),)

        return await self._edit(workspace, decide, actor)

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
            known = by_key(current)
            added.extend(spec for spec in specs if same_feed_key(spec.url) not in known)
            new = [as_listed(spec, str(self._path)) for spec in added]
            return [FeedEdit(kind=FeedEditKind.ADD, url=spec.url, spec=spec) for spec in new]

        await self._edit(workspace, decide, actor)
        return tuple(added)

    async def remove(self, workspace: WorkspaceId, name: str, *, actor: str) -> Edited:
        """Take a feed off the list, by address, part of its title, or number in the list.

        Raises:
            NotFoundError: No feed, or more than one, fits.
            FeedListError: The file is broken.
        """
        feed = await self.find(workspace, name)
        gone = f"{feed.title} is off the feed list already."  # another person was quicker
        edit = FeedEdit(kind=FeedEditKind.REMOVE, url=feed.url)
        return Edited(feed, await self._edit(workspace, _of_listed(edit, gone), actor))

    async def set_enabled(
        self, workspace: WorkspaceId, name: str, *, enabled: bool, actor: str
    ) -> Edited:
        """Pause a feed or let it go on; see `remove` for `name` and the errors."""
        feed = await self.find(workspace, name)
        kind = FeedEditKind.RESUME if enabled else FeedEditKind.PAUSE
        gone = f"{feed.title} is no longer on the feed list."
        edit = FeedEdit(kind=kind, url=feed.url)
        return Edited(feed, await self._edit(workspace, _of_listed(edit, gone), actor))

    async def move(self, workspace: WorkspaceId, name: str, to: str, *, actor: str) -> bool:
        """Give a feed another address, in its place; see `remove` for `name` and the errors."""
        feed = await self.find(workspace, name)
        spec = as_listed(FeedSpec(url=to), str(self._path))
        edit = FeedEdit(kind=FeedEditKind.MOVE, url=feed.url, spec=spec)
        return await self._edit(workspace, lambda _: (edit,), actor)

    async def listed(self, workspace: WorkspaceId) -> tuple[Feed, ...]:
        """The feeds in the order of the list, paused ones too."""
        return await self._ledger.feeds.list(workspace)

    async def find(self, workspace: WorkspaceId, name: str) -> Feed:
        """The one listed feed that `name` means; see `remove`."""
        return find_feed(name, await self._ledger.feeds.list(workspace))

    async def by_id(self, workspace: WorkspaceId, feed_id: int) -> Feed:
        """The listed feed with that number in the ledger; `NotFoundError` without."""
        for feed in await self._ledger.feeds.list(workspace):
            if feed.id == feed_id:
                return feed
        raise NotFoundError("That feed is no longer in the list.")

    async def _edit(
        self,
        workspace: WorkspaceId,
        decide: Callable[[FeedList], Sequence[FeedEdit]],
        actor: str,
    ) -> bool:
        """Makes the edits that `decide` makes of the list, and raises what it raises.

        Returns:
            Whether they are kept, since the file cannot be written.
        """
        async with feed_lock(self._path) as writable:
            try:
                try:
                    taken = await self._take_over(workspace)
                except HalfWrittenError:
                    raise
                except FeedListError as error:
                    raise FeedListError(*error.problems, _UNCHANGED) from error
                file, before = taken.file, [one.edit for one in taken.changes.kept]
                edits = decide(edited(file.feeds, before))
                if not edits:
                    return False
                new: FeedsFile | None = None
                try:
                    new = await asyncio.to_thread(file.edited, [*before, *edits])
                except FeedListError:
                    if not before:
                        raise
                changes = await self._ledger.feeds.sync(
                    workspace, file.feeds, edits, actor=actor, at=self._clock()
                )
                stored = _Stored(file, changes)
                return not await self._write(workspace, stored, new, writable=writable)
            except BaseException:
                # The next look reads the file once more, and tells all admins of a broken one.
                self._in_step.pop(workspace, None)
                raise

    def _drop(
        self, listed: Collection[str], file: FeedsFile, kept: Sequence[FeedEdit]
    ) -> HeldError | None:
        """The error of a file that drops more than it may; `listed` are the addresses now."""
        found = {line.url for line in edited(file.feeds, kept).feeds}
        lost = [url for url in sorted(listed) if url not in found]
        said = "\n".join([*sorted(listed), file.text])
        fingerprint = hashlib.sha256(said.encode()).hexdigest()[:16]
        return held("feeds", self._path, lost, len(listed), fingerprint=fingerprint)

    async def _take_over(
        self,
        workspace: WorkspaceId,
        *,
        accepted: str | None = None,
        as_shown: str | None = None,
    ) -> _Stored:
        """Store what the file says, if it changed.

        `accepted` is the admin who agrees to what the file of the fingerprint `as_shown` drops.

        Raises:
            HeldError: It waits for an admin's word.
            HalfWrittenError: It may be half written.
            FeedListError: It is missing, broken or blank, and has come to rest.
        """
        in_step = self._in_step.get(workspace)
        if in_step and workspace not in self._broken and signature_of(self._path) == in_step:
            file = await asyncio.to_thread(read_feeds_file, self._path)
            if signature_of(self._path) == in_step:
                kept_edits = await self._ledger.feeds.kept_edits(workspace)
                return _Stored(file, FeedChanges(kept=kept_edits))
        before = self._in_step[workspace] = signature_of(self._path)
        listed = {feed.url for feed in await self._ledger.feeds.list(workspace)}
        kept = [one.edit for one in await self._ledger.feeds.kept_edits(workspace)]
        new, found, drop = None, None, None
        broken = FeedListError()
        try:
            new = await asyncio.to_thread(_read, self._path, any_listed=bool(listed))
            found = {line.url for line in edited(new.feeds, kept).feeds}
            drop = self._drop(listed, new, kept)
        except FeedListError as error:
            broken = error
        drops_much = drop is not None and drop.fingerprint != as_shown
        at_rest = self._is_at_rest(workspace, before)
        judgement = judge(listed, found, at_rest=at_rest, drops_much=drops_much)
        self._broken.pop(workspace, None)
        self._held.discard(workspace)
        if judgement is Judgement.WAIT:
            logger.info("feed list may be half written, looking again")
            self._in_step.pop(workspace)
            what = "it seems to be written just now, so nothing was changed"
            fix = "try again in a quarter of a minute"
            raise HalfWrittenError(Problem(where=str(self._path), what=what, fix=fix))
        if new is None:
            self._broken[workspace] = broken.problems[0]
            raise broken
        if judgement is Judgement.HOLD and drop is not None:
            self._broken[workspace] = drop.problems[0]
            self._held.add(workspace)
            raise drop
        changes = await self._ledger.feeds.sync(
            workspace,
            new.feeds,
            actor=accepted or _BY_HAND,
            at=self._clock(),
            accepted=drop.fingerprint if drop else None,
        )
        return _Stored(new, changes)

    def _is_at_rest(self, workspace: WorkspaceId, before: Signature | None) -> bool:
        """Whether the file that was just read is finished; `before` is from before it was read."""
        if signature_of(self._path) != before:
            self._last_look.pop(workspace, None)
            return False
        seen = workspace in self._last_look and self._last_look[workspace] == before
        self._last_look[workspace] = before
        return seen or is_quiet(before)

    async def _write(
        self,
        workspace: WorkspaceId,
        stored: _Stored,
        new: FeedsFile | None = None,
        *,
        writable: bool,
    ) -> bool:
        """Make the kept edits in the file, where that can be written now, and forget them.

        `new` is the file with the edits, where that is known already; `writable` is what the lock
        says.

        Returns:
            Whether the file has all edits.
        """
        file, changes = stored
        if changes != FeedChanges():
            lists = {"added": changes.added, "changed": changes.changed, "removed": changes.removed}
            logger.info("feed list changed", extra={what: len(lists[what]) for what in lists})
        edits = [one.edit for one in changes.kept]
        if not edits:
            self._unwritten.discard(workspace)
            return True
        self._unwritten.add(workspace)
        try:
            for _ in range(_TRIES if writable else 0):
                if new is None:
                    new = await asyncio.to_thread(file.edited, edits)
                written = await asyncio.to_thread(replace_text, self._path, file.text, new.text)
                if written:
                    await self._ledger.feeds.forget_edits(workspace, changes.kept)
                    self._unwritten.discard(workspace)
                    if workspace in self._in_step:
                        self._in_step[workspace] = written
                    return True
                # It was saved meanwhile without the lock, by an editor; the next look takes over
                # what was changed there.
                self._in_step.pop(workspace, None)
                new = None
                file = await asyncio.to_thread(_read, self._path, any_listed=True)
        except (FeedListError, OSError) as error:
            logger.warning("feed list could not be written", extra={"reason": str(error)})
        logger.info("edits wait for the feed list's file", extra={"edits": len(edits)})
        return False


def _read(path: Path, *, any_listed: bool) -> FeedsFile:
    """The file; one that is blank though feeds are listed is an error too."""
    file = read_feeds_file(path)
    if any_listed and not file.feeds.feeds and not file.is_emptied:
        what = "it lists no feeds any more"
        fix = "put them back, or write feeds: [] to remove them all"
        raise FeedListError(Problem(where=str(path), what=what, fix=fix, line=1))
    return file


def _of_listed(edit: FeedEdit, gone: str) -> Callable[[FeedList], Sequence[FeedEdit]]:
    """Decides for the edit where its feed is listed; else a `NotFoundError` says `gone`."""

    def decide(current: FeedList) -> Sequence[FeedEdit]:
        if same_feed_key(edit.url) not in by_key(current):
            raise NotFoundError(gone)
        return (edit,)

    return decide
