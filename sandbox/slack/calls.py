"""A record of every call that the app made."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One call of the Web API, of a response URL or of an upload URL.

    Attributes:
        method: For example `chat.postMessage`; `response_url`; `upload`.
        args: The arguments without the token, lists and objects parsed.
        answer: The JSON that was, or would have been, the answer; None when a fault kept the
            call from doing anything.
        status: The HTTP status that was sent; None when no answer was sent.
        at: When it came, by the workspace's clock.
        fault: Name of the fault that was in play, or None.
    """

    method: str
    args: dict[str, Any]
    answer: dict[str, Any] | None
    status: int | None
    at: datetime
    fault: str | None = None

    @property
    def ok(self) -> bool:
        """True when the call did what was asked, whether or not the app was told."""
        return self.answer is not None and bool(self.answer.get("ok"))

    @property
    def error(self) -> str | None:
        """Slack's error code, or None."""
        return None if self.answer is None else self.answer.get("error")
