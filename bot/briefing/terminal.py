"""Answers as plain text, for the terminal: the same content that Slack shows.

Text from feeds is one clean line already (`bot.domain.text.one_line`): no control characters
that could drive a terminal.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import assert_never
from zoneinfo import ZoneInfo

from bot.briefing import phrases
from bot.briefing.answers import (
    Answer,
    CommitmentStatus,
    EvidenceAnswer,
    EvidenceTable,
    FeedsAnswer,
    Overview,
    QualityTable,
    SearchAnswer,
    StatusTable,
    TimelineAnswer,
    WhyAnswer,
)
from bot.briefing.digest import Digest, DigestSection
from bot.briefing.parts import EmptyReason, FeedState, Quiet, Standing, Story
from bot.briefing.stories import title_of
from bot.domain.text import one_line, shorten
from bot.domain.window import Window

_DIRECTIONS = "▲ toward fulfilment  ▼ away from it  ◇ neither  ? unsure"
_CONCERN = "▲ it grows  ▼ it eases  ◇ neither  ? unsure"
_STANDINGS = "✓ confirmed by a person; the rest is proposed by the machine"
_LEGEND = f"{_DIRECTIONS};  {_STANDINGS}"
_EMPTY: Mapping[EmptyReason, str] = {
    EmptyReason.NOTHING_TRACKED: "Nothing is tracked yet: put commitments into commitments.yaml.",
    EmptyReason.NO_LONGER_TRACKED: "What this subscription is about is no longer tracked.",
    EmptyReason.NO_FEEDS: "No feeds are listed: `briefing feeds add URL` adds one.",
    EmptyReason.NEVER_FETCHED: "No feed was fetched yet: `briefing poll --once` does it.",
    EmptyReason.NO_EVIDENCE: "No evidence has been filed here yet.",
    EmptyReason.NOTHING_FOUND: "Nothing was found.",
}
_CITED_HEADLINE = 80
_STATE_WIDTH = max(len(state.value) for state in FeedState)


def as_text(answer: Answer, *, zone: tzinfo = UTC) -> str:
    """The answer as lines of text, without a newline at the end.

    Args:
        answer: Any answer of `Briefing`.
        zone: The reader's zone, for dates; a digest brings its own.
    """
    return "\n".join(_lines(answer, zone))


def _lines(answer: Answer, zone: tzinfo) -> Iterator[str]:  # noqa: C901, PLR0911 - one arm a type
    match answer:
        case CommitmentStatus():
            return _commitment_lines(answer, zone)
        case StatusTable():
            return _table_lines(answer, zone)
        case EvidenceAnswer():
            return _evidence_lines(answer, zone)
        case EvidenceTable():
            return _evidence_table_lines(answer, zone)
        case SearchAnswer():
            return _search_lines(answer, zone)
        case Digest():
            return _digest_lines(answer, ZoneInfo(answer.timezone))
        case FeedsAnswer():
            return _feeds_lines(answer)
        case Overview():
            return _overview_lines(answer, zone)
        case WhyAnswer():
            return _why_lines(answer, zone)
        case TimelineAnswer():
            return _timeline_lines(answer, zone)
        case _:
            assert_never(answer)


def _story_line(
    story: Story, *, zone: tzinfo, link: bool = True, notes: Sequence[str] = ()
) -> Iterator[str]:
    """A story on one line, and its address on a second one."""
    mark = phrases.DIRECTION_MARK[story.direction]
    standing = phrases.STANDING_MARK[story.standing]
    when = phrases.day(story.shown_at, zone=zone)
    if (first := phrases.day(story.published_at, zone=zone)) != when:
        when = f"{when}, first {first}"
    if story.changed_at:
        when = f"{when}, changed {phrases.day(story.changed_at, zone=zone)}"
    outlets = phrases.outlets(story.outlets)
    marks = f"{mark} {standing}".rstrip()
    notes = [
        phrases.contrary(story.contrary),
        phrases.fetched_later(story),
        phrases.MAY_NOT_BELONG if story.standing is Standing.UNSURE else "",
        *notes,
    ]
    rest = "".join(f"; {note}" for note in notes if note)
    yield f"  {marks} {story.headline} ({outlets}, {when}{rest}) E{story.evidence_id}"
    if link and story.url:
        yield f"      {one_line(story.url)}"


def _quiet_line(quiet: Iterable[Quiet]) -> Iterator[str]:
    """Quiet commitments on one line, the longest silence first; no line without any."""
    parts = [f"{q.topic.title} ({phrases.span(q.silence.gap)})" for q in quiet if q.silence.gap]
    if parts:
        yield f"Quiet: {phrases.listing(parts)}"


def _digest_lines(answer: Digest, zone: tzinfo) -> Iterator[str]:
    """All of a digest, the part for the thread too; what changed comes first."""
    yield from phrases.lead(answer.lead, zone=zone)
    yield f"Briefing for {phrases.window(answer.window, zone=zone)} ({answer.timezone})"
    if answer.known_since:
        yield f"Nothing is known before {phrases.clock_time(answer.known_since, zone=zone)}."
    if answer.scope:
        yield f"On {phrases.listing(answer.scope)}"
    if answer.late:
        yield "Late: it should have been sent earlier."
    if answer.empty:
        yield _EMPTY[answer.empty]
    elif not answer.has_news:
        yield phrases.nothing_new(answer, zone=zone)
    else:
        yield from _told_lines(answer, zone)


def _told_lines(answer: Digest, zone: tzinfo) -> Iterator[str]:
    for section in answer.parent:
        yield from _section(section, answer.window, zone)
    if answer.thread:
        yield "\nFurther stories"
    for section in answer.thread:
        yield from _section(section, answer.window, zone)
    if answer.more:
        topics = phrases.listing([topic.id for topic in answer.more_topics])
        yield f"\nAnd {phrases.count(answer.more, 'more story', 'more stories')}: evidence {topics}"
    yield ""
    if answer.quiet:
        yield f"Still silent: {phrases.quiet(answer.quiet, zone=zone)}"
    if answer.due:
        yield f"Due soon: {phrases.due_topics(answer.due)}"
    if answer.feeds.failing:
        yield phrases.failing(answer.feeds)
    yield _LEGEND


def _section(section: DigestSection, covered: Window, zone: tzinfo) -> Iterator[str]:
    summit = f" · {section.topic.summit}" if section.topic.summit else ""
    yield f"\n{section.topic.title}{summit}"
    for one in section.stories:
        yield from _story_line(one.story, zone=zone, notes=phrases.digest_notes(one, covered))
        others = zip(one.story.outlets[1:], one.story.urls[1:], strict=False)
        yield from (f"      {name}: {one_line(url)}" for name, url in others if url)


def _evidence_lines(answer: EvidenceAnswer, zone: tzinfo) -> Iterator[str]:
    yield f"Evidence: {answer.topic.title} ({answer.topic.id}){_narrowed_to(answer)}"
    if answer.empty:
        yield _EMPTY[answer.empty]
        return
    first = answer.offset + 1
    yield f"{first} to {answer.offset + len(answer.stories)} of {answer.total}, newest first"
    for story in answer.stories:
        yield from _story_line(story, zone=zone)
    yield _LEGEND


def _narrowed_to(answer: EvidenceAnswer) -> str:
    """What the list is narrowed to, as the end of its heading."""
    parts = (
        f"since {phrases.day(answer.since, zone=UTC)}" if answer.since else "",
        f"before {phrases.day(answer.until, zone=UTC)}" if answer.until else "",
        phrases.direction(answer.direction, concern=answer.topic.concern)
        if answer.direction
        else "",
        f"reported by {one_line(answer.source)}" if answer.source else "",
    )
    narrowed = ", ".join(part for part in parts if part)
    return f", {narrowed}" if narrowed else ""


def _search_lines(answer: SearchAnswer, zone: tzinfo) -> Iterator[str]:
    yield f'Search: "{one_line(answer.words)}"'
    if answer.empty:
        yield _EMPTY[answer.empty]
        return
    for hit in answer.hits:
        item = hit.item
        when = phrases.day(item.published_at, zone=zone)
        filed = phrases.listing([topic.title for topic in hit.topics]) or "not filed"
        yield f"  {title_of(item)}"
        yield f"      {one_line(item.outlet)}, {when}; {filed}"
        if item.url:
            yield f"      {one_line(item.url)}"


def _feeds_lines(answer: FeedsAnswer) -> Iterator[str]:
    if answer.empty:
        yield _EMPTY[answer.empty]
        return
    yield phrases.feed_list(answer)
    for health in answer.feeds:
        failing = health.state is FeedState.FAILING
        mark = health.state.upper() if failing else health.state.value
        yield f"  {mark:<{_STATE_WIDTH}} {one_line(health.feed.title)}: {health.sentence}"
        yield f"  {'':<{_STATE_WIDTH}} {one_line(health.feed.url)}"


def _why_lines(answer: WhyAnswer, zone: tzinfo) -> Iterator[str]:
    evidence = answer.evidence
    yield f"E{evidence.id}: {title_of(evidence.item)}"
    when = phrases.day(evidence.item.published_at, zone=zone)
    yield f"  {one_line(evidence.item.outlet)}, {when}"
    if answer.first_title and evidence.item.changed_at:
        changed = phrases.day(evidence.item.changed_at, zone=zone)
        yield f"  Changed {changed}; it first said: {one_line(answer.first_title)}"
    shown = evidence.shown_direction
    direction = phrases.direction(shown, concern=answer.topic.concern)
    yield f"Filed under {answer.topic.title}, {phrases.DIRECTION_MARK[shown]} {direction}"
    standing = answer.standing
    yield f"  {phrases.STANDING_WORDS[standing] if standing else 'set aside by a person'}"
    if evidence.passage:
        yield f'  "{one_line(evidence.passage)}"'
    yield f"  score {evidence.score:.2f}"
    for reason in evidence.reasons:
        yield f"  - {one_line(reason)}"
    if answer.story and answer.story.items > 1:
        yield f"  Reported by {phrases.listing(answer.story.outlets)}"


def quality_lines(answer: QualityTable) -> Iterator[str]:
    """How often the machine was right, a line or two for each commitment."""
    if not answer.lines:
        yield "Nothing was reviewed yet: set lines right where you read them, in Slack."
        return
    yield "How often the machine was right, by the last reviews"
    for topic, here in answer.lines:
        yield f"  {one_line(topic.title)} ({topic.id})"
        yield f"      {phrases.quality_counts(here)}"
    yield f"All: {phrases.quality_counts(answer.overall)}"


def _timeline_lines(answer: TimelineAnswer, zone: tzinfo) -> Iterator[str]:
    yield f"Timeline: {one_line(answer.commitment.title)}"
    if answer.summit.date:
        yield f"  {phrases.day(answer.summit.date)}: {one_line(answer.summit.name)}"
    if answer.empty:
        yield _EMPTY[answer.empty]
        return
    if answer.shown < answer.total:
        yield f"The {answer.shown} weightiest of {answer.total} stories"
    for month in answer.months:
        yield f"\n{phrases.MONTHS[month.month.month - 1]} {month.month.year}"
        for story in month.stories:
            yield from _story_line(story, zone=zone, link=False)


def _commitment_lines(answer: CommitmentStatus, zone: tzinfo) -> Iterator[str]:
    commitment, summit = answer.commitment, answer.summit
    yield f"{one_line(commitment.title)} ({commitment.id}){_as_of(answer.as_of)}"
    judged = phrases.judged(answer.standing, now=answer.now, name=one_line, zone=zone)
    concern = commitment.concern
    yield f"{judged}; {phrases.turns(answer.runs, cite=_cite, concern=concern, zone=zone)}."
    yield ""
    yield f'"{one_line(commitment.text)}"'
    parties = commitment.parties or summit.parties
    signed = phrases.day(summit.date) if summit.date else ""
    place = (one_line(summit.name), signed, one_line(phrases.listing(parties)))
    yield " · ".join(part for part in place if part)
    if commitment.due:
        yield phrases.due(commitment.due, today=answer.now.date()).capitalize() + "."
    yield ""
    if answer.empty:
        yield _EMPTY[answer.empty]
        return
    for one in answer.balances:
        yield f"Last {one.days} days: {phrases.balance(one, concern=commitment.concern)}"
    if answer.momentum is not None:
        yield f"Momentum {answer.momentum:+.2f} (-1 all setback, +1 all progress, fading to 0)"
    yield "Stories counted by the machine, not a judgement."
    yield phrases.silence(answer.silence).capitalize() + "."
    if said := phrases.quality(answer.quality):
        yield f"{said[0].upper()}{said[1:]}."
    grows, eases = ("It grows", "It eases") if concern else ("Speaks for it", "Speaks against it")
    told = {story.evidence_id for story in (*answer.toward, *answer.away)}
    newest = [story for story in answer.newest if story.evidence_id not in told]
    for heading, stories in ((grows, answer.toward), (eases, answer.away), ("Newest", newest)):
        yield from [f"\n{heading}"] if stories else []
        for story in stories:
            yield from _story_line(story, zone=zone)
    if answer.unsure:
        waiting = f", {answer.waiting} waiting for review" if answer.waiting else ""
        yield f"\nUnsure{waiting}"
    for story in answer.unsure:
        yield from _story_line(story, zone=zone)
    yield ""
    yield f"{_CONCERN};  {_STANDINGS}" if commitment.concern else _LEGEND


def _evidence_table_lines(answer: EvidenceTable, zone: tzinfo) -> Iterator[str]:
    """How many stories there are under each commitment, with the newest of each."""
    narrowed = phrases.filters(
        since=answer.since, until=answer.until, direction=answer.direction, source=answer.source
    )
    stories = phrases.count(answer.stories, "story", "stories")
    under = phrases.count(answer.asked, "commitment")
    head = f"{stories} under {len(answer.pages)} of {under}"
    yield one_line(" · ".join((head, *narrowed)))
    for page in answer.pages:
        yield f"\n{one_line(page.topic.title)} ({page.topic.id}): {page.total}"
        for story in page.stories:
            yield from _story_line(story, zone=zone)
    if not answer.pages and narrowed:
        yield "Nothing was found. Ask for a longer time, or without the outlet or direction."
    elif answer.pages:
        yield f"\n{_LEGEND}"


def _as_of(moment: datetime | None) -> str:
    """The end of a heading that says which day was asked for."""
    return f", as of {phrases.day(moment)}" if moment else ""


def _cite(story: Story) -> str:
    """A story in brackets: its headline, how many report it, its number."""
    headline = f"“{shorten(story.headline, _CITED_HEADLINE)}”"
    outlets = phrases.count(len(story.outlets), "outlet")
    parts = (headline, outlets, f"E{story.evidence_id}", phrases.fetched_later(story))
    return ", ".join(part for part in parts if part)


def _table_lines(answer: StatusTable, zone: tzinfo) -> Iterator[str]:
    """Where several commitments stand, each by its title and id, and lines below for how."""
    name = one_line(answer.summit.name) if answer.summit else "All commitments"
    yield f"{name}{_as_of(answer.as_of)}, the worst first"
    if answer.empty and answer.empty is not EmptyReason.NO_EVIDENCE:
        yield _EMPTY[answer.empty]
    if not answer.lines:
        return
    for line in answer.lines:
        topic = line.topic
        judged = phrases.judged_briefly(line.standing, now=answer.now)
        turned = phrases.turns_briefly(line.runs, concern=topic.concern, zone=zone)
        rest = [phrases.silence(line.silence)]
        if topic.due:
            rest.append(phrases.due(topic.due, today=answer.now.date()))
        summit = topic.summit if answer.summit is None else ""
        yield f"  {one_line(topic.title)} ({topic.id})"
        yield f"      {'; '.join(part for part in (judged, turned, summit) if part)}"
        yield f"      {phrases.balance_marks(line.balance):<12}  {', '.join(rest)}"
    yield ""
    days = answer.lines[0].balance.days
    yield f"Stories of the last {days} days: {_DIRECTIONS}"


def _overview_lines(answer: Overview, zone: tzinfo) -> Iterator[str]:
    tracked = phrases.count(answer.commitments, "commitment")
    yield f"{tracked} of {phrases.count(answer.summits, 'summit')}"
    if answer.empty:
        yield _EMPTY[answer.empty]
        return
    number = phrases.count(answer.week.stories, "story", "stories")
    week = f"{number}: {phrases.balance(answer.week)}" if answer.week.stories else "no new story"
    yield f"Last {answer.week.days} days: {week}"
    for story, topic in answer.newest:
        yield from _story_line(story, zone=zone)
        yield f"      {topic.title}"
    yield from _quiet_line(answer.quiet)
    if answer.feeds.failing:
        yield phrases.failing(answer.feeds)
