"""One run over the feeds that are due: fetch, parse, hand each result over.

One feed's failure is a result like any other, and the run goes on. What is not a feed's fault (the
recorder cannot store, no parser process starts) ends the run with the error.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Protocol, TypeAlias

from bot.domain.clock import Clock
from bot.domain.errors import BriefingError, FetchError
from bot.domain.feed import Feed, FeedHints
from bot.domain.item import Entry
from bot.ingest.formats.document import ParsedFeed
from bot.ingest.formats.polling_hints import Hints
from bot.ingest.formats.pool import Parser
from bot.ingest.http.response import Fetched, NotModified
from bot.ingest.http.throttle import RESTING, HostQueue
from bot.ingest.poll.decide import (
    FeedEvent,
    after_answer,
    after_failure,
    after_rest,
    of_answer,
    of_failure,
    renews,
    times_not_found,
    validators,
    wishes_of,
    wishes_still,
)
from bot.ingest.poll.outage import RETRY, UNREACHED, Held, OutageDetector

__all__ = ["Listener", "PollReport", "Recorded", "Recorder", "Source", "poll"]


# MERGED poll_report: What one run over feeds did, in numbers.


@dataclass(frozen=True, kw_only=True, slots=True)
class PollReport:
    """What one run did.

    Attributes:
        feeds: Feeds looked at.
        fetched: Those with a document that was new or changed.
        not_modified: Those without news.
        failed: Those that failed.
        left_alone: Those that were not asked, with the sentence that says why: their hosts were out
            of reach, or had asked for patience.
        items_new: Items stored for the first time.
        items_revised: Items whose text changed.
        errors: Title and sentence of each failure, in the order in which they happened.
        in_part: Title of each feed whose document was not read whole, and the sentence that says
            why; a feed may be named twice.
        notices: What admins should hear, in the order in which it was found.
    """

    feeds: int = 0
    fetched: int = 0
    not_modified: int = 0
    failed: int = 0
    items_new: int = 0
    items_revised: int = 0
    errors: tuple[tuple[str, str], ...] = ()
    left_alone: tuple[tuple[str, str], ...] = ()
    in_part: tuple[tuple[str, str], ...] = ()
    notices: tuple[FeedEvent, ...] = ()


@dataclass(slots=True)
class Tally:
    """A report in the making."""

    total: int
    fetched: int = 0
    not_modified: int = 0
    items_new: int = 0
    items_revised: int = 0
    errors: list[tuple[str, str]] = field(default_factory=list)
    left_alone: list[tuple[str, str]] = field(default_factory=list)
    in_part: list[tuple[str, str]] = field(default_factory=list)
    notices: list[FeedEvent] = field(default_factory=list)

    @property
    def done(self) -> int:
        """Feeds looked at so far."""
        return self.fetched + self.not_modified + len(self.errors) + len(self.left_alone)

    def report(self) -> PollReport:
        """What it came to."""
        return PollReport(
            feeds=self.done,
            fetched=self.fetched,
            not_modified=self.not_modified,
            failed=len(self.errors),
            items_new=self.items_new,
            items_revised=self.items_revised,
            errors=tuple(self.errors),
            left_alone=tuple(self.left_alone),
            in_part=tuple(self.in_part),
            notices=tuple(self.notices),
        )


# MERGED ports: What a run over feeds needs from others: where documents come from, where results
# go.


class Recorded(Protocol):
    """How many items a recorded document brought."""

    @property
    def new(self) -> int:
        """Items that were not there before."""
        ...

    @property
    def revised(self) -> int:
        """Items whose text has changed."""
        ...


class Recorder(Protocol):
    """Where results go; each call stores one result whole or raises."""

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
        """A document was read; `hints` is None when it asks for nothing else than the last one.

        Validators and hash are all None for one that breaks off, so that it is sent again.
        """
        ...

    async def record_not_modified(self, feed_id: int, *, at: datetime, due_at: datetime) -> None:
        """The feed answered that nothing has changed."""
        ...

    async def record_failure(
        self, feed_id: int, *, at: datetime, error: str, due_at: datetime, not_found: int
    ) -> None:
        """The feed could not be fetched or read; `not_found` 404s in a row until now."""
        ...

    async def postpone(self, feed_ids: Sequence[int], *, due_at: datetime) -> None:
        """Nothing is known of these feeds; look at them then, or later where that was planned."""
        ...


Listener = Callable[[FeedEvent], Awaitable[None]]
"""Hears of a feed's fate after the result is recorded; what it raises ends the run."""


class Source(Protocol):
    """Where documents come from: `bot.ingest.http.client.Fetcher`, or a stand-in."""

    async def fetch(self, feed: Feed) -> Fetched | NotModified:
        """See `Fetcher.fetch`."""
        ...


_log = logging.getLogger(__name__)
AT_ONCE: Final = 32
"""Feeds in hand: some are read while others are fetched, of which there are half as many."""
RECORDED_AT_ONCE: Final = 64
"""Results of feeds done with that are being recorded, beside those in hand: they wait to be stored
together."""
PER_HOST: Final = 2
_LEFT_ALONE: Final = (
    "other feeds of its host could not be reached, or did not answer in time; it was not asked, "
    "and the next poll begins with it"
)


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
    unreached: OutageDetector | None = None,
    at_once: int = AT_ONCE,
    recorded_at_once: int = RECORDED_AT_ONCE,
) -> PollReport:
    """Looks at each feed once and hands the results to `recorder`.

    Args:
        feeds: Those that are due; others are not asked for.
        source: Fetches.
        parser: Reads documents.
        recorder: Takes the results.
        clock: Now.
        chance: Gives a number from 0 to 1 for the jitter of the next look.
        progress: Called with how many of how many feeds are done, after each one.
        listener: Hears what admins should hear of a feed; see `bot.ingest.poll.decide`.
        unreached: Remembers from one run to the next who was out of reach.
        at_once: Feeds in hand at a time, which bounds the documents in memory.
        recorded_at_once: Results that are being recorded at a time, beside these.
    """
    run = _Run(
        source, parser, recorder, clock, chance, listener, unreached or OutageDetector(), feeds
    )
    run.unreached.begin(feeds)
    lanes = HostQueue(feeds, PER_HOST)
    tally = Tally(total=len(feeds))
    recording = asyncio.Semaphore(recorded_at_once)

    async def record(feed: Feed, got: Got) -> None:
        try:
            await run.record(feed, got, tally)
        finally:
            recording.release()
        if progress is not None:
            progress(tally.done, tally.total)

    async def work() -> None:
        # A worker that finds nothing may go home: what is left waits for hosts whose present
        # workers will take it.
        while (feed := lanes.take()) is not None:
            got = await run.get(feed)
            lanes.give_back(feed, unreached=is_unreached(got))
            await recording.acquire()
            workers.create_task(record(feed, got))

    try:
        async with asyncio.TaskGroup() as workers:
            for _ in range(min(at_once, len(feeds))):
                workers.create_task(work())
    except BaseExceptionGroup as group:
        raise _first_of(group) from group
    await run.end(tally, lanes.left_alone)
    tally.left_alone += [(feed.title, _LEFT_ALONE) for feed in lanes.left_alone]
    report = tally.report()
    _log.info("feeds polled", extra={
        "feeds": report.feeds, "fetched": report.fetched, "not_modified": report.not_modified,
        "failed": report.failed, "left_alone": len(report.left_alone),
        "items_new": report.items_new, "items_revised": report.items_revised,
    })  # fmt: skip
    return report


def _first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first error in a group: workers fail for the same reason, and callers know that one."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


Got: TypeAlias = tuple[Fetched, ParsedFeed] | NotModified | FetchError
"""What came of a feed."""


def is_unreached(got: Got) -> bool:
    """Whether the feed's host could not be reached, or did not answer in time."""
    return isinstance(got, FetchError) and got.kind in UNREACHED


@dataclass(slots=True)
class _Run:
    source: Source
    parser: Parser
    recorder: Recorder
    clock: Clock
    chance: Callable[[], float]
    listener: Listener | None
    unreached: OutageDetector
    feeds: Sequence[Feed]

    async def get(self, feed: Feed) -> Got:
        """Fetches and reads one feed."""
        try:
            return await self._get(feed)
        except FetchError as error:
            return error

    async def record(self, feed: Feed, got: Got, tally: Tally) -> None:
        """Records what came of one feed."""
        if isinstance(got, FetchError):
            if got.kind == RESTING:
                await self._rested(feed, got, tally)
            elif not self.unreached.holds(feed, got):
                await self._count(self.unreached.heard(feed, got), tally)
                await self._count([(feed, got)], tally)
            return
        await self._count(self.unreached.heard(feed), tally)
        if isinstance(got, NotModified):
            await self._not_modified(feed, got)
            tally.not_modified += 1
            await self._tell(tally, *of_answer(feed, moved_to=got.permanent_url))
        else:
            await self._fetched(feed, *got, tally)

    async def end(self, tally: Tally, left_alone: Sequence[Feed]) -> None:
        """Decides on what was held back because hardly anybody was reached."""
        now = self.clock()
        verdict = self.unreached.end(now=now)
        await self._count(verdict.count, tally)
        asked = {feed.id for feed in self.feeds}
        later = [(feed, error) for feed, error in verdict.later if feed.id in asked]
        due_at = now + RETRY * (1 + self.chance())
        some = [feed.id for feed, _ in later] + [f.id for f in left_alone if verdict.down]
        if some:
            await self.recorder.postpone(some, due_at=due_at)
        tally.errors += [(feed.title, str(error)) for feed, error in later]
        if verdict.news:
            _log.warning("hardly any feed could be reached, the network may be down", extra={
                "feeds": len(verdict.later), "due_at": due_at.isoformat(timespec="seconds"),
            })  # fmt: skip

    async def _count(self, failures: Sequence[Held], tally: Tally) -> None:
        asked = {feed.id for feed in self.feeds} if failures else set()
        for feed, error in failures:
            # One that was held back by an earlier run was reported by that one.
            of_run = tally if feed.id in asked else Tally(total=0)
            not_found = times_not_found(feed, error, now=self.clock())
            await self._failed(feed, error, not_found, of_run)
            await self._tell(of_run, of_failure(feed, error, not_found=not_found))

    async def _tell(self, tally: Tally, *notices: FeedEvent | None) -> None:
        for notice in notices:
            if notice is None:
                continue
            tally.notices.append(notice)
            if self.listener is not None:
                await self.listener(notice)

    async def _get(self, feed: Feed) -> tuple[Fetched, ParsedFeed] | NotModified:
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
        except BriefingError:
            raise
        except Exception as error:
            # Libraries meet hostile input here: what they raise unforeseen is this feed's failure
            # and goes to the log whole; it must not end the run for the others.
            _log.exception("a feed broke a library", extra={"feed_url": feed.url})
            message = f"something unforeseen went wrong ({type(error).__name__}); the log has more"
            raise FetchError(message, url=feed.url, kind="unforeseen") from error
        return replace(answer, body=b""), parsed  # the bytes need not wait for the ledger

    async def _fetched(self, feed: Feed, answer: Fetched, parsed: ParsedFeed, tally: Tally) -> None:
        now = self.clock()
        newest = max((e.published_at for e in parsed.entries if e.published_at), default=None)
        wishes = wishes_of(answer, parsed)
        recorded = await self.recorder.record_fetch(
            feed.id,
            parsed.entries,
            at=now,
            due_at=self._next(feed, wishes, now, newest),
            # With these kept for a document that breaks off, its rest would never be asked for.
            etag=answer.etag if parsed.whole else None,
            last_modified=answer.last_modified if parsed.whole else None,
            body_hash=answer.body_hash if parsed.whole else None,
            feed_title=parsed.title if parsed.whole else None,
            hints=wishes if parsed.whole and wishes.differs(feed.hints) else None,
        )
        tally.fetched += 1
        tally.items_new += recorded.new
        tally.items_revised += recorded.revised
        tally.in_part += [(feed.title, why) for why in parsed.shortfalls]
        notices = of_answer(
            feed, moved_to=answer.permanent_url, entries=len(parsed.entries), new=recorded.new
        )
        await self._tell(tally, *notices)

    def _next(
        self, feed: Feed, wishes: FeedHints, now: datetime, newest: datetime | None
    ) -> datetime:
        return after_answer(
            now=now,
            every=feed.every,
            chance=self.chance(),
            fresh_for=wishes.fresh_for,
            hints=Hints(
                every=wishes.every, skip_hours=wishes.skip_hours, skip_days=wishes.skip_days
            ),
            newest=newest,
            gap=wishes.gap,
            own_every=feed.own_every,
        )

    async def _not_modified(self, feed: Feed, answer: NotModified) -> None:
        now, known = self.clock(), feed.hints
        wishes = wishes_still(known, answer)
        due_at = self._next(feed, wishes, now, feed.newest_at)
        differs = wishes.differs(known)
        if feed.body_hash is None or not (differs or renews(feed, answer)):
            await self.recorder.record_not_modified(feed.id, at=now, due_at=due_at)
            return
        # New validators, without which every answer would be sent in full, or another freshness,
        # which later answers that say nothing would else go without.
        etag, last_modified = validators(feed, answer)
        await self.recorder.record_fetch(
            feed.id,
            (),
            at=now,
            due_at=due_at,
            etag=etag,
            last_modified=last_modified,
            body_hash=feed.body_hash,
            feed_title=None,
            hints=wishes if differs else None,
        )

    async def _rested(self, feed: Feed, error: FetchError, tally: Tally) -> None:
        """Nobody was asked, so nothing is held against the feed; it waits as its host asked."""
        wait = error.retry_after or feed.every
        due_at = after_rest(now=self.clock(), wait=wait, chance=self.chance())
        await self.recorder.postpone([feed.id], due_at=due_at)
        tally.left_alone.append((feed.title, str(error)))

    async def _failed(self, feed: Feed, error: FetchError, not_found: int, tally: Tally) -> None:
        now = self.clock()
        due_at = after_failure(
            now=now, every=feed.every, failures=feed.failures + 1, chance=self.chance(),
            retry_after=error.retry_after,
        )  # fmt: skip
        await self.recorder.record_failure(
            feed.id, at=now, error=str(error), due_at=due_at, not_found=not_found
        )
        tally.errors.append((feed.title, str(error)))
        _log.warning("feed failed", extra={
            "feed_url": feed.url, "kind": error.kind, "status": error.status,
            "failures": feed.failures + 1,
        })  # fmt: skip
