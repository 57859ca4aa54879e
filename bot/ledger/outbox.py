"""The outbox: deliveries on their way to Slack.

A delivery's key is unique in its workspace, so it is put in once. One worker at a time holds it,
for the length of a lease. Before a request leaves, `attempting` says so durably; a message
attempted but not posted is one whose fate is unknown, to be looked up in Slack before it is sent
again.
"""

from datetime import datetime, timedelta

from bot.domain.subscription import Delivery, NewDelivery
from bot.domain.workspace import WorkspaceId
from bot.ledger import posting, told
from bot.ledger.database import Database


class Outbox:
    """The deliveries of every workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, w: WorkspaceId, delivery: NewDelivery, *, at: datetime) -> bool:
        """Put a delivery in, to be sent at once; False when its key is there already.

        Raises:
            LedgerError: When it has no message.
        """
        return await self._database.write(posting.put, w, delivery, at)

    async def has(self, w: WorkspaceId, key: str) -> bool:
        """Whether a delivery of that key was ever put in."""
        return await self._database.read(told.has, w, key)

    async def claim(
        self, *, now: datetime, worker: str, lease: timedelta, limit: int
    ) -> tuple[tuple[WorkspaceId, Delivery], ...]:
        """Take deliveries to send, the oldest first; each is one worker's until its lease ends.

        Args:
            now: Deliveries whose time has come by now are taken.
            worker: A name that no other claimer has.
            lease: For how long they are this worker's.
            limit: At most so many.
        """
        return await self._database.write(posting.claim, now, worker, lease, limit)

    async def attempting(
        self, delivery_id: int, position: int, *, worker: str, at: datetime
    ) -> None:
        """Say durably that the request for a message is about to leave.

        Raises:
            LeaseLostError: When the delivery is not this worker's any more: do not send.
            LedgerError: When the message was posted already.
        """
        await self._database.write(posting.attempting, delivery_id, position, worker, at)

    async def posted(
        self,
        delivery_id: int,
        position: int,
        *,
        worker: str,
        ts: str,
        channel: str,
        at: datetime,
    ) -> None:
        """Note that Slack has the message; with the last one the delivery is sent.

        What Slack has it has: this is noted even when the lease was lost meanwhile. The first
        word on a message stands.

        Args:
            delivery_id: The delivery.
            position: The message.
            worker: Who posted or found it.
            ts: Slack's timestamp of the message.
            channel: Slack's channel of the message.
            at: Now.
        """
        await self._database.write(
            posting.posted, delivery_id, position, ts=ts, channel=channel, at=at
        )

    async def unattempted(self, delivery_id: int, position: int, *, worker: str) -> None:
        """Take `attempting` back: the request is known not to have reached Slack.

        Raises:
            LeaseLostError: When the delivery is not this worker's any more.
        """
        await self._database.write(posting.unattempted, delivery_id, position, worker)

    async def retry(
        self, delivery_id: int, *, worker: str, error: str, next_attempt_at: datetime
    ) -> None:
        """Give a delivery back, to be tried again later.

        Raises:
            LeaseLostError: When the delivery is not this worker's any more.
        """
        await self._database.write(posting.retry, delivery_id, worker, error, next_attempt_at)

    async def fail(self, delivery_id: int, *, worker: str, error: str, at: datetime) -> None:
        """Give a delivery up for good.

        Raises:
            LeaseLostError: When the delivery is not this worker's any more.
        """
        await self._database.write(posting.fail, delivery_id, worker, error, at)

    async def list(self, w: WorkspaceId, *, limit: int = 50) -> tuple[Delivery, ...]:
        """The newest deliveries, newest first."""
        return await self._database.read(told.newest, w, limit)

    async def covered_until(self, w: WorkspaceId, subscription_id: int) -> datetime | None:
        """Up to when a subscription's digests, sent or still to be sent, cover; None without."""
        return await self._database.read(told.covered_until, w, subscription_id)

    async def mentioned(
        self, w: WorkspaceId, subscription_id: int, *, since: datetime | None = None
    ) -> frozenset[tuple[str, int]]:
        """Pairs of commitment and story that a subscription's digests told, or are about to tell.

        Args:
            w: The workspace.
            subscription_id: The subscription.
            since: Only digests put in at that time or later; None for all.
        """
        return await self._database.read(told.mentioned, w, subscription_id, since)
