"""conversations.*: opening, describing and reading them.

https://docs.slack.dev/reference/methods?family=conversations and
https://docs.slack.dev/reference/objects/conversation-object
"""

from sandbox.slack.api.method import Context, Method
from sandbox.slack.api.paging import cursor, limit_of, position
from sandbox.slack.errors import RefusalError
from sandbox.slack.messages import Window, page, public_body, window_from
from sandbox.slack.model import Channel, JsonObject, Message
from sandbox.slack.world import World

_CURSOR = "next_ts"


def open_conversation(context: Context) -> JsonObject:
    """A direct message with one member, new or as it was."""
    world, args = context.world, context.args
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
    channel = before or world.workspace.open_direct_message(
        world.app.bot_user, user.id, created=world.seconds()
    )
    known = {"no_op": True, "already_open": True} if before is not None else {}
    return {**known, "channel": {"id": channel.id}}


def info(context: Context) -> JsonObject:
    """One conversation."""
    channel = context.world.workspace.seen_by_bot(context.args.text("channel"))
    context.need_channel_scope(channel, "read")
    count = context.args.flag("include_num_members")
    return {"channel": _channel_json(channel, context.world, with_count=count)}


def history(context: Context) -> JsonObject:
    """The messages of a conversation, newest first, without replies."""
    channel = _readable(context)
    found, next_us = page(
        context.world.messages.top_level(channel.id),
        _window(context),
        limit=limit_of(context.args),
        before_us=position(_CURSOR, context.args.text("cursor")),
    )
    return _answer(context, found, next_us) | {"pin_count": 0}


def replies(context: Context) -> JsonObject:
    """A thread, oldest first; its first message is on every page."""
    channel = _readable(context)
    thread = context.world.messages.thread(channel.id, context.args.text("ts"))
    if not thread:
        raise RefusalError("thread_not_found")
    window = _window(context)
    after_us = position(_CURSOR, context.args.text("cursor")) or 0
    limit = limit_of(context.args)
    rest = [
        each for each in thread[1:] if each.ts in window and each.ts in Window(oldest_us=after_us)
    ]
    taken = rest[: limit - 1] if limit > 1 else rest[:1]
    next_us = _microseconds(taken[-1]) if len(taken) < len(rest) else None
    return _answer(context, [thread[0], *taken], next_us)


def _readable(context: Context) -> Channel:
    channel = context.world.workspace.joined_by_bot(context.args.text("channel"))
    context.need_channel_scope(channel, "history")
    return channel


def _window(context: Context) -> Window:
    args = context.args
    return window_from(args.text("oldest"), args.text("latest"), inclusive=args.flag("inclusive"))


def _microseconds(message: Message) -> int:
    return int(message.ts.replace(".", ""))


def _answer(context: Context, found: list[Message], next_us: int | None) -> JsonObject:
    with_metadata = context.args.flag("include_all_metadata")
    answer: JsonObject = {
        "messages": [public_body(each, all_metadata=with_metadata) for each in found],
        "has_more": next_us is not None,
    }
    if next_us is not None:
        answer["response_metadata"] = {"next_cursor": cursor(_CURSOR, next_us)}
    return answer


def _channel_json(channel: Channel, world: World, *, with_count: bool = False) -> JsonObject:
    """A conversation object."""
    if channel.is_im:
        return _direct_message_json(channel, world)
    shown: JsonObject = {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_general": False,
        "is_shared": False,
        "is_org_shared": False,
        "is_ext_shared": False,
        "is_pending_ext_shared": False,
        "is_member": world.app.bot_user in channel.members,
        "created": channel.created,
        "updated": channel.created * 1000,
        "creator": next(iter(sorted(channel.members)), ""),
        "unlinked": 0,
        "context_team_id": world.workspace.team_id,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
    }
    if with_count:
        shown["num_members"] = len(channel.members)
    return shown


def _direct_message_json(channel: Channel, world: World) -> JsonObject:
    other = next(iter(channel.members - {world.app.bot_user}), "")
    user = world.workspace.find_user(other)
    return {
        "id": channel.id,
        "created": channel.created,
        "is_archived": False,
        "is_im": True,
        "is_org_shared": False,
        "context_team_id": world.workspace.team_id,
        "user": other,
        "is_user_deleted": user is not None and user.deactivated,
        "is_open": True,
        "priority": 0,
    }


METHODS = (
    Method(name="conversations.open", handler=open_conversation, scope="im:write"),
    Method(name="conversations.info", handler=info, needs=("channel",)),
    Method(name="conversations.history", handler=history, needs=("channel",)),
    Method(name="conversations.replies", handler=replies, needs=("channel", "ts")),
)
