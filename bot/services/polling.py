"""Polling: fetch and parse what is due, record it, match it, file it.

Updates go into the ledger several a transaction. The first is stored at once; those that come in
while a transaction runs, and for a fifth of a second after it began, go into the next one together,
or sooner when they are many: a transaction for each document would write the same pages of the
ledger again and again. `PollRecorder.record` returns when its own update is stored, so a poll that
was killed has lost nothing that it counted.
"""

import asyncio
import contextlib
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import accumulate
from typing import Final

from bot.domain.clock import Clock
from bot.domain.feed import FeedUpdate, Recorded
from bot.domain.workspace import WorkspaceId
from bot.ingest.formats.pool import ParserPool
from bot.ingest.http.client import Fetcher
from bot.ingest.poll.decide import OutageDetector
from bot.ingest.poll.run import RECORDED_AT_ONCE, PollReport, poll
from bot.ledger import Ledger
from bot.services.feeds.alerts import FeedEventHandler
from bot.services.filing import FilingReport, MatchRunner

# Of one transaction, unless a single document has more: it bounds how long others wait.
_MOST_ROWS: Final = 2_000
# Updates that wait for no more of them; as many as can wait would hold up those still to come.
MANY: Final = RECORDED_AT_ONCE * 3 // 4
# From one transaction to the next, unless many updates wait.
APART: Final = timedelta(milliseconds=200)
_Waiting = tuple[FeedUpdate, asyncio.Future[Recorded]]


@dataclass(eq=False, slots=True)
class PollRecorder:
    """The recorder of one poll; to be closed.

    Attributes:
        ledger: Where updates are stored.
        runner: Is given new texts, so that it can match them ahead.
        apart: From one transaction to the next, unless many updates wait.
    """

    ledger: Ledger
    runner: MatchRunner
    apart: timedelta = field(default=APART, kw_only=True)
    _waiting: list[_Waiting] = field(default_factory=list, init=False)
    _storing: asyncio.Task[None] | None = field(default=None, init=False)
    _many: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _next_at: float = field(default=0.0, init=False)

    async def aclose(self) -> None:
        """Lets the transaction under way end."""
        if self._storing is not None:
            await asyncio.gather(self._storing, return_exceptions=True)

    async def record(self, update: FeedUpdate) -> Recorded:
        """Stores an update with others that come now; nothing of a feed that was removed."""
        stored: asyncio.Future[Recorded] = asyncio.get_running_loop().create_future()
        self._waiting.append((update, stored))
        if len(self._waiting) >= MANY:
            self._many.set()
        if self._storing is None or self._storing.done():
            self._storing = asyncio.create_task(self._store())
        return await stored

    async def _store(self) -> None:
        """Stores what waits until nothing does."""
        loop = asyncio.get_running_loop()
        while self._waiting:
            self._many.clear()
            if len(self._waiting) < MANY:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout_at(self._next_at):
                        await self._many.wait()
            self._next_at = loop.time() + self.apart.total_seconds()
            rows = list(accumulate(1 + len(update.entries) for update, _ in self._waiting))
            together = self._waiting[: max(1, bisect_right(rows, _MOST_ROWS))]
            del self._waiting[: len(together)]
            try:
                results = await self.ledger.items.record([update for update, _ in together])
            except BaseException as error:
                for _, stored in together:
                    if not stored.done():
                        stored.set_exception(error)
                raise
            texts: list[tuple[str, str]] = []
            for (update, stored), result in zip(together, results, strict=True):
                recorded = result or Recorded()
                if not stored.done():
                    stored.set_result(recorded)
                if recorded.new + recorded.revised > len(update.entries) // 2:  # mostly new
                    texts += [(entry.title, entry.summary) for entry in update.entries]
            self.runner.match_ahead(texts)


@dataclass(frozen=True, kw_only=True, slots=True)
class PollSummary:
    """What one poll came to, from the first request to the last evidence."""

    poll: PollReport
    filing: FilingReport

    def as_json(self) -> dict[str, object]:
        """The contract of `briefing poll --json`."""
        poll, filing = self.poll, self.filing
        return {
            "feeds": poll.feeds,
            "fetched": poll.fetched,
            "not_modified": poll.not_modified,
            "failed": len(poll.errors),
            "items_new": poll.items_new,
            "items_revised": poll.items_revised,
            "stories_new": filing.stories_new,
            "evidence_new": filing.evidence_new,
            "errors": [{"feed": feed, "error": error} for feed, error in poll.errors],
            "left_alone": [{"feed": feed, "why": why} for feed, why in poll.left_alone],
            "in_part": [{"feed": feed, "why": why} for feed, why in poll.in_part],
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class PollProgress:
    """Callbacks for the progress of a poll; each may be None.

    Attributes:
        feeds: Called with how many of how many feeds are done.
        items: Called with how many items are matched.
    """

    feeds: Callable[[int, int], None] | None = None
    items: Callable[[int], None] | None = None


@dataclass(frozen=True)
class Poller:
    """Polls feeds for all workspaces and files for each.

    Attributes:
        listener: Acts on what happens to feeds; None for nothing.
        patience: After this time, and again, what has come is filed without waiting for the rest.
    """

    ledger: Ledger
    runner: MatchRunner
    fetcher: Fetcher
    parser: ParserPool
    clock: Clock
    listener: FeedEventHandler | None = None
    patience: timedelta = timedelta(seconds=30)
    _outages: OutageDetector = field(default_factory=OutageDetector, init=False)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def run(
        self,
        workspace: WorkspaceId,
        *,
        everything: bool = False,
        progress: PollProgress | None = None,
    ) -> PollSummary:
        """Polls the feeds that are due, or `everything` that is enabled; files what is pending.

        What comes first is filed while the poll goes on: a slow host holds up its own feeds only.
        """
        async with self._one_at_a_time:
            if everything:
                feeds = tuple(f for f in await self.ledger.feeds.list(workspace) if f.enabled)
            else:
                feeds = await self.ledger.feeds.due(now=self.clock())
            progress, filed = progress or PollProgress(), FilingReport()
            file = partial(self.runner.run, workspace, report=filed, progress=progress.items)
            recorder = PollRecorder(self.ledger, self.runner)
            polling = asyncio.create_task(
                poll(
                    feeds,
                    self.fetcher,
                    self.parser,
                    recorder,
                    clock=self.clock,
                    progress=progress.feeds,
                    listener=partial(self.listener.handle, workspace) if self.listener else None,
                    outages=self._outages,
                )
            )
            try:
                while not (await asyncio.wait({polling}, timeout=self.patience.total_seconds()))[0]:
                    await file()
                report = await polling
            finally:
                polling.cancel()
                await asyncio.gather(polling, return_exceptions=True)
                await recorder.aclose()
                await self.parser.rest()  # its memory is for matching now
            return PollSummary(poll=report, filing=await file())
