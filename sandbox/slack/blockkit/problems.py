"""What is wrong with a piece of Block Kit, said as Slack says it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One fault in blocks or in a view.

    Attributes:
        message: Slack's wording, for example "must be less than 3001 characters".
        pointer: JSON pointer (RFC 6901) from the root of the request to the value.
    """

    message: str
    pointer: str

    def __str__(self) -> str:
        """One line as in Slack's answers: `must be ... [json-pointer:/blocks/0/text]`."""
        return f"{self.message} [json-pointer:{self.pointer}]"
