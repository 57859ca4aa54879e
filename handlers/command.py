"""The slash command `/briefing`."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from handlers.asked import Asked, safely
from handlers.sending import send_privately
from handlers.services import Services
from handlers.views import open_subscribe
from handlers.words import answer

COMMAND = "/briefing"


def register(app: AsyncApp, services: Services) -> None:
    """Listen for the command."""

    @app.command(COMMAND)
    async def briefing(
        ack: AsyncAck, command: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        await ack()
        words = str(command.get("text") or "")
        asked = Asked(
            workspace=services.workspace_of(command.get("team_id")),
            user_id=command["user_id"],
            channel_id=command.get("channel_id"),
            words=words,
            in_person=str(command.get("channel_id") or "").startswith("D"),
        )
        if words.strip().casefold() == "subscribe" and command.get("trigger_id"):
            await open_subscribe(
                client, services, trigger_id=command["trigger_id"], channel=asked.channel_id
            )
            return
        reply = await safely(answer(asked, services), services)
        await send_privately(reply, respond, client, channel=asked.channel_id, user=asked.user_id)
