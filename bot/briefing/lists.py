"""Answers that list: evidence, search hits, a timeline, and why one item was filed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

from bot.briefing.answers import (
    EvidenceAnswer,
    Hit,
    SearchAnswer,
    TimelineAnswer,
    TimelineMonth,
    WhyAnswer,
)
from bot.briefing.parts import EmptyReason, Story, Topic
from bot.briefing.ranking import by_importance, by_recency
from bot.briefing.scope import topic_named
from bot.briefing.stories import Weights, is_named, standing_of, stories_of
from bot.domain.commitment import Commitment, Pack, Summit
from bot.domain.evidence import Direction, Evidence, Verdict
from bot.domain.item import Item

PAGE = 8
"""Stories on one page of evidence."""
TIMELINE_STORIES = 40


def evidence_answer(
    topic: Topic,
    stories: Iterable[Story],
    *,
    since: datetime | None,
    until: datetime | None,
    direction: Direction | None,
    source: str | None,
    offset: int,
    limit: int,
    gap: EmptyReason | None,
    now: datetime,
) -> EvidenceAnswer:
    """One page of the stories under a commitment, newest first, narrowed to what was asked.

    A story lies in the stretch when it broke there: the date that its line shows.
    """
    found = by_recency(
        story
        for story in stories
        if (since is None or since <= story.published_at)
        and (until is None or story.published_at < until)
        and (direction is None or story.direction is direction)
        and (source is None or any(is_named(outlet, source) for outlet in story.outlets))
    )
    return EvidenceAnswer(
        now=now,
        topic=topic,
        since=since,
        until=until,
        direction=direction,
        source=source,
        stories=found[offset : offset + limit],
        offset=offset,
        total=len(found),
        gap=gap or (None if found else EmptyReason.NOTHING_FOUND),
    )


def search_answer(
    words: str,
    items: Sequence[Item],
    filed: Iterable[Evidence],
    *,
    pack: Pack,
    gap: EmptyReason | None,
    now: datetime,
) -> SearchAnswer:
    """The items found, each with the commitments that it is filed under, in pack order."""
    under: dict[int, set[str]] = defaultdict(set)
    for one in filed:
        if one.verdict is not Verdict.REJECTED:
            under[one.item.id].add(one.commitment_id)
    hits = tuple(
        Hit(
            item=item,
            topics=tuple(
                topic_named(c.id, pack) for c in pack.commitments if c.id in under[item.id]
            ),
        )
        for item in items
    )
    return SearchAnswer(
        now=now, words=words, hits=hits, gap=None if hits else gap or EmptyReason.NOTHING_FOUND
    )


def timeline_answer(
    commitment: Commitment,
    summit: Summit,
    stories: Sequence[Story],
    *,
    gap: EmptyReason | None,
    now: datetime,
) -> TimelineAnswer:
    """The weightiest stories of a commitment, by month, oldest first."""
    chosen = by_importance(stories)[:TIMELINE_STORIES]
    return TimelineAnswer(
        now=now,
        commitment=commitment,
        summit=summit,
        months=_months(chosen),
        total=len(stories),
        gap=gap,
    )


def why_answer(
    evidence: Evidence,
    of_story: Iterable[Evidence],
    *,
    pack: Pack,
    weights: Weights,
    now: datetime,
    said_first: str | None = None,
) -> WhyAnswer:
    """Why an item was filed, with the rest of its story under the same commitment."""
    rejected = evidence.verdict is Verdict.REJECTED
    stories = stories_of(of_story, weights=weights)
    return WhyAnswer(
        now=now,
        topic=topic_named(evidence.commitment_id, pack),
        evidence=evidence,
        standing=None if rejected else standing_of([evidence]),
        story=next((s for s in stories if s.story_id == evidence.story_id), None),
        said_first=said_first,
    )


def _months(stories: Iterable[Story]) -> tuple[TimelineMonth, ...]:
    """The stories by the month (UTC) in which they broke, oldest first throughout."""
    grouped: dict[date, list[Story]] = defaultdict(list)
    for story in stories:
        day = story.published_at.astimezone(UTC).date()
        grouped[day.replace(day=1)].append(story)
    return tuple(
        TimelineMonth(
            month=month,
            stories=tuple(sorted(grouped[month], key=lambda s: (s.published_at, s.story_id))),
        )
        for month in sorted(grouped)
    )
