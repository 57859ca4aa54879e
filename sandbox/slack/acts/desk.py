"""What every act of a user needs: the workspace and the way to the app."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from sandbox.slack.courier import Courier
from sandbox.slack.delivery import Delivery, Kind
from sandbox.slack.model import JsonObject, User
from sandbox.slack.payloads.events import event_callback, subscription_of
from sandbox.slack.world import World

EVENT_SCOPES: Final[Mapping[str, str]] = {
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "channel_archive": "channels:read",
    "channel_left": "channels:read",
    "member_joined_channel": "channels:read",
    "user_change": "users:read",
}
"""The scope without which Slack does not send an event; others need none."""


@dataclass(slots=True, kw_only=True)
class Desk:
    """Where users act.

    Attributes:
        selections: What each user chose in the menus of a message: (user, channel, ts) to
            `state.values`.
    """

    world: World
    courier: Courier
    selections: dict[tuple[str, str, str], JsonObject] = field(default_factory=dict)

    def send_event(self, event: JsonObject) -> Delivery | None:
        """Send an event if the app subscribed to it and may see it; None if not."""
        subscription = subscription_of(event)
        grants = self.world.grants
        if subscription not in grants.events:
            return None
        scope = EVENT_SCOPES.get(subscription)
        if scope is not None and scope not in grants.scopes:
            return None
        if event["type"] in {"message", "app_mention"}:
            channel = self.world.workspace.channel(event["channel"])
            if self.world.app.bot_user not in channel.members:
                return None
        return self.courier.send(Kind.EVENT, event_callback(self.world, event))

    async def interact(
        self, payload: JsonObject, *, on_ack: Callable[[Delivery], None] | None = None
    ) -> Delivery:
        """Send an interaction and wait until it is acknowledged or given up."""
        delivery = self.courier.send(
            Kind.INTERACTION, payload, accepts_response=True, on_ack=on_ack
        )
        await delivery.settled.wait()
        return delivery

    def user(self, id_or_name: str) -> User:
        """The member who acts."""
        return self.world.workspace.user(id_or_name)
