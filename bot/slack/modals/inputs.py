"""What all modals share: their frame, their inputs, and reading `view.state.values` back, checked.

https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, RootModel, ValidationError
from slack_sdk.models.blocks import Block, InputBlock, InputInteractiveElement
from slack_sdk.models.views import View

from bot.domain.errors import InputError, Problem
from bot.slack import ids
from bot.slack.messages.blocks import plain

_TITLE = 24
_LABEL = 200


def modal(
    callback_id: str, title: str, blocks: Sequence[Block], *, submit: str, channel: str | None
) -> View:
    """A modal; the channel where it was opened comes back with the submission."""
    return View(
        type="modal",
        callback_id=callback_id,
        title=plain(title, limit=_TITLE),
        submit=plain(submit, limit=_TITLE),
        close=plain("Cancel", limit=_TITLE),
        private_metadata=channel or "",
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


class Input(BaseModel):
    """What came back from one input element; which field is set depends on its type."""

    value: str | None = None
    selected_options: list[_Choice] = []
    selected_option: _Choice | None = None
    selected_time: str | None = None
    selected_conversation: str | None = None
    files: list[_File] = []

    @property
    def text(self) -> str:
        """The text typed, without spaces around it; empty when none was."""
        return (self.value or "").strip()

    @property
    def choices(self) -> list[str]:
        """The values chosen, in the order of choosing; the one of a menu for one."""
        only = [self.selected_option] if self.selected_option else []
        return [choice.value for choice in (*self.selected_options, *only)]


class ViewValues(RootModel[dict[str, dict[str, Input]]]):
    """The inputs of a submitted modal by `block_id`; what was left empty reads as nothing."""

    @classmethod
    def parse(cls, values: object) -> Self:
        """Check `view["state"]["values"]`; `InputError` when it is not what Slack sends."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            problem = Problem(where="form", what="it could not be read", fix="open it again")
            raise InputError(problem) from error

    def __getitem__(self, block_id: str) -> Input:
        return self.root.get(block_id, {}).get(ids.VALUE, Input())
