"""Events API payloads, and what people type as it stands in them.

https://docs.slack.dev/apis/events-api/, https://docs.slack.dev/reference/events and
https://docs.slack.dev/messaging/formatting-message-text#escaping
"""

import re
from collections.abc import Mapping

from sandbox.slack.model import Channel, JsonObject, Message
from sandbox.slack.views import View
from sandbox.slack.world import World

_WIRE_TOKEN = re.compile(r"<(?:[@#!][^>\s]+|https?://[^>\s]+)>")
_HANDLE = re.compile(r"(?<![\w<])@([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)")
_CHANNEL = re.compile(r"(?<![\w<&])#([a-z0-9][a-z0-9_-]*)")
_URL = re.compile(r"https?://[^\s<>|]+")
_MENTION = re.compile(r"(<@[UW][A-Z0-9]+(?:\|[^>]*)?>)")


def event_callback(world: World, event: JsonObject) -> JsonObject:
    """The wrapper in which every event comes."""
    app, team = world.app, world.workspace.team_id
    return {
        "token": app.verification_token,
        "team_id": team,
        "context_team_id": team,
        "context_enterprise_id": None,
        "api_app_id": app.id,
        "event": event,
        "type": "event_callback",
        "event_id": world.ids.next("Ev"),
        "event_time": world.seconds(),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": team,
                "user_id": app.bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": world.ids.word("event_context", 32),
    }


def message_event(message: Message, channel: Channel) -> JsonObject:
    """A new message: `message.channels`, `message.groups` or `message.im`."""
    return {
        **message.body,
        "channel": channel.id,
        "event_ts": message.ts,
        "channel_type": channel.kind,
    }


def app_mention_event(message: Message, channel: Channel) -> JsonObject:
    """A message that names the app, in a channel that it is in."""
    kept = {key: value for key, value in message.body.items() if key != "subtype"}
    return {**kept, "type": "app_mention", "channel": channel.id, "event_ts": message.ts}


def message_changed_event(before: Message, after: Message, channel: Channel, ts: str) -> JsonObject:
    """A message was edited; it has no `user` of its own."""
    return {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "message": dict(after.body),
        "previous_message": dict(before.body),
        "channel": channel.id,
        "channel_type": channel.kind,
        "ts": ts,
        "event_ts": ts,
    }


def app_home_opened_event(
    *, user: str, channel: str, tab: str, view: View | None, ts: str
) -> JsonObject:
    """A user opened the app's page; `view` is there when a Home tab was published before."""
    event: JsonObject = {
        "type": "app_home_opened",
        "user": user,
        "channel": channel,
        "tab": tab,
        "event_ts": ts,
    }
    if view is not None and tab == "home":
        event["view"] = dict(view.body)
    return event


def subscription_of(event: JsonObject) -> str:
    """The name under which an app subscribes to this event, for example `message.im`."""
    kind = str(event["type"])
    if kind != "message":
        return kind
    noun = {"channel": "channels", "group": "groups", "im": "im"}[event["channel_type"]]
    return f"message.{noun}"


def to_wire(text: str, *, users: Mapping[str, str], channels: Mapping[str, str]) -> str:
    """The text of the message event for what was typed.

    `@name` and `#name` of known people and channels become tokens, web addresses become
    links, `&`, `<` and `>` become entities; tokens that stand there already are kept.

    Args:
        text: As typed.
        users: Handle to user id.
        channels: Name to channel id.
    """
    pieces: list[str] = []
    at = 0
    for token in _WIRE_TOKEN.finditer(text):
        pieces += [_plain(text[at : token.start()], users, channels), token.group()]
        at = token.end()
    return "".join([*pieces, _plain(text[at:], users, channels)])


def rich_text(text: str, block_id: str) -> JsonObject:
    """What people type, as the rich text block that Slack makes of it."""
    elements: list[JsonObject] = []
    for part in _MENTION.split(text):
        if _MENTION.fullmatch(part):
            user_id = part[2:-1].partition("|")[0]
            elements.append({"type": "user", "user_id": user_id})
        elif part:
            elements.append({"type": "text", "text": part})
    section = {"type": "rich_text_section", "elements": elements}
    return {"type": "rich_text", "block_id": block_id, "elements": [section]}


def _plain(text: str, users: Mapping[str, str], channels: Mapping[str, str]) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    def user(found: re.Match[str]) -> str:
        user_id = users.get(found[1])
        return f"<@{user_id}>" if user_id else found[0]

    def channel(found: re.Match[str]) -> str:
        channel_id = channels.get(found[1])
        return f"<#{channel_id}|{found[1]}>" if channel_id else found[0]

    named = _CHANNEL.sub(channel, _HANDLE.sub(user, escaped))
    return _URL.sub(lambda found: f"<{found[0]}>", named)
