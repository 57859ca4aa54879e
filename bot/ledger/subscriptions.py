"""Subscriptions: who gets which digest, when."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.schedule import Schedule
from bot.domain.subscription import Subscription
from bot.domain.workspace import WorkspaceId
from bot.ledger import subscribing
from bot.ledger.database import Database


class Subscriptions:
    """The subscriptions of every workspace; removed ones are gone for all but the audit trail."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        w: WorkspaceId,
        target: str,
        commitments: Sequence[str],
        schedule: Schedule,
        *,
        actor: str,
        at: datetime,
    ) -> Subscription:
        """Subscribe a channel or person.

        Where the target has the same commitments already (in any order), that subscription keeps
        its number and gets the new schedule, is live again when it was parked, and counts as
        created at `at`; the audit trail keeps what stood before.
        """
        chosen = tuple(dict.fromkeys(commitments))
        return await self._database.write(
            subscribing.add, w, target, chosen, schedule, actor=actor, at=at
        )

    async def list(
        self, w: WorkspaceId, *, target: str | None = None, created_by: str | None = None
    ) -> tuple[Subscription, ...]:
        """Subscriptions, parked ones too, the oldest first.

        Args:
            w: The workspace.
            target: Only those of this channel or person.
            created_by: Only those that this person asked for.
        """
        return await self._database.read(subscribing.find, w, target, created_by)

    async def get(self, w: WorkspaceId, subscription_id: int) -> Subscription:
        """One subscription.

        Raises:
            NotFoundError: When the workspace has none of that number.
        """
        return await self._database.read(subscribing.get, w, subscription_id)

    async def remove(
        self, w: WorkspaceId, subscription_id: int, *, actor: str, at: datetime
    ) -> Subscription:
        """End a subscription; gives what it was.

        Raises:
            NotFoundError: When the workspace has none of that number.
        """
        return await self._database.write(
            subscribing.remove, w, subscription_id, actor=actor, at=at
        )

    async def park(self, w: WorkspaceId, target: str, reason: str, *, at: datetime) -> int:
        """Stop all digests of a target that cannot be reached; gives how many were live.

        Args:
            w: The workspace.
            target: The channel or person.
            reason: Why, in plain words.
            at: Now.
        """
        return await self._database.write(subscribing.park, w, target, reason, at)

    async def live(self) -> tuple[tuple[WorkspaceId, Subscription], ...]:
        """The subscriptions of all workspaces that are not parked, by workspace and number."""
        return await self._database.read(subscribing.live)
