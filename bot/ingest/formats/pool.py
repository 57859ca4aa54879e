"""Parsing in worker processes, each with bounds on time and memory; run as a program it is one.

feedparser is pure Python: in a thread it would hold the interpreter, and a slash command would
wait for it. In a process it leaves the event loop free, uses another core, and can be stopped: a
document that takes too much time or memory costs its process, which is replaced, and nothing else.
"""

import asyncio
import gc
import logging
from collections import deque
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, Self

from bot.domain.errors import FetchError
from bot.domain.feed import FeedHints
from bot.domain.item import Entry
from bot.ingest.formats.document import ParsedFeed, parse
from bot.workers import Worker, WorkerDiedError, serve

_log = logging.getLogger(__name__)
_MEMORY_BYTES: Final = 1024 * 1024 * 1024
# A process that had been idle may have ended for reasons of its own, so the question is worth a
# second one; a document that ran out of time is not.
_ATTEMPTS: Final = 2
_TOO_MUCH: Final = "reading the document takes too much time or memory; tell the publisher"
_Answer = dict[str, Any]


class Parser(Protocol):
    """Anything that reads documents without holding up the event loop."""

    async def parse(
        self, body: bytes, *, content_type: str | None, url: str, now: datetime
    ) -> ParsedFeed:
        """See `bot.ingest.formats.document.parse`; raises FetchError likewise."""
        ...


class ParserPool:
    """A few parser processes, started when needed; an async context manager.

    The first reads most feeds faster than they come in. Another one is started when a document has
    waited for longer than `patience`: one that takes all of its time must not hold up the others.

    Args:
        processes: How many at most.
        timeout: For one document.
        patience: See above.
    """

    def __init__(
        self,
        *,
        processes: int = 2,
        timeout: timedelta = timedelta(seconds=30),
        patience: timedelta = timedelta(seconds=1),
    ) -> None:
        self._timeout = timeout
        self._most = processes
        self._patience = patience
        self._running = 0
        self._idle: list[Worker] = []
        self._waiting: deque[asyncio.Future[Worker]] = deque()

    async def __aenter__(self) -> Self:
        """Starts nothing yet."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stops all processes."""
        await self.rest()

    async def rest(self) -> None:
        """Ends the processes that have nothing to do, with the memory that documents left them.

        For when a while goes by without documents; the next one starts a process anew.
        """
        while self._idle:
            self._running -= 1
            await self._idle.pop().stop()

    async def parse(
        self, body: bytes, *, content_type: str | None, url: str, now: datetime
    ) -> ParsedFeed:
        """The feed in `body`; see `bot.ingest.formats.document.parse`.

        Raises:
            FetchError: It is no feed, or (kind `unreadable`) it takes too much time or memory.
            BriefingError: No parser process can be started.
        """
        for _ in range(_ATTEMPTS):
            worker = await self._take()
            try:
                answer: _Answer = await worker.ask(
                    "parse", body, content_type, url, now, timeout=self._timeout
                )
            except TimeoutError as error:
                raise FetchError(_TOO_MUCH, url=url, kind="unreadable") from error
            except WorkerDiedError:
                continue
            finally:
                self._give(worker)
            if "error" in answer:
                raise FetchError(answer["error"], url=url, kind=answer["kind"])
            return unpacked(answer)
        _log.warning("parser processes were given up", extra={"feed_url": url})
        raise FetchError(_TOO_MUCH, url=url, kind="unreadable")

    async def _take(self) -> Worker:
        """An idle process, or another one when none becomes idle soon."""
        if self._idle:
            return self._idle.pop()
        while True:
            if self._running and (worker := await self._soon()) is not None:
                return worker
            if self._running < self._most:
                self._running += 1
                try:
                    return await Worker.start(__name__, quiet=True)
                except BaseException:
                    self._running -= 1
                    raise

    async def _soon(self) -> Worker | None:
        """The next process that becomes idle, first come, first served; None for want of time."""
        handed: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._waiting.append(handed)
        try:
            await asyncio.wait([handed], timeout=self._patience.total_seconds())
        except BaseException:
            if handed.done():
                self._give(handed.result())
            raise
        finally:
            if not handed.done():
                self._waiting.remove(handed)
        return handed.result() if handed.done() else None

    def _give(self, worker: Worker) -> None:
        """Hands a process to the document that waits longest, else to the idle ones."""
        if not worker.running:
            self._running -= 1
        elif self._waiting:
            self._waiting.popleft().set_result(worker)
        else:
            self._idle.append(worker)


def answer(body: bytes, content_type: str | None, url: str, now: datetime) -> _Answer:
    """The worker's side of `ParserPool.parse`: a parsed feed, or an error, as JSON values.

    Durations are in seconds, dates in ISO 8601.
    """
    try:
        parsed = parse(body, content_type=content_type, url=url, now=now)
        hints, entries = parsed.hints, [asdict(entry) for entry in parsed.entries]
        for entry in entries:
            entry["published_at"] = entry["published_at"] and entry["published_at"].isoformat()
    except FetchError as error:
        return {"error": str(error), "kind": error.kind}
    except MemoryError:
        return {"error": _TOO_MUCH, "kind": "unreadable"}
    return {
        "title": parsed.title,
        "language": parsed.language,
        "site": parsed.site,
        "hints": {
            "every": hints.every.total_seconds() if hints.every else None,
            "skip_hours": sorted(hints.skip_hours),
            "skip_days": sorted(hints.skip_days),
        },
        "whole": parsed.whole,
        "shortfalls": parsed.shortfalls,
        "entries": entries,
    }


def unpacked(values: _Answer) -> ParsedFeed:
    """The feed of an `answer`."""
    hints, entries = values["hints"], values["entries"]
    for entry in entries:
        date = entry["published_at"]
        entry["published_at"] = date and datetime.fromisoformat(date)
    every = hints["every"]
    hints = FeedHints(
        every=every and timedelta(seconds=every),
        skip_hours=frozenset(hints["skip_hours"]),
        skip_days=frozenset(hints["skip_days"]),
    )
    entries = tuple(Entry(**entry) for entry in entries)
    shortfalls = tuple(values["shortfalls"])
    return ParsedFeed(**values | {"hints": hints, "entries": entries, "shortfalls": shortfalls})


if __name__ == "__main__":
    gc.freeze()
    serve({"parse": answer}, memory_bytes=_MEMORY_BYTES)
