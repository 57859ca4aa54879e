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

Turning points are where the record changes its direction. The stories that surely bear on the
commitment, and surely point somewhere, in the order in which they broke, fall into runs of toward
and away; each run but the first begins with a turn. An example: toward on 27 July, toward on 1
August, away on 5 March, toward on 9 March are three runs, and turns on 5 and 9 March.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, pairwise
from math import fsum
from statistics import median

from bot.briefing.parts import (
    Balance,
    EmptyReason,
    Quality,
    Quiet,
    Run,
    Silence,
    StatusLine,
    Story,
    Topic,
)
from bot.briefing.questions.dates import read_point
from bot.domain.errors import InputError, Problem
from bot.domain.evidence import JUDGED, SURE_DIRECTION, Direction, Evidence, Origin
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


def runs_of(stories: Iterable[Story]) -> tuple[Run, ...]:
    """The runs of toward and away in a commitment's stories, the oldest first."""
    pointing = sorted(
        (story for story in stories if story.is_sure and story.direction in _SIGN),
        key=lambda story: (story.published_at, story.story_id),
    )
    found = []
    for direction, group in groupby(pointing, key=lambda story: story.reading):
        run = tuple(group)
        until = run[-1].published_at
        found.append(Run(direction=direction, first=run[0], until=until, stories=len(run)))
    return tuple(found)


def worst_first(lines: Iterable[StatusLine]) -> tuple[StatusLine, ...]:
    """The lines of a table with what needs attention first; equal ones stay in order.

    That is what people put at the lowest level; then what nobody assessed; last what is at the
    highest level. Of several parties the lowest level counts. Among equals what moves away comes
    before what moves toward, and then the longest silence.
    """

    def key(line: StatusLine) -> tuple[float, float, float]:
        share = min((one.share for one in line.standing), default=None)
        rank = 1.0 if share is None else 2.0 if share == 1 else share / 2
        way = _SIGN[line.runs[-1].direction] if line.runs else 0.0
        silent = (line.silence.gap or timedelta(0)).total_seconds()
        return rank, -way if line.topic.concern else way, -silent

    return tuple(sorted(lines, key=key))


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


def end_of_day(words: str, *, now: datetime) -> datetime:
    """The last moment (UTC) of a day, month or year of the past; now, where it has not ended.

    Raises:
        InputError: The words name no such day, or one that is still to come.

    >>> end_of_day("1 March 2019", now=datetime(2019, 6, 1, tzinfo=UTC)).isoformat()
    '2019-03-01T23:59:59.999999+00:00'
    """
    named = words.casefold().replace(",", " ").split()
    point = read_point(named, 0, now.astimezone(UTC).date())
    stretch, read = point or (None, 0)
    if stretch is None or stretch.last is None or read != len(named):
        what, fix = f"“{words}” is no day", "write it like 2019-03-01 or 1 March 2019"
        raise InputError(Problem(where="as of", what=what, fix=fix))
    if datetime.combine(stretch.first or stretch.last, time(), tzinfo=UTC) > now:
        what = f"{stretch.last.isoformat()} is still to come"
        raise InputError(Problem(where="as of", what=what, fix="name a day of the past"))
    return min(datetime.combine(stretch.last, time.max, tzinfo=UTC), now)


def judged_of(evidence: Iterable[Evidence]) -> tuple[Judged, ...]:
    """The last reviewed filings of the machine in some evidence, as the ledger's `judged`."""
    reviewed = [
        (one.verdict_at, one.id, Judged(
            commitment_id=one.commitment_id,
            direction=one.direction,
            direction_score=one.direction_score,
            sure=one.sure,
            verdict=one.verdict,
        ))
        for one in evidence
        if one.origin is Origin.MACHINE and one.verdict is not None and one.verdict_at is not None
    ]  # fmt: skip
    newest_first = sorted(reviewed, key=lambda each: each[:2], reverse=True)
    return tuple(judged for _, _, judged in newest_first[:JUDGED])


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
        Quiet(
            topic=topic,
            silence=topic_silence(topic, grouped[topic.id], last=last, now=now),
            last=max(grouped[topic.id], key=lambda story: story.newest_at, default=None),
        )
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
