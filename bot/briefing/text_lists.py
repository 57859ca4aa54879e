"""Evidence, search hits, feeds, reasons and timelines as lines of plain text."""

from collections.abc import Iterator
from datetime import UTC, tzinfo

from bot.briefing import words
from bot.briefing.answers import (
    EvidenceAnswer,
    FeedsAnswer,
    SearchAnswer,
    TimelineAnswer,
    WhyAnswer,
)
from bot.briefing.parts import FeedState
from bot.briefing.stories import title_of
from bot.briefing.text_parts import GAP, LEGEND, story_line
from bot.domain.evidence import Direction
from bot.ingest.text import one_line

_STATE = max(len(state.value) for state in FeedState)


def evidence_lines(answer: EvidenceAnswer, zone: tzinfo) -> Iterator[str]:
    """A page of evidence."""
    yield f"Evidence: {answer.topic.title} ({answer.topic.id}){_asked(answer)}"
    if answer.gap:
        yield GAP[answer.gap]
        return
    first = answer.offset + 1
    yield f"{first} to {answer.offset + len(answer.stories)} of {answer.total}, newest first"
    for story in answer.stories:
        yield from story_line(story, zone=zone)
    yield LEGEND


def _asked(answer: EvidenceAnswer) -> str:
    """What the list was narrowed to, as the end of its heading."""
    parts = (
        f"since {words.day(answer.since, zone=UTC)}" if answer.since else "",
        f"before {words.day(answer.until, zone=UTC)}" if answer.until else "",
        words.DIRECTION_WORDS[answer.direction] if answer.direction else "",
        f"told by {one_line(answer.source)}" if answer.source else "",
    )
    asked = ", ".join(part for part in parts if part)
    return f", {asked}" if asked else ""


def search_lines(answer: SearchAnswer, zone: tzinfo) -> Iterator[str]:
    """What was found."""
    yield f'Search: "{one_line(answer.words)}"'
    if answer.gap:
        yield GAP[answer.gap]
        return
    for hit in answer.hits:
        item = hit.item
        when = words.day(item.published_at, zone=zone)
        filed = words.listing([topic.title for topic in hit.topics]) or "not filed"
        yield f"  {title_of(item)}"
        yield f"      {one_line(item.outlet)}, {when}; {filed}"
        if item.url:
            yield f"      {one_line(item.url)}"


def feeds_lines(answer: FeedsAnswer) -> Iterator[str]:
    """The feed list with its health."""
    if answer.gap:
        yield GAP[answer.gap]
        return
    yield words.feed_list(answer)
    for health in answer.feeds:
        failing = health.state is FeedState.FAILING
        mark = health.state.upper() if failing else health.state.value
        yield f"  {mark:<{_STATE}} {one_line(health.feed.title)}: {health.words}"
        yield f"  {'':<{_STATE}} {one_line(health.feed.url)}"


def why_lines(answer: WhyAnswer, zone: tzinfo) -> Iterator[str]:
    """Why an item was filed."""
    evidence = answer.evidence
    yield f"E{evidence.id}: {title_of(evidence.item)}"
    when = words.day(evidence.item.published_at, zone=zone)
    yield f"  {one_line(evidence.item.outlet)}, {when}"
    if answer.said_first and evidence.item.changed_at:
        changed = words.day(evidence.item.changed_at, zone=zone)
        yield f"  Changed {changed}; it first said: {one_line(answer.said_first)}"
    yield f"Filed under {answer.topic.title}, {_direction(evidence.direction)}"
    standing = answer.standing
    yield f"  {words.STANDING_WORDS[standing] if standing else 'rejected by a person'}"
    if evidence.passage:
        yield f'  "{one_line(evidence.passage)}"'
    yield f"  score {evidence.score:.2f}"
    for reason in evidence.reasons:
        yield f"  - {one_line(reason)}"
    if answer.story and answer.story.items > 1:
        yield f"  Reported by {words.listing(answer.story.outlets)}"


def _direction(direction: Direction) -> str:
    return f"{words.DIRECTION_MARK[direction]} {words.DIRECTION_WORDS[direction]}"


def timeline_lines(answer: TimelineAnswer, zone: tzinfo) -> Iterator[str]:
    """A commitment by month."""
    yield f"Timeline: {one_line(answer.commitment.title)}"
    if answer.summit.date:
        yield f"  {words.day(answer.summit.date)}: {one_line(answer.summit.name)}"
    if answer.gap:
        yield GAP[answer.gap]
        return
    if answer.shown < answer.total:
        yield f"The {answer.shown} weightiest of {answer.total} stories"
    for month in answer.months:
        yield f"\n{words.MONTHS[month.month.month - 1]} {month.month.year}"
        for story in month.stories:
            yield from story_line(story, zone=zone, link=False)
