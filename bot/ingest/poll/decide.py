"""What one look at a feed changes, and what one run says of our own network; pure rules.

`decide` gives the former as a `FeedUpdate`, `OutageDetector` the latter, with its memory.

After a response the wait is the longest of the feed's interval, the polling hints of server and
document, a 24th of the usual gap between the feed's entries, and a 24th of the time since its
newest item. Hints lengthen it to a day at most, the gap to four hours (what comes every four days
or less may be found that late), and silence to two, because its end is news. Gap and silence never
lengthen an interval that is set for the feed alone.

    usual gap    polled every, when the list's interval is 30 minutes
    1 hour       30 minutes
    1 day        1 hour
    3 days       3 hours
    1 week       4 hours

Hours and days that the document asks to skip are skipped, unless they make up a whole week.

After failures the wait is the `backoff`, and a throttled host is polled when it allows. Up to a
tenth is added by chance, so that feeds polled together do not stay together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from bot.domain.errors import FetchError
from bot.domain.feed import (
    LONGEST_WAIT,
    Feed,
    FeedEvent,
    FeedHints,
    FeedNoteKind,
    FeedUpdate,
    Recorded,
    UpdateKind,
    Validators,
)
from bot.domain.rhythm import rhythm_of
from bot.domain.urls import host_of
from bot.ingest.formats.document import ParsedFeed
from bot.ingest.http.errors import THROTTLED
from bot.ingest.http.response import Answer, Fetched, NotModified

Outcome: TypeAlias = tuple[Fetched, ParsedFeed] | NotModified | FetchError
Failure: TypeAlias = tuple[Feed, FetchError]

JITTER: Final = 0.1
LONGEST_FOR_QUIET: Final = timedelta(hours=2)
LONGEST_FOR_RHYTHM: Final = timedelta(hours=4)
# 404s in a row until a feed is paused: of one that never was well, in some hours; of one that was,
# in almost a month of ever rarer looks, since sites are rebuilt and come back.
NOT_FOUND_TO_PAUSE: Final = 5
NOT_FOUND_ONCE_WELL: Final = 30
# 404s closer together say nothing new: an admin polls by hand, or a site is being repaired.
NOT_FOUND_APART: Final = timedelta(minutes=10)
FLOOD_AT_LEAST: Final = 20
_PART: Final = 24
_WEEK_HOURS: Final = 7 * 24
# All that are due at one moment, after skipped hours or a throttled host, come within this time.
_SPREAD: Final = timedelta(minutes=30)
# Beyond a day from any interval of a list; without an end a long row would overflow a timedelta.
_MAX_DOUBLINGS: Final = 16
_GONE: Final = 410
_NOT_FOUND: Final = 404
# Kinds of failures in which no server has said anything, and in which none was asked.
UNREACHED: Final = frozenset({"dns", "timeout", "refused"})
_UNASKED: Final = frozenset({"blocked", "scheme", THROTTLED, "unforeseen"})
SILENT_HOSTS: Final = 5
LONGEST_OUTAGE: Final = timedelta(days=1)
_TENTH: Final = 10


def decide(feed: Feed, outcome: Outcome, *, now: datetime, chance: float) -> FeedUpdate:
    """The update for one look, at `now`, at a feed that is as it was before.

    `chance` is a random number from 0 to 1, for the jitter.
    """
    if isinstance(outcome, NotModified):
        return _after_not_modified(feed, outcome, now, chance)
    if not isinstance(outcome, FetchError):
        return _after_document(feed, *outcome, now, chance)
    if outcome.kind == THROTTLED:
        wait = outcome.retry_after or feed.every
        due_at = now + wait + min(wait * JITTER, _SPREAD) * chance
        return FeedUpdate(
            feed_id=feed.id, kind=UpdateKind.POSTPONED, at=now, due_at=due_at, error=str(outcome)
        )
    return _after_failure(feed, outcome, now, chance)


def _after_document(
    feed: Feed, answer: Fetched, parsed: ParsedFeed, now: datetime, chance: float
) -> FeedUpdate:
    dates = [entry.published_at for entry in parsed.entries if entry.published_at]
    rhythm = rhythm_of(dates)
    hints = replace(parsed.hints, fresh_for=answer.fresh_for, gap=rhythm.gap if rhythm else None)
    known = Validators(
        etag=answer.etag, last_modified=answer.last_modified, body_hash=answer.body_hash
    )
    newest = max(dates, default=None)
    return FeedUpdate(
        feed_id=feed.id,
        kind=UpdateKind.READ,
        at=now,
        due_at=due_after_answer(feed, hints, newest=newest, now=now, chance=chance),
        entries=parsed.entries,
        # With these kept for a document that breaks off, its rest would never be asked for.
        validators=known if parsed.whole else Validators(),
        title=parsed.title if parsed.whole else None,
        hints=hints if parsed.whole and hints_differ(hints, feed.hints) else None,
        shortfalls=parsed.shortfalls,
        events=_moved(feed, answer),
    )


def _after_not_modified(
    feed: Feed, answer: NotModified, now: datetime, chance: float
) -> FeedUpdate:
    """A 304 changes what it names and leaves the rest as it was (RFC 9111, 3.2).

    The same bytes sent again are the server's whole word on them, so what comes without them holds
    no more.
    """
    hints = feed.hints
    if answer.fresh_for is not None or answer.sent:
        hints = replace(hints, fresh_for=answer.fresh_for)
    differs = hints_differ(hints, feed.hints)
    etag, last_modified = answer.etag or feed.etag, answer.last_modified or feed.last_modified
    renewed = (etag, last_modified) != (feed.etag, feed.last_modified)
    validators = None
    if feed.body_hash is not None and (renewed or differs):
        # New validators, without which every document would be sent in full, or another freshness,
        # which later responses that say nothing would go without.
        if answer.sent:
            etag, last_modified = answer.etag, answer.last_modified
        validators = Validators(etag=etag, last_modified=last_modified, body_hash=feed.body_hash)
    return FeedUpdate(
        feed_id=feed.id,
        kind=UpdateKind.NOT_MODIFIED,
        at=now,
        due_at=due_after_answer(feed, hints, newest=feed.newest_at, now=now, chance=chance),
        validators=validators,
        hints=hints if validators and differs else None,
        events=_moved(feed, answer),
    )


def hints_differ(hints: FeedHints, known: FeedHints) -> bool:
    """Whether hints are worth storing in place of those that are known.

    A freshness that only counts down, as a cache in between makes it, is not, nor is a gap that
    changes with each entry: each answer would be a write.
    """
    if replace(hints, fresh_for=None, gap=None) != replace(known, fresh_for=None, gap=None):
        return True
    for one, other in ((hints.fresh_for, known.fresh_for), (hints.gap, known.gap)):
        shorter, longer = sorted((one or timedelta(0), other or timedelta(0)))
        if longer > 2 * shorter:
            return True
    return False


def _after_failure(feed: Feed, error: FetchError, now: datetime, chance: float) -> FeedUpdate:
    wait = backoff(every=feed.every, failures=feed.failures + 1, retry_after=error.retry_after)
    not_found = times_not_found(feed, error, now=now)
    patience = NOT_FOUND_TO_PAUSE if feed.succeeded_at is None else NOT_FOUND_ONCE_WELL
    gone = error.status == _GONE or not_found >= patience
    event = FeedEvent(feed=feed, kind=FeedNoteKind.GONE, text=str(error))
    return FeedUpdate(
        feed_id=feed.id,
        kind=UpdateKind.FAILED,
        at=now,
        due_at=now + wait * (1 + JITTER * chance),
        error=str(error),
        not_found=not_found,
        events=(event,) if gone else (),
    )


def backoff(*, every: timedelta, failures: int, retry_after: timedelta | None = None) -> timedelta:
    """The wait after failures in a row: the interval, doubled by each further one, up to a day.

    With an interval of 30 minutes: 30m, 1h, 2h, 4h, 8h, 16h, 24h, 24h, ... `failures` counts this
    one too, so it is at least 1. What the server asks for (`retry_after`) wins when it is longer.
    """
    doubled = every * (1 << min(failures - 1, _MAX_DOUBLINGS))
    return max(min(doubled, max(every, LONGEST_WAIT)), retry_after or timedelta(0))


def due_after_answer(
    feed: Feed, hints: FeedHints, *, newest: datetime | None, now: datetime, chance: float
) -> datetime:
    """The next look after a good response, by the rules at the top of this module.

    `hints` are those that hold from now on; `newest` is the date of the feed's newest item, None
    when none has a date; `chance` is a random number from 0 to 1, for the jitter.
    """
    hinted = [min(hint, LONGEST_WAIT) for hint in (hints.fresh_for, hints.every) if hint]
    silence, gap = now - newest if newest else timedelta(0), hints.gap or timedelta(0)
    by_rhythm = max(min(silence / _PART, LONGEST_FOR_QUIET), min(gap / _PART, LONGEST_FOR_RHYTHM))
    if feed.own_every is not None:
        by_rhythm = min(by_rhythm, feed.own_every)
    wait = max([feed.every, *hinted, by_rhythm])
    due_at = now + wait * (1 + JITTER * chance)
    skips = hints.skip_hours or hints.skip_days
    return _skipping(due_at, hints, chance) if skips else due_at


def _skipping(moment: datetime, hints: FeedHints, chance: float) -> datetime:
    """The first moment from `moment` on that the document does not ask to skip."""
    hour = moment.replace(minute=0, second=0, microsecond=0)
    for _ in range(_WEEK_HOURS):
        if not hints.skips(hour):
            break
        hour += timedelta(hours=1)
    else:
        return moment
    return max(moment, hour + _SPREAD * chance) if hour > moment else moment


def times_not_found(feed: Feed, error: FetchError, *, now: datetime) -> int:
    """The number of looks in a row that found a 404, those in haste counted as one."""
    if error.status != _NOT_FOUND:
        return 0
    looked = feed.checked_at
    again = feed.not_found > 0 and looked is not None and now - looked < NOT_FOUND_APART
    return feed.not_found if again else feed.not_found + 1


def _moved(feed: Feed, answer: Answer) -> tuple[FeedEvent, ...]:
    """The event of a permanent move to where the feed was read; none without a move.

    When it comes a second time for the same address, the list should be changed.
    """
    to = answer.permanent_url
    if to is None or to == feed.url:
        return ()
    text = f"it has moved permanently to {to}"
    return (FeedEvent(feed=feed, kind=FeedNoteKind.MOVED, text=text, url=to),)


def flood(feed: Feed, update: FeedUpdate, recorded: Recorded) -> tuple[FeedEvent, ...]:
    """The events of a known feed whose document is mostly new, or not all news; mostly none.

    They are decided after recording, because only the ledger knows which items are new.
    """
    new, entries, untold = recorded.new, len(update.entries), recorded.untold
    texts = {}
    if new >= FLOOD_AT_LEAST and 2 * new > entries:
        texts[FeedNoteKind.FLOOD] = f"{new} of its {entries} items are new at once"
    if untold:
        texts[FeedNoteKind.LATE] = (
            f"{untold} of its {new} new items are older than three days, or without a date, and "
            "more than it usually brings; they are not reported as news, but stored, matched and "
            "found by search"
        )
    if feed.succeeded_at is None:
        return ()
    return tuple(FeedEvent(feed=feed, kind=kind, text=text) for kind, text in texts.items())


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What is to be done at the end of a run with the failures that were held back.

    Attributes:
        count: Failures like any others.
        later: Feeds to be tried again soon, with nothing counted against them.
        down: The network is down.
        news: It was not down before.
    """

    count: Sequence[Failure] = ()
    later: Sequence[Failure] = ()
    down: bool = False
    news: bool = False


class OutageDetector:
    """Holds back failures to reach a host until it is known whose fault they are.

    When nearly no host can be reached, it is hardly the fault of all of them:

    * When more than a tenth of the hosts of a run have answered, the network is well: what is held
      back counts like any other failure.
    * When at least five hosts, and nine tenths of those asked, could not be reached, and one of
      their feeds was read within the last day, the network is down: nothing counts, and all are
      tried again in a few minutes. It stays down until hosts answer, however few feeds a run has.
    * When a run was too small to decide, its failures are kept for the next ones, which come a few
      feeds at a time; a feed that was out of reach at two looks in a row counts in any case.

    After a day without any response failures count, whatever their cause, so that admins hear of
    it. What is held back is in the process alone: when it dies, its feeds are due as they were.
    """

    def __init__(self) -> None:
        self._held: dict[int, Failure] = {}
        self._again: frozenset[int] = frozenset()  # held back before, and asked again
        self._answered: set[str] = set()
        self._hosts = 0
        self._well = False
        self._down = False

    def begin(self, feeds: Iterable[Feed]) -> None:
        """Starts a run over these feeds."""
        asked = {feed.id: feed for feed in feeds}
        self._again = frozenset(asked.keys() & self._held.keys())
        self._held = {n: held for n, held in self._held.items() if n not in self._again}
        earlier = [feed for feed, _ in self._held.values()]
        self._hosts = len({host_of(feed.url) for feed in (*asked.values(), *earlier)})
        self._answered, self._well = set(), False

    def note(self, feed: Feed, error: FetchError | None = None) -> Sequence[Failure]:
        """Takes in what one look came to, and gives the failures that count now."""
        silent = error is not None and error.kind in UNREACHED
        own = () if error is None else ((feed, error),)
        if error is not None and silent and not self._well:
            self._held[feed.id] = (feed, error)
            return ()
        if silent or (error is not None and error.kind in _UNASKED):
            return own
        self._answered.add(host_of(feed.url))
        self._well = self._well or len(self._answered) * _TENTH > self._hosts
        if not self._well:
            return own
        self._down = False
        return (*self._release(), *own)

    def end(self, *, now: datetime) -> Verdict:
        """Decides on what is held back at the end of the run."""
        held = list(self._held.values())
        read = [feed.succeeded_at for feed, _ in held if feed.succeeded_at is not None]
        if not read or now - max(read) >= LONGEST_OUTAGE:
            return Verdict(count=self._release())
        silent = {host_of(feed.url) for feed, _ in held} - self._answered
        if (self._down and not self._answered) or (
            len(silent) >= SILENT_HOSTS and len(self._answered) * (_TENTH - 1) <= len(silent)
        ):
            news, self._down = not self._down, True
            return Verdict(later=self._release(), down=True, news=news)
        if self._answered:
            return Verdict(count=self._release())
        count = [self._held.pop(n) for n in self._again & self._held.keys()]
        return Verdict(count=count, later=list(self._held.values()))

    def _release(self) -> Sequence[Failure]:
        held, self._held = list(self._held.values()), {}
        return held
