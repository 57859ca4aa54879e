"""Empties the outbox: claims what is ready and has couriers take it to Slack."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from bot.delivery.pacing import Pacer
from bot.delivery.ports import NotifyAdmins, Outbox, Poster, Subscriptions
from bot.delivery.worker import Claim, Courier, CourierPolicy, Outcome
from bot.domain.clock import Clock
from bot.domain.errors import WorkspaceGoneError
from bot.domain.workspace import WorkspaceId

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class SendPolicy:
    """How the outbox is worked.

    Attributes:
        lease: How long a claimed delivery is ours. After a crash it waits at most this long.
        at_once: How many deliveries are under way at a time.
        courier: See `CourierPolicy`.
    """

    lease: timedelta = timedelta(minutes=3)
    at_once: int = 4
    courier: CourierPolicy = field(default_factory=CourierPolicy)


@dataclass(frozen=True, kw_only=True, slots=True)
class SendReport:
    """What one run did, in deliveries."""

    sent: int = 0
    retried: int = 0
    failed: int = 0
    partly: int = 0
    released: int = 0


class Sender:
    """Sends what is in the outbox. Any number of them may work on the same ledger."""

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
        policy: SendPolicy | None = None,
    ) -> None:
        """Makes a sender.

        Args:
            outbox: Where deliveries wait.
            subscriptions: Where targets are parked.
            poster_of: Slack, for a workspace.
            notify_admins: See `NotifyAdmins`.
            clock: The present moment by this machine, even where the bot lives in another time
                (a demonstration in time-lapse): leases and retries are about real requests.
            pacer: Shared by all that post with the same token.
            random: Numbers from 0 up to 1, for spreading retries.
            worker: A name that no other running sender has.
            policy: Times and numbers.
        """
        self._outbox = outbox
        self._clock = clock
        self._worker = worker
        self._policy = policy or SendPolicy()
        self._stopping = False
        self._courier = Courier(
            outbox=outbox,
            subscriptions=subscriptions,
            poster_of=poster_of,
            notify_admins=notify_admins,
            clock=clock,
            pacer=pacer,
            random=random,
            worker=worker,
            policy=self._policy.courier,
        )

    def stop(self) -> None:
        """Lets a run end after the messages that are on their way now; no later run sends."""
        self._stopping = True

    async def run(self) -> SendReport:
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
                break  # nothing is ready, or nothing gets on: the next tick will see
        report = SendReport(**{outcome.value: total[outcome] for outcome in Outcome})
        if total:
            log.info("outbox worked", extra={o.value: n for o, n in total.items()})
        return report

    async def _batch(self) -> list[Outcome]:
        """One claim and its deliveries. A fault in one leaves the others alone."""
        now = self._clock()
        claimed = await self._outbox.claim(
            now=now, worker=self._worker, lease=self._policy.lease, limit=self._policy.at_once
        )
        until = now + self._policy.lease
        claims = [Claim(workspace=workspace, delivery=d, until=until) for workspace, d in claimed]
        # Gathered with their errors: cancelling a sibling would leave its message's fate unknown.
        results = await asyncio.gather(
            *(self._courier.deliver(claim, stopping=lambda: self._stopping) for claim in claims),
            return_exceptions=True,
        )
        for claim, result in zip(claims, results, strict=True):
            if isinstance(result, BaseException):
                self._note(claim, result)
        raised = [r for r in results if isinstance(r, BaseException)]
        for error in raised:
            if isinstance(error, WorkspaceGoneError) or not isinstance(error, Exception):
                raise error
        return [r for r in results if isinstance(r, Outcome)] + [Outcome.RELEASED] * len(raised)

    def _note(self, claim: Claim, error: BaseException) -> None:
        """Logs a delivery that ended without an outcome; its lease runs out by itself."""
        log.error(
            "delivery interrupted",
            extra={"delivery": claim.delivery.key, "target": claim.delivery.target},
            exc_info=error,
        )
