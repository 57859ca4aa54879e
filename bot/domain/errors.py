"""The errors of the project.

    BriefingError
    ├── InputError      SettingsError, PackError, FeedListError, HeldError
    ├── FetchError      of one feed; the run goes on
    ├── NotFoundError, ForbiddenError, LedgerError
    └── DeliveryError   TargetGoneError, DeliveryRefusedError, DeliveryUnknownError,
                        WorkspaceGoneError

Every error's text is a sentence for the person who can fix it. The cause is chained.
"""

from dataclasses import dataclass
from datetime import timedelta


class BriefingError(Exception):
    """Base of all errors that the project raises itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing that is wrong with an input (file, variable or command), and how to fix it.

    `line` is counted from 1; None where there is no line.
    """

    where: str
    what: str
    fix: str
    line: int | None = None

    def __str__(self) -> str:
        """One line: `feeds.yaml:12: url is missing; write url: https://...`."""
        place = self.where if self.line is None else f"{self.where}:{self.line}"
        return f"{place}: {self.what}; {self.fix}" if self.fix else f"{place}: {self.what}"


class InputError(BriefingError):
    """An input is wrong; `problems` holds each fault found, in the order of the input."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class SettingsError(InputError):
    """An environment variable is missing or wrong."""


class PackError(InputError):
    """commitments.yaml (or its JSON form) is wrong."""


class FeedListError(InputError):
    """feeds.yaml or an OPML file is wrong."""


class HeldError(InputError):
    """A changed file drops so much that it waits for an admin's word; the last good one stays.

    `fingerprint` names this very change.
    """

    def __init__(self, problem: Problem, *, fingerprint: str) -> None:
        super().__init__(problem)
        self.fingerprint = fingerprint


class FetchError(BriefingError):
    """One feed could not be fetched or read.

    Attributes:
        kind: A constant word for grouping: `timeout`, `refused`, `status`, `too_large`,
            `not_a_feed`, `blocked`, `dns`, `tls`, `redirects`, `scheme`, `throttled`,
            `bot_challenge`.
        status: The HTTP status, or None when there was no answer.
        retry_after: The wait that the server asks for, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        url: str,
        kind: str,
        status: int | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message)
        self.url = url
        self.kind = kind
        self.status = status
        self.retry_after = retry_after


class NotFoundError(BriefingError):
    """Nothing has that id or name; the text offers the nearest ones."""


class ForbiddenError(BriefingError):
    """This person may not do that; the text says who may."""


class LedgerError(BriefingError):
    """Storage refused, or its schema is not the one this version needs."""


class DeliveryError(BriefingError):
    """Slack did not take a message; `retry_after` is the wait that it asks for, or None.

    `code` is Slack's error code, or a word of ours (`timeout`, `connection`).
    """

    def __init__(self, message: str, *, code: str, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after


class TargetGoneError(DeliveryError):
    """The channel or person is gone: suspend the target and alert the admins once."""


class DeliveryRefusedError(DeliveryError):
    """Slack refuses this message as it is; sending the same again will not help."""


class DeliveryUnknownError(DeliveryError):
    """The request left, no answer came: look the message up before sending it again."""


class WorkspaceGoneError(DeliveryError):
    """The token is revoked or the app was removed: stop everything and say so."""
