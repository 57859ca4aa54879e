"""Where commitments stand: composing the status answers and the overview from stories."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.briefing.answers import CommitmentStatus, Overview, StatusLine, StatusTable
from bot.briefing.feed_health import feed_counts
from bot.briefing.importance import by_recency
from bot.briefing.momentum import balance, momentum
from bot.briefing.parts import FeedCounts, Gap, Quiet, Silence, Story, Topic
from bot.briefing.silence import silence_of
from bot.domain.commitment import Commitment, Pack, Summit
from bot.domain.feed import Feed

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
    gap: Gap | None,
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
    gap: Gap | None,
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
    gap: Gap | None,
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


def why_empty(*, topics: Collection[Topic], feeds: FeedCounts, evidence: bool) -> Gap | None:
    """Why there is nothing to show, the first cause first; None when there is evidence."""
    if not topics:
        return Gap.NOTHING_TRACKED
    if evidence:
        return None
    if not feeds.total:
        return Gap.NO_FEEDS
    return Gap.NEVER_FETCHED if feeds.never_fetched == feeds.total else Gap.NO_EVIDENCE


def by_commitment(stories: Iterable[Story]) -> Mapping[str, list[Story]]:
    """The stories by commitment; an empty list for a commitment without any."""
    grouped: defaultdict[str, list[Story]] = defaultdict(list)
    for story in stories:
        grouped[story.commitment_id].append(story)
    return grouped
