"""Where a poll's results go: into the ledger, several feeds a transaction, and to the matcher.

The first result is stored at once; those that come in while a transaction runs, and for a fifth of
a second after it began, go into the next one together, or sooner when they are many: a transaction
for each document would write the same pages of the ledger again and again. Who records is told when
his own result is stored, so no more results wait than feeds are in hand at a time, and a poll that
was killed has lost nothing that it counted.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Self

from bot.domain.feed import FeedHints
from bot.domain.item import Entry
from bot.ingest.poll import RECORDED_AT_ONCE
from bot.ingest.ports import Recorded
from bot.ledger import Ledger
from bot.ledger.recording import Document, Failed, Fetched, Result, Unchanged
from bot.services.filing import Filer

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

    def __init__(self, ledger: Ledger, filer: Filer, *, apart: timedelta = APART) -> None:
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
        """Store a document with others that come now; see `bot.ingest.ports.Recorder`."""
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
            self._filer.read_ahead(texts)

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
