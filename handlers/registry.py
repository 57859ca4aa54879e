"""Puts every surface on the app, and the last resort for errors."""

import logging
from typing import Any

from slack_bolt.async_app import AsyncApp

from handlers import buttons, commands, home, mention
from handlers import modals as views
from handlers.feeds import modals as feed_views
from handlers.services import Services

logger = logging.getLogger(__name__)


def register(app: AsyncApp, services: Services) -> None:
    """Register all listeners."""
    for surface in (commands, mention, buttons, views, feed_views, home):
        surface.register(app, services)

    @app.error
    async def failed(error: Exception, body: dict[str, Any]) -> None:
        """What no handler answered itself: there is nobody left to tell, so the log has it."""
        logger.error(
            "request failed",
            exc_info=error,
            extra={"reference": services.reference(), "type": body.get("type")},
        )
