"""Puts the digests that are due into the outbox."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.delivery.due import DueDigest, DuePolicy, due_digest
from bot.delivery.ports import Compose, Outbox, Subscriptions
from bot.domain.clock import Clock
from bot.domain.subscription import Subscription
from bot.domain.workspace import WorkspaceId

log = logging.getLogger(__name__)

_PAUSE_AFTER_FAULT = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestReport:
    """What one round did, in digests.

    Attributes:
        put: Now in the outbox.
        empty: There was nothing worth a message.
        failed: Could not be composed; tried again some minutes later.
    """

    put: int = 0
    empty: int = 0
    failed: int = 0


class Digests:
    """Composes what is due, once for each subscription and local day."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        subscriptions: Subscriptions,
        compose: Compose,
        clock: Clock,
        policy: DuePolicy | None = None,
    ) -> None:
        self._outbox = outbox
        self._subscriptions = subscriptions
        self._compose = compose
        self._clock = clock
        self._policy = policy or DuePolicy()
        # The last key of each subscription that needs no more work (there already, or nothing to
        # say), and when to try again what failed. They only save work: after a restart it is the
        # outbox that knows.
        self._settled: dict[tuple[WorkspaceId, int], str] = {}
        self._not_before: dict[tuple[WorkspaceId, int], datetime] = {}

    async def run(self) -> DigestReport:
        """One round over all live subscriptions. A fault in one leaves the others alone."""
        now = self._clock()
        put = empty = failed = 0
        for workspace, subscription in await self._subscriptions.live():
            due = await self._due(workspace, subscription, now)
            if due is None:
                continue
            try:
                new = await self._compose(workspace, subscription, due)
            except Exception:  # a fault in one digest must not keep back the others
                log.exception("digest not composed", extra={"digest": due.key})
                self._not_before[workspace, subscription.id] = now + _PAUSE_AFTER_FAULT
                failed += 1
                continue
            if new is None:
                empty += 1
            elif await self._outbox.put(workspace, new, at=now):
                put += 1
            self._settled[workspace, subscription.id] = due.key
        if put or empty or failed:
            log.info("digests composed", extra={"put": put, "empty": empty, "failed": failed})
        return DigestReport(put=put, empty=empty, failed=failed)

    async def _due(
        self, workspace: WorkspaceId, subscription: Subscription, now: datetime
    ) -> DueDigest | None:
        """What is due and not in the outbox yet; asks storage only when it may be."""
        place = (workspace, subscription.id)
        candidate = due_digest(subscription, now=now, covered_until=None, policy=self._policy)
        if candidate is None or self._settled.get(place) == candidate.key:
            return None
        if self._not_before.get(place, now) > now:
            return None
        covered_until = await self._outbox.covered_until(workspace, subscription.id)
        due = due_digest(subscription, now=now, covered_until=covered_until, policy=self._policy)
        if due is None or await self._outbox.has(workspace, due.key):
            self._settled[place] = candidate.key
            return None
        return due
