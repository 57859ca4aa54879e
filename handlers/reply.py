"""Ways of putting an answer where it was asked for."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.messages.blocks import Message
from handlers.request import Reply

logger = logging.getLogger(__name__)

_RESPONSES = 5
"""A response_url may be used five times (docs.slack.dev, handling user interaction)."""
_OK = 200


async def send_privately(
    reply: Reply,
    respond: AsyncRespond | None,
    client: AsyncWebClient,
    *,
    channel: str | None,
    user: str,
    replace: bool = False,
) -> None:
    """Show an answer to one person in the conversation where they asked.

    It goes to the response URL; where that does not work (it expired, or there is none), as an
    ephemeral message, and outside any conversation as a direct message.

    Args:
        reply: The messages.
        respond: Of the command or click; None where there is none.
        client: For all other ways.
        channel: Where they asked; None outside any conversation.
        user: Who asked.
        replace: Whether the first message takes the place of the one that was clicked in.
    """
    for number, message in enumerate(reply[:_RESPONSES]):
        payload = message.payload()
        if respond is not None and respond.response_url is not None:
            answer = await respond(
                text=message.text,
                blocks=payload.get("blocks"),  # type: ignore[arg-type]
                response_type="ephemeral",
                replace_original=replace and number == 0,
                unfurl_links=False,
                unfurl_media=False,
            )
            if answer.status_code == _OK:
                continue
            logger.warning("response url refused", extra={"status": answer.status_code})
        await _to_one(client, payload, channel=channel, user=user)


def teller(
    respond: AsyncRespond | None, client: AsyncWebClient, *, channel: str | None, user: str
) -> Callable[[Message], Awaitable[None]]:
    """Shows somebody a message ahead of the answer; see `send_privately`."""

    async def tell(message: Message) -> None:
        await send_privately((message,), respond, client, channel=channel, user=user)

    return tell


async def _to_one(
    client: AsyncWebClient, payload: dict[str, Any], *, channel: str | None, user: str
) -> None:
    if channel is not None:
        try:
            await client.chat_postEphemeral(channel=channel, user=user, **payload)
        except SlackApiError as error:
            # Not a member of that channel, for one; a direct message always reaches the person.
            logger.info("ephemeral refused", extra={"code": error.response.get("error")})
        else:
            return
    opened = await client.conversations_open(users=user)
    await send_openly((payload,), client, channel=opened["channel"]["id"], thread_ts=None)


async def send_openly(
    payloads: tuple[dict[str, Any], ...],
    client: AsyncWebClient,
    *,
    channel: str,
    thread_ts: str | None,
) -> None:
    """Post messages for everybody in a conversation, without unfurling links."""
    for payload in payloads:
        await client.chat_postMessage(
            channel=channel,
            thread_ts=thread_ts,
            unfurl_links=False,
            unfurl_media=False,
            **payload,
        )
