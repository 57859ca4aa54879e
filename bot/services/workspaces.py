"""The workspace that the bot works for."""

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from bot.domain.errors import DeliveryError, WorkspaceGoneError
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger

if TYPE_CHECKING:
    from bot.slack.api.gateway import SlackGateway

logger = logging.getLogger(__name__)

# With a delay that doubles after each, they take half a minute.
_ATTEMPTS: Final = 6


async def connected_workspace(ledger: Ledger, slack: "SlackGateway") -> WorkspaceId:
    """The workspace of the token; Slack is given half a minute to answer.

    Raises:
        WorkspaceGoneError: Slack does not know the token.
        DeliveryError: Slack could not be reached.
    """
    for attempt in range(_ATTEMPTS):
        try:
            identity = await slack.identity()
        except WorkspaceGoneError:
            raise
        except DeliveryError as error:
            if attempt == _ATTEMPTS - 1:
                raise
            logger.warning("slack not reached, trying again", extra={"code": error.code})
            await asyncio.sleep(2**attempt)
        else:
            logger.info("workspace known", extra={"team": identity.team_id})
            return await ledger.workspaces.adopt(identity.team_id, identity.team)
    raise AssertionError("unreachable")
