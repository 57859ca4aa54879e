"""A digest as lines of plain text."""

from collections.abc import Iterator
from datetime import tzinfo

from bot.briefing import words
from bot.briefing.answers import Digest, DigestSection
from bot.briefing.text_parts import GAP, LEGEND, quiet_line, story_line
from bot.ingest.text import shorten

_REFERENCES_SHOWN = 3
_REFERENCE_HEADLINE = 80


def digest_lines(answer: Digest, zone: tzinfo) -> Iterator[str]:
    """All of a digest, the part for the thread too."""
    yield f"Briefing for {words.window(answer.window, zone=zone)} ({answer.timezone})"
    if answer.scope:
        yield f"On {words.listing(answer.scope)}"
    if answer.late:
        yield "Late: it should have been sent earlier."
    if not answer.has_news:
        yield GAP[answer.gap] if answer.gap else words.nothing_new(answer, zone=zone)
        return
    for section in answer.parent:
        yield from _section(section, zone)
    if answer.thread:
        yield "\nFurther stories"
    for section in answer.thread:
        yield from _section(section, zone)
    if answer.more:
        topics = words.listing([topic.id for topic in answer.more_topics])
        yield f"\nAnd {words.count(answer.more, 'more story', 'more stories')}: evidence {topics}"
    yield ""
    yield from quiet_line(answer.quiet)
    if answer.feeds.failing:
        yield words.failing(answer.feeds)
    yield LEGEND


def _section(section: DigestSection, zone: tzinfo) -> Iterator[str]:
    summit = f" · {section.topic.summit}" if section.topic.summit else ""
    yield f"\n{section.topic.title}{summit}"
    for one in section.stories:
        yield from story_line(one.story, zone=zone)
        if one.also:
            yield f"      also under {words.listing([topic.title for topic in one.also])}"
    for reference in section.references[:_REFERENCES_SHOWN]:
        mark = words.DIRECTION_MARK[reference.story.direction]
        place = reference.told_under.title if reference.told_under else "an earlier briefing"
        headline = shorten(reference.story.headline, _REFERENCE_HEADLINE)
        yield f"  {mark} also: {headline} (told under {place})"
    left = len(section.references) - _REFERENCES_SHOWN
    if left > 0:
        yield f"  and {left} more told elsewhere"
