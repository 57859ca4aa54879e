"""Steps of a delivery; see `bot.ledger.outbox` for what they mean."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Update, bindparam, insert, or_, select, update

from bot.domain.errors import LedgerError, NotFoundError
from bot.domain.subscription import Delivery, DeliveryState, NewDelivery
from bot.domain.workspace import WorkspaceId
from bot.ledger.errors import LeaseLostError
from bot.ledger.rows import AnyRow
from bot.ledger.tables import deliveries, delivery_mentions, delivery_messages
from bot.ledger.told import has, with_messages
from bot.ledger.workspaces import hold

# Written out in the statement: only so does a database see that the index of pending ones serves.
PENDING = deliveries.c.state == bindparam(
    "pending", DeliveryState.PENDING.value, literal_execute=True
)


def put(connection: Connection, w: WorkspaceId, delivery: NewDelivery, at: datetime) -> bool:
    """See `Outbox.put`."""
    if not delivery.payloads:
        msg = f"the delivery {delivery.key} has no message"
        raise LedgerError(msg)
    hold(connection, w)
    if has(connection, w, delivery.key):
        return False
    row = {
        "workspace_id": w,
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
