"""Looking up a message that may or may not have been posted, by its metadata.

Needs channels:history, groups:history and im:history. The metadata of a message comes back only
with `include_all_metadata` (docs.slack.dev, message metadata).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.delivery.ports import Posted
from bot.domain.errors import DeliveryUnknownError
from bot.slack.slack_errors import garbled
from bot.slack.web_api import WebApi, text_field

EVENT_TYPE: Final = "briefing_delivery"
"""`event_type` of the metadata that marks our deliveries."""

_PAGE: Final = 200
"""Messages asked for in one page; Slack may give fewer."""

_MAX_PAGES: Final = 50
"""A lookup that has not come to the end by then gives up, without an answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """What tells one message of a delivery from all others."""

    key: str
    position: int

    def metadata(self) -> dict[str, object]:
        """As chat.postMessage takes it."""
        payload = {"key": self.key, "position": self.position}
        return {"event_type": EVENT_TYPE, "event_payload": payload}

    def is_on(self, message: Mapping[str, object], *, bot_id: str | None) -> bool:
        """Whether `message` bears it and is ours.

        Any app may set any metadata, so a message of another bot does not count; `bot_id` is our
        own, None while unknown.
        """
        author = message.get("bot_id")
        if bot_id is not None and author is not None and author != bot_id:
            return False
        metadata = message.get("metadata")
        if not isinstance(metadata, Mapping) or metadata.get("event_type") != EVENT_TYPE:
            return False
        payload = metadata.get("event_payload")
        if not isinstance(payload, Mapping):
            return False
        return payload.get("key") == self.key and str(payload.get("position")) == str(self.position)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where to look.

    Attributes:
        channel: The conversation.
        thread_ts: The thread's first message; None for messages outside threads, which alone are
            in the history.
        oldest: Slack timestamp; the message is not older.
    """

    channel: str
    thread_ts: str | None
    oldest: str


async def search(api: WebApi, place: Place, mark: Mark, *, bot_id: str | None) -> Posted | None:
    """The message with that mark; None only after the certain end of history or thread.

    Raises:
        DeliveryUnknownError: There is too much to look through, or an answer made no sense.
        DeliveryError: Slack did not answer the question.
    """
    cursor: str | None = None
    for _ in range(_MAX_PAGES):
        answer = await _page(api, place, cursor)
        messages = answer.get("messages")
        if not isinstance(messages, list):
            raise garbled("conversations.history")
        for message in messages:
            if isinstance(message, Mapping) and mark.is_on(message, bot_id=bot_id):
                return Posted(channel=place.channel, ts=str(message.get("ts")))
        metadata = answer.get("response_metadata")
        cursor = text_field(metadata, "next_cursor") if isinstance(metadata, Mapping) else None
        if cursor is None and answer.get("has_more") is True:
            raise garbled("conversations.history")
        if cursor is None:
            return None
    raise DeliveryUnknownError(
        "The channel's history is too long to look a message up in.", code="history_too_long"
    )


async def _page(api: WebApi, place: Place, cursor: str | None) -> Mapping[str, object]:
    if place.thread_ts is None:
        call = api.once.conversations_history(
            channel=place.channel,
            oldest=place.oldest,
            inclusive=True,
            include_all_metadata=True,
            limit=_PAGE,
            cursor=cursor,
        )
        return await api.ask("conversations.history", call)
    call = api.once.conversations_replies(
        channel=place.channel,
        ts=place.thread_ts,
        oldest=place.oldest,
        inclusive=True,
        include_all_metadata=True,
        limit=_PAGE,
        cursor=cursor,
    )
    return await api.ask("conversations.replies", call)
