"""Ways of putting an answer where it was asked for."""

import logging
from http import HTTPStatus
from typing import Any, Final

from slack_sdk.errors import SlackApiError
from slack_sdk.models.views import View

from handlers.request import Reply, Request

logger = logging.getLogger(__name__)

# A response_url may be used five times (docs.slack.dev, handling user interaction).
_RESPONSES: Final = 5


async def send(request: Request, reply: Reply, *, replace: bool = False) -> None:
    """Answer where the request was made: openly in a conversation, else to its actor alone.

    Args:
        request: Who asks, and where.
        reply: The answer.
        replace: Whether the first message takes the place of the one that was clicked in.
    """
    if isinstance(reply, View):
        await _show(request, reply)
        return
    if request.public:
        for message in reply:
            await _post(request, request.channel, message.payload(), request.thread_ts)
        return
    for number, message in enumerate(reply[:_RESPONSES]):
        payload = message.payload()
        if request.respond.response_url is not None:
            answer = await request.respond(
                text=message.text,
                blocks=payload.get("blocks"),  # type: ignore[arg-type]
                response_type="ephemeral",
                replace_original=replace and number == 0,
                unfurl_links=False,
                unfurl_media=False,
            )
            if answer.status_code == HTTPStatus.OK:
                continue
            logger.warning("response url refused", extra={"status": answer.status_code})
        await _whisper(request, payload)


async def _show(request: Request, view: View) -> None:
    """Nothing slow may come before a modal: its trigger expires after three seconds."""
    if view.type == "home":
        await request.client.views_publish(user_id=request.actor, view=view)
    else:
        await request.client.views_open(trigger_id=request.trigger, view=view)


async def _whisper(request: Request, payload: dict[str, Any]) -> None:
    """As an ephemeral message; outside any conversation as a direct message."""
    if request.channel is not None:
        try:
            await request.client.chat_postEphemeral(
                channel=request.channel, user=request.actor, **payload
            )
        except SlackApiError as error:
            # Not a member of that channel, for one; a direct message always reaches the person.
            logger.info("ephemeral refused", extra={"code": error.response.get("error")})
        else:
            return
    opened = await request.client.conversations_open(users=request.actor)
    await _post(request, opened["channel"]["id"], payload, None)


async def _post(
    request: Request, channel: str | None, payload: dict[str, Any], thread_ts: str | None
) -> None:
    """For everyone in a conversation, without unfurling links."""
    await request.client.chat_postMessage(
        channel=channel or "",
        thread_ts=thread_ts,
        unfurl_links=False,
        unfurl_media=False,
        **payload,
    )
