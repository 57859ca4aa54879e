"""The errors of the pretend workspace.

SandboxError               (a BriefingError) the control interface was used wrongly
├── WaitTimeoutError       what a test waited for did not come
└── RefusalError           Slack's own "ok": false, on its way to the answer
"""

from collections.abc import Iterable, Mapping

from bot.domain.errors import BriefingError
from sandbox.slack.blockkit import Problem


class SandboxError(BriefingError):
    """A test or the demo asked the pretend workspace for something that cannot be."""


class WaitTimeoutError(SandboxError):
    """A condition did not come true in time; the text says what happened last."""


class RefusalError(SandboxError):
    """Slack refuses a call.

    Attributes:
        error: Slack's error code, for example `channel_not_found`.
        messages: Details for `response_metadata.messages`, without the "[ERROR]" prefix.
        extra: Further fields of the answer, for example `needed` and `provided`.
        status: HTTP status; 200 for nearly all refusals.
        headers: HTTP headers, for example `Retry-After`.
    """

    def __init__(
        self,
        error: str,
        *,
        messages: Iterable[str] = (),
        extra: Mapping[str, object] | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"Slack refuses: {error}")
        self.error = error
        self.messages = tuple(messages)
        self.extra = dict(extra or {})
        self.status = status
        self.headers = dict(headers or {})

    def answer(self) -> dict[str, object]:
        """The JSON that Slack sends, as documented for each method.

        Blocks have their details twice, in `errors` and in `response_metadata`.
        """
        body: dict[str, object] = {"ok": False, "error": self.error, **self.extra}
        if self.messages:
            lines = [f"[ERROR] {message}" for message in self.messages]
            body["response_metadata"] = {"messages": lines}
            if self.error == "invalid_blocks":
                body["errors"] = list(self.messages)
        return body


def refuse_problems(error: str, problems: Iterable[Problem]) -> None:
    """Nothing when there are no problems.

    Raises:
        RefusalError: With this error code and a line for each problem.
    """
    lines = tuple(str(problem) for problem in problems)
    if lines:
        raise RefusalError(error, messages=lines)
