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

from datetime import datetime, timedelta
from typing import Final

from bot.ingest.hints import Hints

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
