"""What Slack sends us: a file a surface, a table in each, and one way that all requests pass."""

from slack_bolt.async_app import AsyncApp

from handlers.buttons import BUTTONS
from handlers.commands import COMMAND, answer
from handlers.home import show_home
from handlers.middleware import Middleware
from handlers.modals import MODALS
from handlers.questions import answer_in_words
from handlers.request import Listener
from handlers.services import Services

__all__ = ["Services", "register"]

EVENTS = {
    "app_mention": Listener(answer_in_words),
    "message": Listener(answer_in_words),
    "app_home_opened": Listener(show_home),
}
"""What answers each event, by its type."""


def register(app: AsyncApp, services: Services) -> None:
    """Put the middleware and all listeners on the app."""
    middleware = Middleware(services)
    app.use(middleware.make_request)
    app.error(middleware.answer_error)
    app.command(COMMAND)(middleware.listener(Listener(answer)))
    for event, listener in EVENTS.items():
        app.event(event)(middleware.listener(listener))
    for action_id, button in BUTTONS.items():
        app.action(action_id)(middleware.listener(button))
    for callback_id, modal in MODALS.items():
        app.view(callback_id)(middleware.listener(modal))
