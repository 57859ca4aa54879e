"""Payloads of what users do: commands, clicks, submissions, shortcuts.

https://docs.slack.dev/interactivity/implementing-slash-commands and
https://docs.slack.dev/reference/interaction-payloads.
"""

from collections.abc import Mapping
from typing import Any

from sandbox.slack.model import Channel, JsonObject, Message, User
from sandbox.slack.views import View
from sandbox.slack.world import World


def slash_command(
    world: World, *, user: User, channel: Channel, command: str, text: str
) -> JsonObject:
    """A slash command; over HTTP each field is a form field, so all values are text."""
    return {
        "token": world.app.verification_token,
        "team_id": world.workspace.team_id,
        "team_domain": world.workspace.domain,
        "channel_id": channel.id,
        "channel_name": channel.shown_name,
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": world.app.id,
        "is_enterprise_install": "false",
        "response_url": world.response_urls.give(user=user.id, channel=channel.id),
        "trigger_id": world.triggers.give(user.id),
    }


def message_actions(
    world: World,
    *,
    user: User,
    channel: Channel,
    message: Message,
    actions: list[JsonObject],
    state: JsonObject,
) -> JsonObject:
    """`block_actions` from a message; an ephemeral message does not come along."""
    ephemeral = message.ephemeral_to is not None
    container: JsonObject = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }
    if message.thread_ts is not None:
        container["thread_ts"] = message.thread_ts
    payload = {
        **_interaction(world, "block_actions", user),
        "container": container,
        "trigger_id": world.triggers.give(user.id),
        "channel": {"id": channel.id, "name": channel.shown_name},
        "state": {"values": state},
        "response_url": world.response_urls.give(
            user=user.id,
            channel=channel.id,
            source=(message.channel, message.ts),
            thread_ts=message.thread_ts,
        ),
        "actions": actions,
    }
    if not ephemeral:
        payload["message"] = dict(message.body)
    return payload


def view_actions(world: World, *, user: User, view: View, actions: list[JsonObject]) -> JsonObject:
    """`block_actions` from a modal or the Home tab: no channel, no message, no response URL."""
    return {
        **_interaction(world, "block_actions", user),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": world.triggers.give(user.id, view=view.id),
        "view": dict(view.body),
        "actions": actions,
    }


def view_submission(world: World, *, user: User, view: View) -> JsonObject:
    """A modal was sent."""
    return {
        **_interaction(world, "view_submission", user),
        "trigger_id": world.triggers.give(user.id, view=view.id),
        "view": dict(view.body),
        "response_urls": [],
    }


def view_closed(world: World, *, user: User, view: View, is_cleared: bool) -> JsonObject:
    """A modal with `notify_on_close` was closed; `is_cleared` when all were closed at once."""
    return {
        **_interaction(world, "view_closed", user),
        "view": dict(view.body),
        "is_cleared": is_cleared,
    }


def message_shortcut(
    world: World, *, user: User, callback_id: str, channel: Channel, message: Message, ts: str
) -> JsonObject:
    """A shortcut from a message's menu."""
    return {
        **_interaction(world, "message_action", user),
        "callback_id": callback_id,
        "trigger_id": world.triggers.give(user.id),
        "action_ts": ts,
        "channel": {"id": channel.id, "name": channel.shown_name},
        "message_ts": message.ts,
        "message": dict(message.body),
        "response_url": world.response_urls.give(
            user=user.id, channel=channel.id, source=(message.channel, message.ts)
        ),
    }


def action(element: Mapping[str, Any], *, block_id: str, ts: str, chosen: JsonObject) -> JsonObject:
    """One entry of `actions`: which element, and what was chosen with it."""
    shown = ("text", "value", "style", "placeholder", "confirm")
    return {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block_id,
        **{name: element[name] for name in shown if name in element},
        **chosen,
        "action_ts": ts,
    }


def _interaction(world: World, kind: str, user: User) -> JsonObject:
    """What all interaction payloads begin with."""
    return {
        "type": kind,
        "user": {
            "id": user.id,
            "username": user.name,
            "name": user.name,
            "team_id": world.workspace.team_id,
        },
        "api_app_id": world.app.id,
        "token": world.app.verification_token,
        "team": {"id": world.workspace.team_id, "domain": world.workspace.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }
