"""Messages of all channels: kept, changed, read back page by page."""

import copy
from dataclasses import dataclass, replace

from sandbox.slack.errors import RefusalError, SandboxError
from sandbox.slack.ids import parse_ts
from sandbox.slack.model import JsonObject, Message


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Which messages a page of history is made of.

    Attributes:
        oldest_us: Only messages after this moment, microseconds since 1970.
        latest_us: Only messages before it; None for no end.
        inclusive: Whether the two moments themselves belong to it.
    """

    oldest_us: int = 0
    latest_us: int | None = None
    inclusive: bool = False

    def __contains__(self, ts: str) -> bool:
        at_us = parse_ts(ts)
        if self.inclusive and at_us in (self.oldest_us, self.latest_us):
            return True
        return self.oldest_us < at_us and (self.latest_us is None or at_us < self.latest_us)


class MessageStore:
    """All messages of all channels, ephemeral ones too."""

    def __init__(self) -> None:
        self._channels: dict[str, dict[str, Message]] = {}
        self._ephemeral: dict[tuple[str, str], Message] = {}
        self._replies: dict[tuple[str, str], list[str]] = {}

    def add(self, message: Message) -> Message:
        """Keep a new message; a reply is counted in its parent."""
        if message.ephemeral_to is not None:
            self._ephemeral[message.channel, message.ts] = message
            return message
        self._channels.setdefault(message.channel, {})[message.ts] = message
        if message.is_reply and message.thread_ts is not None:
            self._replies.setdefault((message.channel, message.thread_ts), []).append(message.ts)
            self._recount(message.channel, message.thread_ts)
        return message

    def replace(self, message: Message) -> Message:
        """Put a changed message in place of the one with its ts."""
        key = (message.channel, message.ts)
        if key in self._ephemeral:
            self._ephemeral[key] = message
        else:
            self._channels[message.channel][message.ts] = message
        return message

    def find(self, channel: str, ts: str) -> Message | None:
        """The message, ephemeral or not, or None."""
        return self._channels.get(channel, {}).get(ts) or self._ephemeral.get((channel, ts))

    def get(self, channel: str, ts: str) -> Message:
        """The message as it is now.

        Raises:
            SandboxError: It is not there.
        """
        found = self.find(channel, ts)
        if found is None:
            msg = f"no message {ts} in {channel}"
            raise SandboxError(msg)
        return found

    def all(self, channel: str) -> list[Message]:
        """Every message of a channel, replies too, oldest first."""
        return list(self._channels.get(channel, {}).values())

    def top_level(self, channel: str) -> list[Message]:
        """What one sees in the channel itself, oldest first."""
        return [message for message in self.all(channel) if not message.is_reply]

    def thread(self, channel: str, ts: str) -> list[Message]:
        """The first message of a thread and its replies, oldest first; empty if there is none."""
        there = self._channels.get(channel, {})
        stamps = [ts, *self._replies.get((channel, ts), [])]
        return [there[stamp] for stamp in stamps if stamp in there]

    def ephemerals(self, user: str, channel: str | None = None) -> list[Message]:
        """What only this user sees, oldest first; in all channels for None."""
        return [
            message
            for message in self._ephemeral.values()
            if message.ephemeral_to == user and channel in (None, message.channel)
        ]

    def _recount(self, channel: str, thread_ts: str) -> None:
        """Write number and authors of the replies into the message that the thread hangs on."""
        parent = self._channels[channel].get(thread_ts)
        if parent is None:
            return
        replies = [each for each in self.thread(channel, thread_ts) if each.is_reply]
        users = list(dict.fromkeys(each.user for each in replies if each.user))
        counted = {
            "thread_ts": parent.ts,
            "reply_count": len(replies),
            "reply_users": users,
            "reply_users_count": len(users),
            "latest_reply": replies[-1].ts,
            "is_locked": False,
            "subscribed": False,
        }
        self.replace(replace(parent, body={**parent.body, **counted}))


def page(
    messages: list[Message], window: Window, *, limit: int, before_us: int | None
) -> tuple[list[Message], int | None]:
    """The newest messages of a window, newest first, and where the next page begins.

    Args:
        messages: Oldest first.
        window: Which of them count.
        limit: How many at most.
        before_us: Where the page before ended, or None for the first page.

    Returns:
        The page, and the moment to give as `before_us` for the next, or None at the end.
    """
    inside = [
        message
        for message in reversed(messages)
        if message.ts in window and (before_us is None or parse_ts(message.ts) < before_us)
    ]
    taken = inside[:limit]
    return taken, parse_ts(taken[-1].ts) if len(inside) > limit else None


def public_body(message: Message, *, all_metadata: bool) -> JsonObject:
    """A message as history gives it; without `all_metadata` just the type of its metadata."""
    body = copy.deepcopy(dict(message.body))
    if "metadata" in body and not all_metadata:
        body["metadata"] = {"event_type": body["metadata"]["event_type"]}
    return body


def window_from(oldest: str | None, latest: str | None, *, inclusive: bool) -> Window:
    """The window that the arguments of history ask for.

    Raises:
        RefusalError: `invalid_ts_oldest` or `invalid_ts_latest`.
    """
    parsed: list[int | None] = []
    for name, text in (("oldest", oldest), ("latest", latest)):
        try:
            parsed.append(parse_ts(text) if text else None)
        except ValueError as error:
            raise RefusalError(f"invalid_ts_{name}") from error
    return Window(oldest_us=parsed[0] or 0, latest_us=parsed[1] or None, inclusive=inclusive)
