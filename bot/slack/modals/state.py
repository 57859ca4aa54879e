"""What a submitted modal holds, checked: `view.state.values` of a view_submission.

https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, TypeAdapter, ValidationError

from bot.domain.errors import InputError, Problem
from bot.slack import ids


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
