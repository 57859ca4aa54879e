"""The outbox: deliveries on their way to Slack.

A delivery's key is unique in its workspace, so it is put in once. One worker at a time holds it,
for the length of a lease. Before a request leaves, `attempting` says so durably; a message
attempted but not posted is one whose fate is unknown, to be looked up in Slack before it is sent
again.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Update, bindparam, insert, or_, select, update

from bot.domain.errors import LedgerError, NotFoundError
from bot.domain.subscription import Delivery, DeliveryState, NewDelivery
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.database import Database, LeaseLostError
from bot.ledger.db.rows import AnyRow
from bot.ledger.db.tables import deliveries, delivery_mentions, delivery_messages
from bot.ledger.deliveries import mentions
from bot.ledger.deliveries.mentions import has, with_messages
from bot.ledger.workspaces import hold

# MERGED posting: Steps of a delivery; see `bot.ledger.deliveries.outbox` for what they mean.


# Written out in the statement: only so does a database see that the index of pending ones serves.
PENDING = deliveries.c.state == bindparam(
    "pending", DeliveryState.PENDING.value, literal_execute=True
)


def put(
    connection: Connection, workspace: WorkspaceId, delivery: NewDelivery, at: datetime
) -> bool:
    """See `Outbox.put`."""
    if not delivery.payloads:
        msg = f"the delivery {delivery.key} has no message"
        raise LedgerError(msg)
    hold(connection, workspace)
    if has(connection, workspace, delivery.key):
        return False
    row = {
        "workspace_id": workspace,
        "key": delivery.key,
        "kind": delivery.kind.value,
        "target": delivery.target,
        "subscription_id": delivery.subscription_id,
        "window_since": delivery.window_since,
        "window_until": delivery.window_until,
        "state": DeliveryState.PENDING.value,
        "attempts": 0,
        "next_attempt_at": at,
        "created_at": at,
    }
    number = connection.scalars(insert(deliveries).values(row).returning(deliveries.c.id)).one()
    _put_messages(connection, number, delivery)
    return True


def _put_messages(connection: Connection, delivery_id: int, delivery: NewDelivery) -> None:
    messages = [
        {"delivery_id": delivery_id, "position": n, "payload": payload}
        for n, payload in enumerate(delivery.payloads)
    ]
    connection.execute(insert(delivery_messages), messages)
    mentions = [
        {"delivery_id": delivery_id, "commitment_id": commitment, "story_id": story}
        for commitment, story in sorted(delivery.mentions)
    ]
    if mentions:
        connection.execute(insert(delivery_mentions), mentions)


def claim(
    connection: Connection, now: datetime, worker: str, lease: timedelta, limit: int
) -> tuple[tuple[WorkspaceId, Delivery], ...]:
    """See `Outbox.claim`."""
    free = (
        select(deliveries.c.id)
        .where(
            PENDING,
            deliveries.c.next_attempt_at <= now,
            or_(deliveries.c.claimed_until.is_(None), deliveries.c.claimed_until <= now),
        )
        .order_by(deliveries.c.created_at, deliveries.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    numbers = connection.scalars(free).all()
    if not numbers:
        return ()
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id.in_(numbers))
        .values(claimed_by=worker, claimed_until=now + lease, attempts=deliveries.c.attempts + 1)
    )
    claimed = select(deliveries).where(deliveries.c.id.in_(numbers))
    rows = connection.execute(claimed.order_by(deliveries.c.created_at, deliveries.c.id)).all()
    workspaces = [WorkspaceId(row.workspace_id) for row in rows]
    return tuple(zip(workspaces, with_messages(connection, rows), strict=True))


def attempting(
    connection: Connection, delivery_id: int, position: int, worker: str, at: datetime
) -> None:
    """See `Outbox.attempting`."""
    _hold_claimed(connection, delivery_id, worker, at=at)
    if _message(connection, delivery_id, position).ts is not None:
        msg = f"message {position} of delivery {delivery_id} was posted already; do not send it"
        raise LedgerError(msg)
    connection.execute(_change(delivery_id, position).values(attempted_at=at))


def posted(
    connection: Connection,
    delivery_id: int,
    position: int,
    *,
    ts: str,
    channel: str,
    at: datetime,
) -> None:
    """See `Outbox.posted`."""
    _hold(connection, delivery_id)
    if _message(connection, delivery_id, position).ts is not None:
        return
    values = {"attempted_at": at, "ts": ts, "channel": channel, "posted_at": at}
    connection.execute(_change(delivery_id, position).values(values))
    waiting = select(delivery_messages.c.position).where(
        delivery_messages.c.delivery_id == delivery_id, delivery_messages.c.ts.is_(None)
    )
    if connection.execute(waiting).first() is None:
        _close(connection, delivery_id, state=DeliveryState.SENT.value, error=None)


def unattempted(connection: Connection, delivery_id: int, position: int, worker: str) -> None:
    """See `Outbox.unattempted`."""
    _hold_claimed(connection, delivery_id, worker)
    if _message(connection, delivery_id, position).ts is None:
        connection.execute(_change(delivery_id, position).values(attempted_at=None))


def retry(
    connection: Connection,
    delivery_id: int,
    worker: str,
    error: str,
    next_attempt_at: datetime,
) -> None:
    """See `Outbox.retry`."""
    _hold_claimed(connection, delivery_id, worker)
    _close(connection, delivery_id, error=error, next_attempt_at=next_attempt_at)


def fail(connection: Connection, delivery_id: int, worker: str, error: str, at: datetime) -> None:
    """See `Outbox.fail`."""
    _hold_claimed(connection, delivery_id, worker)
    _close(
        connection,
        delivery_id,
        state=DeliveryState.FAILED.value,
        error=error,
        next_attempt_at=at,
    )


def _hold(connection: Connection, delivery_id: int) -> AnyRow:
    """The delivery's row, held until the transaction ends."""
    query = select(deliveries).where(deliveries.c.id == delivery_id)
    row = connection.execute(query.with_for_update(key_share=True)).one_or_none()
    if row is None:
        msg = f"there is no delivery {delivery_id}"
        raise NotFoundError(msg)
    return row


def _hold_claimed(
    connection: Connection, delivery_id: int, worker: str, *, at: datetime | None = None
) -> None:
    """Hold the delivery, or refuse when it is not this worker's (at `at`, where given)."""
    row = _hold(connection, delivery_id)
    mine = row.state == DeliveryState.PENDING.value and row.claimed_by == worker
    if not mine or (at is not None and row.claimed_until <= at):
        msg = f"delivery {delivery_id} is not {worker}'s any more; leave it to whoever has it"
        raise LeaseLostError(msg)


def _message(connection: Connection, delivery_id: int, position: int) -> AnyRow:
    query = select(delivery_messages).where(
        delivery_messages.c.delivery_id == delivery_id,
        delivery_messages.c.position == position,
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        msg = f"delivery {delivery_id} has no message {position}"
        raise NotFoundError(msg)
    return row


def _change(delivery_id: int, position: int) -> Update:
    return update(delivery_messages).where(
        delivery_messages.c.delivery_id == delivery_id,
        delivery_messages.c.position == position,
    )


def _close(connection: Connection, delivery_id: int, **values: str | datetime | None) -> None:
    """End this worker's turn with the delivery."""
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id)
        .values(claimed_by=None, claimed_until=None, **values)
    )


class Outbox:
    """The deliveries of every workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, workspace: WorkspaceId, delivery: NewDelivery, *, at: datetime) -> bool:
        """Put a delivery in, to be sent at once; False when its key is there already.

        Raises:
            LedgerError: When it has no message.
        """
        return await self._database.write(put, workspace, delivery, at)

    async def has(self, workspace: WorkspaceId, key: str) -> bool:
        """Whether a delivery of that key was ever put in."""
        return await self._database.read(mentions.has, workspace, key)

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
        return await self._database.write(claim, now, worker, lease, limit)

    async def attempting(
        self, delivery_id: int, position: int, *, worker: str, at: datetime
    ) -> None:
        """Say durably that the request for a message is about to leave.

        Raises:
            LeaseLostError: When the delivery is not this worker's any more: do not send.
            LedgerError: When the message was posted already.
        """
        await self._database.write(attempting, delivery_id, position, worker, at)

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
        await self._database.write(posted, delivery_id, position, ts=ts, channel=channel, at=at)

    async def unattempted(self, delivery_id: int, position: int, *, worker: str) -> None:
        """Take `attempting` back: the request is known not to have reached Slack.

        Raises:
            LeaseLostError: When the delivery is not this worker's any more.
        """
        await self._database.write(unattempted, delivery_id, position, worker)

    async def retry(
        self, delivery_id: int, *, worker: str, error: str, next_attempt_at: datetime
    ) -> None:
        """Give a delivery back, to be tried again later.

        Raises:
            LeaseLostError: When the delivery is not this worker's any more.
        """
        await self._database.write(retry, delivery_id, worker, error, next_attempt_at)

    async def fail(self, delivery_id: int, *, worker: str, error: str, at: datetime) -> None:
        """Give a delivery up for good.

        Raises:
            LeaseLostError: When the delivery is not this worker's any more.
        """
        await self._database.write(fail, delivery_id, worker, error, at)

    async def list(self, workspace: WorkspaceId, *, limit: int = 50) -> tuple[Delivery, ...]:
        """The newest deliveries, newest first."""
        return await self._database.read(mentions.newest, workspace, limit)

    async def covered_until(self, workspace: WorkspaceId, subscription_id: int) -> datetime | None:
        """Up to when a subscription's digests, sent or still to be sent, cover; None without."""
        return await self._database.read(mentions.covered_until, workspace, subscription_id)

    async def mentioned(
        self, workspace: WorkspaceId, subscription_id: int, *, since: datetime | None = None
    ) -> frozenset[tuple[str, int]]:
        """Pairs of commitment and story that a subscription's digests told, or are about to tell.

        Args:
            workspace: The workspace.
            subscription_id: The subscription.
            since: Only digests put in at that time or later; None for all.
        """
        return await self._database.read(mentions.mentioned, workspace, subscription_id, since)
