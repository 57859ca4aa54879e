"""Where commitments stand, and the short overview."""

from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo

from slack_sdk.models.blocks import (
    ActionsBlock,
    Option,
    StaticSelectElement,
)

from bot.briefing import phrases
from bot.briefing.answers import CommitmentStatus, Overview, StatusTable
from bot.briefing.parts import EmptyReason, StatusLine, Story
from bot.slack import ids
from bot.slack.button_values import CommitmentValue, HistoryPageValue, SubscribeValue
from bot.slack.limits import OPTION_TEXT
from bot.slack.messages.blocks import (
    Chunk,
    Message,
    actions,
    context,
    date,
    escape,
    fit,
    link,
    plain,
    section,
    sections,
    target,
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
_CITED = 80
_SUMMIT = 40
_STANDING_SHOWN = 4
# In the menu below a table; a menu of a hundred would take the room of all lines.
_ASSESSED_HERE = 25
_DIRECTIONS = "▲ toward fulfilment   ▼ away from it   ◇ neither   ? unsure"
_EMPTY_TABLE = frozenset(
    {EmptyReason.NOTHING_TRACKED, EmptyReason.NO_FEEDS, EmptyReason.NEVER_FETCHED}
)


def commitment_messages(answer: CommitmentStatus, *, zone: tzinfo) -> tuple[Message, ...]:
    """Where one commitment stands: the answer in a sentence, then what it rests on."""
    concern = answer.commitment.concern
    head, sentence = _head(answer, zone), _sentence(answer, zone)
    chunks: list[Chunk] = [*sections((head, sentence)), (section(_promise(answer)),)]

    def lines(stories: Iterable[Story], heading: str) -> Iterator[Chunk]:
        told = [
            story_section(story, story_line(story, zone=zone, quote=True), concern=concern)
            for story in stories
        ]
        if told:
            first, *rest = told
            yield (section(f"*{heading}*"), first)
            yield from ((line,) for line in rest)

    grows, eases = ("It grows", "It eases") if concern else ("Speaks for it", "Speaks against it")
    chunks += [*lines(answer.toward, grows), *lines(answer.away, eases)]
    chunks.append((section(EMPTY_TEXT[answer.empty] if answer.empty else _standing(answer)),))
    told = {story.evidence_id for story in (*answer.toward, *answer.away)}
    newest = tuple(story for story in answer.newest if story.evidence_id not in told)
    chunks += lines(newest, "Newest beside these" if told else "Newest")
    waiting = f", {answer.waiting} waiting for review" if answer.waiting else ""
    chunks += lines(answer.unsure, f"Unsure{waiting}")
    if shown := (*answer.toward, *answer.away, *newest, *answer.unsure):
        chunks.append(legend(shown, COMPUTED, concern=concern))
    value = CommitmentValue(commitment=answer.commitment.id)
    steps = [button("Subscribe", ids.SUBSCRIBE, SubscribeValue(commitment=answer.commitment.id))]
    if not answer.empty:
        label = f"Evidence ({answer.stories})" if answer.stories else "Evidence"
        timeline = button("Timeline", ids.TIMELINE, value)
        page = HistoryPageValue(commitment=answer.commitment.id)
        history = button("History", ids.ASSESSMENT_HISTORY, page)
        assess = button("Assess", ids.ASSESS, value)
        steps = [button(label, ids.EVIDENCE, value), timeline, assess, history, *steps]
    chunks.append((ActionsBlock(elements=steps),))
    return fit(chunks, text=head)


def _head(answer: CommitmentStatus, zone: tzinfo) -> str:
    """The title, and the day that was asked for."""
    name = escape(answer.commitment.id)
    title = f"*{escape(answer.commitment.title, limit=TITLE) or name}* · {name}"
    return f"{title}{_as_of(answer.as_of)}"


def _as_of(moment: datetime | None) -> str:
    return f" · as of {phrases.day(moment)}" if moment else ""


def _sentence(answer: CommitmentStatus, zone: tzinfo) -> str:
    """The level with its author, date and age, and the last turn; each part cited."""

    def cite(story: Story) -> str:
        title = link(story.url, story.headline, limit=_CITED)
        outlets = phrases.count(len(story.outlets), "outlet")
        later = phrases.fetched_later(story)
        return ", ".join(part for part in (title, outlets, f"E{story.evidence_id}", later) if part)

    def name(foreign: str) -> str:
        return target(foreign) if foreign in authors else escape(foreign, limit=TITLE)

    authors = {one.actor for one in answer.standing}
    shown, more = answer.standing[:_STANDING_SHOWN], len(answer.standing) - _STANDING_SHOWN
    judged = phrases.judged(shown, now=answer.now, name=name, zone=zone)
    if more > 0:
        judged += f"; and {phrases.count(more, 'more party', 'more parties')} in the history"
    turned = phrases.turns(answer.runs, cite=cite, concern=answer.commitment.concern, zone=zone)
    return f"{judged}; {turned}."


def _promise(answer: CommitmentStatus) -> str:
    """The promise and where it was made."""
    commitment, summit = answer.commitment, answer.summit
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
    """Where several commitments stand, a line each, the worst first."""
    title = f"*{escape(answer.summit.name, limit=TITLE)}*" if answer.summit else "*All commitments*"
    chunks: list[Chunk] = [(section(f"{title}{_as_of(answer.as_of)}"),)]
    if answer.empty in _EMPTY_TABLE:
        chunks.append((section(EMPTY_TEXT[answer.empty]),))
    if answer.empty is not EmptyReason.NOTHING_TRACKED:
        chunks += table_chunks(answer, zone=zone)
    if answer.lines:
        chunks.append((actions(_assess_menu(answer)),))
    quiet = sum(line.silence.quiet for line in answer.lines)
    tracked = phrases.count(len(answer.lines), "commitment")
    judged = sum(bool(line.standing) for line in answer.lines)
    text = f"{title.strip('*')}: {tracked}, {judged} assessed, {quiet} quiet for longer than usual"
    return fit(chunks, text=text)


def _assess_menu(answer: StatusTable) -> StaticSelectElement:
    """The choice of a commitment to assess, of the first in the table."""
    first = answer.lines[:_ASSESSED_HERE]
    more = len(answer.lines) > len(first)
    return StaticSelectElement(
        action_id=ids.ASSESS_ONE_OF,
        placeholder=plain(f"Assess one of the first {len(first)}" if more else "Assess", limit=150),
        options=[
            Option(
                value=CommitmentValue(commitment=line.topic.id).model_dump_json(),
                text=plain(line.topic.title, limit=OPTION_TEXT),
            )
            for line in first
        ],
    )


def table_chunks(answer: StatusTable, *, zone: tzinfo) -> Iterator[Chunk]:
    """The lines of a table, and what the marks mean."""
    yield from sections(_line(line, answer=answer, zone=zone) for line in answer.lines)
    if answer.lines:
        days = answer.lines[0].balance.days
        order = "Worst first: by level, then what nobody assessed, then what is fully done."
        yield (context(order, f"Stories of the last {days} days: {_DIRECTIONS}", COMPUTED),)


def _line(line: StatusLine, *, answer: StatusTable, zone: tzinfo) -> str:
    """One commitment: title, level, last turn, balance, last evidence or silence, due date."""
    topic, silence = line.topic, line.silence
    summit = f", {escape(topic.summit, limit=_SUMMIT)}" if answer.summit is None else ""
    turned = phrases.turns_briefly(line.runs, concern=topic.concern, zone=zone)
    parts = [
        f"• {escape(topic.title, limit=TITLE)} (`{escape(topic.id)}`{summit})",
        f"*{phrases.judged_briefly(line.standing, now=answer.now)}*",
        *([turned] if turned else []),
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
