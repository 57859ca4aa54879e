"""The modals in which a commitment is assessed, and in which an assessment is objected to."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from pydantic import ValidationError
from slack_sdk.models.blocks import (
    Block,
    InputBlock,
    Option,
    OptionGroup,
    PlainTextInputElement,
    RadioButtonsElement,
    StaticMultiSelectElement,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from bot.briefing import phrases
from bot.briefing.answers import AssessmentForm
from bot.briefing.parts import Story
from bot.domain.assessment import LONGEST_REASON, Assessment
from bot.domain.commitment import LEVELS
from bot.slack import ids
from bot.slack.button_values import AssessmentValue, LevelValue
from bot.slack.limits import OPTION_TEXT, OPTION_VALUE, OPTIONS_IN_SELECT
from bot.slack.messages.assessments import assessment_lines
from bot.slack.messages.blocks import bold, context, escape, plain, section, sections
from bot.slack.messages.parts import TITLE, story_line
from bot.slack.modals.inputs import ViewValues, labelled, modal

LONGEST_OBJECTION = 1_000
_LINES_SHOWN = 8
# Stories that can be chosen, newest first; together with the rest far below what a view may hold.
_OFFERED = 300
_WHOLE = "*"
_FINAL, _PROVISIONAL = "final", "provisional"


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgementForm:
    """What was filled in; see `Judgement` for the fields."""

    commitment_id: str
    party: str | None
    level: int
    final: bool
    reason: str
    evidence: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectionForm:
    """A note against an assessment."""

    assessment_id: int
    reason: str


def assess_view(form: AssessmentForm, *, channel: str | None, zone: tzinfo) -> View:
    """The modal: promise, guideline, last assessment, new evidence; then what is judged."""
    commitment = form.commitment
    promise = f"{bold(commitment.title, limit=TITLE)}\n“{escape(commitment.text, limit=2_500)}”"
    blocks: list[Block] = [section(promise)]
    for (paragraph,) in sections(("*What each level means*", *_guideline(form))):
        blocks.append(paragraph)
    if form.standing:
        for one in form.standing[:_LINES_SHOWN]:
            for (paragraph,) in sections(assessment_lines(one, zone=zone)):
                blocks.append(paragraph)
        if (extra := len(form.standing) - _LINES_SHOWN) > 0:
            blocks.append(context(f"And {extra} more: `/briefing history {escape(commitment.id)}`"))
    else:
        blocks.append(section("*Nobody has assessed this yet.*"))
    if not (form.since or form.earlier):
        blocks.append(section(
            "No evidence surely bears on it yet, so it cannot be assessed: without evidence there "
            "is no assessment. `/briefing review` shows what waits to be looked at."
        ))  # fmt: skip
        return View(
            type="modal",
            callback_id=ids.ASSESS_VIEW,
            title=plain("Assess", limit=24),
            close=plain("Close", limit=24),
            blocks=blocks,
        )
    blocks += _new_evidence(form, zone)
    blocks += _inputs(form)
    return modal(ids.ASSESS_VIEW, "Assess", blocks, submit="Put on record", channel=channel)


def read_assess(values: ViewValues) -> JudgementForm | Mapping[str, str]:
    """The judgement, or for each `block_id` that is wrong a sentence."""
    errors: dict[str, str] = {}
    chosen = values[ids.LEVEL_INPUT].choices
    try:
        level = LevelValue.model_validate_json(chosen[0])
    except (IndexError, ValidationError):
        return {ids.LEVEL_INPUT: "Choose a level."}
    reason = values[ids.REASON_INPUT].text
    if not reason:
        errors[ids.REASON_INPUT] = "Say why, in a sentence or two."
    numbers = [int(one) for one in values[ids.CITED_INPUT].choices if one.isdecimal()]
    if not numbers:
        errors[ids.CITED_INPUT] = "Choose the evidence that it rests on."
    if errors:
        return errors
    party = next(iter(values[ids.PARTY_INPUT].choices), _WHOLE)
    return JudgementForm(
        commitment_id=level.commitment,
        party=None if party == _WHOLE else party,
        level=level.level,
        final=values[ids.FINAL_INPUT].choices == [_FINAL],
        reason=reason,
        evidence=tuple(dict.fromkeys(numbers)),
    )


def object_view(against: Assessment, *, channel: str | None, zone: tzinfo) -> View:
    """The modal that asks what speaks against an assessment."""
    value = AssessmentValue(assessment=against.id).model_dump_json()
    this = Option(value=value, text=plain(f"A{against.id}", limit=OPTION_TEXT))
    element = RadioButtonsElement(action_id=ids.VALUE, options=[this], initial_option=this)
    reason = PlainTextInputElement(
        action_id=ids.VALUE, multiline=True, max_length=LONGEST_OBJECTION
    )
    hint = "It changes no level. It stays beside the assessment, with your name and the date."
    blocks = [
        *(block for (block,) in sections(assessment_lines(against, zone=zone))),
        labelled(ids.ASSESSMENT_INPUT, "Against", element),
        labelled(ids.REASON_INPUT, "What speaks against it", reason, hint=hint),
    ]
    return modal(ids.OBJECT_VIEW, "Object", blocks, submit="Put on record", channel=channel)


def read_objection(values: ViewValues) -> ObjectionForm | Mapping[str, str]:
    """The objection, or for each `block_id` that is wrong a sentence."""
    reason = values[ids.REASON_INPUT].text
    if not reason:
        return {ids.REASON_INPUT: "Say what speaks against it."}
    try:
        value = AssessmentValue.model_validate_json(values[ids.ASSESSMENT_INPUT].choices[0])
    except (IndexError, ValidationError):
        return {ids.ASSESSMENT_INPUT: "Choose it."}
    return ObjectionForm(assessment_id=value.assessment, reason=reason)


def _guideline(form: AssessmentForm) -> Iterator[str]:
    """Each level with what it means for this commitment."""
    guideline = form.commitment.guideline
    for one in LEVELS[form.scale]:
        meaning = escape(guideline.get(one.value, ""), limit=1_200)
        yield f"*{phrases.level(one, form.scale)}*{f': {meaning}' if meaning else ''}"
    if missing := [str(one.value) for one in LEVELS[form.scale] if one.value not in guideline]:
        yield f"The pack says nothing in writing of {phrases.listing(missing)}."


def _new_evidence(form: AssessmentForm, zone: tzinfo) -> Iterator[Block]:
    """The newest lines since the last assessment, to be read before they are cited."""
    heading = "*New since the last assessment*" if form.standing else "*What is on record*"
    if not form.since:
        yield section(f"{heading}: nothing. What is older can still be cited.")
        return
    lines = [story_line(story, zone=zone) for story in form.since[:_LINES_SHOWN]]
    if (extra := len(form.since) - len(lines)) > 0:
        lines.append(f"and {extra} more: `/briefing evidence {escape(form.commitment.id)}`")
    for chunk in sections((heading, *lines)):
        yield from chunk


def _inputs(form: AssessmentForm) -> Iterator[InputBlock]:
    if form.parties:
        whole = Option(value=_WHOLE, text=plain("The commitment as a whole", limit=OPTION_TEXT))
        names = dict.fromkeys(one[:OPTION_VALUE] for one in form.parties if one.strip())
        parties = (Option(value=one, text=plain(one, limit=OPTION_TEXT)) for one in names)
        groups = [*_groups("Whole", [whole]), *_groups("One party", parties)]
        menu = StaticSelectElement(action_id=ids.VALUE, option_groups=groups, initial_option=whole)
        yield labelled(ids.PARTY_INPUT, "What is judged", menu)
    options = [
        Option(
            value=LevelValue(commitment=form.commitment.id, level=one.value).model_dump_json(),
            text=plain(phrases.level(one, form.scale), limit=OPTION_TEXT),
        )
        for one in LEVELS[form.scale]
    ]
    radio = RadioButtonsElement(action_id=ids.VALUE, options=options)
    yield labelled(ids.LEVEL_INPUT, "Level", radio)
    reason = PlainTextInputElement(action_id=ids.VALUE, multiline=True, max_length=LONGEST_REASON)
    hint = "Everybody reads it with your name and the date."
    yield labelled(ids.REASON_INPUT, "Reason", reason, hint=hint)
    yield _cited(form)
    states = [
        Option(value=_PROVISIONAL, text=plain("Provisional", limit=OPTION_TEXT)),
        Option(value=_FINAL, text=plain("Final", limit=OPTION_TEXT)),
    ]
    state = RadioButtonsElement(action_id=ids.VALUE, options=states, initial_option=states[0])
    yield labelled(ids.FINAL_INPUT, "It is", state)


def _cited(form: AssessmentForm) -> InputBlock:
    """The choice of evidence, in groups of what is new and what is older."""
    new, old = form.since[:_OFFERED], form.earlier[: max(0, _OFFERED - len(form.since))]
    groups = [
        *_groups("Since the last assessment", map(_evidence_option, new)),
        *_groups("Earlier", map(_evidence_option, old)),
    ]
    menu = StaticMultiSelectElement(
        action_id=ids.VALUE,
        placeholder=plain("What the level rests on", limit=150),
        option_groups=groups,
        max_selected_items=OPTIONS_IN_SELECT,
    )
    left = len(form.since) + len(form.earlier) - len(new) - len(old)
    hint = "At least one: without evidence there is no assessment."
    if left:
        hint += f" The newest {_OFFERED} are offered, {left:,} older ones are not."
    return labelled(ids.CITED_INPUT, "Evidence", menu, hint=hint)


def _evidence_option(story: Story) -> Option:
    mark, when = phrases.DIRECTION_MARK[story.direction], phrases.day(story.published_at)
    text = f"E{story.evidence_id} {mark} {when}: {story.headline}"
    return Option(value=str(story.evidence_id), text=plain(text, limit=OPTION_TEXT))


def _groups(name: str, options: Iterable[Option]) -> Iterator[OptionGroup]:
    """The options in groups as large as Slack takes."""
    every: Sequence[Option] = list(options)
    for start in range(0, len(every), OPTIONS_IN_SELECT):
        part = f" ({start // OPTIONS_IN_SELECT + 1})" if start else ""
        label = plain(f"{name}{part}", limit=OPTION_TEXT)
        yield OptionGroup(label=label, options=every[start : start + OPTIONS_IN_SELECT])
