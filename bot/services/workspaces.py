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

_DELAYS_S: Final = (1, 2, 4, 8, 16)


async def workspace_of(ledger: Ledger, slack: "SlackGateway | None") -> WorkspaceId:
    """The workspace of Slack's token, which has half a minute to answer; the first without Slack.

    Raises:
        WorkspaceGoneError: Slack does not know the token.
        DeliveryError: Slack could not be reached.
    """
    if slack is None:
        return await ledger.workspaces.first()
    for delay_s in _DELAYS_S:
        try:
            identity = await slack.identity()
            break
        except WorkspaceGoneError:
            raise
        except DeliveryError as error:
            logger.warning("slack not reached, trying again", extra={"code": error.code})
            await asyncio.sleep(delay_s)
    else:
        identity = await slack.identity()
    logger.info("workspace known", extra={"team": identity.team_id})
    return await ledger.workspaces.adopt(identity.team_id, identity.team)
