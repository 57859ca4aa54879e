"""One run over the feeds that are due.

    HostQueue ─ feed ─> fetch ─ Fetched ─> parse ─ ParsedFeed ─┐
                          ├──── NotModified ───────────────────┤
                          └──── FetchError ──> OutageDetector ─┴─> decide ─ FeedUpdate ─> record
                                               (holds it back)                              │
                                                         FeedEvents ─> listener  <──────────┘

One feed's failure is an outcome like any other, and the run goes on. What is no feed's fault (the
recorder cannot store, no parser process starts) ends the run with the error.
"""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from bot.domain.clock import Clock
from bot.domain.errors import BriefingError, FetchError
from bot.domain.feed import Feed, FeedEvent, FeedUpdate, Recorded, UpdateKind
from bot.domain.urls import host_of
from bot.ingest.formats.pool import Parser
from bot.ingest.http.client import PER_HOST
from bot.ingest.http.response import Fetched, NotModified
from bot.ingest.poll.decide import (
    UNREACHED,
    Failure,
    OutageDetector,
    Outcome,
    decide,
    flood,
)

_logger = logging.getLogger(__name__)
# Feeds in hand: some are parsed while others are fetched, of which there are half as many.
AT_ONCE: Final = 32
# Results that are being recorded beside those in hand: they wait to be stored together.
RECORDED_AT_ONCE: Final = 64
# Failures to reach a host, in a row, until it is left alone for the rest of a run.
GIVEN_UP_AFTER: Final = 3
# When to look again while the network is down.
RETRY: Final = timedelta(minutes=5)
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_LEFT_ALONE: Final = (
    "other feeds of its host could not be reached, or did not answer in time; it was not asked, "
    "and the next poll begins with it"
)

# Hears of an event after the update is recorded; what it raises ends the run.
Listener = Callable[[FeedEvent], Awaitable[None]]


class Source(Protocol):
    """Fetches documents: `bot.ingest.http.client.Fetcher`, or a fake."""

    async def fetch(self, feed: Feed) -> Fetched | NotModified:
        """See `Fetcher.fetch`."""
        ...


class Recorder(Protocol):
    """Stores updates: `bot.services.polling.PollRecorder`, or a fake."""

    async def record(self, update: FeedUpdate) -> Recorded:
        """Stores one update as a whole, or raises."""
        ...


@dataclass(kw_only=True, slots=True)
class PollReport:
    """What one run did.

    Attributes:
        fetched: Feeds with a document that was new or changed.
        not_modified: Feeds without news.
        items_new: Items stored for the first time.
        items_revised: Items whose text changed.
        errors: Title and sentence of each failure, in the order in which they happened.
        left_alone: Title of each feed that was not asked, and the sentence that says why: its host
            was out of reach, or throttled us.
        in_part: Title of each feed whose document was not read as a whole, and the sentence that
            says why; a feed may be named twice.
        events: What admins should hear, in the order in which it was found.
    """

    fetched: int = 0
    not_modified: int = 0
    items_new: int = 0
    items_revised: int = 0
    errors: list[tuple[str, str]] = field(default_factory=list)
    left_alone: list[tuple[str, str]] = field(default_factory=list)
    in_part: list[tuple[str, str]] = field(default_factory=list)
    events: list[FeedEvent] = field(default_factory=list)

    @property
    def feeds(self) -> int:
        """The number of feeds that are done with."""
        return self.fetched + self.not_modified + len(self.errors) + len(self.left_alone)


class HostQueue:
    """Feeds still to be polled, at most `per_host` of one host at a time.

    A slow host holds up no other. One that cannot be reached, or does not answer in time, three
    times in a row is left alone for the rest of the run: its other feeds stay due. Of each host the
    feeds that went well come first, and among equals the one whose last look is longest ago, so the
    next run begins with those.

    Attributes:
        left_alone: Feeds of hosts that could not be reached.

    >>> three = [Feed(id=n, url=f"https://example.org/{n}", title="") for n in range(3)]
    >>> hosts = HostQueue(three, 2)
    >>> first, second = hosts.take(), hosts.take()
    >>> hosts.take() is None
    True
    >>> hosts.give_back(first)
    >>> hosts.take().id
    2
    """

    def __init__(self, feeds: Sequence[Feed], per_host: int) -> None:
        self._waiting: dict[str, deque[Feed]] = {}
        for feed in sorted(feeds, key=lambda feed: (feed.failures > 0, feed.checked_at or _NEVER)):
            self._waiting.setdefault(host_of(feed.url), deque()).append(feed)
        self._taken = dict.fromkeys(self._waiting, 0)
        self._unreached = dict.fromkeys(self._waiting, 0)
        self._open = deque(self._waiting)  # hosts with a feed waiting and a turn left
        self._per_host = per_host
        self.left_alone: list[Feed] = []

    def take(self) -> Feed | None:
        """The next feed; None when none is left, or those left must wait for one given back."""
        if not self._open:
            return None
        host = self._open.popleft()
        feed = self._waiting[host].popleft()
        self._taken[host] += 1
        if self._waiting[host] and self._taken[host] < self._per_host:
            self._open.append(host)
        return feed

    def give_back(self, feed: Feed, *, unreached: bool = False) -> None:
        """Frees the turn of a feed that has been polled, or whose host could not be reached."""
        host = host_of(feed.url)
        self._unreached[host] = self._unreached[host] + 1 if unreached else 0
        if self._unreached[host] >= GIVEN_UP_AFTER:
            self.left_alone += self._waiting[host]
            self._waiting[host].clear()
            if host in self._open:
                self._open.remove(host)
        was_full = self._taken[host] == self._per_host
        self._taken[host] -= 1
        if was_full and self._waiting[host]:
            self._open.append(host)


async def poll(
    feeds: Sequence[Feed],
    source: Source,
    parser: Parser,
    recorder: Recorder,
    *,
    clock: Clock,
    chance: Callable[[], float] = random.random,
    progress: Callable[[int, int], None] | None = None,
    listener: Listener | None = None,
    outages: OutageDetector | None = None,
    at_once: int = AT_ONCE,
) -> PollReport:
    """Looks at each feed once and hands the updates to `recorder`.

    `chance` gives numbers from 0 to 1 for the jitter of the next look. `progress` is called with
    how many of how many feeds are done, after each one. `outages` remembers from one run to the
    next which hosts were out of reach. `at_once` is the number of feeds in hand at a time, which
    bounds the documents in memory.
    """
    run = _Run(source, parser, recorder, clock, chance, listener, outages or OutageDetector())
    run.outages.begin(feeds)
    run.asked = frozenset(feed.id for feed in feeds)
    queue = HostQueue(feeds, PER_HOST)
    recording = asyncio.Semaphore(RECORDED_AT_ONCE)

    async def finish(feed: Feed, outcome: Outcome) -> None:
        try:
            # With the failures that count now because of this outcome.
            if isinstance(outcome, FetchError):
                await run.record(run.outages.note(feed, outcome))
            else:
                await run.record([*run.outages.note(feed), (feed, outcome)])
        finally:
            recording.release()
        if progress is not None:
            progress(run.report.feeds, len(feeds))

    async def work() -> None:
        # A worker that finds nothing can end: what is left waits for hosts whose present workers
        # will take it.
        while (feed := queue.take()) is not None:
            outcome = await run.get(feed)
            unreached = isinstance(outcome, FetchError) and outcome.kind in UNREACHED
            queue.give_back(feed, unreached=unreached)
            await recording.acquire()
            workers.create_task(finish(feed, outcome))

    try:
        async with asyncio.TaskGroup() as workers:
            for _ in range(min(at_once, len(feeds))):
                workers.create_task(work())
        await run.end(queue.left_alone)
    except BaseExceptionGroup as group:
        raise _first_of(group) from group
    return run.report


def _first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first error in a group: workers fail for the same reason, and callers know that one."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


@dataclass(slots=True)
class _Run:
    source: Source
    parser: Parser
    recorder: Recorder
    clock: Clock
    chance: Callable[[], float]
    listener: Listener | None
    outages: OutageDetector
    asked: frozenset[int] = frozenset()
    report: PollReport = field(default_factory=PollReport)

    async def get(self, feed: Feed) -> Outcome:
        """Fetches and parses one feed."""
        try:
            answer = await self.source.fetch(feed)
            if isinstance(answer, NotModified):
                return answer
            parsed = await self.parser.parse(
                answer.body,
                content_type=answer.content_type,
                url=answer.final_url,
                now=self.clock(),
            )
        except FetchError as error:
            return error
        except BriefingError:
            raise
        except Exception as error:
            # Libraries meet hostile input here: an error of theirs that nothing foresaw is this
            # feed's failure and goes to the log as a whole; it must not end the run for the others.
            _logger.exception("a feed broke a library", extra={"feed_url": feed.url})
            message = f"something unforeseen went wrong ({type(error).__name__}); the log has more"
            return FetchError(message, url=feed.url, kind="unforeseen")
        return replace(answer, body=b""), parsed  # the bytes need not wait for the ledger

    async def end(self, left_alone: Sequence[Feed]) -> None:
        """Decides on what was held back because hardly any host was reached."""
        now = self.clock()
        verdict = self.outages.end(now=now)
        await self.record(verdict.count)
        later: list[Failure] = [held for held in verdict.later if held[0].id in self.asked]
        due_at = now + RETRY * (1 + self.chance())
        postponed = [*(feed for feed, _ in later), *(left_alone if verdict.down else ())]
        async with asyncio.TaskGroup() as group:
            for feed in postponed:
                update = FeedUpdate(
                    feed_id=feed.id, kind=UpdateKind.POSTPONED, at=now, due_at=due_at
                )
                group.create_task(self.recorder.record(update))  # together, in one transaction
        report = self.report
        report.errors += [(feed.title, str(error)) for feed, error in later]
        report.left_alone += [(feed.title, _LEFT_ALONE) for feed in left_alone]
        if verdict.news:
            _logger.warning("hardly any feed could be reached, the network may be down", extra={
                "feeds": len(verdict.later), "due_at": due_at.isoformat(timespec="seconds"),
            })  # fmt: skip
        _logger.info("feeds polled", extra={
            "feeds": report.feeds, "fetched": report.fetched, "not_modified": report.not_modified,
            "failed": len(report.errors), "left_alone": len(report.left_alone),
            "items_new": report.items_new, "items_revised": report.items_revised,
        })  # fmt: skip

    async def record(self, outcomes: Iterable[tuple[Feed, Outcome]]) -> None:
        """Decides, stores, counts, and lets the listener hear."""
        report = self.report
        for feed, outcome in outcomes:
            update = decide(feed, outcome, now=self.clock(), chance=self.chance())
            recorded = await self.recorder.record(update)
            events = (*update.events, *flood(feed, update, recorded))
            # A failure that an earlier run held back is in the report of that one.
            if feed.id in self.asked:
                report.events += events
                match update.kind:
                    case UpdateKind.READ:
                        report.fetched += 1
                        report.items_new += recorded.new
                        report.items_revised += recorded.revised
                        report.in_part += [(feed.title, why) for why in update.shortfalls]
                    case UpdateKind.NOT_MODIFIED:
                        report.not_modified += 1
                    case UpdateKind.FAILED:
                        report.errors.append((feed.title, update.error or ""))
                    case UpdateKind.POSTPONED:
                        report.left_alone.append((feed.title, update.error or ""))
            if isinstance(outcome, FetchError) and update.kind is UpdateKind.FAILED:
                _logger.warning("feed failed", extra={
                    "feed_url": feed.url, "kind": outcome.kind, "status": outcome.status,
                    "failures": feed.failures + 1,
                })  # fmt: skip
            if self.listener is not None:
                for event in events:
                    await self.listener(event)
