"""Where commitments stand, and the short overview."""

from collections.abc import Iterable, Iterator
from datetime import tzinfo
from itertools import groupby

from slack_sdk.models.blocks import ActionsBlock, SectionBlock

from bot.briefing import phrases
from bot.briefing.answers import CommitmentStatus, Overview, StatusLine, StatusTable
from bot.briefing.parts import EmptyReason, Story
from bot.slack import ids
from bot.slack.button_values import CommitmentValue, SubscribeValue
from bot.slack.messages.blocks import (
    Chunk,
    Message,
    bold,
    context,
    date,
    escape,
    fit,
    link,
    section,
    sections,
)
from bot.slack.messages.parts import (
    COMPUTED,
    EMPTY_TEXT,
    TITLE,
    button,
    legend,
    quiet_line,
    story_line,
    story_section,
)

_PROMISE = 400
_PARTIES = 200
_DIRECTIONS = "▲ toward fulfilment   ▼ away from it   ◇ neither   ? unsure"
_EMPTY_TABLE = frozenset(
    {EmptyReason.NOTHING_TRACKED, EmptyReason.NO_FEEDS, EmptyReason.NEVER_FETCHED}
)


def commitment_messages(answer: CommitmentStatus, *, zone: tzinfo) -> tuple[Message, ...]:
    """Where one commitment stands: promise, balance, silence, newest evidence, what is unsure."""
    concern = answer.commitment.concern
    chunks: list[Chunk] = [(section(_promise(answer)),)]
    chunks.append((section(EMPTY_TEXT[answer.empty] if answer.empty else _standing(answer)),))

    def lines(stories: Iterable[Story]) -> Iterator[SectionBlock]:
        for story in stories:
            line = story_line(story, zone=zone, quote=True)
            yield story_section(story, line, concern=concern)

    chunks += [(line,) for line in lines(answer.newest)]
    if answer.unsure:
        waiting = f", {answer.waiting} waiting for review" if answer.waiting else ""
        first, *rest = lines(answer.unsure)
        chunks += [(section(f"*Unsure{waiting}*"), first), *((line,) for line in rest)]
    if shown := (*answer.newest, *answer.unsure):
        chunks.append(legend(shown, COMPUTED, concern=concern))
    value = CommitmentValue(commitment=answer.commitment.id)
    steps = [button("Subscribe", ids.SUBSCRIBE, SubscribeValue(commitment=answer.commitment.id))]
    if not answer.empty:
        label = f"Evidence ({answer.stories})" if answer.stories else "Evidence"
        timeline = button("Timeline", ids.TIMELINE, value)
        steps = [button(label, ids.EVIDENCE, value), timeline, *steps]
    chunks.append((ActionsBlock(elements=steps),))
    title = escape(answer.commitment.title, limit=TITLE)
    state = "no evidence yet" if answer.empty else phrases.silence(answer.silence)
    return fit(chunks, text=f"{title}: {state}")


def _promise(answer: CommitmentStatus) -> str:
    """The promise and where it was made."""
    commitment, summit = answer.commitment, answer.summit
    name = escape(commitment.id)
    place = link(summit.source, summit.name, limit=TITLE)
    parties = phrases.listing(commitment.parties or summit.parties)
    paragraph = escape(commitment.paragraph or "", limit=TITLE)
    parts = (
        place,
        # A bare number says what it numbers.
        f"paragraph {paragraph}" if paragraph[:1].isdigit() else paragraph,
        phrases.day(summit.date) if summit.date else "",
        escape(parties, limit=_PARTIES),
    )
    lines = [
        f"*{escape(commitment.title, limit=TITLE) or name}* · {name}",
        f"“{escape(commitment.text, limit=_PROMISE)}”",
        " · ".join(part for part in parts if part),
    ]
    return "\n".join(lines)


def _standing(answer: CommitmentStatus) -> str:
    """Balance, silence and due date: counted, and said to be."""
    short, long = answer.balances
    concern = answer.commitment.concern
    lines = [
        f"*Last {short.days} days:* {phrases.balance(short, concern=concern)}",
        f"*Last {long.days} days:* {phrases.balance(long, concern=concern)}",
        f"*Silence:* {phrases.silence(answer.silence)}",
    ]
    if answer.momentum is not None:
        lines.append(
            f"*Momentum:* {answer.momentum:+.2f}, from -1 (all setback) to +1 (all progress), "
            "newer stories counting more, fading to 0 without news"
        )
    if answer.commitment.due:
        when = phrases.due(answer.commitment.due, today=answer.now.date())
        lines.append(f"*Due:* {phrases.day(answer.commitment.due)}, {when}")
    if said := phrases.quality(answer.quality):
        lines.append(f"*Filing:* {said}")
    return "\n".join(lines)


def table_messages(answer: StatusTable, *, zone: tzinfo) -> tuple[Message, ...]:
    """Where several commitments stand, a line each, by summit."""
    title = f"*{escape(answer.summit.name, limit=TITLE)}*" if answer.summit else "*All commitments*"
    chunks: list[Chunk] = [(section(title),)]
    if answer.empty in _EMPTY_TABLE:
        chunks.append((section(EMPTY_TEXT[answer.empty]),))
    if answer.empty is not EmptyReason.NOTHING_TRACKED:
        chunks += table_chunks(answer, zone=zone)
    quiet = sum(line.silence.quiet for line in answer.lines)
    tracked = phrases.count(len(answer.lines), "commitment")
    text = f"{title.strip('*')}: {tracked}, {quiet} quiet for longer than usual"
    return fit(chunks, text=text)


def table_chunks(answer: StatusTable, *, zone: tzinfo) -> Iterator[Chunk]:
    """The lines of a table by summit, and what the marks mean."""
    for summit, lines in groupby(answer.lines, key=lambda line: line.topic.summit):
        head = [bold(summit, limit=TITLE)] if summit and answer.summit is None else []
        texts = (*head, *(_line(line, answer=answer, zone=zone) for line in lines))
        yield from sections(texts)
    if answer.lines:
        days = answer.lines[0].balance.days
        yield (context(f"Stories of the last {days} days: {_DIRECTIONS}", COMPUTED),)


def _line(line: StatusLine, *, answer: StatusTable, zone: tzinfo) -> str:
    """One commitment: title, balance, last evidence or silence, due date."""
    topic, silence = line.topic, line.silence
    parts = [
        f"• {escape(topic.title, limit=TITLE)} (`{escape(topic.id)}`)",
        *([phrases.balance_marks(line.balance)] if line.balance.stories else []),
    ]
    if silence.last is None:
        parts.append("no evidence yet")
    elif silence.quiet:
        parts.append(f"*{phrases.silence(silence)}*")
    else:
        parts.append(f"newest {date(silence.last, zone=zone)}")
    if topic.due:
        parts.append(phrases.due(topic.due, today=answer.now.date()))
    return " · ".join(parts)


def overview_messages(answer: Overview, *, zone: tzinfo) -> tuple[Message, ...]:
    """The short answer to no question."""
    tracked = phrases.count(answer.commitments, "commitment")
    first = f"*{tracked}* of {phrases.count(answer.summits, 'summit')} are watched"
    chunks: list[Chunk] = []
    if answer.empty:
        chunks.append((section(f"{first}. {EMPTY_TEXT[answer.empty]}"),))
    else:
        week = phrases.count(answer.week.stories, "story", "stories")
        balance = f" ({phrases.balance(answer.week)})" if answer.week.stories else ""
        chunks.append((section(f"{first}; {week} in the last {answer.week.days} days{balance}."),))
        for story, topic in answer.newest:
            line = f"{story_line(story, zone=zone)} · {escape(topic.title, limit=TITLE)}"
            chunks.append((story_section(story, line, concern=topic.concern),))
    notes = [quiet_line(answer.quiet)]
    if answer.feeds.failing:
        notes.append(f"{phrases.failing(answer.feeds)}: `/briefing feeds`")
    notes.append(
        "Try `/briefing status all`, `/briefing evidence <commitment>`, `/briefing subscribe` "
        "or `/briefing help`.".replace("<", "&lt;").replace(">", "&gt;")
    )
    chunks.append((context(*notes),))
    return fit(chunks, text=f"{tracked} watched")
