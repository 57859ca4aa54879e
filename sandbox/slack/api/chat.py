"""chat.*: posting and editing messages.

https://docs.slack.dev/reference/methods?family=chat
"""

from typing import Final

from sandbox.slack.api.method import Context, Method
from sandbox.slack.drafts import TEXT_CUT, TEXT_UPDATE, Draft, read_draft
from sandbox.slack.errors import RefusalError
from sandbox.slack.model import Channel, JsonObject
from sandbox.slack.payloads.events import (
    message_changed_event,
    message_event,
)

_POST_SCOPE: Final = "chat:write"


def post_message(context: Context) -> JsonObject:
    """Post for all to see, in a channel, a thread or a direct message."""
    world, args = context.world, context.args
    channel = _target(context)
    draft = read_draft(args.values, files=world.uploads.ids)
    extra = _thread_fields(context, channel)
    for flag in ("unfurl_links", "unfurl_media"):
        if flag in args.values:
            extra[flag] = args.flag(flag)
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

    Blocks that are not mentioned stay; an empty list takes them away.
    """
    world, args = context.world, context.args
    channel = world.workspace.seen_by_bot(args.text("channel"))
    message = world.messages.find(channel.id, args.text("ts"))
    if message is None or message.ephemeral_to is not None:
        raise RefusalError("message_not_found")
    if message.body.get("bot_id") != world.app.bot_id:
        raise RefusalError("cant_update_message")
    if channel.is_archived:
        raise RefusalError("is_inactive")
    draft = read_draft(args.values, files=world.uploads.ids, text_most=TEXT_UPDATE)
    edited = world.edit(message, draft, keep_blocks="blocks" not in args.values)
    world.emit(message_changed_event(message, edited, channel, world.timestamps.next()))
    return {
        "channel": channel.id,
        "ts": args.text("ts"),
        "text": edited.text,
        "message": dict(edited.body),
    }


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
    return {"thread_ts": first.ts, "parent_user_id": first.user}


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
    ),
    Method(
        name="chat.postEphemeral",
        handler=post_ephemeral,
        needs=("channel", "user"),
        scope=_POST_SCOPE,
    ),
    Method(name="chat.update", handler=update, needs=("channel", "ts"), scope=_POST_SCOPE),
)
