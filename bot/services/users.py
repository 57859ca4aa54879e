"""Who asks: their time zone, and whether they may edit."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from bot.domain.errors import DeliveryError, ForbiddenError
from bot.domain.workspace import WorkspaceId

logger = logging.getLogger(__name__)


class Member(Protocol):
    """What Slack tells of a person."""

    @property
    def timezone(self) -> str | None:
        """IANA name; None where Slack did not say."""

    @property
    def is_admin(self) -> bool:
        """An admin or owner of the workspace."""


class Directory(Protocol):
    """Looks people up; `bot.slack.api.gateway.SlackGateway` is one."""

    async def person(self, user_id: str, /) -> Member:
        """The member; raises `DeliveryError` when Slack cannot say."""

    async def admins(self) -> Collection[str]:
        """Ids of the workspace's own admins; raises `DeliveryError` when Slack cannot say."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asker:
    """A person as the services need to know them."""

    user_id: str
    timezone: str
    is_admin: bool


class People:
    """Looks people up; what Slack cannot say falls back to the settings."""

    def __init__(
        self, directory: Directory, *, admins: Collection[str], default_timezone: str
    ) -> None:
        self._directory = directory
        self._admins = frozenset(admins)
        self._default_timezone = default_timezone

    async def asker(self, user_id: str) -> Asker:
        """The person; never fails: a person unknown to Slack is no admin and has our zone."""
        timezone: str | None = None
        is_admin = user_id in self._admins
        try:
            member = await self._directory.person(user_id)
        except DeliveryError as error:
            logger.warning("person not looked up", extra={"user": user_id, "code": error.code})
        else:
            timezone, is_admin = member.timezone, is_admin or member.is_admin
        return Asker(
            user_id=user_id, timezone=timezone or self._default_timezone, is_admin=is_admin
        )

    async def admins(self, _workspace: WorkspaceId) -> Collection[str]:
        """Who is alerted to faults: the bot's admins, or the workspace's where none is named."""
        if self._admins:
            return self._admins
        try:
            return await self._directory.admins()
        except DeliveryError as error:
            logger.warning("admins not looked up", extra={"code": error.code})
            return ()

    async def require_admin(self, user_id: str, what: str) -> None:
        """Let admins pass.

        Args:
            user_id: Who asks.
            what: What they want to do, as in "change the feed list".

        Raises:
            ForbiddenError: For everybody else, saying who may.
        """
        if user_id in self._admins or (await self.asker(user_id)).is_admin:
            return
        raise ForbiddenError(
            f"Only the bot's admins and the workspace's admins can {what}. "
            "One of them can do it for you."
        )
