"""What all actions of users share: the workspace, the way to the app, and what was chosen."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from sandbox.slack.delivery import Delivery, Kind, PayloadSender
from sandbox.slack.model import JsonObject
from sandbox.slack.payloads.events import event_callback, subscription_of
from sandbox.slack.world import World

# The scope without which Slack does not send an event; others need none.
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


@dataclass(slots=True, kw_only=True)
class Session:
    """What goes from the workspace to the app.

    Attributes:
        selections: What each user chose in the menus of a message: (user, channel, ts) to
            `state.values`.
    """

    world: World
    sender: PayloadSender
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
        return self.sender.send(Kind.EVENT, event_callback(self.world, event))

    async def send_events(self, events: Iterable[JsonObject]) -> tuple[Delivery, ...]:
        """Send events and wait for the first try of each; without a transport they wait alone."""
        sent = tuple(each for event in events if (each := self.send_event(event)) is not None)
        if self.sender.transport.ready:
            for delivery in sent:
                await delivery.first_done.wait()
        return sent

    async def interact(
        self, payload: JsonObject, *, on_ack: Callable[[Delivery], None] | None = None
    ) -> Delivery:
        """Send an interaction and wait until it is acknowledged or given up."""
        delivery = self.sender.send(Kind.INTERACTION, payload, accepts_response=True, on_ack=on_ack)
        await delivery.settled.wait()
        return delivery
