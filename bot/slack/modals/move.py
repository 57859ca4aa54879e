"""The modals that say why evidence is filed and move it, and that file an item by hand."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo

from pydantic import ValidationError
from slack_sdk.models.blocks import (
    Option,
    OptionGroup,
    RadioButtonsElement,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from bot.briefing.answers import WhyAnswer
from bot.briefing.stories import title_of
from bot.domain.commitment import Commitment, Pack
from bot.domain.evidence import Verdict
from bot.domain.item import Item
from bot.slack import ids
from bot.slack.button_values import ArticleValue, MoveValue
from bot.slack.limits import GROUPS_IN_SELECT, OPTION_TEXT, OPTIONS_IN_SELECT
from bot.slack.messages.blocks import link, plain, section
from bot.slack.messages.evidence import why_blocks
from bot.slack.modals.inputs import ViewValues, labelled, modal


def move_view(
    answer: WhyAnswer, pack: Pack, *, nearest: Sequence[Commitment], place: str, zone: tzinfo
) -> View:
    """The modal, opened at a line: why it is there, and where else it may belong.

    The `nearest` commitments come first in the menu, then all by summit.
    """
    own, number = answer.topic.id, answer.evidence.id
    groups = [
        *_group("Nearest by their words", nearest, own, number),
        *(
            group
            for summit in pack.summits
            for group in _group(summit.name, summit.commitments, own, number)
        ),
    ]
    menu = StaticSelectElement(
        action_id=ids.VALUE,
        placeholder=plain("Choose a commitment", limit=150),
        option_groups=groups[:GROUPS_IN_SELECT],
    )
    question = labelled(ids.COMMITMENT_INPUT, "It bears on another commitment", menu)
    blocks = [*why_blocks(answer, zone=zone), *([question] if groups else [])]
    return modal(ids.MOVE_VIEW, f"Why E{number}", blocks, submit="Move", channel=place)


def file_view(item: Item, pack: Pack, *, chosen: str | None, place: str) -> View:
    """The modal that files an item by hand: under which commitment, and which way it points."""
    groups = [
        OptionGroup(
            label=plain(summit.name, limit=OPTION_TEXT),
            options=[
                Option(
                    value=ArticleValue(item=item.id, commitment=one.id).model_dump_json(
                        exclude_none=True
                    ),
                    text=plain(one.title or one.id, limit=OPTION_TEXT),
                )
                for one in part
            ],
        )
        for summit in pack.summits
        for start in range(0, len(summit.commitments), OPTIONS_IN_SELECT)
        for part in [summit.commitments[start : start + OPTIONS_IN_SELECT]]
    ][:GROUPS_IN_SELECT]
    options = [option for group in groups for option in group.options or ()]
    initial = [o for o in options if chosen and f'"commitment":"{chosen}"' in o.value]
    commitment = StaticSelectElement(
        action_id=ids.VALUE,
        placeholder=plain("Choose a commitment", limit=150),
        option_groups=groups,
        initial_option=initial[0] if initial else None,
    )
    directions = RadioButtonsElement(
        action_id=ids.VALUE,
        options=[
            Option(value=verdict, text=plain(label, limit=OPTION_TEXT))
            for verdict, label in (
                (Verdict.PROGRESS, "▲ toward fulfilment"),
                (Verdict.SETBACK, "▼ away from it"),
                (Verdict.NEUTRAL, "◇ background, neither"),
            )
        ],
    )
    blocks = [
        section(link(item.url, title_of(item), limit=300)),
        labelled(ids.COMMITMENT_INPUT, "It bears on", commitment),
        labelled(ids.DIRECTION_INPUT, "Which way does it point?", directions),
    ]
    return modal(ids.FILE_VIEW, "File as evidence", blocks, submit="File", channel=place)


def read_file(values: ViewValues) -> ArticleValue | Mapping[str, str]:
    """What to file, where, and which way it points."""
    try:
        where = ArticleValue.model_validate_json(values[ids.COMMITMENT_INPUT].choices[0])
        verdict = Verdict(values[ids.DIRECTION_INPUT].choices[0])
    except (IndexError, ValueError):
        return {ids.COMMITMENT_INPUT: "Choose a commitment and a direction."}
    return where.model_copy(update={"verdict": verdict})


def read_move(values: ViewValues) -> MoveValue | Mapping[str, str]:
    """The commitment that was chosen."""
    chosen = values[ids.COMMITMENT_INPUT].choices
    try:
        return MoveValue.model_validate_json(chosen[0])
    except (IndexError, ValidationError):
        return {ids.COMMITMENT_INPUT: "Choose one."}


def _group(
    name: str, commitments: Sequence[Commitment], own: str, number: int
) -> Iterator[OptionGroup]:
    """The commitments but the evidence's own, in groups as large as Slack takes."""
    options = [
        Option(
            value=MoveValue(evidence=number, to=one.id).model_dump_json(),
            text=plain(one.title or one.id, limit=OPTION_TEXT),
        )
        for one in commitments
        if one.id != own
    ]
    for start in range(0, len(options), OPTIONS_IN_SELECT):
        label = plain(name, limit=OPTION_TEXT)
        yield OptionGroup(label=label, options=options[start : start + OPTIONS_IN_SELECT])
