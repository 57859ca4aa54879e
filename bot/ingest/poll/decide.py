"""When to look at a feed again: pure rules.

After an answer the wait is the longest of what the admin asked for, how long the server says its
answer stays fresh, what the document wishes, a 24th of the usual gap between its entries, and a
24th of the time since its newest item. Server and document can stretch it to a day at most, the
gap to four hours (what comes every four days or less may be found so late), and silence to two,
because its end is news. Gap and silence never stretch an interval that is set for the feed alone.

    usual gap    looked at every, when the list's interval is 30 minutes
    1 hour       30 minutes
    1 day        1 hour
    3 days       3 hours
    1 week       4 hours

Hours and days that the document asks to skip are skipped, but for nonsense that would
skip a whole week.

After the n-th failure in a row the wait is the admin's interval times 2^(n-1), up to a day, or what
Retry-After asks for when that is longer. Up to a tenth is added by chance, so that feeds that were
asked together do not stay together.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.errors import FetchError
from bot.domain.feed import Feed, FeedHints
from bot.domain.rhythm import rhythm_of
from bot.ingest.formats.document import ParsedFeed
from bot.ingest.formats.polling_hints import Hints
from bot.ingest.http.response import Fetched, NotModified

# MERGED wishes: What is kept of an answer for the next look at its feed: pure rules.
#
# A 304 changes what it names and leaves the rest as it was (RFC 9111, 3.2). The same bytes sent
# again
# are the server's whole word on them, so what comes without them holds no more.


def wishes_of(answer: Fetched, parsed: ParsedFeed) -> FeedHints:
    """What the answer and its document ask for, and how often the feed publishes."""
    rhythm = rhythm_of(entry.published_at for entry in parsed.entries if entry.published_at)
    return FeedHints(
        every=parsed.hints.every,
        skip_hours=parsed.hints.skip_hours,
        skip_days=parsed.hints.skip_days,
        fresh_for=answer.fresh_for,
        gap=rhythm.gap if rhythm else None,
    )


def wishes_still(known: FeedHints, answer: NotModified) -> FeedHints:
    """What holds after an answer without news."""
    if answer.fresh_for is None and not answer.sent:
        return known
    return replace(known, fresh_for=answer.fresh_for)


def renews(feed: Feed, answer: NotModified) -> bool:
    """Whether the answer brings validators that differ from those stored."""
    return (answer.etag is not None and answer.etag != feed.etag) or (
        answer.last_modified is not None and answer.last_modified != feed.last_modified
    )


def validators(feed: Feed, answer: NotModified) -> tuple[str | None, str | None]:
    """ETag and Last-Modified from now on."""
    if answer.sent:
        return answer.etag, answer.last_modified
    return answer.etag or feed.etag, answer.last_modified or feed.last_modified


# MERGED notices: What an admin should hear of a feed, decided from one result; pure rules.
#
# A notice is said when something changes, not at every look: at the third failure in a row, at
# the
# first success after that, when the feed is gone, when it has moved for good, and when a known
# feed
# is suddenly full of items that were never seen.


FAILURES_TO_WARN: Final = 3
NOT_FOUND_TO_PAUSE: Final = 5
NOT_FOUND_APART: Final = timedelta(minutes=10)
"""404s closer to the look before say nothing new: somebody polls by hand, or a site is mended."""
FLOOD_AT_LEAST: Final = 20
_GONE: Final = 410
_NOT_FOUND: Final = 404


class FeedEventKind(StrEnum):
    """What has happened to a feed."""

    FAILING = "failing"
    """It failed for the third time in a row."""
    RECOVERED = "recovered"
    """It answers again after at least three failures."""
    GONE = "gone"
    """410, or 404 for at least the fifth time in a row, ten minutes apart: it should be paused."""
    MOVED = "moved"
    """It has moved for good to `url`, where a feed was read. When this comes a second time for
    the same url, the list should be changed."""
    FLOOD = "flood"
    """More than half of a known feed's document, and at least 20 items, are new at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedEvent:
    """Something that an admin should hear.

    Attributes:
        feed: As it was before the result.
        kind: What has happened.
        text: A sentence for the admin, without the feed's title.
        url: Where the feed lives now, for `MOVED`; None otherwise.
    """

    feed: Feed
    kind: FeedEventKind
    text: str
    url: str | None = None


def times_not_found(feed: Feed, error: FetchError, *, now: datetime) -> int:
    """How many looks in a row found a 404, this one included when it is far enough from the last.

    Args:
        feed: As it was before.
        error: What this look came to.
        now: When it was.
    """
    if error.status != _NOT_FOUND:
        return 0
    looked = feed.checked_at
    again = feed.not_found > 0 and looked is not None and now - looked < NOT_FOUND_APART
    return feed.not_found if again else feed.not_found + 1


def of_failure(feed: Feed, error: FetchError, *, not_found: int = 0) -> FeedEvent | None:
    """What to say of a failure; None for nothing.

    Args:
        feed: As it was before.
        error: What this look came to.
        not_found: See `times_not_found`.
    """
    failures = feed.failures + 1
    if error.status == _GONE or not_found >= NOT_FOUND_TO_PAUSE:
        return FeedEvent(feed=feed, kind=FeedEventKind.GONE, text=str(error))
    if failures == FAILURES_TO_WARN:
        text = f"it failed {failures} times in a row: {error}"
        return FeedEvent(feed=feed, kind=FeedEventKind.FAILING, text=text)
    return None


def of_answer(
    feed: Feed, *, moved_to: str | None, entries: int = 0, new: int = 0
) -> tuple[FeedEvent, ...]:
    """What to say of a good answer, in the order in which to say it.

    Args:
        feed: As it was before.
        moved_to: Where it lives now when every redirect was permanent; None otherwise.
        entries: How many entries the document held; 0 when it was not sent again.
        new: How many of them were never seen.
    """
    notices = []
    if feed.failures >= FAILURES_TO_WARN:
        text = f"it answers again after {feed.failures} failures"
        notices.append(FeedEvent(feed=feed, kind=FeedEventKind.RECOVERED, text=text))
    if moved_to is not None and moved_to != feed.url:
        text = f"it has moved for good to {moved_to}"
        notices.append(FeedEvent(feed=feed, kind=FeedEventKind.MOVED, text=text, url=moved_to))
    known = feed.succeeded_at is not None
    if known and new >= FLOOD_AT_LEAST and 2 * new > entries:
        text = (
            f"{new} of its {entries} items are new at once; of these, what is older than three "
            "days is not told as news"
        )
        notices.append(FeedEvent(feed=feed, kind=FeedEventKind.FLOOD, text=text))
    return tuple(notices)


LONGEST_STRETCH: Final = timedelta(days=1)
LONGEST_FOR_QUIET: Final = timedelta(hours=2)
LONGEST_FOR_RHYTHM: Final = timedelta(hours=4)
JITTER: Final = 0.1
_PART: Final = 24
_WEEK_HOURS: Final = 7 * 24
_AFTER_SKIPPED: Final = timedelta(minutes=30)
_MAX_DOUBLINGS: Final = 16
_NO_HINTS: Final = Hints()


def after_answer(
    *,
    now: datetime,
    every: timedelta,
    chance: float,
    fresh_for: timedelta | None = None,
    hints: Hints = _NO_HINTS,
    newest: datetime | None = None,
    gap: timedelta | None = None,
    own_every: timedelta | None = None,
) -> datetime:
    """When to look again after a good answer.

    Args:
        now: The moment of the answer.
        every: The admin's interval.
        chance: A random number from 0 to 1, for the jitter.
        fresh_for: What the server said (`Answer.fresh_for`).
        hints: What the document said.
        newest: Date of the feed's newest item; None when none has a date.
        gap: The usual time between its entries; None when that is not known.
        own_every: The interval that is set for this feed alone; None where it has the list's.
    """
    wishes = [min(wish, LONGEST_STRETCH) for wish in (fresh_for, hints.every) if wish]
    leisure = _leisure(now - newest if newest else timedelta(0), gap or timedelta(0))
    wait = max([every, *wishes, leisure if own_every is None else min(leisure, own_every)])
    return _awake(now + wait * (1 + JITTER * chance), hints, chance)


def _leisure(silence: timedelta, gap: timedelta) -> timedelta:
    """How long a feed may be let be, by how it publishes."""
    return max(min(silence / _PART, LONGEST_FOR_QUIET), min(gap / _PART, LONGEST_FOR_RHYTHM))


def after_failure(
    *,
    now: datetime,
    every: timedelta,
    failures: int,
    chance: float,
    retry_after: timedelta | None = None,
) -> datetime:
    """When to look again after a failure; `failures` counts this one too, so it is at least 1.

    With an interval of 30 minutes: 30m, 1h, 2h, 4h, 8h, 16h, 24h, 24h, ...
    """
    doublings = min(failures - 1, _MAX_DOUBLINGS)
    longest = max(every, LONGEST_STRETCH)
    wait = max(min(every * (1 << doublings), longest), retry_after or timedelta(0))
    return now + wait * (1 + JITTER * chance)


def after_rest(*, now: datetime, wait: timedelta, chance: float) -> datetime:
    """When to look at a feed that was not asked, because its host is to be left alone for `wait`.

    Up to a tenth later, and half an hour at most, by chance: else all would come at its end.
    """
    return now + wait + min(wait * JITTER, _AFTER_SKIPPED) * chance


def _awake(moment: datetime, hints: Hints, chance: float) -> datetime:
    """The first moment from `moment` on that the document does not ask to skip.

    In the first half of an hour, by chance: all that skip the night must not come at its end.
    """
    hour = moment.replace(minute=0, second=0, microsecond=0)
    for _ in range(_WEEK_HOURS):
        if not hints.skips(hour):
            break
        hour += timedelta(hours=1)
    else:
        return moment
    return max(moment, hour + _AFTER_SKIPPED * chance) if hour > moment else moment
