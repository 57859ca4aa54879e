"""Puts the digests that are due into the outbox; what is due is a pure rule."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.delivery.ports import Outbox, Subscriptions
from bot.domain.clock import Clock
from bot.domain.schedule import Occurrence, latest_occurrence
from bot.domain.subscription import NewDelivery, Subscription
from bot.domain.window import Window
from bot.domain.workspace import WorkspaceId

log = logging.getLogger(__name__)

_PAUSE_AFTER_FAULT = timedelta(minutes=5)
# What the first digest of a subscription covers before it was made.
_FIRST_WINDOW = timedelta(hours=24)
# An occurrence older than this is not made up for; its window goes into the next.
_MAX_AGE = timedelta(hours=12)
# A digest made this long after its time says that it is late.
_LATE_AFTER = timedelta(minutes=15)
# A digest is made no sooner after the end of its window than this, so that evidence which was being
# filed just then is in the ledger: nothing falls between two windows.
_SETTLE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class DueDigest:
    """A digest to be composed now.

    Attributes:
        key: What makes it unique in the workspace: `digest:<subscription id>:<local date>`.
        window: What it covers, by when evidence was filed: from where the one before ended.
        late: True when it is made noticeably after its time.
        occurrence: The reader's local day, and the instant it was due.
    """

    key: str
    window: Window
    late: bool
    occurrence: Occurrence


def due_digest(
    subscription: Subscription, *, now: datetime, covered_until: datetime | None
) -> DueDigest | None:
    """The digest that is due for `subscription`, or None.

    It is always the newest occurrence alone: after a night's outage a reader gets one digest that
    covers everything, not one for each hour that was missed. On time it covers up to its hour,
    late up to now (less a minute, see `_SETTLE`).

    Args:
        subscription: Suspended ones are never due.
        now: The present moment.
        covered_until: End of the last digest that was sent or is on its way; None before the
            first. A digest that failed does not count, so its window is covered again.
    """
    settled = now - _SETTLE
    occurrence = latest_occurrence(subscription.schedule, now=settled)
    if subscription.suspended is not None or occurrence is None:
        return None
    if occurrence.instant < subscription.created_at:
        return None
    age = settled - occurrence.instant
    if age > _MAX_AGE:
        return None
    if covered_until is not None and covered_until >= occurrence.instant:
        return None
    since = covered_until or subscription.created_at - _FIRST_WINDOW
    late = age > _LATE_AFTER
    return DueDigest(
        # The reader's LOCAL day, so that no change of the clocks can bring a second one.
        key=f"digest:{subscription.id}:{occurrence.day.isoformat()}",
        window=Window(since=since, until=settled if late else occurrence.instant),
        late=late,
        occurrence=occurrence,
    )


# Writes one due digest: key and window are those of the `DueDigest`, target and id those of the
# subscription.
Compose = Callable[[WorkspaceId, Subscription, DueDigest], Awaitable[NewDelivery]]


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestReport:
    """What one round did, in digests.

    Attributes:
        put: Now in the outbox.
        failed: Could not be composed; tried again some minutes later.
    """

    put: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Digests:
    """Composes what is due, once for each subscription and local day."""

    outbox: Outbox
    subscriptions: Subscriptions
    compose: Compose
    clock: Clock
    # The last key of each subscription that is in the outbox, and when to try again what failed.
    # They only save work: after a restart the outbox knows.
    _settled: dict[tuple[WorkspaceId, int], str] = field(default_factory=dict, init=False)
    _not_before: dict[tuple[WorkspaceId, int], datetime] = field(default_factory=dict, init=False)

    async def run(self) -> DigestReport:
        """One round over all live subscriptions. A fault in one leaves the others alone."""
        now = self.clock()
        put = failed = 0
        for workspace, subscription in await self.subscriptions.live():
            due = await self._due(workspace, subscription, now)
            if due is None:
                continue
            try:
                new = await self.compose(workspace, subscription, due)
            except Exception:  # a fault in one digest must not keep back the others
                log.exception("digest not composed", extra={"digest": due.key})
                self._not_before[workspace, subscription.id] = now + _PAUSE_AFTER_FAULT
                failed += 1
                continue
            put += await self.outbox.put(workspace, new, at=now)
            self._settled[workspace, subscription.id] = due.key
        if put or failed:
            log.info("digests composed", extra={"put": put, "failed": failed})
        return DigestReport(put=put, failed=failed)

    async def _due(
        self, workspace: WorkspaceId, subscription: Subscription, now: datetime
    ) -> DueDigest | None:
        """What is due and not in the outbox yet; asks storage only when it may be."""
        place = (workspace, subscription.id)
        candidate = due_digest(subscription, now=now, covered_until=None)
        if candidate is None or self._settled.get(place) == candidate.key:
            return None
        if now < self._not_before.get(place, now) <= now + _PAUSE_AFTER_FAULT:
            return None  # further ahead only a clock that was wrong could put it
        covered_until = await self.outbox.covered_until(workspace, subscription.id, now=now)
        due = due_digest(subscription, now=now, covered_until=covered_until)
        if due is None or await self.outbox.has(workspace, due.key):
            self._settled[place] = candidate.key
            return None
        return due
