"""Matches what is stored and not yet matched, groups it into stories, files it as evidence."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from bot.domain.clock import Clock
from bot.domain.errors import BriefingError
from bot.domain.evidence import STORY_WINDOW, Match
from bot.domain.item import Item, ItemText
from bot.domain.workspace import WorkspaceId
from bot.ledger import Filing, Ledger
from bot.matching.process import MatchProcess, QueuedItem, Text
from bot.matching.second_opinion import SecondOpinion
from bot.services.commitments import CommitmentsWatcher, CurrentPack

logger = logging.getLogger(__name__)

_BATCH: Final = 1_000
# Items of the ledger that a matching process is given when it starts, the newest.
_MAX_KNOWN: Final = 20_000
# So much further back than needed at first, so that a later item of an older date finds its
# neighbours without giving the process everything again.
_SLACK: Final = timedelta(days=4)
_EARLIEST: Final = datetime(1970, 2, 1, tzinfo=UTC)
# Texts waiting to be matched ahead; beyond, they are matched when they are filed.
_MAX_AHEAD: Final = 10_000
# Requests to match ahead under way, so that the matching process need not wait for the next.
_AHEAD_AT_ONCE: Final = 2


@dataclass(kw_only=True, slots=True)
class FilingReport:
    """What was filed so far, by one run or by several.

    Attributes:
        matched: Items that were matched.
        evidence_new: Evidence filed for the first time.
        stories_new: Stories begun.
    """

    matched: int = 0
    evidence_new: int = 0
    stories_new: int = 0


class MatchRunner:
    """Files everything that is pending, in the ledger's own order, a batch a transaction.

    What is pending is asked of the ledger, so a run that was killed is simply gone on with, and
    ends in the same ledger. While a batch is stored, the next one is matched. An async context
    manager: it owns the matching process.
    """

    def __init__(
        self,
        ledger: Ledger,
        packs: CommitmentsWatcher,
        *,
        clock: Clock,
        second_opinion: SecondOpinion | None = None,
        reader: bool = True,
    ) -> None:
        self._ledger = ledger
        self._packs = packs
        self._second_opinion = second_opinion
        self._clock = clock
        self._process = MatchProcess(reader=reader)
        self._one_at_a_time = asyncio.Lock()
        self._ahead: dict[asyncio.Task[None], int] = {}
        self._ahead_at_once = asyncio.Semaphore(_AHEAD_AT_ONCE)

    async def __aenter__(self) -> Self:
        """Starts nothing yet."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stops the matching process."""
        ahead = tuple(self._ahead)
        for task in ahead:
            task.cancel()
        await asyncio.gather(*ahead, return_exceptions=True)
        await self._process.close()

    def match_ahead(self, texts: Sequence[Text]) -> None:
        """Begins to match texts that will soon be pending, without waiting.

        It only saves time later: what does not fit, or fails, or is not yet matched when `run`
        begins, is matched when it is filed.
        """
        # While a poll waits for hosts and the disk, matching has a processor: a first poll of many
        # feeds takes about a quarter less for it (`make bench`).
        if texts and sum(self._ahead.values()) + len(texts) <= _MAX_AHEAD:
            task = asyncio.create_task(self._match_ahead(texts))
            self._ahead[task] = len(texts)
            task.add_done_callback(self._ahead.pop)

    async def _match_ahead(self, texts: Sequence[Text]) -> None:
        async with self._ahead_at_once:
            if self._one_at_a_time.locked():  # they are filed now
                return
            try:
                current = self._packs.current
                await self._process.load(current.pack, current.feedback)
                await self._process.match_ahead(texts)
            except BriefingError as error:
                logger.warning("items were not matched ahead", extra={"error": str(error)})

    async def preview(self, texts: Sequence[Text]) -> list[tuple[str, ...]]:
        """The titles of what each text would be filed under, in order; see `matches`."""
        titles = {one.id: one.title for one in self._packs.current.pack.commitments}
        found = await self.matches(texts)
        return [tuple(titles[m.commitment_id] for m in each) for each in found]

    async def matches(self, texts: Sequence[Text]) -> list[tuple[Match, ...]]:
        """What each text would be filed under, best first; nothing is stored.

        Raises:
            BriefingError: The matching process cannot be started or ended.
        """
        current = self._packs.current
        await self._process.load(current.pack, current.feedback)
        found = await self._process.match(texts)
        # The process may have another pack by now; what this one does not track is left out.
        known = current.pack.by_id
        return [tuple(m for m in each if m.commitment_id in known) for each in found]

    async def run(
        self,
        workspace: WorkspaceId,
        *,
        report: FilingReport | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> FilingReport:
        """Matches and files all that is pending in a workspace.

        Args:
            workspace: The workspace.
            report: What earlier runs filed, to be added to; None for none.
            progress: Called with the items of the report, after each batch.

        Raises:
            BriefingError: The matching process cannot be started or ended; what was not yet
                filed stays pending.
        """
        run = _Run(workspace, report or FilingReport(), progress)
        before = run.report.matched, run.report.evidence_new
        async with self._one_at_a_time:
            # Pass after pass over the queue, until one from its start finds it empty.
            while await self._file_queue(run):
                pass
        items, evidence = run.report.matched - before[0], run.report.evidence_new - before[1]
        if items:
            logger.info("items matched", extra={"items": items, "evidence_new": evidence})
        return run.report

    async def _file_queue(self, run: "_Run") -> bool:
        """One pass over the queue; whether there was anything in it.

        One batch is stored, the next is matched, a third is fetched.
        """
        batch = first = await self._pending(run, after=None)
        storing: asyncio.Task[None] = asyncio.create_task(asyncio.sleep(0))  # nothing yet
        fetching: asyncio.Task[_Batch] | None = None
        try:
            while batch.items:
                last = max((item.published_at, item.id) for item in batch.items)
                fetching = asyncio.create_task(self._pending(run, after=last))
                filings = await self._match(batch, storing)
                await storing
                storing = asyncio.create_task(self._store(run, batch, filings))
                batch = await fetching
            await storing
        finally:
            under_way = [task for task in (storing, fetching) if task is not None]
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
        return bool(first.items)

    async def _pending(self, run: "_Run", *, after: tuple[datetime, int] | None) -> "_Batch":
        current = self._packs.current
        version = await self._process.load(current.pack, current.feedback)
        items = await self._ledger.match_queue.pending(
            run.workspace,
            matcher_version=version,
            pack_fingerprint=current.pack.match_fingerprint,
            limit=_BATCH,
            at=self._clock(),
            after=after,
        )
        stories = await self._ledger.evidence.stories_of([item.id for item in items])
        return _Batch(items, stories, current, version)

    async def _match(self, batch: "_Batch", storing: asyncio.Task[None]) -> list[Filing]:
        """What each item of the batch bears on, and its story.

        The process first learns the stories that they may belong to, unless it knows them.
        """
        current, oldest = batch.current, min(item.published_at for item in batch.items)
        queued = [_queued(item, batch.stories.get(item.id)) for item in batch.items]
        await self._process.load(current.pack, current.feedback)
        if not self._process.knows_stories(oldest - STORY_WINDOW):
            await asyncio.wait({storing})  # then those of the batch before are in the ledger
            since = max(oldest, _EARLIEST) - STORY_WINDOW - _SLACK
            known = await self._ledger.evidence.recent_for_stories(since=since, limit=_MAX_KNOWN)
            await self._process.know_stories([_queued(*each) for each in known], since)
        found = await self._process.match_and_group(queued)
        filings = [
            Filing(item_id=item.id, revision=item.revision, story_id=story_id, matches=matches)
            for item, (story_id, matches) in zip(batch.items, found, strict=True)
        ]
        if self._second_opinion is None:
            return filings
        ask = self._second_opinion.reconsider
        return [
            replace(filing, matches=await ask(current.pack, text_of(item), filing.matches))
            for item, filing in zip(batch.items, filings, strict=True)
        ]

    async def _store(self, run: "_Run", batch: "_Batch", filings: Sequence[Filing]) -> None:
        filed = await self._ledger.evidence.file(
            run.workspace,
            filings,
            matcher_version=batch.version,
            pack_fingerprint=batch.current.pack.match_fingerprint,
            at=self._clock(),
        )
        run.report.matched += len(filings)
        run.report.evidence_new += filed.evidence_new
        run.report.stories_new += filed.stories_new
        if run.progress is not None:
            run.progress(run.report.matched)


@dataclass(frozen=True, slots=True)
class _Run:
    """One call of `MatchRunner.run`."""

    workspace: WorkspaceId
    report: FilingReport
    progress: Callable[[int], None] | None


@dataclass(frozen=True, slots=True)
class _Batch:
    """Pending items, oldest first, with what is needed to match them.

    Attributes:
        items: None are left when it is empty.
        stories: Of those that were filed before.
        current: The pack for which they are pending.
        version: The matcher's version with it.
    """

    items: Sequence[Item]
    stories: Mapping[int, int]
    current: CurrentPack
    version: str


def _queued(item: Item, story_id: int | None) -> QueuedItem:
    return QueuedItem(
        item.id, item.title, item.summary, item.published_at, item.first_seen_at,
        str(item.feed_id), story_id,
    )  # fmt: skip


def text_of(item: Item) -> ItemText:
    """What matching reads of a stored item."""
    return ItemText(
        id=str(item.id),
        title=item.title,
        summary=item.summary,
        source=item.outlet,
        published_at=item.published_at,
    )
