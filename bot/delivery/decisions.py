"""What to do when Slack did not take a message: a pure rule with a table.

| what happened | class of error | decision |
| --- | --- | --- |
| token revoked, app removed, `chat:write` missing | WorkspaceGoneError | Stop |
| channel archived or gone, person deactivated, bot not in it | TargetGoneError | Suspend |
| blocks or length refused, first time | DeliveryRefusedError | Fallback |
| refused for another reason, or the plain text too | DeliveryRefusedError | Fail |
| no answer, 5xx, an answer that makes no sense | DeliveryUnknownError | Retry, then Fail |
| 429, no connection: certainly not posted | DeliveryError | Retry, then Fail |
| the history may not be read, and the fate is unknown | DeliveryError `missing_scope` | Fail |

The last line is the weaker promise: without the history scopes a message whose fate is unknown is
not sent again, so the reader sees it at most once. Its digest counts as failed, and its content
comes again in the next one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.errors import (
    DeliveryError,
    DeliveryRefusedError,
    DeliveryUnknownError,
    TargetGoneError,
    WorkspaceGoneError,
)
from bot.domain.subscription import Json


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryPolicy:
    """How often and how long to try again.

    The delays double up to `longest`; by default the 20th failure, 8 to 14 hours after the first,
    is the last, so that the day's digest is given up before the next one is due.

    Attributes:
        first: The first delay when the message was certainly not posted.
        settle: The first delay when its fate is unknown: the time that Slack gets to show a message
            whose answer was lost, before it is looked up.
        longest: No delay of ours is longer; Slack's Retry-After may be.
        attempts: The number of failures after which it is given up.
        spread: The share of a delay by which it is made longer at most, at random.
    """

    first: timedelta = timedelta(seconds=1)
    settle: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(hours=1)
    attempts: int = 20
    spread: float = 0.25


@dataclass(frozen=True, kw_only=True, slots=True)
class Retry:
    """Try again, not before `at`."""

    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Suspend:
    """Send nothing more to this target."""

    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Fail:
    """Give this delivery up."""

    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Fallback:
    """Send the message once more, at once, as plain text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop:
    """Send nothing more at all."""


Decision = Retry | Suspend | Fail | Fallback | Stop

# Codes of chat.postMessage that a shorter text without blocks does not meet.
FIXED_BY_PLAIN_TEXT = frozenset(
    {
        "invalid_attachments",
        "invalid_blocks",
        "invalid_blocks_format",
        "msg_blocks_too_long",
        "msg_too_long",
        "too_many_attachments",
    }
)
# Slack splits or refuses longer texts (docs.slack.dev: 4,000 for the best result).
MAX_CHARACTERS: Final = 3_900
_ELLIPSIS: Final = "…"
AT_MOST_ONCE = (
    "Slack gave no clear answer, and this app may not read the channel's history to see whether "
    "the message arrived, so it was not sent again. Grant channels:history, groups:history and "
    "im:history to have such messages looked up and sent exactly once."
)

_DEFAULT = RetryPolicy()


def decide(
    error: DeliveryError,
    *,
    attempts: int,
    now: datetime,
    jitter: float,
    plain: bool = False,
    policy: RetryPolicy = _DEFAULT,
) -> Decision:
    """What to do after `error`.

    Args:
        error: What came back.
        attempts: Failures before this one.
        now: The present moment.
        jitter: A random number from 0 up to 1.
        plain: True when the message was already sent as plain text.
        policy: How often and how long to try.
    """
    match error:
        case WorkspaceGoneError():
            return Stop()
        case TargetGoneError():
            return Suspend(reason=str(error))
        case DeliveryRefusedError():
            fixable = error.code in FIXED_BY_PLAIN_TEXT and not plain
            return Fallback() if fixable else Fail(reason=str(error))
    if error.code == "missing_scope":
        return Fail(reason=AT_MOST_ONCE)
    if attempts + 1 >= policy.attempts:
        return Fail(reason=f"Given up after {attempts + 1} attempts. {error}")
    return Retry(at=now + retry_delay(error, attempts=attempts, jitter=jitter, policy=policy))


def retry_delay(
    error: DeliveryError, *, attempts: int, jitter: float, policy: RetryPolicy = _DEFAULT
) -> timedelta:
    """The delay doubles with each failure and is never less than Slack asks for.

    >>> lost = DeliveryUnknownError("no answer", code="timeout")
    >>> [retry_delay(lost, attempts=n, jitter=0).total_seconds() for n in (0, 1, 2, 7, 30)]
    [30.0, 60.0, 120.0, 3600.0, 3600.0]
    >>> limited = DeliveryError("wait", code="ratelimited", retry_after=timedelta(seconds=4))
    >>> [retry_delay(limited, attempts=n, jitter=0).total_seconds() for n in (0, 1, 2, 3)]
    [4.0, 4.0, 4.0, 8.0]
    >>> retry_delay(limited, attempts=0, jitter=0.5).total_seconds()
    4.5
    """
    first = policy.settle if isinstance(error, DeliveryUnknownError) else policy.first
    doublings = min(attempts, 32)  # far past `longest`; keeps the number small
    own = min(first * (1 << doublings), policy.longest)
    return max(own, error.retry_after or timedelta(0)) * (1 + policy.spread * jitter)


def plain(payload: Json) -> Json:
    """The payload's `text` alone, short enough for any channel: for when blocks are refused."""
    return {"text": cut(str(payload.get("text") or ""), MAX_CHARACTERS)}


def cut(mrkdwn: str, limit: int) -> str:
    r"""`mrkdwn` in at most `limit` characters, never cut inside a `<link|text>` or an `&amp;`.

    >>> cut("one\ntwo <https://example.org|three>", 20)
    'one\ntwo…'
    >>> cut("short", 20)
    'short'
    """
    if len(mrkdwn) <= limit:
        return mrkdwn
    head = mrkdwn[: limit - len(_ELLIPSIS)]
    if head.rfind("<") > head.rfind(">"):
        head = head[: head.rfind("<")]
    if head.rfind("&") > head.rfind(";"):
        head = head[: head.rfind("&")]
    return head.rstrip() + _ELLIPSIS
