"""What people judged of a commitment: announced, objected to, and its history."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from bot.briefing import phrases
from bot.briefing.answers import AssessmentHistory
from bot.briefing.parts import Topic
from bot.briefing.report import Report
from bot.briefing.stories import title_of
from bot.domain.assessment import Assessment, Objection
from bot.domain.evidence import Evidence
from bot.slack import ids
from bot.slack.button_values import AssessmentValue, CommitmentValue, HistoryPageValue
from bot.slack.messages.blocks import (
    Chunk,
    Message,
    actions,
    at_most,
    context,
    date,
    escape,
    fit,
    link,
    note,
    section,
    sections,
    target,
)
from bot.slack.messages.parts import HEADLINE, TITLE, button, heading

_CITED_SHOWN = 8
_OBJECTIONS_SHOWN = 5
_REASON = 2_700
_OBJECTION = 1_200


def assessment_lines(one: Assessment, *, zone: tzinfo) -> tuple[str, str]:
    """An assessment in two lines: level, author, date and what is cited; then the reason."""
    party = f"{escape(one.party, limit=TITLE)}: " if one.party else ""
    cited = phrases.citations(one.evidence[:_CITED_SHOWN])
    if (extra := len(one.evidence) - _CITED_SHOWN) > 0:
        cited += f" and {extra} more"
    who = f"{target(one.actor)}, {date(one.at, zone=zone)}"
    head = f"*{party}{phrases.level_of(one)}* · {who} · A{one.id}, on {cited}"
    return head, f"“{escape(one.reason, limit=_REASON)}”"


def assessed_messages(
    made: Assessment,
    *,
    topic: Topic,
    cited: Sequence[Evidence],
    before: Assessment | None,
    zone: tzinfo,
) -> tuple[Message, ...]:
    """The announcement of an assessment, with a button to object; `before` is what stood."""
    head, reason = assessment_lines(made, zone=zone)
    was = f"Before: {phrases.level_of(before)}, {date(before.at, zone=zone)}." if before else ""
    lines = at_most(_CITED_SHOWN, [_cited_line(one, zone) for one in cited])
    chunks: list[Chunk] = [
        (section(f"{heading(topic)} was assessed"),),
        *sections((head, reason, *([was] if was else []))),
        *sections(lines),
        (
            actions(
                button("Object", ids.ASSESSMENT_OBJECT, AssessmentValue(assessment=made.id)),
                button("Status", ids.STATUS, CommitmentValue(commitment=topic.id)),
                button("History", ids.ASSESSMENT_HISTORY, HistoryPageValue(commitment=topic.id)),
            ),
        ),
    ]
    title = escape(topic.title, limit=TITLE)
    return fit(chunks, text=f"{title}: assessed as {phrases.level_of(made)}")


def kept_message(made: Assessment, *, topic: Topic, channels: Sequence[str]) -> Message:
    """The answer to the person who assessed: what is on record, and where it is told."""
    told = f" It is told in {phrases.listing([target(one) for one in channels])}."
    alone = " No channel subscribes to it, so it is told nowhere."
    title = escape(topic.title, limit=TITLE)
    party = f", {escape(made.party, limit=TITLE)}" if made.party else ""
    record = f"A{made.id} is on record: {title}{party}, {phrases.level_of(made)}."
    return note(f"{record}{told if channels else alone}")


def unkept_message(reason: str) -> Message:
    """The reason that a person wrote, where it could not be put on record."""
    return note(f"You had written: “{escape(reason, limit=_REASON)}”")


def objection_message(made: Objection, against: Assessment, *, topic: Topic) -> Message:
    """What the author of an assessment is told of an objection."""
    head = (
        f"{target(made.actor)} objects to your assessment A{against.id} of "
        f"{escape(topic.title, limit=TITLE)}, {phrases.level_of(against)}:"
    )
    rest = f"`/briefing history {escape(topic.id)}` shows it beside the assessment."
    return note(f"{head}\n“{escape(made.reason, limit=_OBJECTION)}”\n{rest}")


def objected_message(made: Objection) -> Message:
    """The answer to the person who objected."""
    return note(
        f"Your objection is on record beside A{made.assessment_id}. Its author is told; the level "
        "stays until somebody assesses anew."
    )


def report_comment(report: Report) -> str:
    """What stands beside the file of a report."""
    judged = sum(bool(part.status.standing) for part in report.sections)
    number = phrases.count(len(report.sections), "commitment")
    name = escape(report.summit.name, limit=TITLE)
    return f"Compliance report on {name}: {number}, {judged} assessed"


def report_message(report: Report, *, name: str) -> Message:
    """The answer to the person who asked for a report elsewhere than in a direct message."""
    return note(f"{report_comment(report)}. `{escape(name)}` is in our direct messages.")


def history_messages(answer: AssessmentHistory, *, zone: tzinfo) -> tuple[Message, ...]:
    """A page of assessments, newest first, each with the notes against it."""
    topic = answer.topic
    assess = button("Assess", ids.ASSESS, CommitmentValue(commitment=topic.id))
    title = f"Assessments of {escape(topic.title, limit=TITLE)}"
    if not answer.total:
        chunks: list[Chunk] = [
            (section(f"{heading(topic)}\nNobody has assessed this yet."), actions(assess))
        ]
        return fit(chunks, text=title)
    last = answer.offset + len(answer.entries)
    head = f"{heading(topic)}, assessments {answer.offset + 1} to {last} of {answer.total}"
    chunks = [(section(f"{head}, newest first"),)]
    for one, notes in answer.entries:
        chunks += _entry_chunks(one, notes, stands=one.id in answer.standing, zone=zone)
    steps = [assess]
    if answer.next_offset is not None:
        page = HistoryPageValue(commitment=topic.id, offset=answer.next_offset)
        steps.append(button("Older", ids.ASSESSMENT_HISTORY_MORE, page))
    chunks.append((actions(*steps),))
    return fit(chunks, text=title)


def _entry_chunks(
    one: Assessment, notes: Sequence[Objection], *, stands: bool, zone: tzinfo
) -> Iterator[Chunk]:
    head, reason = assessment_lines(one, zone=zone)
    state = "stands" if stands else "superseded"
    if one.supersedes is not None:
        state += f"; took the place of A{one.supersedes}"
    against = button("Object", ids.ASSESSMENT_OBJECT, AssessmentValue(assessment=one.id))
    yield (section(head, accessory=against), section(reason), context(state))
    lines = [
        f"Objection by {target(each.actor)}, {date(each.at, zone=zone)}: "
        f"“{escape(each.reason, limit=_OBJECTION)}”"
        for each in reversed(notes)
    ]
    yield from sections(at_most(_OBJECTIONS_SHOWN, lines))


def _cited_line(one: Evidence, zone: tzinfo) -> str:
    mark = phrases.DIRECTION_MARK[one.shown_direction]
    title = link(one.item.url, title_of(one.item), limit=HEADLINE)
    when = date(one.item.published_at, zone=zone)
    return f"{mark} {title} · {escape(one.item.outlet, limit=60)} · {when} · E{one.id}"
