"""What admins hear from the bot by itself, through the outbox like everything else."""

import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from bot.delivery.ports import Outbox
from bot.domain.clock import Clock
from bot.domain.errors import InputError
from bot.domain.subscription import DeliveryKind, Json, NewDelivery
from bot.domain.workspace import WorkspaceId
from bot.services.commitments import CommitmentsWatcher
from bot.services.feeds.list import FeedListService
from bot.slack.messages.blocks import escape, note
from bot.slack.messages.notes import problems_message

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AdminAlerts:
    """Puts a message for each admin into the outbox, once for each key.

    Attributes:
        outbox: Where they wait to be sent.
        admins: The Slack ids of those who hear of faults in a workspace.
        clock: The present moment.
    """

    outbox: Outbox
    admins: Callable[[WorkspaceId], Awaitable[Collection[str]]]
    clock: Clock

    async def __call__(self, workspace: WorkspaceId, key: str, sentence: str) -> None:
        """Sends a plain sentence to every admin of `workspace`, once for each key."""
        await self.put(workspace, key, note(escape(sentence)).payload())

    async def put(self, workspace: WorkspaceId, key: str, payload: Json) -> int:
        """Sends a message to every admin of `workspace`; gives how many it is new for."""
        new = 0
        for delivery in await self.deliveries(workspace, key, payload):
            new += await self.outbox.put(workspace, delivery, at=self.clock())
        return new

    async def deliveries(
        self, workspace: WorkspaceId, key: str, *payloads: Json
    ) -> tuple[NewDelivery, ...]:
        """A message for every admin of `workspace`, by key and admin; not yet in the outbox."""
        admins = sorted(set(await self.admins(workspace)))
        if not admins:
            log.warning("no admin to alert", extra={"alert": key})
        return tuple(
            NewDelivery(
                key=f"alert:{key}:{admin}",
                kind=DeliveryKind.ALERT,
                target=admin,
                payloads=payloads,
            )
            for admin in admins
        )


class FileWatcher:
    """Takes up changes of feeds.yaml and commitments.yaml, and alerts admins of broken ones."""

    def __init__(
        self,
        commitments: CommitmentsWatcher,
        feeds: FeedListService,
        alerts: AdminAlerts,
        clock: Clock,
    ) -> None:
        self._files = {
            "commitments": ("The list of commitments", commitments.refresh),
            "feeds": ("The feed list", feeds.refresh),
        }
        self._alerts = alerts
        self._clock = clock
        self._broken: dict[str, str] = {}  # what is wrong with a file, as admins know it

    async def refresh(self, workspace: WorkspaceId) -> bool:
        """Reads changed files again; True when admins are to hear of one.

        A broken file changes nothing, and admins hear of each fault once.
        """
        alerted = [await self._refresh(workspace, name) for name in self._files]
        return any(alerted)

    async def _refresh(self, workspace: WorkspaceId, name: str) -> bool:
        title, refresh = self._files[name]
        moment = self._clock().isoformat(timespec="seconds")
        try:
            changed = await refresh(workspace)
        except InputError as error:
            log.warning("file is broken, the last good one stays", extra={"file": name})
            if self._broken.get(name) == str(error):
                return False  # known already; an edit from Slack had the file read again
            self._broken[name] = str(error)
            head = "A changed file could not be read, so the last good one stays current."
            message = problems_message(error.problems, head=head)
            await self._alerts.put(workspace, f"file:{name}:{moment}", message.payload())
            return True
        if not changed or self._broken.pop(name, None) is None:
            return False
        sentence = f"{title} can be read again and is current."
        await self._alerts(workspace, f"file:{name}:well:{moment}", sentence)
        return True
