"""Subscriptions: who gets which digest, when."""

from collections.abc import Sequence
from datetime import datetime, time

from sqlalchemy import Connection, insert, select, update

from bot.domain.errors import NotFoundError
from bot.domain.schedule import Schedule, Weekday
from bot.domain.subscription import Json, Subscription
from bot.domain.workspace import WorkspaceId
from bot.ledger.audit import note
from bot.ledger.db.columns import MAX_ID
from bot.ledger.db.database import Database
from bot.ledger.db.rows import AnyRow, AnySelect
from bot.ledger.db.tables import subscriptions
from bot.ledger.workspaces import hold

# MERGED subscribing: Storing subscriptions; see `bot.ledger.subscriptions` for what each step
# means.


def _standing(workspace: WorkspaceId | None = None) -> AnySelect:
    query = select(subscriptions).where(subscriptions.c.removed_at.is_(None))
    if workspace is not None:
        query = query.where(subscriptions.c.workspace_id == workspace)
    return query.order_by(subscriptions.c.workspace_id, subscriptions.c.id)


def add(
    connection: Connection,
    workspace: WorkspaceId,
    target: str,
    commitments: tuple[str, ...],
    schedule: Schedule,
    *,
    actor: str,
    at: datetime,
) -> Subscription:
    """See `Subscriptions.add`."""
    hold(connection, workspace)
    of_target = find(connection, workspace, target, None)
    same = (s for s in of_target if set(s.commitments) == set(commitments))
    before = next(same, None)
    values = {
        **_schedule_columns(schedule),
        "workspace_id": workspace,
        "target": target,
        "commitments": list(commitments),
        "created_by": actor,
        "created_at": at,
        "parked": None,
    }
    if before is None:
        statement = insert(subscriptions).values(values).returning(subscriptions.c.id)
        number = connection.scalars(statement).one()
    else:
        number = before.id
        connection.execute(update(subscriptions).where(subscriptions.c.id == number).values(values))
    after = get(connection, workspace, number)
    _note(
        connection,
        workspace,
        "subscription.add",
        number,
        actor=actor,
        at=at,
        before=before,
        after=after,
    )
    return after


def remove(
    connection: Connection,
    workspace: WorkspaceId,
    subscription_id: int,
    *,
    actor: str,
    at: datetime,
) -> Subscription:
    """See `Subscriptions.remove`."""
    hold(connection, workspace)
    before = get(connection, workspace, subscription_id)
    connection.execute(
        update(subscriptions).where(subscriptions.c.id == before.id).values(removed_at=at)
    )
    _note(
        connection, workspace, "subscription.remove", before.id, actor=actor, at=at, before=before
    )
    return before


def suspend(
    connection: Connection, workspace: WorkspaceId, target: str, reason: str, at: datetime
) -> int:
    """See `Subscriptions.suspend`."""
    hold(connection, workspace)
    live = [s for s in find(connection, workspace, target, None) if s.suspended is None]
    for before in live:
        connection.execute(
            update(subscriptions).where(subscriptions.c.id == before.id).values(parked=reason)
        )
        after = get(connection, workspace, before.id)
        _note(
            connection,
            workspace,
            "subscription.park",
            before.id,
            actor="slack",
            at=at,
            before=before,
            after=after,
        )
    return len(live)


def find(
    connection: Connection, workspace: WorkspaceId, target: str | None, created_by: str | None
) -> tuple[Subscription, ...]:
    """See `Subscriptions.list`."""
    query = _standing(workspace)
    if target is not None:
        query = query.where(subscriptions.c.target == target)
    if created_by is not None:
        query = query.where(subscriptions.c.created_by == created_by)
    return tuple(_to_subscription(row) for row in connection.execute(query))


def get(connection: Connection, workspace: WorkspaceId, subscription_id: int) -> Subscription:
    """See `Subscriptions.get`."""
    query = _standing(workspace).where(subscriptions.c.id == subscription_id)
    row = connection.execute(query).one_or_none() if 0 < subscription_id <= MAX_ID else None
    if row is None:
        msg = f"there is no subscription {subscription_id}"
        raise NotFoundError(msg)
    return _to_subscription(row)


def live(connection: Connection) -> tuple[tuple[WorkspaceId, Subscription], ...]:
    """See `Subscriptions.live`."""
    rows = connection.execute(_standing().where(subscriptions.c.parked.is_(None)))
    return tuple((WorkspaceId(row.workspace_id), _to_subscription(row)) for row in rows)


def _schedule_columns(schedule: Schedule) -> dict[str, object]:
    return {
        "weekdays": [day.name.lower() for day in sorted(schedule.weekdays)],
        "local_time": schedule.at.isoformat(),
        "timezone": schedule.timezone,
    }


def _to_subscription(row: AnyRow) -> Subscription:
    schedule = Schedule(
        weekdays=frozenset(Weekday[name.upper()] for name in row.weekdays),
        at=time.fromisoformat(row.local_time),
        timezone=row.timezone,
    )
    return Subscription(
        id=row.id,
        target=row.target,
        commitments=tuple(row.commitments),
        schedule=schedule,
        created_by=row.created_by,
        created_at=row.created_at,
        suspended=row.parked,
    )


def _note(
    connection: Connection,
    workspace: WorkspaceId,
    action: str,
    number: int,
    *,
    actor: str,
    at: datetime,
    before: Subscription | None = None,
    after: Subscription | None = None,
) -> None:
    note(
        connection,
        workspace,
        at=at,
        actor=actor,
        action=action,
        subject=str(number),
        before=None if before is None else _as_json(before),
        after=None if after is None else _as_json(after),
    )


def _as_json(subscription: Subscription) -> Json:
    return {
        "target": subscription.target,
        "commitments": list(subscription.commitments),
        **_schedule_columns(subscription.schedule),
        "created_by": subscription.created_by,
        "parked": subscription.suspended,
    }


class Subscriptions:
    """The subscriptions of every workspace; removed ones are gone for all but the audit trail."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        workspace: WorkspaceId,
        target: str,
        commitments: Sequence[str],
        schedule: Schedule,
        *,
        actor: str,
        at: datetime,
    ) -> Subscription:
        """Subscribe a channel or person.

        Where the target has the same commitments already (in any order), that subscription keeps
        its number and gets the new schedule, is live again when it was suspended, and counts as
        created at `at`; the audit trail keeps what stood before.
        """
        chosen = tuple(dict.fromkeys(commitments))
        return await self._database.write(
            add, workspace, target, chosen, schedule, actor=actor, at=at
        )

    async def list(
        self, workspace: WorkspaceId, *, target: str | None = None, created_by: str | None = None
    ) -> tuple[Subscription, ...]:
        """Subscriptions, suspended ones too, the oldest first.

        Args:
            workspace: The workspace.
            target: Only those of this channel or person.
            created_by: Only those that this person asked for.
        """
        return await self._database.read(find, workspace, target, created_by)

    async def get(self, workspace: WorkspaceId, subscription_id: int) -> Subscription:
        """One subscription.

        Raises:
            NotFoundError: When the workspace has none of that number.
        """
        return await self._database.read(get, workspace, subscription_id)

    async def remove(
        self, workspace: WorkspaceId, subscription_id: int, *, actor: str, at: datetime
    ) -> Subscription:
        """End a subscription; gives what it was.

        Raises:
            NotFoundError: When the workspace has none of that number.
        """
        return await self._database.write(remove, workspace, subscription_id, actor=actor, at=at)

    async def suspend(
        self, workspace: WorkspaceId, target: str, reason: str, *, at: datetime
    ) -> int:
        """Stop all digests of a target that cannot be reached; gives how many were live.

        Args:
            workspace: The workspace.
            target: The channel or person.
            reason: Why, in plain words.
            at: Now.
        """
        return await self._database.write(suspend, workspace, target, reason, at)

    async def live(self) -> tuple[tuple[WorkspaceId, Subscription], ...]:
        """The subscriptions of all workspaces that are not suspended, by workspace and number."""
        return await self._database.read(live)
