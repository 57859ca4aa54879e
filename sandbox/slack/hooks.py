"""Answers without a token: response URLs, and what comes with an acknowledgement.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

from collections.abc import Mapping

from sandbox.slack.drafts import TEXT_CUT, Draft, read_draft
from sandbox.slack.model import JsonObject, Message
from sandbox.slack.payloads.events import (
    message_changed_event,
    message_event,
)
from sandbox.slack.tickets import ResponseUrl
from sandbox.slack.world import World


def respond(world: World, target: ResponseUrl, given: Mapping[str, object]) -> JsonObject:
    """Do what an app asks for at a response URL.

    By default it posts a message that only the user sees; `response_type` "in_channel" shows it
    to all, `replace_original` changes the message in which the user clicked.

    Raises:
        RefusalError: `no_text`, `invalid_blocks` and the other faults of a message.
    """
    original = None if target.source is None else world.messages.find(*target.source)
    draft = read_draft(given, files=world.uploads.ids, text_most=TEXT_CUT)
    if given.get("replace_original") is True and original is not None:
        _replace(world, original, draft)
        return {"ok": True}
    _post(world, target, draft, given)
    return {"ok": True}


def _post(world: World, target: ResponseUrl, draft: Draft, given: Mapping[str, object]) -> None:
    public = given.get("response_type") == "in_channel"
    channel = world.workspace.channel(target.channel)
    thread_ts = given.get("thread_ts") or target.thread_ts
    extra: JsonObject = {"thread_ts": thread_ts} if thread_ts else {}
    if not public:
        extra["is_ephemeral"] = True
    message = world.post(
        channel,
        draft,
        author=world.bot_author(),
        extra=extra,
        ephemeral_to=None if public else target.user,
    )
    if public:
        world.emit(message_event(message, channel))


def _replace(world: World, original: Message, draft: Draft) -> None:
    edited = world.edit(original, draft)
    if original.ephemeral_to is None:
        channel = world.workspace.channel(original.channel)
        world.emit(message_changed_event(original, edited, channel, world.timestamps.next()))
