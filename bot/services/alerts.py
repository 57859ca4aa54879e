"""What admins hear from the bot by itself, through the outbox like everything else."""

import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.briefing import phrases
from bot.delivery.ports import Outbox, Poster
from bot.domain.clock import Clock, SharedClock, steady_s, system_clock
from bot.domain.errors import DeliveryError, HeldError, InputError, WorkspaceGoneError
from bot.domain.subscription import DeliveryKind, Json, NewDelivery
from bot.domain.workspace import WorkspaceId
from bot.ledger import StorageError
from bot.ledger.db.database import AwayError
from bot.services.commitments import CommitmentsWatcher
from bot.services.feeds.list import FeedListService
from bot.slack.messages.blocks import escape, note
from bot.slack.messages.notes import held_message, problems_message

log = logging.getLogger(__name__)

# Jobs store something every minute, so that much longer without a failure is no accident.
_WELL_AFTER: Final = timedelta(minutes=10)
_AGAIN_AFTER: Final = timedelta(days=1)
# Two machines may differ by so much, and one be set right by so much, without a word.
_TOLERATED: Final = timedelta(minutes=1)


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


class LedgerAlarm:
    """Tells admins that the ledger takes nothing any more, past the outbox, which lies in it.

    At once, each day for as long as it lasts, and when nothing failed for a while.
    """

    def __init__(
        self,
        take_trouble: Callable[[], StorageError | None],
        admins: Callable[[WorkspaceId], Awaitable[Collection[str]]],
        slack: Poster,
        clock: Clock,
    ) -> None:
        self._take_trouble, self._admins, self._slack = take_trouble, admins, slack
        self._clock = clock
        self._trouble: StorageError | None = None  # that lasts, for all that is known
        self._failed_at = clock()
        self._told_at: datetime | None = None

    async def run(self, workspace: WorkspaceId) -> None:
        """Looks whether storing failed since the last time, and says so."""
        now = self._clock()
        if (trouble := self._take_trouble()) is not None:
            log.error("the ledger takes nothing", extra={"why": str(trouble)})
            self._trouble, self._failed_at = trouble, now
        if self._trouble is None:
            return
        why = self._trouble.why
        if now - self._failed_at >= _WELL_AFTER:
            past = (
                f"The ledger takes everything again. It could store nothing for a while: it {why}."
            )
            if await self._tell(workspace, past, now):
                self._trouble = self._told_at = None
        elif self._told_at is None or now - self._told_at >= _AGAIN_AFTER:
            present = (
                f"The ledger {why}. Until then nothing new is stored or sent; the log says more."
            )
            if await self._tell(workspace, present, now):
                self._told_at = now

    async def _tell(self, workspace: WorkspaceId, sentence: str, now: datetime) -> bool:
        """Sends it to every admin; False when it reached none, so that it is tried again."""
        payload, told = note(escape(sentence)).payload(), False
        for admin in await self._admins(workspace):
            key = f"ledger:{now.isoformat(timespec='seconds')}:{admin}"
            try:
                await self._slack.post(admin, payload, thread_ts=None, key=key, position=0)
            except WorkspaceGoneError:
                raise
            except DeliveryError as error:
                log.warning("admin not told of the ledger", extra={"code": error.code})
            else:
                told = True
        return told


class ClockWatch:
    """Notices that this machine's clock jumped, or differs from the database's, and tells admins.

    What was scheduled or covered by a clock that was wrong is set right where it is read; people
    should know why a digest came early, or a time looks odd.
    """

    def __init__(
        self,
        shared: SharedClock,
        alerts: AdminAlerts,
        *,
        wall: Clock = system_clock,
        monotonic: Callable[[], float] = steady_s,
    ) -> None:
        """Makes a watch; `monotonic` also counts while the machine sleeps, where it can."""
        self._shared, self._alerts, self._wall, self._monotonic = shared, alerts, wall, monotonic
        self._before = (wall(), monotonic())
        self._differs = False

    async def run(self, workspace: WorkspaceId) -> bool:
        """Looks at the clocks; True when admins are to hear of them."""
        try:
            await self._shared.look()
        except AwayError as error:
            log.info("database's time is not known", extra={"why": str(error)})
        then, then_s = self._before
        now, now_s = self._before = (self._wall(), self._monotonic())
        jump = now - then - timedelta(seconds=now_s - then_s)
        ahead = self._shared.ahead()
        differed, self._differs = self._differs, abs(ahead) > _TOLERATED
        said = []
        if abs(jump) > _TOLERATED:
            said.append(f"The clock of the bot's machine {_jumped(jump)}.")
        if self._differs and not differed:
            said.append(f"The clock of the bot's machine is {_off(ahead)} the database's.")
        if not said:
            return False
        log.warning("clock is off", extra={"jump_s": jump.total_seconds(),
                                           "ahead_s": ahead.total_seconds()})  # fmt: skip
        said.append("No news is lost by it, but a digest may come early; please see that it is set "
                    "by the network's time.")  # fmt: skip
        key = f"clock:{now.isoformat(timespec='seconds')}"
        await self._alerts(workspace, key, " ".join(said))
        return True


def _jumped(jump: timedelta) -> str:
    way = "ahead" if jump > timedelta(0) else "back"
    return f"jumped {phrases.span(abs(jump))} {way}"


def _off(ahead: timedelta) -> str:
    return f"{phrases.span(abs(ahead))} {'ahead of' if ahead > timedelta(0) else 'behind'}"


class FileWatcher:
    """Takes up changes of feeds.yaml and commitments.yaml, and alerts admins of those it must not.

    What it must not take up is a file that is broken, or that drops so much that an admin has to
    agree.
    """

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
        except HeldError as error:
            if self._broken.get(name) == error.fingerprint:
                return False  # told already
            log.warning("file drops much, the last good one stays", extra={"file": name})
            self._broken[name] = error.fingerprint
            # Each process of the bot finds it, and again after a restart: told once an hour.
            key = f"file:{name}:held:{error.fingerprint}:{moment[:13]}"
            message = held_message(name, error)
            return await self._alerts.put(workspace, key, message.payload()) > 0
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
        sentence = f"{title} is in order again, and current."
        await self._alerts(workspace, f"file:{name}:well:{moment}", sentence)
        return True
