"""Takes one delivery to Slack, message by message, so that each arrives once.

The order of the steps is what makes it so. For each message:

1. `attempting` is committed before the request leaves;
2. the request;
3. `posted` is committed after Slack said ok, or `unattempted` when it certainly did not post.

Killed between 1 and 3, the next run finds "attempted, no timestamp": the fate is unknown, so it
looks the message up in Slack's history first and sends it again only when it is not there. A
message is begun only while the lease outlasts the request by far, so no other worker looks it up
while the request is still on its way.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.delivery.decisions import (
    Decision,
    Fail,
    Fallback,
    Park,
    Retry,
    RetryPolicy,
    Stop,
    decide,
)
from bot.delivery.pacing import Pacer
from bot.delivery.ports import NotifyAdmins, Outbox, Posted, Poster, Subscriptions
from bot.domain.clock import Clock
from bot.domain.errors import (
    DeliveryError,
    DeliveryRefusedError,
    DeliveryUnknownError,
    LedgerError,
)
from bot.domain.subscription import Delivery, DeliveryKind, Json, OutboxMessage
from bot.domain.workspace import WorkspaceId

# MERGED plain: A message without blocks, for when Slack refuses the one with them.


MAX_CHARACTERS = 3_900
"""Slack splits or refuses longer texts (docs.slack.dev: 4,000 for the best result)."""

_ELLIPSIS = "…"


def plain(payload: Json) -> Json:
    """The payload's `text` alone, short enough for any channel."""
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
    end = limit - len(_ELLIPSIS)
    head = mrkdwn[:end]
    if head.rfind("<") > head.rfind(">"):
        head = head[: head.rfind("<")]
    if head.rfind("&") > head.rfind(";"):
        head = head[: head.rfind("&")]
    return head.rstrip() + _ELLIPSIS


log = logging.getLogger(__name__)

_CRASHES = 2
"""A delivery that was claimed this many times as often as it may fail is given up: something in it
brings the process down before any failure can be noted."""

_UNFINISHED = "Put back before it was finished; the rest follows."


class Outcome(StrEnum):
    """How one go at a delivery ended."""

    SENT = "sent"
    RETRIED = "retried"
    """Slack did not take it; it is tried again later."""
    FAILED = "failed"
    """Given up, with the reason in the ledger."""
    PARTLY = "partly"
    """Some messages are out and the rest was put back: the lease was nearly over, or we stop."""
    RELEASED = "released"
    """Put back without a message sent, with nothing wrong."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CourierPolicy:
    """Times of a courier.

    Attributes:
        reserve: A message is begun only while the lease lasts this much longer: more than its
            requests (open the direct message, post blocks, post plain text) can take with their
            timeouts.
        skew: How far Slack's clock may be behind ours, when looking for a message.
        retry: See `RetryPolicy`.
    """

    reserve: timedelta = timedelta(seconds=75)
    skew: timedelta = timedelta(hours=1)
    retry: RetryPolicy = field(default_factory=RetryPolicy)


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A delivery held by this worker until `until`."""

    workspace: WorkspaceId
    delivery: Delivery
    until: datetime


class Courier:
    """Delivers claimed deliveries; holds no state of its own but the pacing."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        subscriptions: Subscriptions,
        poster_of: Callable[[WorkspaceId], Poster],
        notify_admins: NotifyAdmins,
        clock: Clock,
        pacer: Pacer,
        random: Callable[[], float],
        worker: str,
        policy: CourierPolicy,
    ) -> None:
        self._outbox = outbox
        self._subscriptions = subscriptions
        self._poster_of = poster_of
        self._notify_admins = notify_admins
        self._clock = clock
        self._pacer = pacer
        self._random = random
        self._worker = worker
        self._policy = policy

    async def deliver(self, claim: Claim, *, stopping: Callable[[], bool]) -> Outcome:
        """Sends what is still to be sent of one delivery.

        Args:
            claim: The delivery, and how long it is ours.
            stopping: Asked before each message; True puts the delivery back.

        Raises:
            WorkspaceGoneError: Nothing can be sent any more; the delivery stays pending.
            LedgerError: The lease was lost or storage refused; whoever claims it next looks its
                messages up.
        """
        if claim.delivery.attempts > self._policy.retry.attempts * _CRASHES:
            await self._fail(claim, f"It was begun {claim.delivery.attempts - 1} times in vain.")
            return Outcome.FAILED
        parent: Posted | None = None
        went_on = False
        for message in claim.delivery.messages:
            if message.ts is not None:
                channel = message.channel or claim.delivery.target
                done: Posted | None = Posted(channel=channel, ts=message.ts)
            else:
                try:
                    done = None if stopping() else await self._bring(claim, message, parent)
                except DeliveryError as error:
                    return await self._settle(claim, error)
                except LedgerError:
                    raise
                except Exception as error:  # a fault of ours must not be tried for ever
                    log.exception("delivery met a fault", extra=_fields(claim.delivery))
                    return await self._settle(claim, _fault(error))
            if done is None:
                await self._put_back(claim.delivery, error=_UNFINISHED, at=self._clock())
                return Outcome.PARTLY if went_on else Outcome.RELEASED
            went_on = went_on or message.ts is None
            parent = parent or done
        log.info("delivery sent", extra=_fields(claim.delivery))
        return Outcome.SENT

    async def _bring(
        self, claim: Claim, message: OutboxMessage, parent: Posted | None
    ) -> Posted | None:
        """Sees to it that `message` is in Slack, and that the ledger knows where.

        None, and nothing sent, when too little of the lease is left.
        """
        delivery, position = claim.delivery, message.position
        posted = await self._look_up(claim, message, parent) if message.attempted else None
        if posted is None:
            await self._pacer.turn(delivery.target)
            if self._clock() + self._policy.reserve > claim.until:
                return None
            await self._outbox.attempting(
                delivery.id, position, worker=self._worker, at=self._clock()
            )
            posted = await self._post(claim, message, parent)
        await self._outbox.posted(
            delivery.id,
            position,
            worker=self._worker,
            ts=posted.ts,
            channel=posted.channel,
            at=self._clock(),
        )
        return posted

    async def _look_up(
        self, claim: Claim, message: OutboxMessage, parent: Posted | None
    ) -> Posted | None:
        """Where an earlier attempt left the message; None when it certainly never arrived."""
        delivery = claim.delivery
        found = await self._poster_of(claim.workspace).find(
            delivery.target,
            delivery.key,
            message.position,
            thread_ts=parent.ts if parent else None,
            since=delivery.created_at - self._policy.skew,
        )
        log.info(
            "message of unknown fate looked up",
            extra=_fields(delivery) | {"position": message.position, "found": found is not None},
        )
        return found

    async def _post(self, claim: Claim, message: OutboxMessage, parent: Posted | None) -> Posted:
        """Posts it, as plain text when Slack refuses its blocks."""
        try:
            try:
                return await self._request(claim, message, parent, payload=message.payload)
            except DeliveryRefusedError as refused:
                if not isinstance(self._decide(claim.delivery, refused, plain=False), Fallback):
                    raise
                log.warning(
                    "slack refused the blocks, sending plain text",
                    extra=_fields(claim.delivery) | {"code": refused.code},
                )
            await self._pacer.turn(claim.delivery.target)
            return await self._request(claim, message, parent, payload=plain(message.payload))
        except DeliveryUnknownError:
            raise  # the mark of `attempting` stays: look it up next time
        except DeliveryError:
            await self._outbox.unattempted(claim.delivery.id, message.position, worker=self._worker)
            raise

    async def _request(
        self, claim: Claim, message: OutboxMessage, parent: Posted | None, *, payload: Json
    ) -> Posted:
        return await self._poster_of(claim.workspace).post(
            claim.delivery.target,
            payload,
            thread_ts=parent.ts if parent else None,
            key=claim.delivery.key,
            position=message.position,
        )

    def _decide(self, delivery: Delivery, error: DeliveryError, *, plain: bool) -> Decision:
        return decide(
            error,
            attempts=max(delivery.attempts - 1, 0),  # this one is counted already
            now=self._clock(),
            jitter=self._random(),
            plain=plain,
            policy=self._policy.retry,
        )

    async def _settle(self, claim: Claim, error: DeliveryError) -> Outcome:
        """Does what `decide` says of a delivery that Slack did not take."""
        delivery = claim.delivery
        decision = self._decide(delivery, error, plain=True)
        log.warning(
            "delivery not taken",
            extra=_fields(delivery)
            | {
                "code": error.code,
                "decision": type(decision).__name__,
                "attempts": delivery.attempts,
            },
        )
        match decision:
            case Retry(at=at):
                await self._put_back(delivery, error=str(error), at=at)
                return Outcome.RETRIED
            case Park(reason=reason):
                await self._park(claim, reason)
            case Fail(reason=reason):
                await self._fail(claim, reason)
            case Fallback() | Stop():
                # With plain=True it is never Fallback.
                await self._put_back(delivery, error=str(error), at=self._clock())
                raise error
        return Outcome.FAILED

    async def _park(self, claim: Claim, reason: str) -> None:
        """Stops all that goes to the target. Each step may be repeated after a crash."""
        workspace, delivery = claim.workspace, claim.delivery
        await self._subscriptions.park(workspace, delivery.target, reason, at=self._clock())
        if delivery.kind is not DeliveryKind.ALERT:  # an alert about an alert could go on for ever
            day = self._clock().date().isoformat()
            await self._notify_admins(
                workspace,
                f"parked:{delivery.target}:{day}",
                f"Nothing is sent to {delivery.target} any more. {reason}",
            )
        await self._outbox.fail(delivery.id, worker=self._worker, error=reason, at=self._clock())

    async def _fail(self, claim: Claim, reason: str) -> None:
        """Gives up. The admins hear of it first, so that a crash cannot leave them in the dark."""
        workspace, delivery = claim.workspace, claim.delivery
        if delivery.kind is not DeliveryKind.ALERT:
            await self._notify_admins(
                workspace,
                f"failed:{delivery.key}",
                f"The digest for {delivery.target} could not be delivered. {reason} "
                "What it covered goes into the next one.",
            )
        await self._outbox.fail(delivery.id, worker=self._worker, error=reason, at=self._clock())

    async def _put_back(self, delivery: Delivery, *, error: str, at: datetime) -> None:
        await self._outbox.retry(delivery.id, worker=self._worker, error=error, next_attempt_at=at)


def _fault(error: Exception) -> DeliveryUnknownError:
    """An unforeseen error as one of an unknown fate: looked up, tried again, given up at last."""
    fault = DeliveryUnknownError(
        f"The bot itself failed on this message ({type(error).__name__}); its log says more.",
        code="fault",
    )
    fault.__cause__ = error
    return fault


def _fields(delivery: Delivery) -> dict[str, object]:
    """What logs say of a delivery: never its text."""
    return {"delivery": delivery.key, "kind": delivery.kind.value, "target": delivery.target}
