"""The modal that says why a piece of evidence is filed, and asks where else it may belong."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo

from pydantic import ValidationError
from slack_sdk.models.blocks import Option, OptionGroup, StaticSelectElement
from slack_sdk.models.views import View

from bot.briefing.answers import WhyAnswer
from bot.domain.commitment import Commitment, Pack
from bot.slack import ids
from bot.slack.button_values import MoveValue
from bot.slack.limits import GROUPS_IN_SELECT, OPTION_TEXT, OPTIONS_IN_SELECT
from bot.slack.messages.blocks import plain
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
