"""The way in, whole: fetch and parse what is due, store it, match it, file it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from bot.domain.clock import Clock
from bot.domain.feed import Feed
from bot.domain.workspace import WorkspaceId
from bot.ingest.fetch import Fetcher
from bot.ingest.notices import FeedNotice
from bot.ingest.outage import Unreached
from bot.ingest.parser_pool import ParserPool
from bot.ingest.poll import PollReport, poll
from bot.ledger import Ledger
from bot.services.filing import Filer, FilingReport
from bot.services.recording import PollRecorder

_MANY_NEW: Final = 20
"""Feeds never read before from which on so much will come that matching starts at once."""
_PATIENCE: Final = timedelta(seconds=30)
"""After so long, and again, what has come is filed without waiting for the rest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PollSummary:
    """What one poll came to, from the first request to the last evidence."""

    poll: PollReport
    filing: FilingReport

    def as_json(self) -> dict[str, object]:
        """The contract of `briefing poll --json`."""
        counts = asdict(self.poll)
        errors = counts.pop("errors")
        left_alone, in_part = counts.pop("left_alone"), counts.pop("in_part")
        del counts["notices"]  # of the log and of Slack
        return {
            **counts,
            "stories_new": self.filing.stories_new,
            "evidence_new": self.filing.evidence_new,
            "errors": [{"feed": feed, "error": error} for feed, error in errors],
            "left_alone": [{"feed": feed, "why": why} for feed, why in left_alone],
            "in_part": [{"feed": feed, "why": why} for feed, why in in_part],
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class PollProgress:
    """Who is told how a poll goes on; any of them may be None.

    Attributes:
        feeds: Called with how many of how many feeds are done.
        items: Called with how many items are matched.
    """

    feeds: Callable[[int, int], None] | None = None
    items: Callable[[int], None] | None = None


class Poller:
    """Polls feeds for all workspaces and files for each."""

    def __init__(
        self,
        ledger: Ledger,
        filer: Filer,
        *,
        fetcher: Fetcher,
        parser: ParserPool,
        clock: Clock,
        listener: Callable[[WorkspaceId, FeedNotice], Awaitable[None]] | None = None,
        patience: timedelta = _PATIENCE,
    ) -> None:
        self._ledger = ledger
        self._filer = filer
        self._fetcher = fetcher
        self._parser = parser
        self._clock = clock
        self._listener = listener
        self._patience = patience
        self._unreached = Unreached()
        self._one_at_a_time = asyncio.Lock()

    async def run_due(self, w: WorkspaceId) -> PollSummary:
        """Look at the feeds that are due; then file what is pending, from this run or before."""
        return await self._run(w, everything=False, progress=PollProgress())

    async def run_all(self, w: WorkspaceId, *, progress: PollProgress | None = None) -> PollSummary:
        """Look at every enabled feed of the workspace now, due or not."""
        return await self._run(w, everything=True, progress=progress or PollProgress())

    async def _run(
        self, w: WorkspaceId, *, everything: bool, progress: PollProgress
    ) -> PollSummary:
        async with self._one_at_a_time:
            if everything:
                feeds = tuple(f for f in await self._ledger.feeds.list(w) if f.enabled)
            else:
                feeds = await self._ledger.feeds.due(now=self._clock())
            if sum(feed.succeeded_at is None for feed in feeds) >= _MANY_NEW:
                self._filer.prepare()
            polling = asyncio.create_task(self._poll(w, feeds, progress))
            try:
                filing = await self._file_meanwhile(w, polling, progress)
                report = await polling
            finally:
                polling.cancel()
                await asyncio.gather(polling, return_exceptions=True)
                await self._parser.rest()  # its memory is for matching now
            last = await self._filer.run(w, progress=_from(filing.matched, progress.items))
            return PollSummary(poll=report, filing=filing.with_more(last))

    async def _poll(
        self, w: WorkspaceId, feeds: Sequence[Feed], progress: PollProgress
    ) -> PollReport:
        async with PollRecorder(self._ledger, self._filer) as recorder:
            return await poll(
                feeds,
                self._fetcher,
                self._parser,
                recorder,
                clock=self._clock,
                progress=progress.feeds,
                listener=None if self._listener is None else partial(self._listener, w),
                unreached=self._unreached,
            )

    async def _file_meanwhile(
        self, w: WorkspaceId, polling: asyncio.Task[PollReport], progress: PollProgress
    ) -> FilingReport:
        """File what has come whenever the poll takes longer: a slow host holds up its own feeds."""
        filed = FilingReport()
        while not (await asyncio.wait({polling}, timeout=self._patience.total_seconds()))[0]:
            items = _from(filed.matched, progress.items)
            filed = filed.with_more(await self._filer.run(w, progress=items))
        return filed


def _from(so_far: int, items: Callable[[int], None] | None) -> Callable[[int], None] | None:
    """Goes on counting where an earlier run of filing ended."""
    return None if items is None else lambda matched: items(so_far + matched)
