"""People of the workspace: their time zone, and whether they may edit."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.errors import DeliveryError, ForbiddenError
from bot.domain.workspace import WorkspaceId

if TYPE_CHECKING:
    from bot.slack.api.gateway import SlackGateway

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A person as the services need to know them."""

    timezone: str
    is_admin: bool


class People:
    """Looks people up; what Slack cannot say falls back to the settings."""

    def __init__(
        self, gateway: "SlackGateway", *, admins: Collection[str], default_timezone: str
    ) -> None:
        self._gateway = gateway
        self._admins = frozenset(admins)
        self._default_timezone = default_timezone

    async def member(self, user_id: str) -> Member:
        """The person; never fails: a person unknown to Slack is no admin and has our zone."""
        timezone: str | None = None
        is_admin = user_id in self._admins
        try:
            person = await self._gateway.person(user_id)
        except DeliveryError as error:
            logger.warning("person not looked up", extra={"user": user_id, "code": error.code})
        else:
            timezone, is_admin = person.timezone, is_admin or person.is_admin
        return Member(timezone=timezone or self._default_timezone, is_admin=is_admin)

    async def admins(self, _workspace: WorkspaceId) -> Collection[str]:
        """Who is alerted to faults: the bot's admins, or the workspace's where none is named."""
        if self._admins:
            return self._admins
        try:
            return await self._gateway.admins()
        except DeliveryError as error:
            logger.warning("admins not looked up", extra={"code": error.code})
            return ()

    async def require_admin(self, user_id: str, what: str) -> None:
        """Let admins pass; `what` they want to do is as in "change the feed list".

        Raises:
            ForbiddenError: The person is no admin; the text says who may.
        """
        if user_id in self._admins or (await self.member(user_id)).is_admin:
            return
        raise ForbiddenError(
            f"Only the bot's admins and the workspace's admins can {what}. "
            "One of them can do it for you."
        )
