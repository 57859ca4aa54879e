"""Where commitments stand: balance, momentum and silence, counted from stories, never judged.

`balance` counts stories, each once however many outlets report it. `momentum` lets newer stories
count for more, with a half-life of 30 days:

    weight(story) = 0.5 ^ (days older than the newest story / 30)
    momentum      = (weights of progress - weights of setback) / (weights of both)

so it lies between -1 (nothing but setback) and +1 (nothing but progress). Neutral stories do not
count. With fewer than 3 others there is no momentum: None, which is not the same as 0. An example:
progress today (weight 1), a setback 30 days ago (0.5) and another 60 days ago (0.25) give
(1 - 0.75) / 1.75 = +0.14, where the plain count is 1 toward, 2 away. "Now" is not needed: a month
later, the age of all of them would cancel out.

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
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median

from bot.briefing.parts import Balance, EmptyReason, Quiet, Silence, Story, Topic
from bot.domain.evidence import Direction
from bot.domain.feed import Feed

HALF_LIFE = timedelta(days=30)
# One story, or two, have no momentum.
FEWEST = 3
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
    )


def momentum(stories: Iterable[Story]) -> float | None:
    """The weighted balance, -1 to +1; None with fewer than 3 stories that point anywhere."""
    pointing = [story for story in stories if story.direction in _SIGN]
    if len(pointing) < FEWEST:
        return None
    newest = max(story.published_at for story in pointing)
    weights = [float(0.5 ** ((newest - story.published_at) / HALF_LIFE)) for story in pointing]
    signed = (_SIGN[s.direction] * weight for s, weight in zip(pointing, weights, strict=True))
    return sum(signed) / sum(weights)


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
