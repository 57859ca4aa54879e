"""Where commitments stand, and the overview, as lines of plain text."""

from collections.abc import Iterator
from datetime import tzinfo

from bot.briefing import words
from bot.briefing.answers import CommitmentStatus, Overview, StatusTable
from bot.briefing.parts import Balance, Gap
from bot.briefing.text_parts import DIRECTIONS, GAP, LEGEND, quiet_line, story_line
from bot.ingest.text import one_line


def commitment_lines(answer: CommitmentStatus, zone: tzinfo) -> Iterator[str]:
    """Where one commitment stands."""
    commitment, summit = answer.commitment, answer.summit
    yield f"{one_line(commitment.title)} ({commitment.id})"
    yield f'"{one_line(commitment.text)}"'
    parties = commitment.parties or summit.parties
    signed = words.day(summit.date) if summit.date else ""
    place = (one_line(summit.name), signed, one_line(words.listing(parties)))
    yield " · ".join(part for part in place if part)
    if commitment.due:
        yield words.due(commitment.due, today=answer.now.date()).capitalize() + "."
    yield ""
    if answer.gap:
        yield GAP[answer.gap]
        return
    for one in answer.balances:
        yield f"Last {one.days} days: {words.balance(one)}"
    if answer.momentum is not None:
        yield f"Momentum {answer.momentum:+.2f} (-1 all setback, +1 all progress)"
    yield "Stories counted by the machine, not a judgement."
    yield words.silence(answer.silence).capitalize() + "."
    yield ""
    for story in answer.newest:
        yield from story_line(story, zone=zone)
    yield ""
    yield LEGEND


def table_lines(answer: StatusTable) -> Iterator[str]:
    """Where several commitments stand, each by its title and id, and a line below for how."""
    yield one_line(answer.summit.name) if answer.summit else "All commitments"
    if answer.gap in {Gap.NOTHING_TRACKED, Gap.NO_FEEDS, Gap.NEVER_FETCHED}:
        yield GAP[answer.gap]
    if not answer.lines:
        return
    summit_id = None
    for line in answer.lines:
        topic = line.topic
        if topic.summit_id != summit_id and answer.summit is None:
            yield f"\n{topic.summit}"
        summit_id = topic.summit_id
        rest = [words.silence(line.silence)]
        if topic.due:
            rest.append(words.due(topic.due, today=answer.now.date()))
        yield f"  {one_line(topic.title)} ({topic.id})"
        yield f"      {words.balance_marks(line.balance):<12}  {', '.join(rest)}"
    yield ""
    days = answer.lines[0].balance.days
    yield f"Stories of the last {days} days: {DIRECTIONS}"


def overview_lines(answer: Overview, zone: tzinfo) -> Iterator[str]:
    """The short answer to no question."""
    tracked = words.count(answer.commitments, "commitment")
    yield f"{tracked} of {words.count(answer.summits, 'summit')}"
    if answer.gap:
        yield GAP[answer.gap]
        return
    yield f"Last {answer.week.days} days: {_week(answer.week)}"
    for story, topic in answer.newest:
        yield from story_line(story, zone=zone)
        yield f"      {topic.title}"
    yield from quiet_line(answer.quiet)
    if answer.feeds.failing:
        yield words.failing(answer.feeds)


def _week(numbers: Balance) -> str:
    if not numbers.stories:
        return "no new story"
    return f"{words.count(numbers.stories, 'story', 'stories')}: {words.balance(numbers)}"
