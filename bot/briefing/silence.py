"""How long a commitment has been without evidence: itself a finding.

A commitment that usually brings a story a day is quiet after a week; one that brings a story a
month is not. So the gap is held against the commitment's own rhythm:

    rhythm  = median gap, in days, between the distinct days (UTC) with a story in the last 365
    allowed = max(7 days, 2 x rhythm), but no more than 90 days;
              30 days when fewer than 4 such days are known (a median of 2 gaps says nothing);
              7 days within 30 days of the due date, before or after: then silence matters sooner
    quiet   = the gap from the newest evidence until now is longer than `allowed`

A worked example. Stories on 1, 3, 8 and 10 June: the gaps are 2, 5 and 2 days, their median 2, so
the rhythm is 2 days and 7 days are allowed. On 17 June at the hour of the newest story the gap is 7
days: not quiet. A minute later it is.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median

from bot.briefing.parts import Silence

LOOK_BACK = timedelta(days=365)
SHORTEST_ALLOWED = timedelta(days=7)
LONGEST_ALLOWED = timedelta(days=90)
ALLOWED_WITHOUT_RHYTHM = timedelta(days=30)
NEAR_DUE = timedelta(days=30)
DAYS_FOR_A_RHYTHM = 4
_RHYTHMS_ALLOWED = 2


def rhythm_of(days: Collection[date]) -> timedelta | None:
    """The median gap between distinct days; None when there are fewer than 4 of them.

    >>> rhythm_of([date(2018, 6, n) for n in (1, 3, 8, 10)]).days
    2
    """
    distinct = sorted(set(days))
    if len(distinct) < DAYS_FOR_A_RHYTHM:
        return None
    return timedelta(days=median((later - earlier).days for earlier, later in pairwise(distinct)))


def silence_of(
    moments: Collection[datetime],
    *,
    now: datetime,
    due: date | None = None,
    last: datetime | None = None,
) -> Silence:
    """The silence of one commitment.

    Args:
        moments: When its stories were published, in any order; those older than a year before
            `now` do not count for the rhythm.
        now: The moment to measure from; a later `moment` counts as now.
        due: The commitment's due date; None without.
        last: The newest evidence where it is known to be older than all that `moments` holds.
    """
    recent = [moment for moment in moments if moment > now - LOOK_BACK]
    rhythm = rhythm_of({moment.date() for moment in recent})
    allowed = _allowed(rhythm, now=now, due=due)
    newest = max([*moments, *([last] if last else [])], default=None)
    if newest is None:
        return Silence(last=None, gap=None, rhythm=None, allowed=allowed, quiet=False)
    gap = max(timedelta(0), now - newest)
    return Silence(last=newest, gap=gap, rhythm=rhythm, allowed=allowed, quiet=gap > allowed)


def _allowed(rhythm: timedelta | None, *, now: datetime, due: date | None) -> timedelta:
    """How long a gap may be before it counts as silence."""
    if due is not None and abs(due - now.date()) <= NEAR_DUE:
        return SHORTEST_ALLOWED
    if rhythm is None:
        return ALLOWED_WITHOUT_RHYTHM
    return min(max(SHORTEST_ALLOWED, _RHYTHMS_ALLOWED * rhythm), LONGEST_ALLOWED)
