"""chat.*: posting, editing and deleting messages.

https://docs.slack.dev/reference/methods?family=chat
"""

from datetime import timedelta
from typing import Final

from sandbox.slack.api.method import Context, Method
from sandbox.slack.drafts import TEXT_CUT, TEXT_UPDATE, Draft, read_draft
from sandbox.slack.errors import RefusalError
from sandbox.slack.model import Channel, JsonObject, Message
from sandbox.slack.payloads.events import (
    message_changed_event,
    message_deleted_event,
    message_event,
)

_POST_SCOPE: Final = "chat:write"
_SCHEDULE_MOST: Final = timedelta(days=120)


def post_message(context: Context) -> JsonObject:
    """Post for all to see, in a channel, a thread or a direct message."""
    world, args = context.world, context.args
    channel = _target(context)
    context.limits.spend("chat.postMessage", tier=0, channel=channel.id)
    draft = read_draft(args.values, files=world.uploads.ids)
    extra = _thread_fields(context, channel)
    for flag in ("unfurl_links", "unfurl_media"):
        if flag in args.values:
            extra[flag] = args.flag(flag)
    if "client_msg_id" in args.values:
        extra["client_msg_id"] = args.text("client_msg_id")
    message = world.post(channel, draft, author=world.bot_author(), extra=extra)
    world.emit(message_event(message, channel))
    answer = {"channel": channel.id, "ts": message.ts, "message": dict(message.body)}
    return answer | _warned(draft)


def post_ephemeral(context: Context) -> JsonObject:
    """Post for one member of a channel to see."""
    world, args = context.world, context.args
    channel = _target(context)
    if world.workspace.find_user(args.text("user")) is None:
        raise RefusalError("user_not_found")
    if args.text("user") not in channel.members:
        raise RefusalError("user_not_in_channel")
    draft = read_draft(args.values, files=world.uploads.ids, text_most=TEXT_CUT)
    message = world.post(
        channel,
        draft,
        author=world.bot_author(),
        extra={**_thread_fields(context, channel), "is_ephemeral": True},
        ephemeral_to=args.text("user"),
    )
    return {"message_ts": message.ts}


def update(context: Context) -> JsonObject:
    """Give one of the app's own messages other content.

    Blocks and attachments that are not mentioned stay; an empty list takes them away.
    """
    world, args = context.world, context.args
    channel, message = _own_message(context, "cant_update_message")
    if channel.is_archived:
        raise RefusalError("is_inactive")
    draft = read_draft(args.values, files=world.uploads.ids, text_most=TEXT_UPDATE)
    unmentioned = frozenset({"blocks", "attachments"} - args.values.keys())
    edited = world.edit(message, draft, keep=unmentioned)
    world.emit(message_changed_event(message, edited, channel, world.timestamps.next()))
    return {
        "channel": channel.id,
        "ts": args.text("ts"),
        "text": edited.text,
        "message": dict(edited.body),
    }


def delete(context: Context) -> JsonObject:
    """Delete one of the app's own messages."""
    world = context.world
    channel, message = _own_message(context, "cant_delete_message")
    world.messages.delete(message)
    world.emit(message_deleted_event(message, channel, world.timestamps.next()))
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(context: Context) -> JsonObject:
    """The web address of a message."""
    world, args = context.world, context.args
    channel = world.workspace.seen_by_bot(args.text("channel"))
    message = world.messages.find(channel.id, args.text("message_ts"))
    if message is None or message.ephemeral_to is not None:
        raise RefusalError("message_not_found")
    link = f"{world.base_url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def schedule_message(context: Context) -> JsonObject:
    """Refused after all checks: this workspace has no scheduler, the app has its own.

    A scheduled message with metadata never posts in Slack either, and a digest needs its
    metadata; so the app must not lean on it.
    """
    world, args = context.world, context.args
    _target(context)
    read_draft(args.values, files=world.uploads.ids, text_most=TEXT_CUT)
    ahead = args.number("post_at", 0) - world.seconds()
    if ahead <= 0:
        raise RefusalError("time_in_past")
    if ahead > _SCHEDULE_MOST.total_seconds():
        raise RefusalError("time_too_far")
    raise RefusalError("restricted_action")


def _target(context: Context) -> Channel:
    """The conversation to post to, named by id, by name, or by a member's id."""
    world = context.world
    wanted = context.args.text("channel")
    user = world.workspace.find_user(wanted)
    if user is not None:
        if user.is_bot:
            raise RefusalError("cannot_dm_bot")
        return world.workspace.open_direct_message(
            world.app.bot_user, user.id, created=world.seconds()
        )
    named = world.workspace.find_channel(wanted)
    channel = world.workspace.seen_by_bot(named.id if named else wanted)
    if channel.is_archived:
        raise RefusalError("is_archived")
    if world.app.bot_user in channel.members:
        return channel
    if "chat:write.public" not in world.grants.scopes:
        raise RefusalError("not_in_channel")
    return channel


def _thread_fields(context: Context, channel: Channel) -> JsonObject:
    """`thread_ts` as Slack stores it: always the thread's first message."""
    thread_ts = context.args.text("thread_ts")
    if not thread_ts:
        return {}
    parent = context.world.messages.find(channel.id, thread_ts)
    if parent is None or parent.ephemeral_to is not None:
        raise RefusalError("thread_not_found")
    first = context.world.messages.find(channel.id, parent.thread_ts or parent.ts) or parent
    fields: JsonObject = {"thread_ts": first.ts, "parent_user_id": first.user}
    if context.args.flag("reply_broadcast"):
        fields["subtype"] = "thread_broadcast"
    return fields


def _own_message(context: Context, refusal: str) -> tuple[Channel, Message]:
    world = context.world
    channel = world.workspace.seen_by_bot(context.args.text("channel"))
    message = world.messages.find(channel.id, context.args.text("ts"))
    if message is None or message.ephemeral_to is not None:
        raise RefusalError("message_not_found")
    if message.body.get("bot_id") != world.app.bot_id:
        raise RefusalError(refusal)
    return channel, message


def _warned(draft: Draft) -> JsonObject:
    if draft.warning is None:
        return {}
    return {"warning": draft.warning, "response_metadata": {"warnings": [draft.warning]}}


METHODS = (
    Method(
        name="chat.postMessage",
        handler=post_message,
        needs=("channel",),
        scope=_POST_SCOPE,
        tier=0,
    ),
    Method(
        name="chat.postEphemeral",
        handler=post_ephemeral,
        needs=("channel", "user"),
        scope=_POST_SCOPE,
        tier=4,
    ),
    Method(name="chat.update", handler=update, needs=("channel", "ts"), scope=_POST_SCOPE),
    Method(name="chat.delete", handler=delete, needs=("channel", "ts"), scope=_POST_SCOPE),
    Method(
        name="chat.getPermalink", handler=get_permalink, needs=("channel", "message_ts"), tier=4
    ),
    Method(
        name="chat.scheduleMessage",
        handler=schedule_message,
        needs=("channel", "post_at"),
        scope=_POST_SCOPE,
    ),
)
