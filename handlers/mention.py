"""Mentions and direct messages: the same questions, in words."""

import re
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.messages.blocks import Message
from handlers.questions import answer_in_words
from handlers.reply import send_openly
from handlers.request import Request, safely
from handlers.services import Services

_WRITTEN = frozenset({None, "file_share"})
"""Kinds of message that people write: plain ones, and those with a file
(https://docs.slack.dev/reference/events/message/file_share)."""
_FILE_ALONE = "feeds import"
"""What a file without a word means: lists of feeds are the only files that are read."""
_MENTION = re.compile(r"<@[UW][A-Z0-9]+(\|[^>]*)?>")


def register(app: AsyncApp, services: Services) -> None:
    """Listen for mentions in channels and for messages to the bot."""

    @app.event("app_mention")
    async def mentioned(
        event: dict[str, Any], body: dict[str, Any], client: AsyncWebClient
    ) -> None:
        # In a thread of its own, or in the one where it was asked.
        await _answer(event, body, client, thread_ts=event.get("thread_ts") or event["ts"])

    @app.event("message")
    async def written(event: dict[str, Any], body: dict[str, Any], client: AsyncWebClient) -> None:
        if event.get("channel_type") != "im" or event.get("bot_id"):
            return
        if event.get("subtype") not in _WRITTEN:
            return
        await _answer(event, body, client, thread_ts=event.get("thread_ts"))

    async def _answer(
        event: dict[str, Any],
        body: dict[str, Any],
        client: AsyncWebClient,
        *,
        thread_ts: str | None,
    ) -> None:
        if not event.get("user") or not await services.first_time(_once(event, body)):
            return

        async def meanwhile(message: Message) -> None:
            await send_openly(
                (message.payload(),), client, channel=event["channel"], thread_ts=thread_ts
            )

        files = tuple(str(file["id"]) for file in event.get("files") or () if file.get("id"))
        words = _unescaped(_MENTION.sub(" ", str(event.get("text") or ""))).strip()
        request = Request(
            workspace=services.workspace_of(body.get("team_id") or event.get("team")),
            user_id=event["user"],
            channel_id=event["channel"],
            words=words or (_FILE_ALONE if files else ""),
            in_person=event.get("channel_type") == "im",
            files=files,
            meanwhile=meanwhile,
        )
        reply = await safely(answer_in_words(request, services), services)
        await send_openly(
            tuple(message.payload() for message in reply),
            client,
            channel=event["channel"],
            thread_ts=thread_ts,
        )


def _once(event: dict[str, Any], body: dict[str, Any]) -> str:
    """What is the same when Slack sends an event again."""
    return f"event:{body.get('event_id') or (event.get('channel'), event.get('ts'))}"


def _unescaped(text: str) -> str:
    """Slack writes these three characters as entities in the text of events."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
