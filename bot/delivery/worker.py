"""Takes what is in the outbox to Slack, message by message, so that each arrives once.

The order of the steps is what makes it so. For each message:

1. `attempting` is committed before the request leaves;
2. the request;
3. `posted` is committed after Slack said ok, or `unattempted` when it certainly did not post.

Killed between 1 and 3, the next run finds "attempted, no timestamp": the fate is unknown, so it
looks the message up in Slack's history first and sends it again only when it is not there. A
message is begun only while the lease outlasts the request by far, so no other worker looks it up
while the request is still on its way.
"""

import asyncio
import logging
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from random import random
from secrets import token_hex
from socket import gethostname
from typing import Final

from bot.delivery.decisions import (
    Decision,
    Fail,
    Fallback,
    Retry,
    RetryPolicy,
    Stop,
    Suspend,
    decide,
    plain,
)
from bot.delivery.ports import NotifyAdmins, Outbox, Posted, Poster, Subscriptions
from bot.domain.clock import Clock, system_clock
from bot.domain.errors import (
    DeliveryError,
    DeliveryRefusedError,
    DeliveryUnknownError,
    LedgerError,
    WorkspaceGoneError,
)
from bot.domain.subscription import Delivery, DeliveryKind, Json, OutboxMessage
from bot.domain.workspace import WorkspaceId

log = logging.getLogger(__name__)

# A delivery claimed this many times as often as it may fail is given up: something in it brings the
# process down before any failure can be recorded.
_CRASHES: Final = 2
_UNFINISHED: Final = "Put back before it was finished; the rest follows."


class Outcome(StrEnum):
    """How one attempt at a delivery ended."""

    SENT = "sent"
    RETRIED = "retried"  # Slack did not take it; it is tried again later
    FAILED = "failed"  # given up, with the reason in the ledger
    PARTLY = "partly"  # some messages are out; the rest was put back: the lease ends, or we stop
    RELEASED = "released"  # put back without a message sent, with nothing wrong


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryPolicy:
    """Times and numbers of sending.

    Attributes:
        lease: How long a claimed delivery is ours. After a crash it waits at most this long.
        at_once: How many deliveries are under way at a time.
        reserve: A message is begun only while the lease lasts this much longer: more than its
            requests (open the direct message, post blocks, post plain text) can take with their
            timeouts.
        skew: How far Slack's clock may be behind ours, when looking for a message.
        unsure: How far back to look for one whose delivery was created while our clock was ahead.
        retry: See `RetryPolicy`.
    """

    lease: timedelta = timedelta(minutes=3)
    at_once: int = 4
    reserve: timedelta = timedelta(seconds=75)
    skew: timedelta = timedelta(hours=1)
    unsure: timedelta = timedelta(days=1)
    retry: RetryPolicy = field(default_factory=RetryPolicy)


class Pacer:
    """Keeps messages to one channel apart, as Slack asks (docs.slack.dev, rate limits).

    Different channels do not wait for each other.
    """

    def __init__(
        self,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        interval_s: float = 1.0,
    ) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._interval_s = interval_s
        self._free_at: dict[str, float] = {}

    async def turn(self, channel: str) -> None:
        """Returns when it is this caller's turn to post to `channel`; turns are in order."""
        now = self._monotonic()
        # Channels that are free anyway are dropped, so that the memory does not grow.
        self._free_at = {name: at for name, at in self._free_at.items() if at > now}
        at = self._free_at.get(channel, now)
        self._free_at[channel] = at + self._interval_s
        if at > now:
            await self._sleep(at - now)


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery held by this worker until `until`."""

    workspace: WorkspaceId
    delivery: Delivery
    until: datetime


@dataclass
class DeliveryWorker:
    """Sends what is in the outbox; any number of workers may work on the same ledger.

    Attributes:
        outbox: Where deliveries wait.
        subscriptions: Where targets are suspended.
        slack: Where messages are posted.
        notify_admins: See `NotifyAdmins`.
        pacer: Shared by all that post with the same token.
        clock: The present moment by this machine, even where the bot lives in another time
            (a demonstration in time-lapse): leases and retries are about real requests.
        random: Numbers from 0 up to 1, for spreading retries.
        name: A name that no other running worker has.
        policy: Times and numbers.
    """

    outbox: Outbox
    subscriptions: Subscriptions
    slack: Poster
    notify_admins: NotifyAdmins
    pacer: Pacer
    clock: Clock = system_clock
    random: Callable[[], float] = random
    name: str = field(default_factory=lambda: f"{gethostname()}:{os.getpid()}:{token_hex(4)}")
    policy: DeliveryPolicy = field(default_factory=DeliveryPolicy)
    _stopping: bool = field(default=False, init=False)

    def stop(self) -> None:
        """Lets a run end after the messages that are on their way now; no later run sends."""
        self._stopping = True

    async def run(self) -> Counter[Outcome]:
        """Sends all that is ready; ends when nothing is, or after `stop`.

        Raises:
            WorkspaceGoneError: The token is revoked or the app removed: nothing can be sent.
            LedgerError: Storage refused to hand out work.
        """
        total: Counter[Outcome] = Counter()
        while not self._stopping:
            outcomes = await self._batch()
            total.update(outcomes)
            if all(outcome is Outcome.RELEASED for outcome in outcomes):
                break  # nothing is ready, or nothing gets on: the next run will see
        if total:
            log.info("outbox worked", extra={o.value: n for o, n in total.items()})
        return total

    async def _batch(self) -> list[Outcome]:
        """One claim and its deliveries. A fault in one leaves the others alone."""
        now, policy = self.clock(), self.policy
        until = now + policy.lease
        claimed = await self.outbox.claim(
            now=now, worker=self.name, lease=policy.lease, limit=policy.at_once
        )
        # Gathered with their errors: cancelling a sibling would leave its message's fate unknown.
        results = await asyncio.gather(
            *(self._deliver(Claim(*one, until)) for one in claimed), return_exceptions=True
        )
        errors: list[BaseException] = []
        for (_, delivery), result in zip(claimed, results, strict=True):
            if isinstance(result, BaseException):  # the delivery's lease runs out by itself
                errors.append(result)
                log.error("delivery interrupted", extra=_log_context(delivery), exc_info=result)
        for error in errors:
            if isinstance(error, WorkspaceGoneError) or not isinstance(error, Exception):
                raise error
        return [r for r in results if isinstance(r, Outcome)] + [Outcome.RELEASED] * len(errors)

    async def _deliver(self, claim: Claim) -> Outcome:
        """Sends what is still to be sent of one delivery; puts the rest back after `stop`.

        Raises:
            WorkspaceGoneError: Nothing can be sent any more; the delivery stays pending.
            LedgerError: The lease was lost or storage refused; the next claim looks its messages
                up.
        """
        delivery = claim.delivery
        if delivery.attempts > self.policy.retry.attempts * _CRASHES:
            await self._fail(claim, f"It was begun {delivery.attempts - 1} times in vain.")
            return Outcome.FAILED
        parent: Posted | None = None
        progressed = False
        for message in delivery.messages:
            if message.ts is not None:
                done: Posted | None = Posted(
                    channel=message.channel or delivery.target, ts=message.ts
                )
            else:
                try:
                    done = (
                        None
                        if self._stopping
                        else await self._ensure_posted(claim, message, parent)
                    )
                except DeliveryError as error:
                    return await self._handle_failure(claim, error)
                except LedgerError:
                    raise
                except Exception as error:  # a fault of ours must not be tried for ever
                    log.exception("delivery met a fault", extra=_log_context(delivery))
                    return await self._handle_failure(claim, _fault(error))
            if done is None:
                await self._put_back(delivery, error=_UNFINISHED, at=self.clock())
                return Outcome.PARTLY if progressed else Outcome.RELEASED
            progressed = progressed or message.ts is None
            parent = parent or done
        log.info("delivery sent", extra=_log_context(delivery))
        return Outcome.SENT

    async def _ensure_posted(
        self, claim: Claim, message: OutboxMessage, parent: Posted | None
    ) -> Posted | None:
        """Makes sure that `message` is in Slack and that the ledger knows where.

        None, and nothing sent, when too little of the lease is left.
        """
        delivery, position = claim.delivery, message.position
        posted = await self._look_up(claim, message, parent) if message.attempted else None
        if posted is None:
            await self.pacer.turn(delivery.target)
            if self.clock() + self.policy.reserve > claim.until:
                return None
            await self.outbox.attempting(delivery.id, position, worker=self.name, at=self.clock())
            posted = await self._post(claim, message, parent)
        await self.outbox.posted(
            delivery.id,
            position,
            worker=self.name,
            ts=posted.ts,
            channel=posted.channel,
            at=self.clock(),
        )
        return posted

    async def _look_up(
        self, claim: Claim, message: OutboxMessage, parent: Posted | None
    ) -> Posted | None:
        """Where an earlier attempt left the message; None when it certainly never arrived."""
        delivery, now = claim.delivery, self.clock()
        # Created later than now it was while a clock was wrong: nobody knows when.
        since = delivery.created_at if delivery.created_at <= now else now - self.policy.unsure
        found = await self.slack.find(
            delivery.target,
            delivery.key,
            message.position,
            thread_ts=parent.ts if parent else None,
            since=since - self.policy.skew,
        )
        log.info(
            "message of unknown fate looked up",
            extra=_log_context(delivery)
            | {"position": message.position, "found": found is not None},
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
                    extra=_log_context(claim.delivery) | {"code": refused.code},
                )
            await self.pacer.turn(claim.delivery.target)
            return await self._request(claim, message, parent, payload=plain(message.payload))
        except DeliveryUnknownError:
            raise  # the mark of `attempting` stays: look it up next time
        except DeliveryError:
            await self.outbox.unattempted(claim.delivery.id, message.position, worker=self.name)
            raise

    async def _request(
        self, claim: Claim, message: OutboxMessage, parent: Posted | None, *, payload: Json
    ) -> Posted:
        return await self.slack.post(
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
            now=self.clock(),
            jitter=self.random(),
            plain=plain,
            policy=self.policy.retry,
        )

    async def _handle_failure(self, claim: Claim, error: DeliveryError) -> Outcome:
        """Does what `decide` says of a delivery that Slack did not take."""
        delivery = claim.delivery
        decision = self._decide(delivery, error, plain=True)
        log.warning(
            "delivery not taken",
            extra=_log_context(delivery)
            | {
                "code": error.code,
                "decision": type(decision).__name__,
                "attempts": delivery.attempts,
            },
        )
        match decision:
            case Retry(at=retry_at):
                await self._put_back(delivery, error=str(error), at=retry_at)
                return Outcome.RETRIED
            case Suspend(reason=reason):
                await self._suspend(claim, reason)
            case Fail(reason=reason):
                await self._fail(claim, reason)
            case Fallback() | Stop():
                # With plain=True it is never Fallback.
                await self._put_back(delivery, error=str(error), at=self.clock())
                raise error
        return Outcome.FAILED

    async def _suspend(self, claim: Claim, reason: str) -> None:
        """Stops all that goes to the target. Each step may be repeated after a crash."""
        workspace, target = claim.workspace, claim.delivery.target
        await self.subscriptions.suspend(workspace, target, reason, at=self.clock())
        if claim.delivery.kind is not DeliveryKind.ALERT:  # an alert about an alert never ends
            await self.notify_admins(
                workspace,
                f"parked:{target}:{self.clock().date().isoformat()}",
                f"Nothing is sent to {target} any more. {reason}",
            )
        await self._give_up(claim.delivery, reason)

    async def _fail(self, claim: Claim, reason: str) -> None:
        """Gives up. The admins hear of it first, so that a crash cannot leave them in the dark."""
        delivery = claim.delivery
        if delivery.kind is not DeliveryKind.ALERT:
            is_digest = delivery.kind is DeliveryKind.DIGEST
            await self.notify_admins(
                claim.workspace,
                f"failed:{delivery.key}",
                f"The {delivery.kind.value} for {delivery.target} could not be delivered. {reason}"
                f"{' What it covered goes into the next one.' if is_digest else ''}",
            )
        await self._give_up(delivery, reason)

    async def _give_up(self, delivery: Delivery, reason: str) -> None:
        await self.outbox.fail(delivery.id, worker=self.name, error=reason, at=self.clock())

    async def _put_back(self, delivery: Delivery, *, error: str, at: datetime) -> None:
        await self.outbox.retry(delivery.id, worker=self.name, error=error, next_attempt_at=at)


def _fault(error: Exception) -> DeliveryUnknownError:
    """An unforeseen error as one of an unknown fate: looked up, tried again, given up at last."""
    fault = DeliveryUnknownError(
        f"The bot itself failed on this message ({type(error).__name__}); its log says more.",
        code="fault",
    )
    fault.__cause__ = error
    return fault


def _log_context(delivery: Delivery) -> dict[str, object]:
    """What logs say of a delivery: never its text."""
    return {"delivery": delivery.key, "kind": delivery.kind.value, "target": delivery.target}
