"""The Home tab."""

from typing import Any
from zoneinfo import ZoneInfo

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.messages.home import home_view
from handlers.services import Services


def register(app: AsyncApp, services: Services) -> None:
    """Listen for people opening the bot's page."""

    @app.event("app_home_opened")
    async def opened(event: dict[str, Any], body: dict[str, Any], client: AsyncWebClient) -> None:
        if event.get("tab", "home") != "home":
            return
        workspace = services.workspace_of(body.get("team_id"))
        asker = await services.people.asker(event["user"])
        view = home_view(
            await services.briefing.status_table(workspace),
            await services.subscriptions.of(workspace, user_id=event["user"]),
            pack=services.pack(),
            zone=ZoneInfo(asker.timezone),
            feeds=await services.briefing.feeds(workspace) if asker.is_admin else None,
        )
        await client.views_publish(user_id=event["user"], view=view)
