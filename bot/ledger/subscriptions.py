"""Subscriptions: who gets which digest, when."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time

from sqlalchemy import Connection, insert, select, update

from bot.domain.schedule import Schedule, Weekday
from bot.domain.subscription import AuditEntry, Json, Subscription
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.database import Repository, reads, writes
from bot.ledger.db.rows import AnyRow, hold, row_of, value_of
from bot.ledger.db.tables import subscriptions
from bot.ledger.workspaces import note

_STANDING = (
    select(subscriptions)
    .where(subscriptions.c.removed_at.is_(None))
    .order_by(subscriptions.c.workspace_id, subscriptions.c.id)
)


class Subscriptions(Repository):
    """The subscriptions of every workspace; only the audit trail shows removed ones."""

    @writes
    def add(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        target: str,
        commitments: Sequence[str],
        schedule: Schedule,
        *,
        actor: str,
        at: datetime,
        skip_empty: bool = False,
    ) -> Subscription:
        """Subscribe a channel or person.

        Where the target has the same commitments already (in any order), that subscription keeps
        its number and gets the new schedule and `skip_empty`, is live again when it was suspended,
        and counts as created at `at`; the audit trail keeps what stood before.
        """
        hold(connection, workspace)
        chosen = tuple(dict.fromkeys(commitments))
        of_target = _find(connection, workspace, target)
        before = next((s for s in of_target if set(s.commitments) == set(chosen)), None)
        values = {
            **_schedule_columns(schedule),
            "workspace_id": workspace,
            "target": target,
            "commitments": list(chosen),
            "created_by": actor,
            "created_at": at,
            "parked": None,
            "skip_empty": skip_empty,
        }
        if before is None:
            new = insert(subscriptions).values(values).returning(subscriptions.c.id)
            number = connection.scalars(new).one()
        else:
            number = before.id
            _update(connection, number, values)
        after = _get(connection, workspace, number)
        _note(connection, workspace, "add", before, after, actor=actor, at=at)
        return after

    @reads
    def list(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        *,
        target: str | None = None,
        created_by: str | None = None,
    ) -> tuple[Subscription, ...]:
        """Subscriptions, suspended ones too, the oldest first; of a target or person, if given."""
        return _find(connection, workspace, target, created_by)

    @reads
    def get(
        self, connection: Connection, workspace: WorkspaceId, subscription_id: int
    ) -> Subscription:
        """One subscription."""
        return _get(connection, workspace, subscription_id)

    @writes
    def remove(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        subscription_id: int,
        *,
        actor: str,
        at: datetime,
    ) -> Subscription:
        """End a subscription; gives what it was."""
        hold(connection, workspace)
        before = _get(connection, workspace, subscription_id)
        _update(connection, before.id, {"removed_at": at})
        _note(connection, workspace, "remove", before, None, actor=actor, at=at)
        return before

    @writes
    def suspend(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        target: str,
        reason: str,
        *,
        at: datetime,
    ) -> int:
        """Stop all digests of a target that cannot be reached; gives how many were live."""
        hold(connection, workspace)
        live = [s for s in _find(connection, workspace, target) if s.suspended is None]
        for before in live:
            _update(connection, before.id, {"parked": reason})
            after = replace(before, suspended=reason)
            _note(connection, workspace, "park", before, after, actor="slack", at=at)
        return len(live)

    @reads
    def live(self, connection: Connection) -> tuple[tuple[WorkspaceId, Subscription], ...]:
        """The subscriptions of all workspaces that are not suspended, by workspace and number."""
        rows = connection.execute(_STANDING.where(subscriptions.c.parked.is_(None)))
        return tuple((WorkspaceId(row.workspace_id), _to_subscription(row)) for row in rows)

    @reads
    def naming(self, connection: Connection) -> Mapping[str, Sequence[Subscription]]:
        """The subscriptions of all workspaces that name each id, suspended ones too."""
        found: dict[str, list[Subscription]] = {}
        for row in connection.execute(_STANDING):
            for name in row.commitments:
                found.setdefault(name, []).append(_to_subscription(row))
        return found


def standing(connection: Connection, workspace: WorkspaceId) -> tuple[Subscription, ...]:
    """The subscriptions of a workspace, suspended ones too."""
    return _find(connection, workspace)


def change(
    connection: Connection,
    workspace: WorkspaceId,
    before: Subscription,
    after: Subscription,
    what: str,
    *,
    actor: str,
    at: datetime,
) -> None:
    """Store what a subscription is about, and whether it rests, with its audit entry."""
    values = {"commitments": list(after.commitments), "parked": after.suspended}
    _update(connection, before.id, values)
    _note(connection, workspace, what, before, after, actor=actor, at=at)


def _find(
    connection: Connection,
    workspace: WorkspaceId,
    target: str | None = None,
    created_by: str | None = None,
) -> tuple[Subscription, ...]:
    query = _STANDING.where(subscriptions.c.workspace_id == workspace)
    if target is not None:
        query = query.where(subscriptions.c.target == target)
    if created_by is not None:
        query = query.where(subscriptions.c.created_by == created_by)
    return tuple(_to_subscription(row) for row in connection.execute(query))


def _get(connection: Connection, workspace: WorkspaceId, number: int) -> Subscription:
    query = _STANDING.where(subscriptions.c.workspace_id == workspace, subscriptions.c.id == number)
    return _to_subscription(row_of(connection, query, number, f"there is no subscription {number}"))


def _update(connection: Connection, number: int, values: Json) -> None:
    connection.execute(update(subscriptions).where(subscriptions.c.id == number).values(values))


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
    return value_of(
        Subscription,
        row,
        schedule=schedule,
        commitments=tuple(row.commitments),
        suspended=row.parked,
        skip_empty=bool(row.skip_empty),
    )


def _note(
    connection: Connection,
    workspace: WorkspaceId,
    what: str,
    before: Subscription | None,
    after: Subscription | None,
    *,
    actor: str,
    at: datetime,
) -> None:
    (one, *_) = [each for each in (after, before) if each is not None]
    entry = AuditEntry(
        at=at,
        actor=actor,
        action=f"subscription.{what}",
        subject=str(one.id),
        before=_as_json(before),
        after=_as_json(after),
    )
    note(connection, workspace, [entry])


def _as_json(subscription: Subscription | None) -> Json | None:
    if subscription is None:
        return None
    return {
        "target": subscription.target,
        "commitments": list(subscription.commitments),
        **_schedule_columns(subscription.schedule),
        "created_by": subscription.created_by,
        "parked": subscription.suspended,
        "skip_empty": subscription.skip_empty,
    }
