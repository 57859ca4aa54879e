"""Empties the outbox: claims what is ready and has a worker take it to Slack."""

import asyncio
import logging
from collections import Counter

from bot.delivery.worker import Claim, DeliveryWorker, Outcome
from bot.domain.errors import WorkspaceGoneError

log = logging.getLogger(__name__)


class Sender:
    """Sends what is in the outbox."""

    def __init__(self, worker: DeliveryWorker) -> None:
        self._worker = worker
        self._stopping = False

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
        worker, policy = self._worker, self._worker.policy
        now = worker.clock()
        claimed = await worker.outbox.claim(
            now=now, worker=worker.name, lease=policy.lease, limit=policy.at_once
        )
        until = now + policy.lease
        claims = [Claim(workspace=workspace, delivery=d, until=until) for workspace, d in claimed]
        # Gathered with their errors: cancelling a sibling would leave its message's fate unknown.
        results = await asyncio.gather(
            *(worker.deliver(claim, stopping=lambda: self._stopping) for claim in claims),
            return_exceptions=True,
        )
        raised: list[BaseException] = []
        for claim, result in zip(claims, results, strict=True):
            if isinstance(result, BaseException):  # the delivery's lease runs out by itself
                raised.append(result)
                log.error(
                    "delivery interrupted",
                    extra={"delivery": claim.delivery.key, "target": claim.delivery.target},
                    exc_info=result,
                )
        for error in raised:
            if isinstance(error, WorkspaceGoneError) or not isinstance(error, Exception):
                raise error
        return [r for r in results if isinstance(r, Outcome)] + [Outcome.RELEASED] * len(raised)
