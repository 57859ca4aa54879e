"""The pieces that several surfaces show: a story's line with its menu, legends, empty answers."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo

from slack_sdk.models.blocks import (
    ButtonElement,
    Option,
    OverflowMenuElement,
    PlainTextObject,
    SectionBlock,
)

from bot.briefing import phrases
from bot.briefing.parts import EmptyReason, Quiet, Standing, Story, Topic
from bot.domain.evidence import Direction, Evidence, Verdict
from bot.slack import ids
from bot.slack.button_values import StoryChoice, StoryValue, Value
from bot.slack.messages.blocks import Chunk, bold, context, date, escape, link, names, section

HEADLINE = 300
OUTLET = 60
TITLE = 120
PASSAGE = 240
_TOPICS_SHOWN = 4
_QUIET_SHOWN = 5

COMPUTED = "Counted from stories by the machine, not a judgement."
EMPTY_TEXT = {
    EmptyReason.NOTHING_TRACKED: (
        "Nothing is tracked yet. An admin can put the summit's commitments into "
        "`commitments.yaml`; `/briefing help` says more."
    ),
    EmptyReason.NO_LONGER_TRACKED: (
        "What this digest is about is no longer tracked. `/briefing commitments` shows what is."
    ),
    EmptyReason.NO_FEEDS: (
        "No news feeds are listed, so nothing new comes in. "
        "An admin can add one: `/briefing feeds add` with the address of a feed or a site."
    ),
    EmptyReason.NEVER_FETCHED: "The feeds have not been fetched yet. Ask again soon.",
    EmptyReason.NO_EVIDENCE: "No evidence has been filed here yet. The feeds are being watched.",
    EmptyReason.NOTHING_FOUND: "Nothing was found for that.",
}
_CHOICES: Mapping[bool, Sequence[tuple[StoryChoice, str]]] = {
    concern: (
        (StoryChoice.PROGRESS, f"▲ {phrases.direction(Direction.PROGRESS, concern=concern)}"),
        (StoryChoice.SETBACK, f"▼ {phrases.direction(Direction.SETBACK, concern=concern)}"),
        (StoryChoice.NEUTRAL, "◇ background, neither"),
        (StoryChoice.DOES_NOT_FIT, "✗ not this commitment"),
        (StoryChoice.MOVE, "Why? Another commitment …"),
    )
    for concern in (False, True)
}
_UNDO = "↺ undo"


def story_line(
    story: Story, *, zone: tzinfo, notes: Sequence[str] = (), quote: bool = False
) -> str:
    """A story on one line: direction, linked headline, outlets, date, number.

    What makes it doubtful follows on the line, then `notes`, which are escaped already. With
    `quote` its passage follows on a line of its own, unless the headline says it.
    """
    marks = f"{phrases.DIRECTION_MARK[story.direction]} {phrases.STANDING_MARK[story.standing]}"
    outlets = phrases.outlets([escape(name, limit=OUTLET) for name in story.outlets])
    when = date(story.shown_at, zone=zone)
    when = when if story.dated else f"seen {when}"
    if phrases.day(story.shown_at, zone=zone) != phrases.day(story.published_at, zone=zone):
        when = f"{when} (first {date(story.published_at, zone=zone)})"
    title = link(story.url, story.headline, limit=HEADLINE)
    changed = f" · changed {date(story.changed_at, zone=zone)}" if story.changed_at else ""
    line = f"{marks.strip()} {title} · {outlets} · {when}{changed} · E{story.evidence_id}"
    doubts = [
        phrases.contrary(story.contrary),
        phrases.fetched_later(story),
        phrases.MAY_NOT_BELONG if story.standing is Standing.UNSURE else "",
    ]
    lines = [" · ".join([line, *(doubt for doubt in doubts if doubt), *notes])]
    if quote and story.passage and story.passage.casefold() not in story.headline.casefold():
        lines.append(f"“{escape(story.passage, limit=PASSAGE)}”")
    return "\n".join(lines)


def story_section(story: Story, line: str, *, concern: bool = False) -> SectionBlock:
    """A story's line with the menu that sets it right."""
    menu = story_menu(story.evidence_id, story.verdict, at=story.verdict_at, concern=concern)
    return section(line, accessory=menu)


def undo_button(evidence: Evidence) -> ButtonElement:
    """Takes back the verdict that stands, and no other that may stand by then."""
    value = StoryValue(evidence=evidence.id, choice=StoryChoice.UNDO, at=evidence.verdict_at)
    return button("↺ Undo", ids.REVIEW_UNDO, value)


def story_menu(
    number: int, verdict: Verdict | None, *, at: datetime | None, concern: bool = False
) -> OverflowMenuElement:
    """The menu beside a piece of evidence; Slack takes five choices.

    Each verdict is one of them; in place of the one that stands is its undoing.
    """
    stands = Verdict.REJECTED if verdict is Verdict.MOVED else verdict
    choices = [
        (StoryChoice.UNDO, _UNDO) if stands and choice.verdict is stands else (choice, label)
        for choice, label in _CHOICES[concern]
    ]
    return OverflowMenuElement(
        action_id=ids.STORY_MENU,
        options=[
            Option(
                value=StoryValue(
                    evidence=number, choice=choice, at=at if choice is StoryChoice.UNDO else None
                ).model_dump_json(exclude_none=True),
                text=PlainTextObject(text=label, emoji=False),
            )
            for choice, label in choices
        ],
    )


def legend(stories: Iterable[Story], *notes: str, concern: bool = False) -> Chunk:
    """What the marks mean, only those that occur, and further notes that are escaped already.

    Nothing at all when there is neither.
    """
    shown = tuple(stories)
    found = {story.direction for story in shown}
    directions = [
        f"{phrases.DIRECTION_MARK[direction]} {phrases.direction(direction, concern=concern)}"
        for direction in phrases.DIRECTION_MARK
        if direction in found
    ]
    stand = {story.standing for story in shown}
    confirmed, proposed = (
        phrases.STANDING_WORDS[standing] for standing in (Standing.CONFIRMED, Standing.PROPOSED)
    )
    standings = [f"✓ {confirmed}"] if Standing.CONFIRMED in stand else []
    if stand - {Standing.CONFIRMED}:
        standings.append(f"unmarked: {proposed}" if standings else f"all {proposed}")
    texts = [text for text in ("   ".join((*directions, *standings)), *notes) if text]
    return (context(*texts),) if texts else ()


def topics(found: Sequence[Topic]) -> str:
    """The first commitments by title, and how many others."""
    return names([topic.title for topic in found], shown=_TOPICS_SHOWN)


def heading(topic: Topic) -> str:
    """A commitment as a heading: its title in bold, and its summit."""
    summit = f" · {escape(topic.summit, limit=TITLE)}" if topic.summit else ""
    return f"{bold(topic.title, limit=TITLE)}{summit}"


def quiet_line(quiet: Sequence[Quiet]) -> str:
    """Quiet commitments on one line, the longest silence first; empty without any."""
    parts = [
        f"{escape(one.topic.title, limit=TITLE)} for {phrases.span(one.silence.gap)}"
        for one in quiet[:_QUIET_SHOWN]
        if one.silence.gap is not None
    ]
    if (extra := len(quiet) - _QUIET_SHOWN) > 0:
        parts.append(f"{extra} others")
    return f"Quiet for longer than usual: {phrases.listing(parts)}." if parts else ""


def button(
    label: str, action: str, value: Value | None = None, *, style: str | None = None
) -> ButtonElement:
    """A button with our own short label; its style is None, `primary` or `danger`."""
    return ButtonElement(
        text=PlainTextObject(text=label, emoji=False),
        action_id=action,
        value=value.model_dump_json(exclude_defaults=True) if value else None,
        style=style,
    )
