"""The way in, whole: fetch and parse what is due, store it, match it, file it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Final, Self

from bot.domain.clock import Clock
from bot.domain.feed import Feed, FeedHints
from bot.domain.item import Entry
from bot.domain.workspace import WorkspaceId
from bot.ingest.formats.pool import ParserPool
from bot.ingest.http.client import Fetcher
from bot.ingest.poll.decide import FeedEvent
from bot.ingest.poll.outage import OutageDetector
from bot.ingest.poll.run import RECORDED_AT_ONCE, PollReport, Recorded, poll
from bot.ledger import Ledger
from bot.ledger.items.recorder import Document, Failed, Fetched, Result, Unchanged
from bot.services.filing import FilingReport, MatchRunner

# MERGED recording: Where a poll's results go: into the ledger, several feeds a transaction, and
# to the matcher.
#
# The first result is stored at once; those that come in while a transaction runs, and for a fifth
# of
# a second after it began, go into the next one together, or sooner when they are many: a
# transaction
# for each document would write the same pages of the ledger again and again. Who records is told
# when
# his own result is stored, so no more results wait than feeds are in hand at a time, and a poll
# that
# was killed has lost nothing that it counted.


_MOST_ROWS: Final = 2_000
"""Of one transaction, unless a single document has more: it bounds how long others wait."""
MANY: Final = RECORDED_AT_ONCE * 3 // 4
"""Results that wait for no more of them; as many as can wait would hold up those still to come."""
APART: Final = timedelta(milliseconds=200)
"""From one transaction to the next, unless many results wait."""


@dataclass(frozen=True, slots=True)
class _Gone:
    """What comes of a feed that was removed while it was fetched: nothing."""

    new: int = 0
    revised: int = 0


_Waiting = tuple[Result, asyncio.Future[Recorded]]


class PollRecorder:
    """A recorder for one poll; an async context manager.

    Args:
        ledger: Where results are kept.
        filer: Is told of new texts, so that it can match them ahead.
        apart: From one transaction to the next, unless many results wait.
    """

    def __init__(self, ledger: Ledger, filer: MatchRunner, *, apart: timedelta = APART) -> None:
        self._apart_s = apart.total_seconds()
        self._ledger = ledger
        self._filer = filer
        self._waiting: list[_Waiting] = []
        self._storing: asyncio.Task[None] | None = None
        self._many = asyncio.Event()
        self._next_at = 0.0

    async def __aenter__(self) -> Self:
        """Nothing to open."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Lets the transaction under way end."""
        if self._storing is not None:
            await asyncio.gather(self._storing, return_exceptions=True)

    async def record_fetch(
        self,
        feed_id: int,
        entries: Sequence[Entry],
        *,
        at: datetime,
        due_at: datetime,
        etag: str | None,
        last_modified: str | None,
        body_hash: str | None,
        feed_title: str | None,
        hints: FeedHints | None,
    ) -> Recorded:
        """Store a document with others that come now; see `bot.ingest.poll.run.Recorder`."""
        fetched = Fetched(
            at=at,
            due_at=due_at,
            etag=etag,
            last_modified=last_modified,
            body_hash=body_hash,
            feed_title=feed_title,
            hints=hints,
        )
        return await self._stored(Document(feed_id=feed_id, entries=entries, fetched=fetched))

    async def record_not_modified(self, feed_id: int, *, at: datetime, due_at: datetime) -> None:
        """Note that nothing has changed."""
        await self._stored(Unchanged(feed_id=feed_id, at=at, due_at=due_at))

    async def record_failure(
        self, feed_id: int, *, at: datetime, error: str, due_at: datetime, not_found: int
    ) -> None:
        """Note a failure."""
        await self._stored(
            Failed(feed_id=feed_id, at=at, error=error, due_at=due_at, not_found=not_found)
        )

    async def postpone(self, feed_ids: Sequence[int], *, due_at: datetime) -> None:
        """Look later at feeds of which nothing is known."""
        await self._ledger.feeds.postpone(feed_ids, due_at=due_at)

    async def _stored(self, result: Result) -> Recorded:
        stored: asyncio.Future[Recorded] = asyncio.get_running_loop().create_future()
        self._waiting.append((result, stored))
        if len(self._waiting) >= MANY:
            self._many.set()
        if self._storing is None or self._storing.done():
            self._storing = asyncio.create_task(self._store())
        return await stored

    async def _store(self) -> None:
        """Stores what waits until nothing does."""
        while self._waiting:
            await self._gathered()
            together = _first(self._waiting)
            del self._waiting[: len(together)]
            try:
                results = await self._ledger.items.record_fetches([each for each, _ in together])
            except BaseException as error:
                for _, stored in together:
                    if not stored.done():
                        stored.set_exception(error)
                raise
            texts: list[tuple[str, str]] = []
            for (document, stored), result in zip(together, results, strict=True):
                if not stored.done():
                    stored.set_result(_Gone() if result is None else result)
                if result is not None and isinstance(document, Document):
                    texts += _mostly_new(document.entries, result)
            self._filer.match_ahead(texts)

    async def _gathered(self) -> None:
        """Waits until it is time for the next transaction, or many results wait for it."""
        loop = asyncio.get_running_loop()
        self._many.clear()
        if len(self._waiting) < MANY:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self._next_at):
                    await self._many.wait()
        self._next_at = loop.time() + self._apart_s


def _first(waiting: Sequence[_Waiting]) -> Sequence[_Waiting]:
    """As many of the first as make one transaction; at least one."""
    rows = 0
    for n, (result, _) in enumerate(waiting):
        rows += 1 + (len(result.entries) if isinstance(result, Document) else 0)
        if n and rows > _MOST_ROWS:
            return waiting[:n]
    return tuple(waiting)


def _mostly_new(entries: Sequence[Entry], recorded: Recorded) -> list[tuple[str, str]]:
    """Titles and summaries of a document whose texts are to be matched; none of a known one."""
    if recorded.new + recorded.revised <= len(entries) // 2:
        return []
    return [(entry.title, entry.summary) for entry in entries]


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
        filer: MatchRunner,
        *,
        fetcher: Fetcher,
        parser: ParserPool,
        clock: Clock,
        listener: Callable[[WorkspaceId, FeedEvent], Awaitable[None]] | None = None,
        patience: timedelta = _PATIENCE,
    ) -> None:
        self._ledger = ledger
        self._filer = filer
        self._fetcher = fetcher
        self._parser = parser
        self._clock = clock
        self._listener = listener
        self._patience = patience
        self._unreached = OutageDetector()
        self._one_at_a_time = asyncio.Lock()

    async def run_due(self, workspace: WorkspaceId) -> PollSummary:
        """Look at the feeds that are due; then file what is pending, from this run or before."""
        return await self._run(workspace, everything=False, progress=PollProgress())

    async def run_all(
        self, workspace: WorkspaceId, *, progress: PollProgress | None = None
    ) -> PollSummary:
        """Look at every enabled feed of the workspace now, due or not."""
        return await self._run(workspace, everything=True, progress=progress or PollProgress())

    async def _run(
        self, workspace: WorkspaceId, *, everything: bool, progress: PollProgress
    ) -> PollSummary:
        async with self._one_at_a_time:
            if everything:
                feeds = tuple(f for f in await self._ledger.feeds.list(workspace) if f.enabled)
            else:
                feeds = await self._ledger.feeds.due(now=self._clock())
            polling = asyncio.create_task(self._poll(workspace, feeds, progress))
            try:
                filing = await self._file_meanwhile(workspace, polling, progress)
                report = await polling
            finally:
                polling.cancel()
                await asyncio.gather(polling, return_exceptions=True)
                await self._parser.rest()  # its memory is for matching now
            last = await self._filer.run(workspace, progress=_from(filing.matched, progress.items))
            return PollSummary(poll=report, filing=filing.with_more(last))

    async def _poll(
        self, workspace: WorkspaceId, feeds: Sequence[Feed], progress: PollProgress
    ) -> PollReport:
        async with PollRecorder(self._ledger, self._filer) as recorder:
            return await poll(
                feeds,
                self._fetcher,
                self._parser,
                recorder,
                clock=self._clock,
                progress=progress.feeds,
                listener=None if self._listener is None else partial(self._listener, workspace),
                unreached=self._unreached,
            )

    async def _file_meanwhile(
        self, workspace: WorkspaceId, polling: asyncio.Task[PollReport], progress: PollProgress
    ) -> FilingReport:
        """File what has come whenever the poll takes longer: a slow host holds up its own feeds."""
        filed = FilingReport()
        while not (await asyncio.wait({polling}, timeout=self._patience.total_seconds()))[0]:
            items = _from(filed.matched, progress.items)
            filed = filed.with_more(await self._filer.run(workspace, progress=items))
        return filed


def _from(so_far: int, items: Callable[[int], None] | None) -> Callable[[int], None] | None:
    """Goes on counting where an earlier run of filing ended."""
    return None if items is None else lambda matched: items(so_far + matched)
