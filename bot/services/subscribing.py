"""Subscriptions: made, listed, ended."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.clock import Clock
from bot.domain.errors import ForbiddenError, NotFoundError
from bot.domain.schedule import Schedule, next_occurrence
from bot.domain.subscription import Subscription
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscribed:
    """A subscription, and when its first digest comes."""

    subscription: Subscription
    first_at: datetime | None


class SubscriptionDesk:
    """Keeps subscriptions."""

    def __init__(self, ledger: Ledger, *, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    async def add(
        self,
        w: WorkspaceId,
        *,
        target: str,
        commitments: tuple[str, ...],
        schedule: Schedule,
        actor: str,
    ) -> Subscribed:
        """Subscribe a channel or person; the same target and commitments replace the old one."""
        now = self._clock()
        subscription = await self._ledger.subscriptions.add(
            w, target, commitments, schedule, actor=actor, at=now
        )
        first = next_occurrence(schedule, now=now)
        return Subscribed(subscription=subscription, first_at=first.instant if first else None)

    async def of(
        self, w: WorkspaceId, *, user_id: str, channel_id: str | None = None
    ) -> tuple[Subscription, ...]:
        """Those that the person made or gets, and those of the channel; by number."""
        found = {
            s.id: s
            for s in (
                *await self._ledger.subscriptions.list(w, created_by=user_id),
                *await self._ledger.subscriptions.list(w, target=user_id),
                *(
                    await self._ledger.subscriptions.list(w, target=channel_id)
                    if channel_id
                    else ()
                ),
            )
        }
        return tuple(found[number] for number in sorted(found))

    async def remove(
        self, w: WorkspaceId, subscription_id: int, *, actor: str, is_admin: bool
    ) -> Subscription:
        """End a subscription: for who made or gets it, and for admins.

        Raises:
            NotFoundError: There is none with that number.
            ForbiddenError: It belongs to somebody else.
        """
        subscription = await self._ledger.subscriptions.get(w, subscription_id)
        if not is_admin and actor not in {subscription.created_by, subscription.target}:
            raise ForbiddenError(
                "Only the person who made a subscription, or an admin, can end it. "
                f"This one was made by <@{subscription.created_by}>."
            )
        await self._ledger.subscriptions.remove(w, subscription_id, actor=actor, at=self._clock())
        return subscription

    async def only(self, w: WorkspaceId, *, user_id: str, channel_id: str | None) -> Subscription:
        """The one subscription that is meant when no number was given.

        Raises:
            NotFoundError: There is none, or more than one.
        """
        mine = await self.of(w, user_id=user_id, channel_id=channel_id)
        if len(mine) == 1:
            return mine[0]
        if not mine:
            raise NotFoundError("There is no subscription here. `/briefing subscribe` makes one.")
        numbers = ", ".join(str(s.id) for s in mine)
        raise NotFoundError(
            f"There are several subscriptions here: {numbers}. Say which one, such as "
            f"`/briefing unsubscribe {mine[0].id}`."
        )
