"""What users write, run and open, and what Slack then sends to the app."""

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.slack.delivery import Delivery, Kind
from sandbox.slack.drafts import Draft
from sandbox.slack.errors import RefusalError, SandboxError
from sandbox.slack.hooks import respond
from sandbox.slack.model import Channel, JsonObject, Message
from sandbox.slack.payloads.events import (
    app_home_opened_event,
    app_mention_event,
    message_event,
    rich_text,
    to_wire,
)
from sandbox.slack.payloads.interactions import message_shortcut, slash_command
from sandbox.slack.session import Session
from sandbox.slack.tickets import ResponseUrl
from sandbox.slack.uploads import StoredFile
from sandbox.slack.world import World


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A user's message, and the events that it caused; none when the app gets none."""

    message: Message
    deliveries: tuple[Delivery, ...]


class UserActions:
    """Commands, messages, files and shortcuts of the members."""

    world: World
    _session: Session

    async def command(self, *, user: str, channel: str, command: str, text: str = "") -> Delivery:
        """Run a slash command; returns once it is acknowledged or has failed.

        What the app sends with the acknowledgement is shown to the user at once.
        """
        member, place = self.world.workspace.user(user), self.world.workspace.channel(channel)
        payload = slash_command(self.world, user=member, channel=place, command=command, text=text)
        target = ResponseUrl(word="", user=member.id, channel=place.id, given=self.world.now())
        delivery = self._session.sender.send(
            Kind.COMMAND,
            payload,
            accepts_response=True,
            on_ack=lambda acknowledged: _show_answer(self.world, target, acknowledged),
        )
        await delivery.settled.wait()
        return delivery

    async def say(
        self,
        *,
        user: str,
        channel: str,
        text: str,
        thread_ts: str | None = None,
        files: tuple[StoredFile, ...] = (),
    ) -> Said:
        """Write a message; `@briefing` and other handles become mentions.

        Sends a message event if the app subscribed to that kind of channel, and `app_mention` if
        the app is named outside a direct message. Waits for the first try of each, not for
        retries. With files it is a `file_share`:
        https://docs.slack.dev/reference/events/message/file_share.
        """
        world = self.world
        member, place = world.workspace.user(user), world.workspace.channel(channel)
        if place.is_archived or member.id not in place.members:
            msg = f"{member.name} cannot write in #{place.name or place.id}: archived or no member"
            raise SandboxError(msg)
        wire = to_wire(
            text,
            users={each.name: each.id for each in world.workspace.users},
            channels={each.name: each.id for each in world.workspace.channels if each.name},
        )
        extra: JsonObject = {
            "client_msg_id": world.ids.uuid(),
            "blocks": [rich_text(wire, world.ids.word("block", 5))],
        }
        if thread_ts is not None:
            parent = world.messages.get(place.id, thread_ts)
            extra |= {"thread_ts": thread_ts, "parent_user_id": parent.user}
        if files:
            extra |= {"subtype": "file_share", "upload": True}
        shared = tuple(world.uploads.share(file, place.id) for file in files)
        message = world.post(
            place, Draft(text=wire), author={"user": member.id}, extra=extra, files=shared
        )
        world.changes.notify()
        events = list(_events_of(message, place, app_user=world.app.bot_user))
        return Said(message=message, deliveries=await self._session.send_events(events))

    def upload(self, *, user: str, name: str, content: bytes) -> StoredFile:
        """A file of a member, to be shared with `say`, or chosen in a form by `file_choice`."""
        return self.world.uploads.keep(
            name=name,
            content=content,
            owner=self.world.workspace.user(user).id,
            created=self.world.seconds(),
        )

    def file_choice(self, file: StoredFile) -> JsonObject:
        """What a `file_input` holds after a member chose this file."""
        return self.world.file_json(file)

    async def open_dm(self, user: str) -> str:
        """The id of the direct message between the user and the app."""
        member = self.world.workspace.user(user)
        return self.world.workspace.open_direct_message(
            self.world.app.bot_user, member.id, created=self.world.seconds()
        ).id

    async def open_home(self, user: str, *, tab: str = "home") -> Delivery | None:
        """Open the app's page at `home` or `messages`; None if the app does not listen."""
        world, member = self.world, self.world.workspace.user(user)
        event = app_home_opened_event(
            user=member.id,
            channel=await self.open_dm(user),
            tab=tab,
            view=world.views.home(member.id),
            ts=world.timestamps.next(),
        )
        sent = await self._session.send_events([event])
        return sent[0] if sent else None

    async def shortcut(self, *, user: str, callback_id: str, message: Message) -> Delivery:
        """Use a shortcut of the app on a message."""
        current = self.world.messages.get(message.channel, message.ts)
        payload = message_shortcut(
            self.world,
            user=self.world.workspace.user(user),
            callback_id=callback_id,
            channel=self.world.workspace.channel(current.channel),
            message=current,
            ts=self.world.timestamps.next(),
        )
        return await self._session.interact(payload)


def _show_answer(world: World, target: ResponseUrl, delivery: Delivery) -> None:
    """Post what came with the acknowledgement, as Slack does with an immediate response."""
    given = delivery.ack_payload
    if not given:
        return
    body = {"text": given} if isinstance(given, str) else given
    try:
        respond(world, target, body)
    except RefusalError as refusal:
        delivery.error = refusal.error


def _events_of(message: Message, channel: Channel, *, app_user: str) -> Iterable[JsonObject]:
    """A message in a channel that names the app is two events: a message and a mention."""
    yield message_event(message, channel)
    if f"<@{app_user}" in message.text and not channel.is_im:
        yield app_mention_event(message, channel)
