"""The Home tab."""

from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from bot.slack.messages.home import home_view
from handlers.request import Reply, Request
from handlers.services import Services

if TYPE_CHECKING:
    from bot.briefing.answers import StatusTable


async def show_home(request: Request, services: Services) -> Reply:
    """Where everything stands, the person's subscriptions, and for admins the feeds."""
    person = await services.people.member(request.actor)
    return home_view(
        cast("StatusTable", await services.briefing.status(request.workspace, None)),
        await services.subscriptions.of(request.workspace, user_id=request.actor),
        pack=services.pack(),
        zone=ZoneInfo(person.timezone),
        feeds=await services.briefing.feeds(request.workspace) if person.is_admin else None,
    )
