"""Evidence under a commitment, a timeline, a search, and why one item was filed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, tzinfo

from pydantic import ValidationError
from slack_sdk.models.blocks import ButtonElement, SectionBlock

from bot.briefing import phrases
from bot.briefing.answers import (
    EvidenceAnswer,
    EvidenceTable,
    Hit,
    QualityTable,
    SearchAnswer,
    TimelineAnswer,
    WhyAnswer,
)
from bot.briefing.parts import EmptyReason
from bot.briefing.stories import title_of
from bot.domain.commitment import Commitment, Pack
from bot.domain.evidence import JUDGED, Match, Origin, ReviewCounts, Reviewed, Verdict
from bot.domain.item import DateSource, Item
from bot.domain.subscription import Json
from bot.slack import ids
from bot.slack.button_values import (
    ArticleValue,
    CardValue,
    EvidencePage,
    ReviewValue,
    StoryChoice,
    StoryValue,
)
from bot.slack.messages.blocks import (
    Chunk,
    Message,
    actions,
    bold,
    context,
    date,
    date_time,
    escape,
    fit,
    link,
    names,
    note,
    section,
    sections,
    target,
)
from bot.slack.messages.parts import (
    EMPTY_TEXT,
    HEADLINE,
    OUTLET,
    PASSAGE,
    TITLE,
    button,
    heading,
    legend,
    story_line,
    story_menu,
    story_section,
    topics,
    undo_button,
)

_REASONS_SHOWN = 8
_OUTLETS_SHOWN = 8
_REASON = 150
_SUMMARY = 400
_TYPED = 120
_HISTORY_SHOWN = 6
_SINCE = "\n↳ "
_FILE = {
    Verdict.PROGRESS: ("▲", ids.FILE_PROGRESS),
    Verdict.SETBACK: ("▼", ids.FILE_SETBACK),
    Verdict.NEUTRAL: ("◇", ids.FILE_NEUTRAL),
}
_CARD = {
    Verdict.PROGRESS: ("▲", ids.CARD_PROGRESS),
    Verdict.SETBACK: ("▼", ids.CARD_SETBACK),
    Verdict.NEUTRAL: ("◇", ids.CARD_NEUTRAL),
    Verdict.REJECTED: ("✗", ids.CARD_DOES_NOT_FIT),
}
_VERDICTS = {
    Verdict.PROGRESS: ("▲", ids.REVIEW_PROGRESS),
    Verdict.SETBACK: ("▼", ids.REVIEW_SETBACK),
    Verdict.NEUTRAL: ("◇", ids.REVIEW_NEUTRAL),
    Verdict.REJECTED: ("✗", ids.REVIEW_DOES_NOT_FIT),
}


def search_messages(answer: SearchAnswer, *, zone: tzinfo) -> tuple[Message, ...]:
    """The items found, best first, each with what it is filed under."""
    typed = f"“{escape(answer.words, limit=_TYPED)}”"
    if answer.empty:
        empty = section(f"Search for {typed}: {EMPTY_TEXT[answer.empty]}")
        return fit([(empty,)], text=f"Search for {typed}: nothing")
    title = f"Search for {typed}: {phrases.count(len(answer.hits), 'item')}"
    hits = (
        (
            section(
                _hit(hit, zone=zone),
                accessory=button("File …", ids.FILE_CHOOSE, ArticleValue(item=hit.item.id)),
            ),
        )
        for hit in answer.hits
    )
    return fit([(section(f"{title}, best first"),), *hits], text=title)


def _hit(hit: Hit, *, zone: tzinfo) -> str:
    item = hit.item
    title = link(item.url, title_of(item), limit=HEADLINE)
    source = f"{escape(item.outlet, limit=OUTLET)} · {date(item.published_at, zone=zone)}"
    filed = f"under {topics(hit.topics)}" if hit.topics else "not filed"
    return f"• {title} · {source} · {filed}"


def evidence_messages(answer: EvidenceAnswer, *, zone: tzinfo) -> tuple[Message, ...]:
    """One page of evidence, with a button for the next one."""
    narrowed = ", ".join(
        part
        for part in (
            # Days that people named: the same words for every reader anywhere.
            f"since {phrases.day(answer.since, zone=UTC)}" if answer.since else "",
            f"before {phrases.day(answer.until, zone=UTC)}" if answer.until else "",
            phrases.direction(answer.direction, concern=answer.topic.concern)
            if answer.direction
            else "",
            f"reported by {escape(answer.source, limit=OUTLET)}" if answer.source else "",
        )
        if part
    )
    title = f"Evidence: {heading(answer.topic)}{f' · {narrowed}' if narrowed else ''}"
    text = f"Evidence: {escape(answer.topic.title, limit=TITLE)}"
    concern = answer.topic.concern
    if answer.empty:
        chunk: Chunk = (section(title), section(EMPTY_TEXT[answer.empty]))
        if narrowed:  # what is wider is offered, never given unasked
            everything = EvidencePage(commitment=answer.topic.id)
            chunk = (*chunk, actions(button("All that was reported", ids.EVIDENCE, everything)))
        return fit([chunk], text=text)
    chunks: list[Chunk] = [(section(title), context(_page(answer)))]
    chunks += [
        (story_section(story, story_line(story, zone=zone, quote=True), concern=concern),)
        for story in answer.stories
    ]
    chunks.append((*legend(answer.stories, concern=concern), *_more(answer)))
    return fit(chunks, text=text)


def evidence_table_messages(answer: EvidenceTable, *, zone: tzinfo) -> tuple[Message, ...]:
    """Several commitments in one list: how many stories each has, and the newest."""
    narrowed = phrases.filters(
        since=answer.since, until=answer.until, direction=answer.direction, source=answer.source
    )
    stories = phrases.count(answer.stories, "story", "stories")
    under = f"{len(answer.pages)} of {phrases.count(answer.asked, 'commitment')}"
    title = " · ".join(
        (f"{stories} under {under}", *(escape(part, limit=OUTLET) for part in narrowed))
    )
    if not answer.pages:
        wider = " Ask for a longer time, or without the outlet or direction." if narrowed else ""
        found = f"{EMPTY_TEXT[EmptyReason.NOTHING_FOUND]}{wider}"
        return fit([(section(title), section(found))], text=title)
    chunks: list[Chunk] = [(section(f"*{title}*"),)]
    for page in answer.pages:
        more = EvidencePage(
            commitment=page.topic.id,
            since=page.since,
            until=page.until,
            direction=page.direction,
            source=page.source,
        )
        newest = "\n".join(story_line(story, zone=zone) for story in page.stories)
        shown = button(f"All {page.total}", ids.EVIDENCE, more) if page.total > 1 else None
        chunks.append((section(f"{heading(page.topic)}\n{newest}", accessory=shown),))
    stories_shown = [story for page in answer.pages for story in page.stories]
    return fit([*chunks, legend(stories_shown)], text=title)


def _page(answer: EvidenceAnswer) -> str:
    """Which part of the whole this page is."""
    stories = phrases.count(answer.total, "story", "stories")
    if not answer.stories:
        return f"{stories} in all; there is no further page."
    if answer.total == len(answer.stories):
        return f"{stories}, newest first"
    first, last = answer.offset + 1, answer.offset + len(answer.stories)
    return f"{first} to {last} of {answer.total} stories, newest first"


def _more(answer: EvidenceAnswer) -> Chunk:
    if answer.next_offset is None:
        return ()
    value = EvidencePage(
        commitment=answer.topic.id,
        since=answer.since,
        until=answer.until,
        direction=answer.direction,
        source=answer.source,
        offset=answer.next_offset,
    )
    return (actions(button("More", ids.EVIDENCE_MORE, value)),)


def timeline_messages(answer: TimelineAnswer, *, zone: tzinfo) -> tuple[Message, ...]:
    """A commitment from its summit until now, by month."""
    title = f"Timeline: {bold(answer.commitment.title, limit=TITLE)}"
    chunks: list[Chunk] = [(section(title),)]
    if answer.summit.date:
        name = link(answer.summit.source, answer.summit.name, limit=TITLE)
        chunks.append((section(f"{phrases.day(answer.summit.date)}: {name}"),))
    if answer.empty:
        chunks.append((section(EMPTY_TEXT[answer.empty]),))
    else:
        chunks += _months(answer, zone=zone)
        stories = [story for month in answer.months for story in month.stories]
        left_out = answer.total - answer.shown
        note = f"The {answer.shown} weightiest of {answer.total} stories." if left_out else ""
        chunks.append(legend(stories, note, concern=answer.commitment.concern))
    return fit(chunks, text=f"Timeline: {escape(answer.commitment.title, limit=TITLE)}")


def _months(answer: TimelineAnswer, *, zone: tzinfo) -> Iterator[Chunk]:
    for month in answer.months:
        name = f"*{phrases.MONTHS[month.month.month - 1]} {month.month.year}*"
        lines = (name, *(story_line(story, zone=zone) for story in month.stories))
        yield from sections(lines)


def why_messages(answer: WhyAnswer, *, zone: tzinfo) -> tuple[Message, ...]:
    """Why an item was filed under a commitment, and what people said of it."""
    chunk = (*why_blocks(answer, zone=zone), actions(*_verdicts(answer)))
    return fit([chunk], text=f"Why E{answer.evidence.id} was filed")


def why_blocks(answer: WhyAnswer, *, zone: tzinfo) -> Chunk:
    """The same without buttons."""
    item, first = answer.evidence.item, answer.first_title
    title = link(item.url, title_of(item), limit=HEADLINE)
    outlet = escape(item.outlet, limit=OUTLET)
    direction = answer.evidence.shown_direction
    words = phrases.direction(direction, concern=answer.topic.concern)
    lines = [
        f"*E{answer.evidence.id}* {title}",
        f"{outlet} · {date(item.published_at, zone=zone)}{_edited(item, zone=zone)}",
        *([f"It first said: “{escape(first, limit=HEADLINE)}”"] if first else ()),
        f"Filed under {heading(answer.topic)}: {phrases.DIRECTION_MARK[direction]} {words}"
        if answer.standing
        else f"Was filed under {heading(answer.topic)}",
        *_history(answer, zone=zone),
    ]
    said = _said(answer)
    blocks = (section("\n".join(lines)), *([section(said)] if said else []))
    return (*blocks, context(_footing(answer)))


def _edited(item: Item, *, zone: tzinfo) -> str:
    if item.changed_at is not None:
        return f" · changed {date(item.changed_at, zone=zone)}"
    edits = item.revision - 1
    return f" · edited {phrases.count(edits, 'time')} since" if edits else ""


def _said(answer: WhyAnswer) -> str:
    """The passage quoted and the reasons; the summary where there is no passage."""
    evidence = answer.evidence
    passage = escape(evidence.passage, limit=PASSAGE)
    summary = escape(evidence.item.summary, limit=_SUMMARY)
    quoted = passage or summary
    reasons = [f"• {escape(reason, limit=_REASON)}" for reason in evidence.reasons[:_REASONS_SHOWN]]
    return "\n".join([*([f"“{quoted}”"] if quoted else []), *reasons])


def _footing(answer: WhyAnswer) -> str:
    """Who stands behind it, how sure the machine is, and who else reports it."""
    standing = answer.standing
    verdict = answer.evidence.verdict
    if verdict is Verdict.MOVED:
        stands = f"moved to `{escape(_moved_to(answer), limit=TITLE)}`, and shown there"
    elif standing is None:
        stands = "set aside by a person: shown nowhere else"
    elif answer.evidence.origin is Origin.PERSON and verdict is None:
        stands = "filed by a person, and taken back: shown nowhere else"
    else:
        stands = phrases.STANDING_WORDS[standing]
    parts = [stands]
    if answer.evidence.origin is Origin.MACHINE:
        parts.append(f"score {answer.evidence.score:.2f} of 1")
    if answer.story and len(answer.story.outlets) > 1:
        parts.append(f"reported by {names(answer.story.outlets, shown=_OUTLETS_SHOWN)}")
    return " · ".join(parts)


def _verdicts(answer: WhyAnswer) -> Iterator[ButtonElement]:
    """A button for each verdict that would change something; then moving it, and undoing."""
    number, stands = answer.evidence.id, answer.evidence.verdict
    for verdict, (mark, action) in _VERDICTS.items():
        if stands is not verdict:
            words = phrases.verdict(verdict, concern=answer.topic.concern).capitalize()
            value = ReviewValue(evidence=number, verdict=verdict)
            yield button(f"{mark} {words}", action, value)
    move = StoryValue(evidence=number, choice=StoryChoice.MOVE)
    yield button("→ Another commitment …", ids.REVIEW_MOVE, move)
    if stands is not None:
        yield undo_button(answer.evidence)


def _moved_to(answer: WhyAnswer) -> str:
    """The commitment that the verdict which stands has moved it to."""
    moves = (one.moved_to for one in reversed(answer.reviews) if one.moved_to)
    return next(moves, None) or "another commitment"


def _history(answer: WhyAnswer, *, zone: tzinfo) -> Iterator[str]:
    """What people said, a line each, the earliest first; the last ones where there are many."""
    undone = {review.undoes for review in answer.reviews}
    if (earlier := len(answer.reviews) - _HISTORY_SHOWN) > 0:
        number = answer.evidence.id
        yield f"{phrases.count(earlier, 'earlier verdict')}: `/briefing audit E{number}`"
    for review in answer.reviews[-_HISTORY_SHOWN:]:
        words = phrases.verdict(review.verdict, concern=answer.topic.concern)
        if review.moved_to:
            words = f"moved to `{escape(review.moved_to, limit=TITLE)}`"
        said = f"~{words}~ (undone)" if review.id in undone else words
        said = f"took back “{words}”" if review.undoes else said
        yield f"{target(review.actor)}, {date_time(review.at, zone=zone)}: {said}"


def card_messages(
    answer: WhyAnswer | None, counts: ReviewCounts, *, commitment: str | None, zone: tzinfo
) -> tuple[Message, ...]:
    """One evidence to review, with what is left and done; None when nothing is free."""
    people = phrases.count(counts.people, "person", "people")
    done = f", {counts.done} done today by {people}" if counts.done else ""
    head = f"*Review* · {counts.left} left{done}"
    if answer is None:
        why = (
            "Nothing waits for a review here."
            if not counts.left
            else "The others are before somebody's eyes; ask again in ten minutes."
        )
        return (note(f"{head}\n{why}"),)
    number = answer.evidence.id

    def card(verdict: Verdict | None) -> CardValue:
        return CardValue(evidence=number, verdict=verdict, commitment=commitment)

    concern = answer.topic.concern
    buttons = [
        button(
            f"{mark} {phrases.verdict(verdict, concern=concern).capitalize()}",
            action,
            card(verdict),
        )
        for verdict, (mark, action) in _CARD.items()
    ]
    move = StoryValue(evidence=number, choice=StoryChoice.MOVE)
    steps = actions(
        *buttons,
        button("→ Another commitment …", ids.REVIEW_MOVE, move),
        button("Skip", ids.CARD_SKIP, card(None)),
    )
    blocks = (section(head), *why_blocks(answer, zone=zone), steps)
    return fit([blocks], text=f"Review: {counts.left} left")


def article_messages(
    item: Item, commitment: Commitment | None, match: Match | None, *, zone: tzinfo
) -> tuple[Message, ...]:
    """An article to file by hand: what it is, and buttons for the commitment that is proposed.

    `match` is what the machine says of both; None where it would not file it there.
    """
    title = link(item.url, title_of(item), limit=HEADLINE)
    source = f"{escape(item.outlet, limit=OUTLET)} · {date(item.published_at, zone=zone)}"
    undated = " (the page says no date)" if item.date_source is DateSource.FIRST_SEEN else ""
    said = "I would file it under none of the commitments."
    steps = []
    if commitment is not None:
        name = bold(commitment.title, limit=TITLE)
        said = f"Under {name}? I would not file it there."
        if match is not None:
            passage = f"\n“{escape(match.passage, limit=PASSAGE)}”" if match.passage else ""
            said = f"I would file it under {name}, score {match.score:.2f} of 1{passage}"
        for verdict, (mark, action) in _FILE.items():
            words = phrases.verdict(verdict, concern=commitment.concern)
            value = ArticleValue(item=item.id, commitment=commitment.id, verdict=verdict)
            steps.append(button(f"File: {mark} {words}", action, value))
    steps.append(button("Choose a commitment …", ids.FILE_CHOOSE, ArticleValue(item=item.id)))
    chunk: Chunk = (section(f"{title}\n{source}{undated}"), section(said), actions(*steps))
    return fit([chunk], text=f"File: {escape(title_of(item), limit=HEADLINE)}")


def filed_message(done: Reviewed, *, pack: Pack, actor: str) -> Message:
    """The answer to filing by hand: where it stands now, and what stood before."""
    filed, before = done.after[0], done.before[0]
    topic = pack.by_id[filed.commitment_id]
    said = phrases.verdict(filed.verdict, concern=topic.concern) if filed.verdict else ""
    text = f"E{filed.id} is filed under {bold(topic.title, limit=TITLE)}: {said}."
    if before.verdict is not None and before.verdict_by not in {None, actor}:
        was = phrases.verdict(before.verdict, concern=topic.concern)
        text += f" {target(before.verdict_by or '')} had set it to “{was}”; both stay on record."
    return note(text)


def quality_messages(answer: QualityTable) -> tuple[Message, ...]:
    """How often the filing was right, a line for each commitment that was reviewed."""
    if not answer.lines:
        return (note("Nothing was reviewed yet. The menu beside each line sets it right."),)
    head = f"*How often I was right*, by the last {JUDGED} reviews of each commitment"
    lines = (
        f"• {escape(topic.title, limit=TITLE)}: {phrases.quality_counts(here)}"
        for topic, here in answer.lines
    )
    overall = f"*All:* {phrases.quality_counts(answer.overall)}"
    return fit(sections((head, *lines, overall)), text="How often I was right")


def reviewed_section(answer: WhyAnswer, *, zone: tzinfo) -> SectionBlock:
    """A story's line as it stands, with whose verdict does; struck where it is set aside.

    The line of one whose verdict was undone is as it was before.
    """
    evidence, story = answer.evidence, answer.story
    if story is not None:
        line = story_line(story, zone=zone)
    else:
        title = escape(title_of(evidence.item), limit=HEADLINE)
        line = f"✗ ~{title}~ · E{evidence.id}"
    if evidence.verdict is not None and evidence.verdict_by and evidence.verdict_at:
        words = phrases.verdict(evidence.verdict, concern=answer.topic.concern)
        if evidence.verdict is Verdict.MOVED:
            words = f"moved to {escape(_moved_to(answer), limit=TITLE)}"
        when = date_time(evidence.verdict_at, zone=zone)
        line = f"{line}\n{words}: set by {target(evidence.verdict_by)}, {when}"
    menu = story_menu(
        evidence.id, evidence.verdict, at=evidence.verdict_at, concern=answer.topic.concern
    )
    return section(line, accessory=menu)


def with_line(
    payload: Json, numbers: Collection[int], line: SectionBlock, *, verdict: Verdict | None
) -> Json | None:
    """A message with the line of a story in place of its old one; None where it has none.

    `numbers` are those of the story's evidence under its commitment. Where a digest leads with the
    story, the lead says below its words that a `verdict` stands, and what was sent stays readable.
    """
    blocks = payload.get("blocks")
    if not isinstance(blocks, Sequence):
        return None
    there = [_number_of(block) in numbers for block in blocks]
    after = [
        line.to_dict() if here else _reviewed_lead(block, numbers, verdict)
        for here, block in zip(there, blocks, strict=True)
    ]
    return {**payload, "blocks": after} if any(there) else None


def _reviewed_lead(block: Json, numbers: Collection[int], verdict: Verdict | None) -> Json:
    """A digest's lead with what became of its story; any other block as it is."""
    number = next((n for n in numbers if block.get("block_id") == ids.lead(n)), None)
    text = block.get("text")
    if number is None or not isinstance(text, Mapping):
        return block
    said, *_ = str(text["text"]).split(_SINCE)
    if verdict is not None:
        what = "reviewed" if verdict.fits else "set aside"
        said = f"{said}{_SINCE}{what} by a person since: see E{number} below."
    return {**block, "text": {**text, "text": said}}


def _number_of(block: Json) -> int | None:
    """The evidence that a line's menu is about; None for any other block."""
    accessory = block.get("accessory")
    if not isinstance(accessory, Mapping) or accessory.get("action_id") != ids.STORY_MENU:
        return None
    options = accessory.get("options") or ()
    try:
        return StoryValue.model_validate_json(options[0]["value"]).evidence if options else None
    except ValidationError:  # of a version that is no more
        return None
