"""What all modals share: their frame, their inputs, and reading `view.state.values` back, checked.

https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, TypeAdapter, ValidationError
from slack_sdk.models.blocks import InputBlock, InputInteractiveElement
from slack_sdk.models.views import View

from bot.domain.errors import InputError, Problem
from bot.slack import ids
from bot.slack.messages.mrkdwn import plain

_TITLE = 24
_LABEL = 200


def modal(
    callback_id: str, title: str, blocks: Sequence[InputBlock], *, submit: str, metadata: str
) -> View:
    """A modal; `metadata` comes back with the submission, up to 3,000 characters."""
    return View(
        type="modal",
        callback_id=callback_id,
        title=plain(title, limit=_TITLE),
        submit=plain(submit, limit=_TITLE),
        close=plain("Cancel", limit=_TITLE),
        private_metadata=metadata,
        blocks=blocks,
    )


def labelled(
    block_id: str,
    label: str,
    element: InputInteractiveElement,
    *,
    hint: str | None = None,
    optional: bool = False,
) -> InputBlock:
    """One input of a modal under its label."""
    return InputBlock(
        block_id=block_id,
        label=plain(label, limit=_LABEL),
        hint=plain(hint, limit=_LABEL) if hint else None,
        optional=optional,
        element=element,
    )


class _Choice(BaseModel):
    value: str


class _File(BaseModel):
    id: str


class _Input(BaseModel):
    """One input element; which field is set depends on its type."""

    value: str | None = None
    selected_options: list[_Choice] = []
    selected_time: str | None = None
    selected_conversation: str | None = None
    files: list[_File] = []


_VALUES = TypeAdapter(dict[str, dict[str, _Input]])
_NOTHING = _Input()


@dataclass(frozen=True, slots=True)
class ViewValues:
    """The inputs of a submitted modal by `block_id`; what was left empty reads as nothing."""

    inputs: Mapping[str, Mapping[str, _Input]]

    @classmethod
    def parse(cls, values: object) -> "ViewValues":
        """Check `view["state"]["values"]`; `InputError` when it is not what Slack sends."""
        try:
            return cls(_VALUES.validate_python(values))
        except ValidationError as error:
            raise InputError(
                Problem(where="form", what="it could not be read", fix="open it again")
            ) from error

    def text(self, block_id: str) -> str:
        """The text typed, without spaces around it; empty when none was."""
        return (self._input(block_id).value or "").strip()

    def choices(self, block_id: str) -> tuple[str, ...]:
        """The values chosen, in the order of choosing."""
        return tuple(choice.value for choice in self._input(block_id).selected_options)

    def time(self, block_id: str) -> str | None:
        """The time chosen, `HH:mm`."""
        return self._input(block_id).selected_time

    def conversation(self, block_id: str) -> str | None:
        """The Slack id of the conversation chosen."""
        return self._input(block_id).selected_conversation

    def files(self, block_id: str) -> tuple[str, ...]:
        """The Slack ids of the files given, in their order."""
        return tuple(file.id for file in self._input(block_id).files)

    def _input(self, block_id: str) -> _Input:
        return self.inputs.get(block_id, {}).get(ids.VALUE, _NOTHING)
