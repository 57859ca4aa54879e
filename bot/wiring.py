"""What hangs together around Slack: sender, digests, notes to admins, ticks, and what handlers ask.

Made once by `bot.app`; the ticks meet other processes in the ledger only.
"""

import asyncio
import logging
import os
import random
import secrets
import socket
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

from bot.core import Core
from bot.delivery.alerts import AdminAlerts
from bot.delivery.digests import Digests
from bot.delivery.pacing import Pacer
from bot.delivery.scheduler import Scheduler, Tick
from bot.delivery.sender import Sender
from bot.domain.clock import system_clock
from bot.domain.errors import DeliveryError, InputError, WorkspaceGoneError
from bot.domain.workspace import WorkspaceId
from bot.services.answers import Answerer
from bot.services.feeds.alerts import FeedAlerts
from bot.services.feeds.weekly import WeeklyReport
from bot.services.subscriptions import SubscriptionService
from bot.services.users import People
from bot.slack.api.files import SlackFiles
from bot.slack.api.gateway import SlackGateway
from bot.slack.messages.errors import note, problems_message
from bot.slack.messages.feed_alerts import feed_notes_message, feed_week_message
from bot.slack.messages.mrkdwn import escape
from handlers import Services

logger = logging.getLogger(__name__)

_SEEN = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """How often the bot wakes, in machine time; what is due is asked of the ledger each time.

    Attributes:
        poll: Look for feeds that are due.
        digests: Look for digests that are due.
        send: Look for deliveries to send; putting one there wakes it too.
        feeds: Look what admins should hear of feeds; each poll wakes it too.
        files: Look whether feeds.yaml or commitments.yaml changed.
        post: Between two posts to one channel (Slack allows about one a second).
    """

    poll: timedelta = timedelta(minutes=1)
    digests: timedelta = timedelta(seconds=30)
    send: timedelta = timedelta(seconds=20)
    feeds: timedelta = timedelta(minutes=5)
    files: timedelta = timedelta(seconds=3)
    post: timedelta = timedelta(seconds=1)


class Wiring:
    """Makes what hangs together: sender, digests, alerts, ticks, and what handlers may ask.

    Attributes:
        scheduler: Wakes what this process does; not started.
        sender: Sends what is in the outbox.
        stopped: Set when the bot has to stop by itself.
        gone: The errors that stopped it, at most one.
    """

    def __init__(
        self,
        core: Core,
        gateway: SlackGateway,
        workspace: WorkspaceId,
        pace: Pace,
        ticks: frozenset[str],
    ) -> None:
        self._core = core
        self._gateway = gateway
        self._workspace = workspace
        self._ticks = ticks
        self.stopped = asyncio.Event()
        self.gone: list[WorkspaceGoneError] = []
        self._broken: dict[str, str] = {}
        """What is wrong with each file that cannot be read, as admins were told."""
        outbox, clock = core.ledger.outbox, core.clock
        self._alerts = AdminAlerts(
            outbox=outbox,
            admins=self._admins,
            render=lambda sentence: note(escape(sentence)).payload(),
            clock=clock,
        )
        self.sender = Sender(
            outbox=outbox,
            subscriptions=core.ledger.subscriptions,
            poster_of=lambda _workspace: gateway,
            notify_admins=self._alerts,
            # Leases and waits are the machine's business: a time-lapse must not end them.
            clock=system_clock,
            pacer=Pacer(
                monotonic=time.monotonic,
                sleep=asyncio.sleep,
                interval_s=pace.post.total_seconds(),
            ),
            random=random.random,
            worker=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
        )
        self._digests = Digests(
            outbox=outbox,
            subscriptions=core.ledger.subscriptions,
            compose=core.digests.compose,
            clock=clock,
        )
        self._teller = FeedAlerts(
            core.ledger,
            self._alerts,
            render=lambda notes, feeds: feed_notes_message(notes, feeds).payload(),
            clock=clock,
        )
        self._weekly = WeeklyReport(
            core.ledger,
            core.health,
            self._alerts,
            render=lambda week: feed_week_message(week).payload(),
            timezone=core.settings.briefing_timezone,
            clock=clock,
        )
        every = (
            Tick(name="files", every=pace.files, action=self._refresh_files),
            Tick(name="poll", every=pace.poll, action=self._poll),
            Tick(name="feeds", every=pace.feeds, action=self._tell_of_feeds),
            Tick(name="digests", every=pace.digests, action=self._compose),
            Tick(name="send", every=pace.send, action=self.sender.run),
        )
        self.scheduler = Scheduler(
            [tick for tick in every if tick.name in ticks],
            on_gone=self._stop,
            reference=reference,
        )

    def services(self, files: SlackFiles) -> Services:
        """What handlers may ask."""
        core = self._core
        return Services(
            briefing=core.briefing,
            answers=Answerer(core.briefing, pack=lambda: core.packs.pack),
            feeds=core.feeds,
            catalogue=core.catalogue,
            scout=core.scout,
            porter=core.porter,
            historian=core.historian,
            files=files,
            subscriptions=SubscriptionService(core.ledger, clock=core.clock),
            reviews=core.reviews,
            digests=core.digests,
            people=People(
                self._gateway,
                admins=core.settings.briefing_admins,
                default_timezone=core.settings.briefing_timezone,
            ),
            pack=lambda: core.packs.pack,
            outlets=self._outlets,
            # One token serves one workspace; every authenticated request is from there.
            workspace_of=lambda _team_id: self._workspace,
            first_time=self._first_time,
            poll=lambda: self._nudge("poll"),
            clock=core.clock,
            reference=reference,
            timezone=core.settings.briefing_timezone,
        )

    async def _admins(self, _workspace: WorkspaceId) -> Collection[str]:
        """Who hears of faults: the bot's admins, or the workspace's where there are none."""
        if self._core.settings.briefing_admins:
            return self._core.settings.briefing_admins
        try:
            return await self._gateway.admins()
        except DeliveryError as error:
            logger.warning("admins not looked up", extra={"code": error.code})
            return ()

    async def _outlets(self, workspace: WorkspaceId) -> tuple[str, ...]:
        return tuple(feed.title for feed in await self._core.ledger.feeds.list(workspace))

    async def _first_time(self, key: str) -> bool:
        return await self._core.ledger.seen_requests.first_time(
            key, at=self._core.clock(), keep=_SEEN
        )

    async def _poll(self) -> None:
        await self._core.poller.run_due(self._workspace)
        self._nudge("feeds")

    async def _tell_of_feeds(self) -> None:
        """What happened to feeds, and on Mondays which of them need a decision."""
        told = await self._teller.tell(self._workspace)
        if await self._weekly.run(self._workspace) or told:
            self._nudge("send")

    async def _compose(self) -> None:
        if (await self._digests.run()).put:
            self._nudge("send")

    async def _refresh_files(self) -> None:
        """Take up changed files; a broken one changes nothing, and the admins hear of it once."""
        await self._refresh("commitments", lambda: self._core.packs.refresh(self._workspace))
        await self._refresh("feeds", lambda: self._core.feeds.refresh(self._workspace))

    async def _refresh(self, name: str, refresh: Callable[[], Awaitable[object]]) -> None:
        try:
            done = await refresh()
        except InputError as error:
            logger.warning("file is broken, the last good one stays", extra={"file": name})
            if self._broken.get(name) == str(error):
                return  # said already; an edit from Slack had it read again
            self._broken[name] = str(error)
            moment = self._core.clock().isoformat(timespec="seconds")
            head = "A changed file could not be read, so the last good one stays in force."
            payload = problems_message(error.problems, head=head).payload()
            for one in await self._alerts.deliveries(
                self._workspace, f"file:{name}:{moment}", payload
            ):
                await self._core.ledger.outbox.put(self._workspace, one, at=self._core.clock())
            self._nudge("send")
        else:
            if done and self._broken.pop(name, None) is not None:
                moment = self._core.clock().isoformat(timespec="seconds")
                sentence = "The feed list" if name == "feeds" else "The list of commitments"
                sentence += " can be read again and is in force."
                await self._alerts(self._workspace, f"file:{name}:well:{moment}", sentence)
                self._nudge("send")

    def _nudge(self, name: str) -> None:
        """Wake a tick if it is this process's; otherwise its own process wakes in time."""
        if name in self._ticks:
            self.scheduler.nudge(name)

    def _stop(self, error: WorkspaceGoneError) -> None:
        self.gone.append(error)
        self.stopped.set()


def reference() -> str:
    """A short word that both a person's message and the log have."""
    return secrets.token_hex(4)
