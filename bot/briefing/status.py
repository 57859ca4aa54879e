"""Where commitments stand: balance, momentum and silence, counted from stories, never judged.

`balance` counts stories, each once however many outlets report it; those whose direction is unsure
are counted as unsure. `momentum` lets newer stories count for more and fades with time, with a
half-life of 30 days:

    weight(story) = 0.5 ^ (days since the story broke / 30)
    momentum      = (weights of progress - weights of setback) / (weights of both + 1)

so it lies between -1 and +1, and comes back to 0 when nothing more is heard. Neutral and unsure
stories do not count. With fewer than 4 others there is no momentum: None, which is not the same as
0. An example: two reports of progress today (weight 1 each), a setback 30 days ago (0.5) and
another 60 days ago (0.25) give (2 - 0.75) / 3.75 = +0.33, and a month later (1 - 0.375) / 2.375 =
+0.26.

Silence is itself a finding. A commitment that usually brings a story a day is quiet after a week;
one that brings a story a month is not. So the gap is held against the commitment's own rhythm:

    rhythm  = median gap, in days, between the distinct days (UTC) with a story in the last 365
    allowed = max(7 days, 2 x rhythm), but no more than 90 days;
              30 days when fewer than 4 such days are known (a median of 2 gaps says nothing);
              7 days within 30 days of the due date, before or after: then silence matters sooner
    quiet   = the gap from the newest evidence until now is longer than `allowed`

An example: stories on 1, 3, 8 and 10 June have gaps of 2, 5 and 2 days, so the rhythm is 2 days
and 7 days are allowed. On 17 June at the hour of the newest story the gap is 7 days: not quiet. A
minute later it is.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import fsum
from statistics import median

from bot.briefing.parts import Balance, EmptyReason, Quality, Quiet, Silence, Story, Topic
from bot.domain.evidence import SURE_DIRECTION, Direction
from bot.domain.feed import Feed
from bot.ledger import Judged

HALF_LIFE = timedelta(days=30)
# Fewer stories have no momentum.
FEWEST = 4
LOOK_BACK = timedelta(days=365)
SHORTEST_ALLOWED = timedelta(days=7)
LONGEST_ALLOWED = timedelta(days=90)
ALLOWED_WITHOUT_RHYTHM = timedelta(days=30)
NEAR_DUE = timedelta(days=30)
DAYS_FOR_A_RHYTHM = 4
_RHYTHMS_ALLOWED = 2
_SIGN = {Direction.PROGRESS: 1.0, Direction.SETBACK: -1.0}


def balance(stories: Iterable[Story], *, now: datetime, days: int) -> Balance:
    """The stories that broke in the last `days` days, by direction."""
    since = now - timedelta(days=days)
    found = [story.direction for story in stories if story.published_at > since]
    return Balance(
        days=days,
        progress=found.count(Direction.PROGRESS),
        setback=found.count(Direction.SETBACK),
        neutral=found.count(Direction.NEUTRAL),
        unsure=found.count(None),
    )


def momentum(stories: Iterable[Story], *, now: datetime) -> float | None:
    """The weighted balance, -1 to +1; None with fewer than 4 stories that surely point anywhere."""
    pointing = [
        (_SIGN[story.direction], 0.5 ** (max(timedelta(0), now - story.published_at) / HALF_LIFE))
        for story in stories
        if story.direction in _SIGN
    ]
    if len(pointing) < FEWEST:
        return None
    signed = fsum(sign * weight for sign, weight in pointing)
    return signed / (1 + fsum(weight for _, weight in pointing))


def quality_of(judged: Sequence[Judged]) -> Quality:
    """How often filings were right, and of those shown with a direction how often that was."""
    right = [one for one in judged if one.verdict.fits]
    directions = [
        one.verdict.direction is one.direction
        for one in right
        if one.verdict.direction and one.sure and (one.direction_score or 0) >= SURE_DIRECTION
    ]
    return Quality(
        reviewed=len(judged),
        right=len(right),
        directions=len(directions),
        directions_right=sum(directions),
    )


def silence_of(
    moments: Collection[datetime],
    *,
    now: datetime,
    due: date | None = None,
    last: datetime | None = None,
) -> Silence:
    """The silence of one commitment, from the moments at which its stories were published.

    Those older than a year do not count for the rhythm. `last` is the newest evidence where it is
    known to be older than all moments.

    >>> june = [datetime(2018, 6, n) for n in (1, 3, 8, 10)]
    >>> silence_of(june, now=june[-1]).rhythm.days
    2
    """
    rhythm = None
    days = sorted({moment.date() for moment in moments if moment > now - LOOK_BACK})
    if len(days) >= DAYS_FOR_A_RHYTHM:
        rhythm = timedelta(days=median((after - day).days for day, after in pairwise(days)))
    if due is not None and abs(due - now.date()) <= NEAR_DUE:
        allowed = SHORTEST_ALLOWED
    elif rhythm is None:
        allowed = ALLOWED_WITHOUT_RHYTHM
    else:
        allowed = min(max(SHORTEST_ALLOWED, _RHYTHMS_ALLOWED * rhythm), LONGEST_ALLOWED)
    newest = max([*moments, *([last] if last else [])], default=None)
    if newest is None:
        return Silence(last=None, gap=None, rhythm=None, allowed=allowed, quiet=False)
    gap = max(timedelta(0), now - newest)
    return Silence(last=newest, gap=gap, rhythm=rhythm, allowed=allowed, quiet=gap > allowed)


def quiet_topics(
    topics: Iterable[Topic],
    stories: Iterable[Story],
    *,
    last: Mapping[str, datetime],
    now: datetime,
) -> tuple[Quiet, ...]:
    """The commitments that have been quiet for longer than usual, the longest silence first."""
    grouped = by_commitment(stories)
    found = (
        Quiet(topic=topic, silence=topic_silence(topic, grouped[topic.id], last=last, now=now))
        for topic in topics
    )
    quiet = [one for one in found if one.silence.quiet]
    return tuple(sorted(quiet, key=lambda one: one.silence.gap or timedelta(0), reverse=True))


def topic_silence(
    topic: Topic, stories: Iterable[Story], *, last: Mapping[str, datetime], now: datetime
) -> Silence:
    """The silence of one commitment among others."""
    moments = [story.newest_at for story in stories]
    return silence_of(moments, now=now, due=topic.due, last=last.get(topic.id))


def why_empty(tracked: Collection[object], feeds: Iterable[Feed]) -> EmptyReason:
    """Why there is no evidence, the first cause first: commitments, feeds, fetches."""
    if not tracked:
        return EmptyReason.NOTHING_TRACKED
    enabled = [feed for feed in feeds if feed.enabled]
    if not enabled:
        return EmptyReason.NO_FEEDS
    fetched = any(feed.checked_at for feed in enabled)
    return EmptyReason.NO_EVIDENCE if fetched else EmptyReason.NEVER_FETCHED


def by_commitment(stories: Iterable[Story]) -> Mapping[str, list[Story]]:
    """The stories by commitment; an empty list for a commitment without any."""
    grouped: defaultdict[str, list[Story]] = defaultdict(list)
    for story in stories:
        grouped[story.commitment_id].append(story)
    return grouped
