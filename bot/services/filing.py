"""Matches what is stored and not yet matched, groups it into stories, files it as evidence."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Final, Protocol, Self

from bot.domain.clock import Clock
from bot.domain.commitment import Pack
from bot.domain.errors import BriefingError
from bot.domain.evidence import Match
from bot.domain.item import Item, ItemText
from bot.domain.stories import STORY_WINDOW
from bot.domain.workspace import WorkspaceId
from bot.ledger import Filed, Filing, Ledger
from bot.services.match_process import MatchProcess
from bot.services.match_worker import Waiting
from bot.services.packs import PackInForce, PackKeeper

logger = logging.getLogger(__name__)

_BATCH: Final = 500
_MOST_KNOWN: Final = 20_000
"""Items of the ledger that a matching process is told of when it starts, the newest."""
_KNOWN_AT_ONCE: Final = 1_000
_SLACK: Final = timedelta(days=4)
"""So much further back than needed at first, so that a later item of an older date finds its
neighbours without telling the process everything again."""
_EARLIEST: Final = datetime(1970, 2, 1, tzinfo=UTC)
_MOST_AHEAD: Final = 5_000
"""Texts waiting to be read ahead; beyond, they are read when they are filed."""


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


class Reconsiderer(Protocol):
    """Somebody who looks once more at matches, such as `bot.matching.second_opinion`."""

    async def reconsider(
        self, pack: Pack, item: ItemText, matches: Sequence[Match], /
    ) -> tuple[Match, ...]:
        """The matches that stand."""


class Filer:
    """Files everything that is pending, in the ledger's own order, a batch a transaction.

    What is pending is asked of the ledger, so a run that was killed is simply gone on with, and
    ends in the same ledger. While a batch is stored, the next one is matched. An async context
    manager: it owns the matching process.
    """

    def __init__(
        self,
        ledger: Ledger,
        packs: PackKeeper,
        *,
        clock: Clock,
        second_opinion: Reconsiderer | None = None,
    ) -> None:
        self._ledger = ledger
        self._packs = packs
        self._second_opinion = second_opinion
        self._clock = clock
        self._process = MatchProcess()
        self._one_at_a_time = asyncio.Lock()
        self._loading = asyncio.Lock()
        self._told = _Told()
        self._ahead = 0
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

    def read_ahead(self, texts: Sequence[tuple[str, str]]) -> None:
        """Begin to match (title, summary) pairs that will soon be pending, without waiting.

        It only saves time later: what does not fit, or fails, is matched when it is filed.
        """
        if texts and self._ahead + len(texts) <= _MOST_AHEAD:
            self._ahead += len(texts)
            task = asyncio.create_task(self._read_ahead(texts))
            self._reading.add(task)
            task.add_done_callback(self._reading.discard)

    async def _read_ahead(self, texts: Sequence[tuple[str, str]]) -> None:
        try:
            await self._load(self._packs.current)
            await self._process.ahead(texts)
        except BriefingError as error:
            logger.warning("items were not matched ahead", extra={"error": str(error)})
        finally:
            self._ahead -= len(texts)

    async def run(
        self, w: WorkspaceId, *, progress: Callable[[int], None] | None = None
    ) -> FilingReport:
        """Match and file all that is pending in a workspace.

        Args:
            w: The workspace.
            progress: Called with how many items are matched so far, after each batch.

        Raises:
            BriefingError: The matching process cannot be started or ended; what was not yet
                filed stays pending.
        """
        async with self._one_at_a_time:
            report = await self._run(w, progress)
        if report.matched:
            logger.info(
                "items matched",
                extra={"items": report.matched, "evidence_new": report.evidence_new},
            )
        return report

    async def _run(self, w: WorkspaceId, progress: Callable[[int], None] | None) -> FilingReport:
        report = FilingReport()
        storing: asyncio.Task[Filed] | None = None
        after: tuple[datetime, int] | None = None
        size = 0
        try:
            while True:
                in_force = self._packs.current
                items = await self._pending(w, in_force, after)
                filings = await self._read(items, in_force) if items else ()
                if storing is not None:
                    report = report.with_batch(size, await storing)
                    storing = None
                    if progress is not None:
                        progress(report.matched)
                if not items and after is None:
                    return report
                # At the end of the queue once more from its start: what came in meanwhile.
                after = max((i.published_at, i.id) for i in items) if items else None
                if items:
                    size = len(items)
                    storing = asyncio.create_task(self._store(w, filings, in_force))
        finally:
            if storing is not None:
                await asyncio.gather(storing, return_exceptions=True)

    async def _pending(
        self, w: WorkspaceId, in_force: PackInForce, after: tuple[datetime, int] | None
    ) -> Sequence[Item]:
        return await self._ledger.items.pending(
            w,
            matcher_version=await self._load(in_force),
            pack_fingerprint=in_force.pack.fingerprint,
            limit=_BATCH,
            after=after,
        )

    async def _read(self, items: Sequence[Item], in_force: PackInForce) -> tuple[Filing, ...]:
        await self._load(in_force)
        await self._know(items)
        stories = await self._ledger.evidence.stories_of([item.id for item in items])
        filings = await self._process.read([_waiting(item, stories.get(item.id)) for item in items])
        if self._second_opinion is None:
            return filings
        return tuple(
            [
                await self._reconsidered(filing, item, in_force, self._second_opinion)
                for filing, item in zip(filings, items, strict=True)
            ]
        )

    async def _reconsidered(
        self, filing: Filing, item: Item, in_force: PackInForce, second: Reconsiderer
    ) -> Filing:
        """The filing after somebody else has looked at its doubtful matches."""
        matches = await second.reconsider(in_force.pack, text_of(item), filing.matches)
        return replace(filing, matches=matches)

    async def _store(
        self, w: WorkspaceId, filings: Sequence[Filing], in_force: PackInForce
    ) -> Filed:
        return await self._ledger.evidence.file(
            w,
            filings,
            matcher_version=await self._load(in_force),
            pack_fingerprint=in_force.pack.fingerprint,
            at=self._clock(),
        )

    async def _load(self, in_force: PackInForce) -> str:
        """See that the process matches by this pack; gives the matcher's version."""
        async with self._loading:
            told = self._told
            if not self._process.running:
                told = self._told = _Told()
            if told.in_force is not in_force:
                told.version = await self._process.load(in_force.pack, in_force.feedback)
                told.in_force = in_force
            return told.version

    async def _know(self, items: Sequence[Item]) -> None:
        """Tell the process of the stories that these items may belong to, unless it knows them."""
        told = self._told
        oldest = min(item.published_at for item in items)
        if told.since is not None and told.since <= oldest - STORY_WINDOW:
            return
        told.since = None
        since = max(oldest, _EARLIEST) - STORY_WINDOW - _SLACK
        known = await self._ledger.evidence.recent_for_stories(since=since, limit=_MOST_KNOWN)
        await self._process.forget()
        for start in range(0, len(known), _KNOWN_AT_ONCE):
            some = known[start : start + _KNOWN_AT_ONCE]
            await self._process.know([_waiting(item, story_id) for item, story_id in some])
        told.since = since


@dataclass(slots=True)
class _Told:
    """What the matching process was told.

    Attributes:
        in_force: The pack that it matches by; None before.
        version: The matcher's version with it.
        since: It knows the ledger's stories from this date on; None when it does not.
    """

    in_force: PackInForce | None = None
    version: str = ""
    since: datetime | None = None


def _waiting(item: Item, story_id: int | None) -> Waiting:
    return Waiting(
        id=item.id,
        revision=item.revision,
        text=text_of(item),
        seen_at=item.first_seen_at,
        feed=str(item.feed_id),
        story_id=story_id,
    )


def text_of(item: Item) -> ItemText:
    """What matching reads of a stored item."""
    return ItemText(
        id=str(item.id),
        title=item.title,
        summary=item.summary,
        source=item.outlet,
        published_at=item.published_at,
    )
