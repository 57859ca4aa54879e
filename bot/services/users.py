"""The workspace that the bot works for, and its people: their time zone, and who may edit."""

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.errors import DeliveryError, ForbiddenError, WorkspaceGoneError
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.slack.api.gateway import SlackGateway

logger = logging.getLogger(__name__)

_DELAYS_S: Final = (1, 2, 4, 8, 16)  # before Slack is asked again who we are


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A person as the services need to know them."""

    timezone: str
    is_admin: bool


@dataclass(frozen=True, slots=True)
class People:
    """Looks people up.

    Attributes:
        gateway: Slack.
        settings: They name the bot's own admins, maybe none, those who may review beside them,
            empty for everyone, and the zone of people whose own is unknown.
    """

    gateway: "SlackGateway"
    settings: Settings

    @property
    def timezone(self) -> str:
        """IANA name for people whose own zone is unknown."""
        return self.settings.briefing_timezone

    async def member(self, user_id: str) -> Member:
        """The person; never fails: a person unknown to Slack is no admin and has our zone."""
        named = user_id in self.settings.briefing_admins
        try:
            person = await self.gateway.person(user_id)
        except DeliveryError as error:
            logger.warning("person not looked up", extra={"user": user_id, "code": error.code})
            return Member(timezone=self.timezone, is_admin=named)
        return Member(timezone=person.timezone or self.timezone, is_admin=named or person.is_admin)

    async def admins(self, _workspace: WorkspaceId) -> Collection[str]:
        """Who is alerted to faults: the bot's admins, or the workspace's where none is named."""
        if self.settings.briefing_admins:
            return self.settings.briefing_admins
        try:
            return await self.gateway.admins()
        except DeliveryError as error:
            logger.warning("admins not looked up", extra={"code": error.code})
            return ()

    async def require_analyst(self, user_id: str, what: str) -> None:
        """Refuses people who are neither analysts nor admins, where analysts are named.

        Raises:
            ForbiddenError: The person is neither; the text says who may.
        """
        named = self.settings.briefing_analysts
        if not named or user_id in named or (await self.member(user_id)).is_admin:
            return
        who = ", ".join(f"<@{one}>" for one in sorted(named))
        raise ForbiddenError(f"Only analysts and admins can {what}. Analysts are {who}.")

    async def require_admin(self, user_id: str, what: str) -> None:
        """Refuses people who are no admins what they want, such as "change the feed list".

        Raises:
            ForbiddenError: The person is no admin; the text says who may.
        """
        if user_id in self.settings.briefing_admins or (await self.member(user_id)).is_admin:
            return
        raise ForbiddenError(
            f"Only the bot's admins and the workspace's admins can {what}. "
            "One of them can do it for you."
        )


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
