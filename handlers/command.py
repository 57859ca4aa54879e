"""The slash command `/briefing`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from handlers.asked import Asked, safely
from handlers.feed_views import open_feed_add, open_feeds_import
from handlers.sending import send_privately, teller
from handlers.services import Services
from handlers.views import open_subscribe
from handlers.words import answer

COMMAND = "/briefing"


async def _subscribe(
    asked: Asked, services: Services, client: AsyncWebClient, *, trigger_id: str
) -> None:
    await open_subscribe(client, services, trigger_id=trigger_id, channel=asked.channel_id)


class _Form(Protocol):
    async def __call__(
        self, asked: Asked, services: Services, client: AsyncWebClient, /, *, trigger_id: str
    ) -> None: ...


FORMS: Mapping[str, _Form] = MappingProxyType(
    {
        "subscribe": _subscribe,
        "feeds add": open_feed_add,
        "feeds import": open_feeds_import,
    }
)
"""Words that open a form when nothing follows them."""


def register(app: AsyncApp, services: Services) -> None:
    """Listen for the command."""

    @app.command(COMMAND)
    async def briefing(
        ack: AsyncAck, command: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        await ack()
        user_id, channel_id = command["user_id"], command.get("channel_id")
        asked = Asked(
            workspace=services.workspace_of(command.get("team_id")),
            user_id=user_id,
            channel_id=channel_id,
            words=str(command.get("text") or ""),
            in_person=str(channel_id or "").startswith("D"),
            meanwhile=teller(respond, client, channel=channel_id, user=user_id),
        )
        form = FORMS.get(" ".join(asked.words.casefold().split()))
        if form is not None and command.get("trigger_id"):
            await form(asked, services, client, trigger_id=command["trigger_id"])
            return
        reply = await safely(answer(asked, services), services)
        await send_privately(reply, respond, client, channel=asked.channel_id, user=asked.user_id)
