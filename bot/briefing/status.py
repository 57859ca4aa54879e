"""Where commitments stand: composing the status answers and the overview from stories."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median

from bot.briefing.answers import CommitmentStatus, Overview, StatusLine, StatusTable
from bot.briefing.feed_health import feed_counts
from bot.briefing.parts import Balance, EmptyReason, FeedCounts, Quiet, Silence, Story, Topic
from bot.briefing.ranking import by_recency
from bot.domain.commitment import Commitment, Pack, Summit
from bot.domain.evidence import Direction
from bot.domain.feed import Feed

# MERGED momentum: The balance of progress and setback in the evidence: counted from stories,
# never a judgement.
#
# `balance` counts stories, each once however many outlets tell it. `momentum` lets newer stories
# count for more, with a half-life of 30 days:
#
# weight(story) = 0.5 ^ (days older than the newest story / 30)
# momentum      = (weights of progress - weights of setback) / (weights of both)
#
# so it lies between -1 (nothing but setback) and +1 (nothing but progress). Neutral stories do
# not
# count. With fewer than 3 others there is no momentum: None, which is not the same as 0.
#
# A worked example. Progress today (weight 1), a setback 30 days ago (0.5) and another one 60 days
# ago
# (0.25): (1 - 0.75) / 1.75 = +0.14, where the plain count says 1 toward, 2 away. The same in a
# month's time: the age of all of them would cancel out, so "now" is not asked for.


HALF_LIFE = timedelta(days=30)
FEWEST = 3
"""One story, or two, are no balance."""
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


# MERGED silence: How long a commitment has been without evidence: itself a finding.
#
# A commitment that usually brings a story a day is quiet after a week; one that brings a story a
# month is not. So the gap is held against the commitment's own rhythm:
#
# rhythm  = median gap, in days, between the distinct days (UTC) with a story in the last 365
# allowed = max(7 days, 2 x rhythm), but no more than 90 days;
# 30 days when fewer than 4 such days are known (a median of 2 gaps says nothing);
# 7 days within 30 days of the due date, before or after: then silence matters sooner
# quiet   = the gap from the newest evidence until now is longer than `allowed`
#
# A worked example. Stories on 1, 3, 8 and 10 June: the gaps are 2, 5 and 2 days, their median 2,
# so
# the rhythm is 2 days and 7 days are allowed. On 17 June at the hour of the newest story the gap
# is 7
# days: not quiet. A minute later it is.


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


NEWEST_SHOWN = 5
OVERVIEW_NEWEST = 3
OVERVIEW_QUIET = 3
SHORT_DAYS = 30
LONG_DAYS = 90
WEEK_DAYS = 7

LastPublished = Mapping[str, datetime]
"""The newest evidence of each commitment, by its item's date, however old."""


def commitment_status(
    commitment: Commitment,
    summit: Summit,
    *,
    stories: Sequence[Story],
    older: Sequence[Story],
    last: datetime | None,
    gap: EmptyReason | None,
    now: datetime,
) -> CommitmentStatus:
    """The status answer for one commitment.

    Args:
        commitment: The promise.
        summit: Where it was made.
        stories: Those of the last year.
        older: Earlier ones, to show when the last year brought none.
        last: The newest evidence, however old; None without.
        gap: Why there is nothing to show; None when there is something.
        now: The moment of the answer.
    """
    shown = stories or older
    return CommitmentStatus(
        now=now,
        commitment=commitment,
        summit=summit,
        balances=(
            balance(stories, now=now, days=SHORT_DAYS),
            balance(stories, now=now, days=LONG_DAYS),
        ),
        momentum=momentum(stories),
        silence=silence_of(
            [story.newest_at for story in stories], now=now, due=commitment.due, last=last
        ),
        newest=by_recency(shown)[:NEWEST_SHOWN],
        stories=len(shown),
        gap=gap,
    )


def status_table(
    topics: Sequence[Topic],
    *,
    summit: Summit | None,
    stories: Iterable[Story],
    last: LastPublished,
    gap: EmptyReason | None,
    now: datetime,
) -> StatusTable:
    """The status answer for several commitments, from their stories of the last year."""
    grouped = by_commitment(stories)
    lines = tuple(
        StatusLine(
            topic=topic,
            balance=balance(grouped[topic.id], now=now, days=LONG_DAYS),
            silence=topic_silence(topic, grouped[topic.id], last=last, now=now),
        )
        for topic in topics
    )
    return StatusTable(now=now, summit=summit, lines=lines, gap=gap)


def overview(
    pack: Pack,
    topics: Sequence[Topic],
    *,
    stories: Sequence[Story],
    last: LastPublished,
    feeds: Sequence[Feed],
    gap: EmptyReason | None,
    now: datetime,
) -> Overview:
    """The answer to no question: how much is tracked, what is newest, what is quiet."""
    names = {topic.id: topic for topic in topics}
    each_once = {story.story_id: story for story in reversed(by_recency(stories))}
    newest = by_recency(each_once.values())[:OVERVIEW_NEWEST]
    return Overview(
        now=now,
        summits=len(pack.summits),
        commitments=len(pack.commitments),
        week=balance(stories, now=now, days=WEEK_DAYS),
        newest=tuple((story, names[story.commitment_id]) for story in newest),
        quiet=quiet_topics(topics, stories, last=last, now=now)[:OVERVIEW_QUIET],
        feeds=feed_counts(feeds, now=now),
        gap=gap,
    )


def quiet_topics(
    topics: Iterable[Topic],
    stories: Iterable[Story],
    *,
    last: LastPublished,
    now: datetime,
    leave_out: Collection[str] = (),
) -> tuple[Quiet, ...]:
    """The commitments that have been quiet for longer than usual, the longest silence first."""
    grouped = by_commitment(stories)
    found = (
        Quiet(topic=topic, silence=topic_silence(topic, grouped[topic.id], last=last, now=now))
        for topic in topics
        if topic.id not in leave_out
    )
    return tuple(
        sorted(
            (one for one in found if one.silence.quiet),
            key=lambda one: one.silence.gap or timedelta(0),
            reverse=True,
        )
    )


def topic_silence(
    topic: Topic, stories: Iterable[Story], *, last: LastPublished, now: datetime
) -> Silence:
    """The silence of one commitment among others."""
    moments = [story.newest_at for story in stories]
    return silence_of(moments, now=now, due=topic.due, last=last.get(topic.id))


def why_empty(
    *, topics: Collection[Topic], feeds: FeedCounts, evidence: bool
) -> EmptyReason | None:
    """Why there is nothing to show, the first cause first; None when there is evidence."""
    if not topics:
        return EmptyReason.NOTHING_TRACKED
    if evidence:
        return None
    if not feeds.total:
        return EmptyReason.NO_FEEDS
    return (
        EmptyReason.NEVER_FETCHED if feeds.never_fetched == feeds.total else EmptyReason.NO_EVIDENCE
    )


def by_commitment(stories: Iterable[Story]) -> Mapping[str, list[Story]]:
    """The stories by commitment; an empty list for a commitment without any."""
    grouped: defaultdict[str, list[Story]] = defaultdict(list)
    for story in stories:
        grouped[story.commitment_id].append(story)
    return grouped
