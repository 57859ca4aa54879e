"""How often a feed publishes, and when its silence is longer than that explains: pure rules.

The rhythm is the median gap between the moments at which its last items were published, held
between five minutes and 30 days. Items of one moment count once, so a feed that publishes in
bundles has the rhythm of its bundles. The median, because one long holiday must not change it.

A feed is silent when nothing has come for longer than the greatest of

* a week (most offices rest for days, and some for the days between two holidays),
* five times its rhythm,
* one and a half times the longest gap among its last items (a parliament rests all summer),

and in any case after 180 days. With fewer than five moments the rhythm is not known, and the feed
is silent after 60 days.

    rhythm    longest gap    silent after
    1 hour    60 hours       7 days
    1 day     4 days         7 days
    1 week    2 weeks        5 weeks
    2 weeks   10 weeks       15 weeks
    30 days   30 days        150 days
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

MOMENTS: Final = 15  # the newest ones count
FEWEST_MOMENTS: Final = 5
SHORTEST: Final = timedelta(minutes=5)
LONGEST: Final = timedelta(days=30)
TIMES: Final = 5
TIMES_LONGEST_GAP: Final = 1.5
SILENT_AT_LEAST: Final = timedelta(days=7)
SILENT_AT_MOST: Final = timedelta(days=180)
SILENT_WITHOUT_RHYTHM: Final = timedelta(days=60)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rhythm:
    """The usual and the longest time between moments at which a feed published."""

    gap: timedelta
    longest: timedelta

    @property
    def silent_after(self) -> timedelta:
        """For how long nothing may come before the feed is called silent."""
        most = max(SILENT_AT_LEAST, TIMES * self.gap, TIMES_LONGEST_GAP * self.longest)
        return min(most, SILENT_AT_MOST)


def rhythm_of(moments: Iterable[datetime]) -> Rhythm | None:
    """The rhythm of a feed whose newest items were published at `moments`, in any order.

    None when there are too few different ones to tell.

    >>> from datetime import UTC
    >>> days = [datetime(2030, 5, day, tzinfo=UTC) for day in (1, 2, 3, 4, 5, 9)]
    >>> rhythm_of(days)
    Rhythm(gap=datetime.timedelta(days=1), longest=datetime.timedelta(days=4))
    """
    newest = sorted(set(moments))[-MOMENTS:]
    if len(newest) < FEWEST_MOMENTS:
        return None
    gaps = sorted(later - earlier for earlier, later in pairwise(newest))
    gap = min(max((gaps[(len(gaps) - 1) // 2] + gaps[len(gaps) // 2]) / 2, SHORTEST), LONGEST)
    return Rhythm(gap=gap, longest=max(gap, gaps[-1]))


def is_silent(rhythm: Rhythm | None, *, newest: datetime, now: datetime) -> bool:
    """Whether a feed whose newest item is from `newest` is silent for longer than is usual."""
    patience = SILENT_WITHOUT_RHYTHM if rhythm is None else rhythm.silent_after
    return now - newest > patience
