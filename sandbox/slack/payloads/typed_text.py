"""What people type, turned into what Slack sends.

https://docs.slack.dev/messaging/formatting-message-text#escaping
"""

import re
from collections.abc import Mapping

_WIRE_TOKEN = re.compile(r"<(?:[@#!][^>\s]+|https?://[^>\s]+)>")
_HANDLE = re.compile(r"(?<![\w<])@([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)")
_CHANNEL = re.compile(r"(?<![\w<&])#([a-z0-9][a-z0-9_-]*)")
_URL = re.compile(r"https?://[^\s<>|]+")


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
