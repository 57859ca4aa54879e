"""Questions about deliveries; see `bot.ledger.deliveries.outbox` for what they mean."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.domain.subscription import Delivery, DeliveryKind, DeliveryState, OutboxMessage
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.rows import AnyRow, batches
from bot.ledger.db.tables import deliveries, delivery_mentions, delivery_messages

STANDING = deliveries.c.state != DeliveryState.FAILED.value


def has(connection: Connection, workspace: WorkspaceId, key: str) -> bool:
    """See `Outbox.has`."""
    query = select(deliveries.c.id).where(
        deliveries.c.workspace_id == workspace, deliveries.c.key == key
    )
    return connection.execute(query).first() is not None


def newest(connection: Connection, workspace: WorkspaceId, limit: int) -> tuple[Delivery, ...]:
    """See `Outbox.list`."""
    query = select(deliveries).where(deliveries.c.workspace_id == workspace)
    return with_messages(
        connection, connection.execute(query.order_by(deliveries.c.id.desc()).limit(limit)).all()
    )


def covered_until(
    connection: Connection, workspace: WorkspaceId, subscription_id: int
) -> datetime | None:
    """See `Outbox.covered_until`."""
    newest_end: datetime | None = connection.scalar(
        select(func.max(deliveries.c.window_until)).where(
            deliveries.c.workspace_id == workspace,
            deliveries.c.subscription_id == subscription_id,
            deliveries.c.kind == DeliveryKind.DIGEST.value,
            STANDING,
        )
    )
    return newest_end


def mentioned(
    connection: Connection, workspace: WorkspaceId, subscription_id: int, since: datetime | None
) -> frozenset[tuple[str, int]]:
    """See `Outbox.mentioned`."""
    query = (
        select(delivery_mentions.c.commitment_id, delivery_mentions.c.story_id)
        .join_from(delivery_mentions, deliveries)
        .where(
            deliveries.c.workspace_id == workspace,
            deliveries.c.subscription_id == subscription_id,
            STANDING,
        )
    )
    if since is not None:
        query = query.where(deliveries.c.created_at >= since)
    return frozenset((row.commitment_id, row.story_id) for row in connection.execute(query))


def with_messages(connection: Connection, rows: Sequence[AnyRow]) -> tuple[Delivery, ...]:
    """Deliveries from whole rows, in their order, each with its messages."""
    messages: dict[int, list[OutboxMessage]] = {row.id: [] for row in rows}
    for batch in batches(messages):
        query = select(delivery_messages).where(delivery_messages.c.delivery_id.in_(batch))
        for row in connection.execute(query.order_by(delivery_messages.c.position)):
            message = OutboxMessage(
                position=row.position,
                payload=row.payload,
                attempted=row.attempted_at is not None,
                ts=row.ts,
                channel=row.channel,
            )
            messages[row.delivery_id].append(message)
    return tuple(_to_delivery(row, tuple(messages[row.id])) for row in rows)


def _to_delivery(row: AnyRow, messages: tuple[OutboxMessage, ...]) -> Delivery:
    return Delivery(
        id=row.id,
        key=row.key,
        kind=DeliveryKind(row.kind),
        target=row.target,
        subscription_id=row.subscription_id,
        messages=messages,
        window_since=row.window_since,
        window_until=row.window_until,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        error=row.error,
        created_at=row.created_at,
    )
