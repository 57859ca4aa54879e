"""The outbox: deliveries on their way to Slack.

A delivery's key is unique in its workspace, so it is put in once. One worker at a time holds it,
for the length of a lease. Before a request leaves, `attempting` says so durably; a message
attempted but not posted is one whose fate is unknown, to be looked up in Slack before it is sent
again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, and_, bindparam, exists, func, insert, or_, select, update

from bot.domain.errors import LedgerError, NotFoundError
from bot.domain.subscription import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    Json,
    NewDelivery,
    OutboxMessage,
    PostedMessage,
)
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.database import LeaseLostError, Repository, reads, writes
from bot.ledger.db.rows import AnyRow, batches, columns_of, hold, value_of
from bot.ledger.db.tables import deliveries, delivery_mentions, delivery_messages

# Written out in the statement: only so does a database see that the index of pending ones serves.
_PENDING = deliveries.c.state == bindparam("pending", DeliveryState.PENDING, literal_execute=True)
_NOT_FAILED = deliveries.c.state != DeliveryState.FAILED
# Further ahead no delivery is put off (`RetryPolicy`), nor held.
LONGEST_RETRY: Final = timedelta(hours=2)
LONGEST_LEASE: Final = timedelta(minutes=10)
_NEW = tuple(column.name for column in columns_of(NewDelivery, deliveries))


class Outbox(Repository):
    """The deliveries of every workspace.

    What a worker does to a delivery raises `LeaseLostError` when it is not this worker's any more.
    """

    @writes
    def put(
        self, connection: Connection, workspace: WorkspaceId, delivery: NewDelivery, *, at: datetime
    ) -> bool:
        """Put a delivery in, to be sent at once; False when its key is there already."""
        return put_delivery(connection, workspace, delivery, at=at)

    @reads
    def has(self, connection: Connection, workspace: WorkspaceId, key: str) -> bool:
        """Whether a delivery of that key was ever put in."""
        return _has(connection, workspace, key)

    @writes
    def claim(
        self, connection: Connection, *, now: datetime, worker: str, lease: timedelta, limit: int
    ) -> tuple[tuple[WorkspaceId, Delivery], ...]:
        """Take deliveries to send, the oldest first; each is one worker's until its lease ends.

        Those whose time has come by `now` are taken; no two workers share a name. What waits, or is
        held, further ahead than anything may was written while a clock was wrong, and is taken too.
        """
        free = (
            select(deliveries.c.id)
            .where(
                _PENDING,
                or_(
                    deliveries.c.next_attempt_at <= now,
                    deliveries.c.next_attempt_at > now + LONGEST_RETRY,
                ),
                or_(
                    deliveries.c.claimed_until.is_(None),
                    deliveries.c.claimed_until <= now,
                    deliveries.c.claimed_until > now + max(lease, LONGEST_LEASE),
                ),
            )
            .order_by(deliveries.c.created_at, deliveries.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        numbers = connection.scalars(free).all()
        if not numbers:
            return ()
        these = deliveries.c.id.in_(numbers)
        claim = {"claimed_by": worker, "claimed_until": now + lease}
        connection.execute(
            update(deliveries).where(these).values(**claim, attempts=deliveries.c.attempts + 1)
        )
        claimed = select(deliveries).where(these)
        rows = connection.execute(claimed.order_by(deliveries.c.created_at, deliveries.c.id)).all()
        workspaces = [WorkspaceId(row.workspace_id) for row in rows]
        return tuple(zip(workspaces, _with_messages(connection, rows), strict=True))

    @writes
    def attempting(
        self,
        connection: Connection,
        delivery_id: int,
        position: int,
        *,
        worker: str,
        at: datetime,
    ) -> None:
        """Say durably that the request for a message is about to leave.

        Raises:
            LedgerError: The message was posted already, or the lease was lost: do not send it.
        """
        _hold_claimed(connection, delivery_id, worker, at=at)
        if not _change_unposted(connection, delivery_id, position, attempted_at=at):
            raise LedgerError(
                f"message {position} of delivery {delivery_id} was posted already; do not send it"
            )

    @writes
    def posted(
        self,
        connection: Connection,
        delivery_id: int,
        position: int,
        *,
        worker: str,
        ts: str,
        channel: str,
        at: datetime,
    ) -> None:
        """Note that Slack has the message; with the last one the delivery is sent.

        What Slack has it has: this is noted even when the worker's lease was lost meanwhile, and
        what was noted first stands. `ts` and `channel` are Slack's.
        """
        _hold(connection, delivery_id)
        is_first = _change_unposted(
            connection, delivery_id, position, attempted_at=at, ts=ts, channel=channel, posted_at=at
        )
        if not is_first:
            return
        waiting = select(delivery_messages.c.position).where(
            delivery_messages.c.delivery_id == delivery_id, delivery_messages.c.ts.is_(None)
        )
        if connection.execute(waiting).first() is None:
            _release(connection, delivery_id, state=DeliveryState.SENT, error=None)

    @writes
    def unattempted(
        self, connection: Connection, delivery_id: int, position: int, *, worker: str
    ) -> None:
        """Take `attempting` back: the request is known not to have reached Slack."""
        _hold_claimed(connection, delivery_id, worker)
        _change_unposted(connection, delivery_id, position, attempted_at=None)

    @writes
    def retry(
        self,
        connection: Connection,
        delivery_id: int,
        *,
        worker: str,
        error: str,
        next_attempt_at: datetime,
    ) -> None:
        """Give a delivery back, to be tried again later."""
        _hold_claimed(connection, delivery_id, worker)
        _release(connection, delivery_id, error=error, next_attempt_at=next_attempt_at)

    @writes
    def fail(
        self, connection: Connection, delivery_id: int, *, worker: str, error: str, at: datetime
    ) -> None:
        """Give up on a delivery."""
        _hold_claimed(connection, delivery_id, worker)
        _release(
            connection, delivery_id, state=DeliveryState.FAILED, error=error, next_attempt_at=at
        )

    @reads
    def list(
        self, connection: Connection, workspace: WorkspaceId, *, limit: int = 50
    ) -> tuple[Delivery, ...]:
        """The newest deliveries, newest first."""
        query = select(deliveries).where(deliveries.c.workspace_id == workspace)
        newest = query.order_by(deliveries.c.id.desc()).limit(limit)
        return _with_messages(connection, connection.execute(newest).all())

    @reads
    def covered_until(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        subscription_id: int,
        *,
        now: datetime,
    ) -> datetime | None:
        """The end of what a subscription's digests cover, sent or still to be sent; None without.

        A digest that was given up on covers nothing. An end later than `now` is of a digest that
        was composed while a clock was wrong, and counts once its time has come.
        """
        newest_end: datetime | None = connection.scalar(
            select(func.max(deliveries.c.window_until)).where(
                deliveries.c.workspace_id == workspace,
                deliveries.c.subscription_id == subscription_id,
                deliveries.c.kind == DeliveryKind.DIGEST,
                deliveries.c.window_until <= now,
                _NOT_FAILED,
            )
        )
        return newest_end

    @reads
    def told_up_to(
        self, connection: Connection, workspace: WorkspaceId, subscription_id: int
    ) -> int | None:
        """The newest evidence that a subscription's digests could tell; None where none says."""
        newest: int | None = connection.scalar(
            select(func.max(deliveries.c.last_evidence)).where(
                deliveries.c.workspace_id == workspace,
                deliveries.c.subscription_id == subscription_id,
                _NOT_FAILED,
            )
        )
        return newest

    @reads
    def showing(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        commitment_id: str,
        story_id: int,
        *,
        since: datetime,
    ) -> tuple[PostedMessage, ...]:
        """The messages in Slack of digests that told a story, those created at `since` or later."""
        told = and_(
            delivery_mentions.c.delivery_id == deliveries.c.id,
            delivery_mentions.c.commitment_id == commitment_id,
            delivery_mentions.c.story_id == story_id,
        )
        query = (
            select(*columns_of(PostedMessage, delivery_messages))
            .join_from(deliveries, delivery_mentions, told)
            .join(delivery_messages, delivery_messages.c.delivery_id == deliveries.c.id)
            .where(
                deliveries.c.workspace_id == workspace,
                deliveries.c.created_at >= since,
                delivery_messages.c.ts.is_not(None),
            )
            .order_by(delivery_messages.c.delivery_id, delivery_messages.c.position)
        )
        return tuple(value_of(PostedMessage, row) for row in connection.execute(query))

    @writes
    def edited(
        self, connection: Connection, delivery_id: int, position: int, payload: Json
    ) -> None:
        """Keep what a message in Slack was edited to, so that the next edit adds to it."""
        this = delivery_messages.c.delivery_id == delivery_id
        this = and_(this, delivery_messages.c.position == position)
        connection.execute(update(delivery_messages).where(this).values(payload=payload))

    @reads
    def mentioned(
        self, connection: Connection, workspace: WorkspaceId, subscription_id: int
    ) -> frozenset[tuple[str, int]]:
        """Pairs of commitment and story in a subscription's digests, sent or still to be sent."""
        query = (
            select(delivery_mentions.c.commitment_id, delivery_mentions.c.story_id)
            .join_from(delivery_mentions, deliveries)
            .where(
                deliveries.c.workspace_id == workspace,
                deliveries.c.subscription_id == subscription_id,
                _NOT_FAILED,
            )
        )
        return frozenset((row.commitment_id, row.story_id) for row in connection.execute(query))


def put_delivery(
    connection: Connection, workspace: WorkspaceId, delivery: NewDelivery, *, at: datetime
) -> bool:
    """As `Outbox.put`, as a step of a transaction.

    One that is skipped is kept for its key, its window and the reason, and never sent.

    Raises:
        LedgerError: It is to be sent and has no message, or is skipped and has some.
    """
    if delivery.skipped is not None and delivery.payloads:
        raise LedgerError(f"the delivery {delivery.key} is skipped and has messages")
    if delivery.skipped is None and not delivery.payloads:
        raise LedgerError(f"the delivery {delivery.key} has no message")
    hold(connection, workspace)
    if _has(connection, workspace, delivery.key):
        return False
    row = {
        **{name: getattr(delivery, name) for name in _NEW},
        "workspace_id": workspace,
        "state": DeliveryState.PENDING if delivery.skipped is None else DeliveryState.SKIPPED,
        "error": delivery.skipped,
        "attempts": 0,
        "next_attempt_at": at,
        "created_at": at,
    }
    number = connection.scalars(insert(deliveries).values(row).returning(deliveries.c.id)).one()
    messages = [
        {"delivery_id": number, "position": n, "payload": payload}
        for n, payload in enumerate(delivery.payloads)
    ]
    if messages:
        connection.execute(insert(delivery_messages), messages)
    mentions = [
        {"delivery_id": number, "commitment_id": commitment, "story_id": story}
        for commitment, story in sorted(delivery.mentions)
    ]
    if mentions:
        connection.execute(insert(delivery_mentions), mentions)
    return True


def rename_mentions(connection: Connection, workspace: WorkspaceId, old: str, name: str) -> None:
    """What was told under a commitment's earlier id was told under its new one."""
    mine = select(deliveries.c.id).where(deliveries.c.workspace_id == workspace)
    told = delivery_mentions.alias()
    both = exists().where(
        told.c.delivery_id == delivery_mentions.c.delivery_id,
        told.c.story_id == delivery_mentions.c.story_id,
        told.c.commitment_id == name,
    )
    under_old = (
        delivery_mentions.c.commitment_id == old,
        delivery_mentions.c.delivery_id.in_(mine),
    )
    connection.execute(
        update(delivery_mentions).where(*under_old, ~both).values(commitment_id=name)
    )


def waiting_since(connection: Connection) -> datetime | None:
    """When the delivery was due that waits longest, of any workspace; None when none waits."""
    longest: datetime | None = connection.scalar(
        select(func.min(deliveries.c.next_attempt_at)).where(_PENDING)
    )
    return longest


def _has(connection: Connection, workspace: WorkspaceId, key: str) -> bool:
    query = select(deliveries.c.id).where(
        deliveries.c.workspace_id == workspace, deliveries.c.key == key
    )
    return connection.execute(query).first() is not None


def _hold(connection: Connection, delivery_id: int) -> AnyRow:
    """The delivery's row, held until the transaction ends."""
    query = select(deliveries).where(deliveries.c.id == delivery_id)
    row = connection.execute(query.with_for_update(key_share=True)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no delivery {delivery_id}")
    return row


def _hold_claimed(
    connection: Connection, delivery_id: int, worker: str, *, at: datetime | None = None
) -> None:
    """Hold the delivery, or refuse when it is not this worker's (at `at`, where given)."""
    row = _hold(connection, delivery_id)
    mine = row.state is DeliveryState.PENDING and row.claimed_by == worker
    if not mine or (at is not None and row.claimed_until <= at):
        raise LeaseLostError(
            f"delivery {delivery_id} is not {worker}'s any more; leave it to the worker that has it"
        )


def _change_unposted(
    connection: Connection, delivery_id: int, position: int, **values: str | datetime | None
) -> bool:
    """Change a message unless Slack has it already; False, and nothing is done, when it has."""
    this = (
        delivery_messages.c.delivery_id == delivery_id,
        delivery_messages.c.position == position,
    )
    row = connection.execute(select(delivery_messages.c.ts).where(*this)).one_or_none()
    if row is None:
        raise NotFoundError(f"delivery {delivery_id} has no message {position}")
    if row.ts is None:
        connection.execute(update(delivery_messages).where(*this).values(values))
    return row.ts is None


def _release(connection: Connection, delivery_id: int, **values: str | datetime | None) -> None:
    """End this worker's turn with the delivery."""
    this = deliveries.c.id == delivery_id
    free = {"claimed_by": None, "claimed_until": None}
    connection.execute(update(deliveries).where(this).values(**free, **values))


def _with_messages(connection: Connection, rows: Sequence[AnyRow]) -> tuple[Delivery, ...]:
    """Deliveries from whole rows, in their order, each with its messages."""
    messages: dict[int, list[OutboxMessage]] = {row.id: [] for row in rows}
    for batch in batches(messages):
        query = select(delivery_messages).where(delivery_messages.c.delivery_id.in_(batch))
        for row in connection.execute(query.order_by(delivery_messages.c.position)):
            message = value_of(OutboxMessage, row, attempted=row.attempted_at is not None)
            messages[row.delivery_id].append(message)
    return tuple(value_of(Delivery, row, messages=tuple(messages[row.id])) for row in rows)
