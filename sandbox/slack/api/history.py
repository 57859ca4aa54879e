"""conversations.history and conversations.replies."""

from sandbox.slack.api.method import Context, Method
from sandbox.slack.api.paging import cursor, limit_of, position
from sandbox.slack.errors import RefusalError
from sandbox.slack.messages import Window, page, public_body, window_from
from sandbox.slack.model import Channel, JsonObject, Message

_CURSOR = "next_ts"


def history(context: Context) -> JsonObject:
    """The messages of a conversation, newest first; replies only where they were broadcast."""
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


METHODS = (
    Method(name="conversations.history", handler=history, needs=("channel",)),
    Method(name="conversations.replies", handler=replies, needs=("channel", "ts")),
)
