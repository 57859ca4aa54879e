"""Matches what is stored and not yet matched, groups it into stories, files it as evidence."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Final, Protocol, Self

from bot.domain.clock import Clock
from bot.domain.commitment import Pack
from bot.domain.errors import BriefingError
from bot.domain.evidence import STORY_WINDOW, Match
from bot.domain.item import Item, ItemText
from bot.domain.workspace import WorkspaceId
from bot.ledger import Filed, Filing, Ledger
from bot.matching.frames import Text, Waiting
from bot.services.commitments import CommitmentsWatcher, CurrentPack
from bot.services.match_process import MatchProcess

logger = logging.getLogger(__name__)

_BATCH: Final = 1_000
_UNDER_WAY: Final = 2
"""Batches that are matched or stored at a time."""
_MOST_KNOWN: Final = 20_000
"""Items of the ledger that a matching process is told of when it starts, the newest."""
_KNOWN_AT_ONCE: Final = 1_000
_SLACK: Final = timedelta(days=4)
"""So much further back than needed at first, so that a later item of an older date finds its
neighbours without telling the process everything again."""
_EARLIEST: Final = datetime(1970, 2, 1, tzinfo=UTC)
_MOST_AHEAD: Final = 10_000
"""Texts waiting to be read ahead; beyond, they are read when they are filed."""
_AHEAD_AT_ONCE: Final = 256
_AHEAD_UNDER_WAY: Final = 2
"""Requests to read ahead, so that the matching process need not wait for the next."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FilingReport:
    """What one run filed.

    Attributes:
        matched: Items that were matched.
        evidence_new: Evidence filed for the first time.
        stories_new: Stories begun.
    """

    matched: int = 0
    evidence_new: int = 0
    stories_new: int = 0

    def with_batch(self, items: int, filed: Filed) -> "FilingReport":
        """The report with one more batch of so many items."""
        return FilingReport(
            matched=self.matched + items,
            evidence_new=self.evidence_new + filed.evidence_new,
            stories_new=self.stories_new + filed.stories_new,
        )

    def with_more(self, other: "FilingReport") -> "FilingReport":
        """This run and another one as one."""
        return FilingReport(
            matched=self.matched + other.matched,
            evidence_new=self.evidence_new + other.evidence_new,
            stories_new=self.stories_new + other.stories_new,
        )


class Reranker(Protocol):
    """Somebody who looks once more at matches, such as `bot.matching.second_opinion`."""

    async def reconsider(
        self, pack: Pack, item: ItemText, matches: Sequence[Match], /
    ) -> tuple[Match, ...]:
        """The matches that stand."""


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
        second_opinion: Reranker | None = None,
    ) -> None:
        self._ledger = ledger
        self._packs = packs
        self._second_opinion = second_opinion
        self._clock = clock
        self._process = MatchProcess()
        self._one_at_a_time = asyncio.Lock()
        self._loading = asyncio.Lock()
        self._telling = asyncio.Lock()
        self._told = _Told()
        self._ahead: deque[Text] = deque()
        self._reading: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Starts nothing yet."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Stops the matching process."""
        reading = tuple(self._reading)
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
        await self._process.__aexit__(exc_type, exc_value, traceback)

    def prepare(self) -> None:
        """Begin to start the matching process, without waiting: much is to come soon."""
        if not self._process.running:
            self._begin()

    def read_ahead(self, texts: Sequence[Text]) -> None:
        """Begin to match texts that will soon be pending, without waiting.

        It only saves time later: what does not fit, or fails, or is not yet matched when `run`
        begins, is matched when it is filed.
        """
        if texts and len(self._ahead) + len(texts) <= _MOST_AHEAD:
            self._ahead += texts
            for _ in range(len(self._reading), _AHEAD_UNDER_WAY):
                self._begin()

    def _begin(self) -> None:
        task = asyncio.create_task(self._read_ahead())
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def _read_ahead(self) -> None:
        """Reads what waits until nothing does."""
        ahead = self._ahead
        try:
            await self._load(self._packs.current)
            while ahead:
                some = [ahead.popleft() for _ in range(min(len(ahead), _AHEAD_AT_ONCE))]
                await self._process.ahead(some)
        except BriefingError as error:
            ahead.clear()
            logger.warning("items were not matched ahead", extra={"error": str(error)})

    async def preview(self, texts: Sequence[Text]) -> list[tuple[Match, ...]]:
        """What each text would be filed under, in order; nothing is stored.

        Raises:
            BriefingError: The matching process cannot be started or ended.
        """
        await self._load(self._packs.current)
        return await self._process.match(texts)

    async def run(
        self, workspace: WorkspaceId, *, progress: Callable[[int], None] | None = None
    ) -> FilingReport:
        """Match and file all that is pending in a workspace.

        Args:
            workspace: The workspace.
            progress: Called with how many items are matched so far, after each batch.

        Raises:
            BriefingError: The matching process cannot be started or ended; what was not yet
                filed stays pending.
        """
        async with self._one_at_a_time:
            self._ahead.clear()  # from now on two share in reading; see `bot.matching.worker`
            report = await self._run(workspace, progress)
        if report.matched:
            logger.info(
                "items matched",
                extra={"items": report.matched, "evidence_new": report.evidence_new},
            )
        return report

    async def _run(
        self, workspace: WorkspaceId, progress: Callable[[int], None] | None
    ) -> FilingReport:
        """Pass after pass over the queue, until one from its start finds it empty."""
        report = FilingReport()
        while True:
            before = report
            async for batch, filed in self._filed(workspace):
                report = report.with_batch(len(batch.items), filed)
                if progress is not None:
                    progress(report.matched)
            if report is before:
                return report

    async def _filed(self, workspace: WorkspaceId) -> AsyncIterator[tuple["_Batch", Filed]]:
        """One pass, batch after batch: one is stored, the next is matched, a third is fetched."""
        under_way: deque[tuple[_Batch, asyncio.Task[Filed]]] = deque()
        try:
            batch = await self._pending(workspace, after=None)
            while batch.items:
                before = under_way[-1][1] if under_way else None
                under_way.append((batch, asyncio.create_task(self._file(workspace, batch, before))))
                batch = await self._pending(workspace, after=batch.last)
                while len(under_way) > (_UNDER_WAY if batch.items else 0):
                    done, filing = under_way[0]
                    filed = await filing
                    under_way.popleft()
                    yield done, filed
        finally:
            for _, filing in under_way:
                filing.cancel()
            await asyncio.gather(*(filing for _, filing in under_way), return_exceptions=True)

    async def _file(
        self, workspace: WorkspaceId, batch: "_Batch", before: asyncio.Task[Filed] | None
    ) -> Filed:
        """Match a batch, and store it after the one before."""
        filings = await self._read(batch, before)
        if before is not None:
            await asyncio.shield(before)
        return await self._store(workspace, filings, batch)

    async def _pending(
        self, workspace: WorkspaceId, *, after: tuple[datetime, int] | None
    ) -> "_Batch":
        in_force = self._packs.current
        version = await self._load(in_force)
        items = await self._ledger.match_queue.pending(
            workspace,
            matcher_version=version,
            pack_fingerprint=in_force.pack.fingerprint,
            limit=_BATCH,
            after=after,
        )
        stories = await self._ledger.evidence.stories_of([item.id for item in items])
        return _Batch(items, stories, in_force, version)

    async def _read(
        self, batch: "_Batch", before: asyncio.Task[Filed] | None
    ) -> tuple[Filing, ...]:
        waiting = [_waiting(item, batch.stories.get(item.id)) for item in batch.items]
        async with self._telling:
            await self._load(batch.in_force)
            await self._know(batch.items, before)
            # Sent in this order; the answer need not be there for the next batch to be sent.
            reading = asyncio.create_task(self._process.read(waiting))
        filings = await reading
        second = self._second_opinion
        if second is None:
            return filings
        return tuple(
            [
                await self._reconsidered(filing, item, batch.in_force, second)
                for filing, item in zip(filings, batch.items, strict=True)
            ]
        )

    async def _reconsidered(
        self, filing: Filing, item: Item, in_force: CurrentPack, second: Reranker
    ) -> Filing:
        """The filing after somebody else has looked at its doubtful matches."""
        matches = await second.reconsider(in_force.pack, text_of(item), filing.matches)
        return replace(filing, matches=matches)

    async def _store(
        self, workspace: WorkspaceId, filings: Sequence[Filing], batch: "_Batch"
    ) -> Filed:
        return await self._ledger.evidence.file(
            workspace,
            filings,
            matcher_version=batch.version,
            pack_fingerprint=batch.in_force.pack.fingerprint,
            at=self._clock(),
        )

    async def _load(self, in_force: CurrentPack) -> str:
        """See that the process matches by this pack; gives the matcher's version."""
        async with self._loading:
            told = self._told
            if not self._process.running:
                told = self._told = _Told()
            if told.in_force is not in_force:
                told.version = await self._process.load(in_force.pack, in_force.feedback)
                told.in_force = in_force
            return told.version

    async def _know(self, items: Sequence[Item], before: asyncio.Task[Filed] | None) -> None:
        """Tell the process of the stories that these items may belong to, unless it knows them.

        Those of the batch before are in the ledger when it is stored.
        """
        told = self._told
        oldest = min(item.published_at for item in items)
        if told.since is not None and told.since <= oldest - STORY_WINDOW:
            return
        told.since = None
        if before is not None:
            await asyncio.shield(before)
        since = max(oldest, _EARLIEST) - STORY_WINDOW - _SLACK
        known = await self._ledger.evidence.recent_for_stories(since=since, limit=_MOST_KNOWN)
        await self._process.forget()
        for start in range(0, len(known), _KNOWN_AT_ONCE):
            some = known[start : start + _KNOWN_AT_ONCE]
            await self._process.know([_waiting(item, story_id) for item, story_id in some])
        told.since = since


@dataclass(frozen=True, slots=True)
class _Batch:
    """Pending items, oldest first, with what is needed to match them.

    Attributes:
        items: None are left when it is empty.
        stories: Of those that were filed before.
        in_force: The pack for which they are pending.
        version: The matcher's version with it.
    """

    items: Sequence[Item]
    stories: Mapping[int, int]
    in_force: CurrentPack
    version: str

    @property
    def last(self) -> tuple[datetime, int]:
        """The place in the queue where the next batch begins."""
        return max((item.published_at, item.id) for item in self.items)


@dataclass(slots=True)
class _Told:
    """What the matching process was told.

    Attributes:
        in_force: The pack that it matches by; None before.
        version: The matcher's version with it.
        since: It knows the ledger's stories from this date on; None when it does not.
    """

    in_force: CurrentPack | None = None
    version: str = ""
    since: datetime | None = None


def _waiting(item: Item, story_id: int | None) -> Waiting:
    return Waiting(
        item.id, item.revision, item.title, item.summary, item.outlet, item.published_at,
        item.first_seen_at, str(item.feed_id), story_id,
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
