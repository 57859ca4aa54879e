"""Pieces of the plain-text rendering that several answers share."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import tzinfo

from bot.briefing import words
from bot.briefing.parts import Gap, Quiet, Story
from bot.ingest.text import one_line

DIRECTIONS = "▲ toward fulfilment  ▼ away from it  ◇ neither"
LEGEND = f"{DIRECTIONS};  ✓ confirmed by a person  ? unsure; the rest is proposed by the machine"
GAP: Mapping[Gap, str] = {
    Gap.NOTHING_TRACKED: "Nothing is tracked yet: put commitments into commitments.yaml.",
    Gap.NO_FEEDS: "No feeds are listed: `briefing feeds add URL` adds one.",
    Gap.NEVER_FETCHED: "The feeds have not been fetched yet: `briefing poll --once` does it.",
    Gap.NO_EVIDENCE: "No evidence has been filed here yet.",
    Gap.NOTHING_FOUND: "Nothing was found.",
}


def story_line(story: Story, *, zone: tzinfo, link: bool = True) -> Iterator[str]:
    """A story on one line, and its address on a second one."""
    mark = words.DIRECTION_MARK[story.direction]
    standing = words.STANDING_MARK[story.standing]
    when = words.day(story.published_at, zone=zone)
    if story.changed_at:
        when = f"{when}, changed {words.day(story.changed_at, zone=zone)}"
    outlets = words.outlets(story.outlets)
    marks = f"{mark} {standing}".rstrip()
    yield f"  {marks} {story.headline} ({outlets}, {when}) E{story.evidence_id}"
    if link and story.url:
        yield f"      {one_line(story.url)}"


def quiet_line(quiet: Iterable[Quiet]) -> Iterator[str]:
    """Quiet commitments on one line, the longest silence first; no line without any."""
    parts = [f"{q.topic.title} ({words.span(q.silence.gap)})" for q in quiet if q.silence.gap]
    if parts:
        yield f"Quiet: {words.listing(parts)}"
