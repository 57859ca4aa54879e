"""The composition root: settings in, a running bot out. The only place that knows everything.

`open_core` makes what needs no Slack (the command line uses it); `open_bot` puts Slack around it.
Both are context managers over one exit stack that closes everything in reverse order.
"""

import asyncio
import logging
import os
import random
import secrets
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from slack_bolt.async_app import AsyncApp
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

import bot
from bot.briefing import Briefing
from bot.briefing.answers import Digest
from bot.delivery.alerts import AdminAlerts
from bot.delivery.digests import Digests
from bot.delivery.pacing import Pacer
from bot.delivery.scheduler import Scheduler, Tick
from bot.delivery.sender import Sender
from bot.domain.clock import Clock, system_clock
from bot.domain.errors import DeliveryError, InputError, WorkspaceGoneError
from bot.domain.subscription import Json
from bot.domain.workspace import WorkspaceId
from bot.ingest.fetch import Fetcher
from bot.ingest.parser_pool import ParserPool
from bot.ledger import Ledger
from bot.services.answering import Answerer
from bot.services.digesting import DigestDesk
from bot.services.feed_list import FeedDesk
from bot.services.filing import Filer
from bot.services.packs import PackKeeper
from bot.services.people import People
from bot.services.polling import Poller
from bot.services.reviewing import ReviewDesk
from bot.services.subscribing import SubscriptionDesk
from bot.settings import Settings, require
from bot.slack.gateway import SlackGateway
from bot.slack.message import payloads
from bot.slack.mrkdwn import escape
from bot.slack.render_digest import digest_messages
from bot.slack.render_errors import note
from handlers import Services, register

logger = logging.getLogger(__name__)

_SEEN = timedelta(hours=1)
_START_TRIES = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """How often the bot wakes, in machine time; what is due is asked of the ledger each time.

    Attributes:
        poll: Look for feeds that are due.
        digests: Look for digests that are due.
        send: Look for deliveries to send; putting one there wakes it too.
        files: Look whether feeds.yaml or commitments.yaml changed.
        post: Between two posts to one channel (Slack allows about one a second).
    """

    poll: timedelta = timedelta(minutes=1)
    digests: timedelta = timedelta(seconds=30)
    send: timedelta = timedelta(seconds=20)
    files: timedelta = timedelta(seconds=3)
    post: timedelta = timedelta(seconds=1)


class Role(StrEnum):
    """What a process does of the whole; see `TICKS`."""

    ALL = "all"
    WEB = "web"
    CLOCK = "clock"
    WORKER = "worker"


TICKS: Mapping[Role, frozenset[str]] = MappingProxyType(
    {
        Role.ALL: frozenset({"files", "poll", "digests", "send"}),
        # Answers people; reads changed files, so that it answers by the pack in force.
        Role.WEB: frozenset({"files"}),
        # Polls and composes; one is enough, a second one finds nothing left to do.
        Role.CLOCK: frozenset({"files", "poll", "digests"}),
        # Sends; as many as are wanted, each delivery is claimed by one.
        Role.WORKER: frozenset({"send"}),
    }
)
"""The ticks of each role. Processes meet in the ledger only."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Core:
    """The bot without Slack: what polls, files and answers.

    Attributes:
        workspace: The first workspace; it has no team until Slack has told one.
    """

    settings: Settings
    clock: Clock
    ledger: Ledger
    workspace: WorkspaceId
    packs: PackKeeper
    feeds: FeedDesk
    poller: Poller
    briefing: Briefing
    reviews: ReviewDesk
    digests: DigestDesk


@asynccontextmanager
async def open_ledger(settings: Settings, *, upgrade: bool = True) -> AsyncIterator[Ledger]:
    """The ledger; with `upgrade` its schema is brought up to date, otherwise only checked."""
    async with Ledger.opened(settings.database_url.get_secret_value()) as ledger:
        await (ledger.upgrade() if upgrade else ledger.check_schema())
        yield ledger


@asynccontextmanager
async def open_core(
    settings: Settings, *, clock: Clock = system_clock, upgrade: bool = True
) -> AsyncIterator[Core]:
    """The bot without Slack, with feed list and pack loaded.

    Raises:
        PackError: commitments.yaml is missing or wrong.
        FeedListError: feeds.yaml is missing or wrong, and no good list was ever read.
        LedgerError: The database cannot be used.
    """
    async with AsyncExitStack() as stack:
        ledger = await stack.enter_async_context(open_ledger(settings, upgrade=upgrade))
        workspace = await ledger.workspaces.first()
        packs = PackKeeper(ledger, settings.commitments_file, clock=clock)
        await packs.load(workspace)
        feeds = FeedDesk(ledger, settings.feeds_file, clock=clock)
        await feeds.load(workspace)
        filer = Filer(ledger, packs, clock=clock)
        poller = Poller(
            ledger,
            filer,
            fetcher=await stack.enter_async_context(
                Fetcher(
                    user_agent=user_agent(settings),
                    allow_networks=settings.briefing_allow_networks,
                    clock=clock,
                )
            ),
            parser=await stack.enter_async_context(ParserPool()),
            clock=clock,
        )
        briefing = Briefing(ledger, pack=lambda: packs.pack, clock=clock)
        reviews = ReviewDesk(ledger, packs, clock=clock)
        await reviews.relearn(workspace)
        yield Core(
            settings=settings,
            clock=clock,
            ledger=ledger,
            workspace=workspace,
            packs=packs,
            feeds=feeds,
            poller=poller,
            briefing=briefing,
            reviews=reviews,
            digests=DigestDesk(ledger, briefing, render=render_digest, clock=clock),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Bot:
    """The whole bot, not yet connected.

    Attributes:
        core: What polls, files and answers.
        app: Bolt's app with every handler on it.
        scheduler: Wakes polling, digests and sending; not started.
        sender: Sends what is in the outbox.
        stopped: Set when the bot has to stop by itself; `gone` says why.
        gone: The errors that stopped it, at most one.
    """

    core: Core
    app: AsyncApp
    scheduler: Scheduler
    sender: Sender
    stopped: asyncio.Event
    gone: list[WorkspaceGoneError]


@asynccontextmanager
async def open_bot(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    pace: Pace | None = None,
    role: Role = Role.ALL,
) -> AsyncIterator[Bot]:
    """The whole bot with its Slack workspace known, not yet connected.

    Args:
        settings: What was read from the environment.
        clock: The present moment.
        pace: How often it wakes; None for the usual.
        role: Which part of the work this process does. Alone, it also brings the database up to
            date; as one of several it only checks that somebody did.

    Raises:
        SettingsError: SLACK_BOT_TOKEN is not set.
        WorkspaceGoneError: Slack does not know the token.
        DeliveryError: Slack could not be reached.
    """
    require(settings, "SLACK_BOT_TOKEN")
    async with open_core(settings, clock=clock, upgrade=role is Role.ALL) as core:
        client = slack_client(settings)
        gateway = SlackGateway(client, clock=clock)
        workspace = await _workspace(core, gateway)
        if workspace != core.workspace:
            await core.feeds.load(workspace)
            await core.reviews.relearn(workspace)
        wiring = _Wiring(core, gateway, workspace, pace or Pace(), TICKS[role])
        app = AsyncApp(
            client=client,
            signing_secret=_secret(settings.slack_signing_secret),
            # Without a signing secret only Socket Mode is served, which needs none.
            request_verification_enabled=settings.slack_signing_secret is not None,
        )
        register(app, wiring.services())
        yield wiring.bot(app)


class _Wiring:
    """Makes what hangs together: sender, digests, alerts, ticks, and what handlers may ask."""

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
        self._stopped = asyncio.Event()
        self._gone: list[WorkspaceGoneError] = []
        outbox, clock = core.ledger.outbox, core.clock
        self._alerts = AdminAlerts(
            outbox=outbox,
            admins=lambda _w: core.settings.briefing_admins,
            render=lambda sentence: note(escape(sentence)).payload(),
            clock=clock,
        )
        self._sender = Sender(
            outbox=outbox,
            subscriptions=core.ledger.subscriptions,
            poster_of=lambda _w: gateway,
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
        every = (
            Tick(name="files", every=pace.files, action=self._refresh_files),
            Tick(name="poll", every=pace.poll, action=self._poll),
            Tick(name="digests", every=pace.digests, action=self._compose),
            Tick(name="send", every=pace.send, action=self._sender.run),
        )
        self._scheduler = Scheduler(
            [tick for tick in every if tick.name in ticks],
            on_gone=self._stop,
            reference=reference,
        )

    def bot(self, app: AsyncApp) -> Bot:
        """All of it together."""
        return Bot(
            core=self._core,
            app=app,
            scheduler=self._scheduler,
            sender=self._sender,
            stopped=self._stopped,
            gone=self._gone,
        )

    def services(self) -> Services:
        """What handlers may ask."""
        core = self._core
        return Services(
            briefing=core.briefing,
            answers=Answerer(core.briefing, pack=lambda: core.packs.pack),
            feeds=core.feeds,
            subscriptions=SubscriptionDesk(core.ledger, clock=core.clock),
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

    async def _outlets(self, w: WorkspaceId) -> tuple[str, ...]:
        return tuple(feed.title for feed in await self._core.ledger.feeds.list(w))

    async def _first_time(self, key: str) -> bool:
        return await self._core.ledger.seen.first_time(key, at=self._core.clock(), keep=_SEEN)

    async def _poll(self) -> None:
        await self._core.poller.run_due(self._workspace)

    async def _compose(self) -> None:
        if (await self._digests.run()).put:
            self._nudge("send")

    async def _refresh_files(self) -> None:
        """Take up changed files; a broken one changes nothing, and the admins hear of it once."""
        await self._refresh("commitments", lambda: self._core.packs.refresh(self._workspace))
        await self._refresh("feeds", lambda: self._core.feeds.refresh(self._workspace))

    async def _refresh(self, name: str, refresh: Callable[[], Awaitable[object]]) -> None:
        try:
            await refresh()
        except InputError as error:
            logger.warning("file is broken, the last good one stays", extra={"file": name})
            moment = self._core.clock().isoformat(timespec="seconds")
            await self._alerts(
                self._workspace,
                f"file:{name}:{moment}",
                f"A changed file could not be read, so the last good one stays in force. {error}",
            )
            self._nudge("send")

    def _nudge(self, name: str) -> None:
        """Wake a tick if it is this process's; otherwise its own process wakes in time."""
        if name in self._ticks:
            self._scheduler.nudge(name)

    def _stop(self, error: WorkspaceGoneError) -> None:
        self._gone.append(error)
        self._stopped.set()


async def _workspace(core: Core, gateway: SlackGateway) -> WorkspaceId:
    """The workspace of the token; Slack is given a minute to answer."""
    for attempt in range(_START_TRIES):
        try:
            identity = await gateway.identity()
        except WorkspaceGoneError:
            raise
        except DeliveryError as error:
            if attempt == _START_TRIES - 1:
                raise
            logger.warning("slack not reached, trying again", extra={"code": error.code})
            await asyncio.sleep(2**attempt)
        else:
            logger.info("workspace known", extra={"team": identity.team_id})
            return await core.ledger.workspaces.adopt(identity.team_id, identity.team)
    raise AssertionError("unreachable")


def slack_client(settings: Settings) -> AsyncWebClient:
    """Slack's Web API with the bot's token; waits when Slack says that it is asked too often."""
    client = AsyncWebClient(
        token=_secret(settings.slack_bot_token), base_url=settings.slack_api_url
    )
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=2))
    return client


def user_agent(settings: Settings) -> str:
    """Who we are, as publishers read it in their logs (RFC 9110, section 10.1.5)."""
    contact = f" (+{settings.briefing_contact})" if settings.briefing_contact else ""
    return f"SummitBriefingBot/{bot.__version__}{contact}"


def render_digest(digest: Digest) -> tuple[Json, ...]:
    """A digest as the payloads of its messages: the first opens the thread."""
    return payloads(digest_messages(digest))


def reference() -> str:
    """A short word that both a person's message and the log have."""
    return secrets.token_hex(4)


def data_folder(settings: Settings) -> Path | None:
    """The folder of the SQLite file; None for a server."""
    url = settings.database_url.get_secret_value()
    return Path(url.removeprefix("sqlite:///")).parent if url.startswith("sqlite:///") else None


def _secret(value: object) -> str | None:
    get = getattr(value, "get_secret_value", None)
    return str(get()) if get is not None else None
