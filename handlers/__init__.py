"""What Slack sends us: a file a surface, a table in each, and one way that all requests pass."""

from zoneinfo import ZoneInfo

from slack_bolt.async_app import AsyncApp

from bot.slack import ids
from bot.slack.messages.home import home_view
from handlers.buttons import BUTTONS, FILE, MODALS
from handlers.commands import COMMAND, file
from handlers.middleware import Middleware
from handlers.questions import answer_in_words, answer_meant
from handlers.request import Button, Listener, Reply, Request, wrong
from handlers.services import Services

__all__ = ["Services", "register"]


async def show_home(request: Request, services: Services) -> Reply:
    """The Home tab: all commitments, the person's subscriptions, and for admins the feeds."""
    person = await services.people.member(request.actor)
    return home_view(
        await services.briefing.status_table(request.workspace),
        await services.subscriptions.of(request.workspace, user_id=request.actor),
        pack=services.pack(),
        zone=ZoneInfo(person.timezone),
        feeds=await services.briefing.feeds(request.workspace) if person.is_admin else None,
    )


async def file_linked(request: Request, services: Services) -> Reply:
    """[File as evidence] on a message: the article that it links to."""
    if not request.text:
        raise wrong("file", "there is no link in this message", "use it on one with a link")
    return await file(request, services)


EVENTS = {
    "app_mention": Listener(answer_in_words),
    "message": Listener(answer_in_words),
    "app_home_opened": Listener(show_home),
}
"""What answers each event, by its type."""


SHORTCUTS = {ids.FILE_SHORTCUT: Listener(file_linked, analyst=FILE)}
"""What answers a shortcut in the menu of a message, by its callback id."""


def register(app: AsyncApp, services: Services) -> Middleware:
    """Put all listeners on the app, and the answer to errors; gives what all requests pass."""
    middleware = Middleware(services)
    app.error(middleware.answer_error)
    app.use(middleware.read)
    app.command(COMMAND)(middleware.listener(Listener(answer_in_words)))
    for event, listener in EVENTS.items():
        app.event(event)(middleware.listener(listener))
    for callback_id, shortcut in SHORTCUTS.items():
        app.shortcut(callback_id)(middleware.listener(shortcut))
    buttons = {**BUTTONS, ids.ASKED: Button(answer_meant, replaces=True)}
    for action_id, button in buttons.items():
        app.action(action_id)(middleware.listener(button))
    for callback_id, modal in MODALS.items():
        app.view(callback_id)(middleware.listener(modal))
    return middleware
