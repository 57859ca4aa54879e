"""Commands, messages, shortcuts, and opening the app's page."""

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.slack.acts.desk import Desk
from sandbox.slack.delivery import Delivery, Kind
from sandbox.slack.drafts import Draft
from sandbox.slack.errors import RefusalError, SandboxError
from sandbox.slack.hooks import respond
from sandbox.slack.model import Channel, JsonObject, Message, StoredFile
from sandbox.slack.payloads.events import (
    app_home_opened_event,
    app_mention_event,
    message_event,
    rich_text,
)
from sandbox.slack.payloads.interactions import (
    global_shortcut,
    message_shortcut,
    slash_command,
)
from sandbox.slack.payloads.typed_text import to_wire
from sandbox.slack.tickets import ResponseUrl


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A user's message, and the events that it caused; none when the app gets none."""

    message: Message
    deliveries: tuple[Delivery, ...]


async def command(desk: Desk, *, user: str, channel: str, name: str, text: str) -> Delivery:
    """Run a slash command and show what the app sends along with its acknowledgement."""
    member, place = desk.user(user), desk.world.workspace.channel(channel)
    payload = slash_command(desk.world, user=member, channel=place, command=name, text=text)
    target = ResponseUrl(word="", user=member.id, channel=place.id, given=desk.world.now())
    delivery = desk.courier.send(
        Kind.COMMAND,
        payload,
        accepts_response=True,
        on_ack=lambda acknowledged: _show_answer(desk, target, acknowledged),
    )
    await delivery.settled.wait()
    return delivery


async def say(
    desk: Desk,
    *,
    user: str,
    channel: str,
    text: str,
    thread_ts: str | None = None,
    files: tuple[StoredFile, ...] = (),
) -> Said:
    """Write a message; waits for the first try of each event, not for retries.

    With files it is a `file_share`: https://docs.slack.dev/reference/events/message/file_share.
    """
    world = desk.world
    member, place = desk.user(user), world.workspace.channel(channel)
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
    deliveries = [desk.send_event(event) for event in _events_of(desk, message, place)]
    return Said(message=message, deliveries=await _first_tries(desk, deliveries))


async def open_home(desk: Desk, *, user: str, tab: str) -> Delivery | None:
    """Open the app's page at its Home or Messages tab."""
    world, member = desk.world, desk.user(user)
    dm = world.workspace.open_direct_message(world.app.bot_user, member.id, created=world.seconds())
    event = app_home_opened_event(
        user=member.id,
        channel=dm.id,
        tab=tab,
        view=world.views.home(member.id),
        ts=world.timestamps.next(),
    )
    delivery = desk.send_event(event)
    await _first_tries(desk, [delivery])
    return delivery


async def shortcut(desk: Desk, *, user: str, callback_id: str, message: Message | None) -> Delivery:
    """Use a shortcut of the app: a global one, or one on a message."""
    member, ts = desk.user(user), desk.world.timestamps.next()
    if message is None:
        return await desk.interact(
            global_shortcut(desk.world, user=member, callback_id=callback_id, ts=ts)
        )
    current = desk.world.messages.get(message.channel, message.ts)
    payload = message_shortcut(
        desk.world,
        user=member,
        callback_id=callback_id,
        channel=desk.world.workspace.channel(current.channel),
        message=current,
        ts=ts,
    )
    return await desk.interact(payload)


def _show_answer(desk: Desk, target: ResponseUrl, delivery: Delivery) -> None:
    """Post what came with the acknowledgement, as Slack does with an immediate response."""
    given = delivery.ack_payload
    if not given:
        return
    body = {"text": given} if isinstance(given, str) else given
    try:
        respond(desk.world, target, body)
    except RefusalError as refusal:
        delivery.error = refusal.error


def _events_of(desk: Desk, message: Message, channel: Channel) -> Iterable[JsonObject]:
    """A message in a channel that names the app is two events: a message and a mention."""
    yield message_event(message, channel)
    named = f"<@{desk.world.app.bot_user}" in message.text
    if named and not channel.is_im:
        yield app_mention_event(message, channel)


async def _first_tries(desk: Desk, deliveries: Iterable[Delivery | None]) -> tuple[Delivery, ...]:
    """Those that were sent, after their first try; without a way to the app they wait alone."""
    sent = tuple(each for each in deliveries if each is not None)
    if desk.courier.transport.ready:
        for delivery in sent:
            await delivery.first_done.wait()
    return sent
