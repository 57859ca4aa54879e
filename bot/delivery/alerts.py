"""Tells admins of faults, through the outbox like everything else."""

import logging
from collections.abc import Callable

from bot.delivery.ports import Admins, Outbox
from bot.domain.clock import Clock
from bot.domain.subscription import DeliveryKind, Json, NewDelivery
from bot.domain.workspace import WorkspaceId

log = logging.getLogger(__name__)


class AdminAlerts:
    """Puts a sentence for each admin into the outbox, once for each key."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        admins: Admins,
        render: Callable[[str], Json],
        clock: Clock,
    ) -> None:
        """Makes the alerts of a ledger.

        Args:
            outbox: Where they wait to be sent.
            admins: Who hears of them.
            render: Makes a payload of a plain sentence; escapes it.
            clock: The present moment.
        """
        self._outbox = outbox
        self._admins = admins
        self._render = render
        self._clock = clock

    async def __call__(self, workspace: WorkspaceId, key: str, sentence: str) -> None:
        """Tell every admin of `workspace` the sentence, once for each key."""
        for new in await self.deliveries(workspace, key, self._render(sentence)):
            await self._outbox.put(workspace, new, at=self._clock())

    async def deliveries(
        self, workspace: WorkspaceId, key: str, *payloads: Json
    ) -> tuple[NewDelivery, ...]:
        """A message for every admin of `workspace`, not yet in the outbox.

        Args:
            workspace: The workspace.
            key: What makes a second one of the same impossible, together with the admin.
            payloads: See `NewDelivery`.
        """
        admins = sorted(set(await self._admins(workspace)))
        if not admins:
            log.warning("no admin to tell", extra={"alert": key})
        return tuple(
            NewDelivery(
                key=f"alert:{key}:{admin}",
                kind=DeliveryKind.ALERT,
                target=admin,
                payloads=payloads,
            )
            for admin in admins
        )
