"""conversations.* on channels and their members.

https://docs.slack.dev/reference/methods?family=conversations
"""

from collections.abc import Callable
from typing import Final

from sandbox.slack.api.method import Context, Method
from sandbox.slack.api.objects import channel_json
from sandbox.slack.api.paging import page_of
from sandbox.slack.errors import RefusalError
from sandbox.slack.model import Channel, JsonObject

_TYPES: Final = {
    "public_channel": ("channel", "channels:read"),
    "private_channel": ("group", "groups:read"),
    "im": ("im", "im:read"),
    "mpim": ("mpim", "mpim:read"),
}


def open_conversation(context: Context) -> JsonObject:
    """A direct message with one member, new or as it was."""
    world, args = context.world, context.args
    if args.text("channel"):
        channel = world.workspace.joined_by_bot(args.text("channel"))
        if not channel.is_im:
            raise RefusalError("method_not_supported_for_channel_type")
        return _opened(context, channel, already=True)
    users = args.listing("users")
    if not users:
        raise RefusalError("users_list_not_supplied")
    if len(users) > 1:
        raise RefusalError("method_not_supported_for_channel_type")
    user = world.workspace.find_user(users[0])
    if user is None:
        raise RefusalError("user_not_found")
    if user.is_bot:
        raise RefusalError("cannot_dm_bot")
    if user.deactivated:
        raise RefusalError("user_disabled")
    before = world.workspace.direct_message(world.app.bot_user, user.id)
    if before is None and args.flag("prevent_creation"):
        raise RefusalError("channel_not_found")
    channel = before or world.workspace.open_direct_message(
        world.app.bot_user, user.id, created=world.seconds()
    )
    return _opened(context, channel, already=before is not None)


def info(context: Context) -> JsonObject:
    """One conversation."""
    channel = context.world.workspace.seen_by_bot(context.args.text("channel"))
    context.need_channel_scope(channel, "read")
    count = context.args.flag("include_num_members")
    return {"channel": channel_json(channel, context.world, with_count=count)}


def list_channels(context: Context) -> JsonObject:
    """All conversations that the app may know of."""
    return _listed(context, lambda _channel: True)


def users_conversations(context: Context) -> JsonObject:
    """The conversations of one member, the app itself unless another is named."""
    user = context.args.text("user", context.world.app.bot_user)
    if context.world.workspace.find_user(user) is None:
        raise RefusalError("user_not_found")
    return _listed(context, lambda channel: user in channel.members)


def members(context: Context) -> JsonObject:
    """The members of one conversation."""
    channel = context.world.workspace.seen_by_bot(context.args.text("channel"))
    context.need_channel_scope(channel, "read")
    found, more = page_of(sorted(channel.members), context.args, kind="member")
    return {"members": found, **more}


def join(context: Context) -> JsonObject:
    """The app enters a public channel."""
    world = context.world
    channel = world.workspace.seen_by_bot(context.args.text("channel"))
    if channel.kind != "channel":
        raise RefusalError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise RefusalError("is_archived")
    if world.app.bot_user in channel.members:
        answer = {"channel": channel_json(channel, world), "warning": "already_in_channel"}
        return answer | {"response_metadata": {"warnings": ["already_in_channel"]}}
    joined = world.workspace.change_members(channel, add=[world.app.bot_user])
    return {"channel": channel_json(joined, world)}


def _opened(context: Context, channel: Channel, *, already: bool) -> JsonObject:
    full = context.args.flag("return_im")
    shown = channel_json(channel, context.world) if full else {"id": channel.id}
    said = {"no_op": True, "already_open": True} if already else {}
    return {**said, "channel": shown}


def _listed(context: Context, wanted: Callable[[Channel], bool]) -> JsonObject:
    world, args = context.world, context.args
    kinds = set()
    for word in args.listing("types") or ["public_channel"]:
        if word not in _TYPES:
            raise RefusalError("invalid_types")
        kind, scope = _TYPES[word]
        context.need_scope(scope)
        kinds.add(kind)
    without_archived = args.flag("exclude_archived")
    found = [
        channel
        for channel in world.workspace.channels
        if channel.kind in kinds
        and wanted(channel)
        and (channel.kind == "channel" or world.app.bot_user in channel.members)
        and not (without_archived and channel.is_archived)
    ]
    page, more = page_of(found, args, kind="channel")
    return {"channels": [channel_json(each, world, with_count=True) for each in page], **more}


METHODS = (
    Method(name="conversations.open", handler=open_conversation, scope="im:write"),
    Method(name="conversations.info", handler=info, needs=("channel",)),
    Method(name="conversations.list", handler=list_channels, tier=2),
    Method(name="conversations.members", handler=members, needs=("channel",), tier=4),
    Method(name="conversations.join", handler=join, needs=("channel",), scope="channels:join"),
    Method(name="users.conversations", handler=users_conversations),
)
