"""What delivery needs of others: Slack, and a part of the ledger."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.subscription import Delivery, Json, NewDelivery, Subscription
from bot.domain.workspace import WorkspaceId

# Sends the admins of a workspace a plain sentence (the third argument), once for each key (the
# second one); `bot.services.alerts.AdminAlerts` is one.
NotifyAdmins = Callable[[WorkspaceId, str, str], Awaitable[None]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Posted:
    """A message as Slack keeps it.

    Attributes:
        channel: Slack's id of the conversation; for a person that of the direct message.
        ts: Slack's timestamp of the message: its id within the channel.
    """

    channel: str
    ts: str


class Poster(Protocol):
    """Slack, as far as delivery needs it.

    Both methods raise from the tree of `bot.domain.errors.DeliveryError`, and the class says what
    is known of the message: with `DeliveryUnknownError` it may have been posted, with every other
    one it certainly was not.
    """

    async def post(
        self, target: str, payload: Json, *, thread_ts: str | None, key: str, position: int
    ) -> Posted:
        """Posts one message, marked with `key` and `position` so that `find` can tell it.

        Args:
            target: Slack id of a channel, or of a person for a direct message.
            payload: `text` and, mostly, `blocks`.
            thread_ts: The message that it answers; None for one of its own.
            key: The delivery's key.
            position: The message's place in the delivery, from 0.
        """

    async def find(
        self, target: str, key: str, position: int, *, thread_ts: str | None, since: datetime
    ) -> Posted | None:
        """The message that an earlier `post` left with these; None when there certainly is none.

        The message cannot be older than `since`.

        Raises:
            DeliveryError: With code `missing_scope` when this app may not read the history;
                otherwise when Slack gave no answer that could be trusted.
        """


class Outbox(Protocol):
    """The part of `Ledger.outbox` that delivery uses."""

    async def put(self, workspace: WorkspaceId, new: NewDelivery, *, at: datetime) -> bool:
        """Stores it; False, and nothing stored, when its key is there already."""

    async def has(self, workspace: WorkspaceId, key: str) -> bool:
        """Whether a delivery of that key is there, in any state."""

    async def covered_until(
        self, workspace: WorkspaceId, subscription_id: int, *, now: datetime
    ) -> datetime | None:
        """The greatest end of window, up to `now`, of its pending and sent digests; None without.

        A later end is of a digest that was composed while a clock was wrong.
        """

    async def claim(
        self, *, now: datetime, worker: str, lease: timedelta, limit: int
    ) -> tuple[tuple[WorkspaceId, Delivery], ...]:
        """Deliveries to send now, held for `worker` until the lease is over; oldest first.

        Each claim counts as an attempt (`Delivery.attempts`), also one that ends in a crash.
        """

    async def attempting(
        self, delivery_id: int, position: int, *, worker: str, at: datetime
    ) -> None:
        """Marks that a request may leave now. Raises `LedgerError` when the lease is lost."""

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
        """Keeps where it was posted; the last message makes the delivery SENT."""

    async def unattempted(self, delivery_id: int, position: int, *, worker: str) -> None:
        """Takes the mark of `attempting` back: the message is known not to have been posted."""

    async def retry(
        self, delivery_id: int, *, worker: str, error: str, next_attempt_at: datetime
    ) -> None:
        """Gives the lease back; to be claimed again from `next_attempt_at` on."""

    async def fail(self, delivery_id: int, *, worker: str, error: str, at: datetime) -> None:
        """Gives up on it, with the reason."""


class Subscriptions(Protocol):
    """The part of `Ledger.subscriptions` that delivery uses."""

    async def live(self) -> tuple[tuple[WorkspaceId, Subscription], ...]:
        """Every subscription of any workspace that is not suspended."""

    async def suspend(
        self, workspace: WorkspaceId, target: str, reason: str, *, at: datetime
    ) -> object:
        """Stops all subscriptions of that target."""
