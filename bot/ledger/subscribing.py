"""Storing subscriptions; see `bot.ledger.subscriptions` for what each step means."""

from datetime import datetime, time

from sqlalchemy import Connection, insert, select, update

from bot.domain.errors import NotFoundError
from bot.domain.schedule import Schedule, Weekday
from bot.domain.subscription import Json, Subscription
from bot.domain.workspace import WorkspaceId
from bot.ledger.audit import note
from bot.ledger.columns import MAX_ID
from bot.ledger.rows import AnyRow, AnySelect
from bot.ledger.tables import subscriptions
from bot.ledger.workspaces import hold


def _standing(w: WorkspaceId | None = None) -> AnySelect:
    query = select(subscriptions).where(subscriptions.c.removed_at.is_(None))
    if w is not None:
        query = query.where(subscriptions.c.workspace_id == w)
    return query.order_by(subscriptions.c.workspace_id, subscriptions.c.id)


def add(
    connection: Connection,
    w: WorkspaceId,
    target: str,
    commitments: tuple[str, ...],
    schedule: Schedule,
    *,
    actor: str,
    at: datetime,
) -> Subscription:
    """See `Subscriptions.add`."""
    hold(connection, w)
    of_target = find(connection, w, target, None)
    same = (s for s in of_target if set(s.commitments) == set(commitments))
    before = next(same, None)
    values = {
        **_schedule_columns(schedule),
        "workspace_id": w,
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
    after = get(connection, w, number)
    _note(connection, w, "subscription.add", number, actor=actor, at=at, before=before, after=after)
    return after


def remove(
    connection: Connection, w: WorkspaceId, subscription_id: int, *, actor: str, at: datetime
) -> Subscription:
    """See `Subscriptions.remove`."""
    hold(connection, w)
    before = get(connection, w, subscription_id)
    connection.execute(
        update(subscriptions).where(subscriptions.c.id == before.id).values(removed_at=at)
    )
    _note(connection, w, "subscription.remove", before.id, actor=actor, at=at, before=before)
    return before


def park(connection: Connection, w: WorkspaceId, target: str, reason: str, at: datetime) -> int:
    """See `Subscriptions.park`."""
    hold(connection, w)
    live = [s for s in find(connection, w, target, None) if s.parked is None]
    for before in live:
        connection.execute(
            update(subscriptions).where(subscriptions.c.id == before.id).values(parked=reason)
        )
        after = get(connection, w, before.id)
        _note(
            connection,
            w,
            "subscription.park",
            before.id,
            actor="slack",
            at=at,
            before=before,
            after=after,
        )
    return len(live)


def find(
    connection: Connection, w: WorkspaceId, target: str | None, created_by: str | None
) -> tuple[Subscription, ...]:
    """See `Subscriptions.list`."""
    query = _standing(w)
    if target is not None:
        query = query.where(subscriptions.c.target == target)
    if created_by is not None:
        query = query.where(subscriptions.c.created_by == created_by)
    return tuple(_to_subscription(row) for row in connection.execute(query))


def get(connection: Connection, w: WorkspaceId, subscription_id: int) -> Subscription:
    """See `Subscriptions.get`."""
    query = _standing(w).where(subscriptions.c.id == subscription_id)
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
        parked=row.parked,
    )


def _note(
    connection: Connection,
    w: WorkspaceId,
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
        w,
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
        "parked": subscription.parked,
    }
