"""The Home tab."""

from zoneinfo import ZoneInfo

from bot.slack.messages.home import home_view
from handlers.request import Reply, Request
from handlers.services import Services


async def show_home(request: Request, services: Services) -> Reply:
    """Where everything stands, the person's subscriptions, and for admins the feeds."""
    person = await services.people.member(request.actor)
    return home_view(
        await services.briefing.status_table(request.workspace),
        await services.subscriptions.of(request.workspace, user_id=request.actor),
        pack=services.pack(),
        zone=ZoneInfo(person.timezone),
        feeds=await services.briefing.feeds(request.workspace) if person.is_admin else None,
    )
