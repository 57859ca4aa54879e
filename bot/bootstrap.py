"""The composition root: settings in, a running bot out; it makes everything and decides nothing.

`open_core` makes what the command line needs, `open_bot` adds Slack; one exit stack closes all of
it in reverse order.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.briefing import Briefing
from bot.delivery.digests import Digests
from bot.delivery.sender import Sender
from bot.delivery.worker import DeliveryWorker, Pacer
from bot.domain.clock import Clock, system_clock
from bot.domain.workspace import WorkspaceId
from bot.ingest.formats.pool import ParserPool
from bot.ingest.http.client import Fetcher
from bot.jobs import JobName, Role, jobs_of
from bot.ledger import Ledger
from bot.logs import new_reference
from bot.matching.second_opinion import SecondOpinion, second_opinion
from bot.scheduler import Scheduler
from bot.services.alerts import AdminAlerts, FileWatcher
from bot.services.answers import Answerer
from bot.services.commitments import CommitmentsWatcher
from bot.services.digests import DigestService
from bot.services.feeds.alerts import FeedAlerts, FeedEventHandler, WeeklyReport
from bot.services.feeds.catalogue import FeedCatalogue
from bot.services.feeds.list import FeedListService
from bot.services.feeds.opml import OpmlService
from bot.services.feeds.preview import FeedPreviewer
from bot.services.filing import MatchRunner
from bot.services.polling import Poller
from bot.services.reviews import ReviewService
from bot.services.subscriptions import SubscriptionService
from bot.settings import Settings, require

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from bot.domain.commitment import Pack
    from bot.slack.api.gateway import SlackGateway

_REPEATED_FOR = timedelta(hours=1)  # for some minutes Slack may send a request again


class Core:
    """The bot without Slack."""

    def __init__(
        self, settings: Settings, clock: Clock, ledger: Ledger, second: SecondOpinion | None
    ) -> None:
        self.settings, self.clock, self.ledger = settings, clock, ledger
        self.packs = CommitmentsWatcher(ledger, settings.commitments_file, clock=clock)
        self.pack: Callable[[], Pack] = lambda: self.packs.current.pack
        self.feeds = FeedListService(ledger, settings.feeds_file, clock=clock)
        self.reviews = ReviewService(ledger, self.packs, clock=clock)
        self.runner = MatchRunner(ledger, self.packs, clock=clock, second_opinion=second)
        networks, agent = settings.briefing_allow_networks, settings.user_agent
        self.fetcher = Fetcher(user_agent=agent, allow_networks=networks, clock=clock)
        self.parser = ParserPool()
        self.poller = Poller(
            ledger,
            self.runner,
            fetcher=self.fetcher,
            parser=self.parser,
            clock=clock,
            listener=FeedEventHandler(ledger, self.feeds, clock=clock).handle,
        )
        self.catalogue = FeedCatalogue(ledger, self.feeds, clock=clock)
        self.scout = FeedPreviewer(
            ledger,
            pack=self.pack,
            matching=self.runner.preview,
            documents=self.fetcher,
            parser=self.parser,
            clock=clock,
        )
        self.porter = OpmlService(
            ledger, self.feeds, documents=self.fetcher, clock=clock, allow_networks=networks
        )
        self.briefing = Briefing(ledger, pack=self.pack, clock=clock)
        self.answers = Answerer(self.briefing, pack=self.pack)

    async def load(self, workspace: WorkspaceId) -> None:
        """Read both files, and what people said, for this workspace."""
        self.workspace = workspace
        await self.packs.load(workspace)
        await self.feeds.load(workspace)
        await self.reviews.relearn(workspace)


class Bot:
    """The bot with Slack, not yet connected; no job has started."""

    def __init__(
        self,
        core: Core,
        app: "AsyncApp",
        gateway: "SlackGateway",
        *,
        role: Role,
        every: Mapping[JobName, timedelta],
        post_interval_s: float,
    ) -> None:
        from bot.services.users import People
        from bot.slack.api.files import SlackFiles
        from handlers import Services, register

        settings, clock, ledger = core.settings, core.clock, core.ledger
        outbox, subscriptions = ledger.outbox, ledger.subscriptions
        timezone = settings.briefing_timezone
        people = People(gateway, admins=settings.briefing_admins, default_timezone=timezone)
        alerts = AdminAlerts(outbox=outbox, admins=people.admins, clock=clock)
        digests = DigestService(ledger, core.briefing, clock=clock)
        self.core, self.app = core, app
        self.sender = Sender(
            DeliveryWorker(
                outbox=outbox,
                subscriptions=subscriptions,
                poster_of=lambda _workspace: gateway,
                notify_admins=alerts,
                pacer=Pacer(interval_s=post_interval_s),
            )
        )
        jobs = jobs_of(
            role,
            every,
            workspace=core.workspace,
            files=FileWatcher(core.packs, core.feeds, alerts, clock=clock),
            poller=core.poller,
            feed_alerts=FeedAlerts(ledger, alerts, clock=clock),
            weekly=WeeklyReport(ledger, alerts, timezone=timezone, clock=clock),
            digests=Digests(
                outbox=outbox, subscriptions=subscriptions, compose=digests.compose, clock=clock
            ),
            sender=self.sender,
        )
        self.scheduler = Scheduler(jobs, reference=new_reference)
        services = Services(
            briefing=core.briefing,
            answers=core.answers,
            feeds=core.feeds,
            catalogue=core.catalogue,
            previewer=core.scout,
            opml=core.porter,
            files=SlackFiles(app.client),
            subscriptions=SubscriptionService(ledger, clock=clock),
            reviews=core.reviews,
            digests=digests,
            people=people,
            pack=core.pack,
            workspace=core.workspace,
            first_time=lambda key: ledger.seen_requests.first_time(
                key, at=clock(), keep=_REPEATED_FOR
            ),
            poll=lambda: self.scheduler.nudge(JobName.POLL),
            clock=clock,
            timezone=timezone,
        )
        register(app, services)


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
    """The bot without Slack, loaded for the first workspace.

    Raises:
        PackError: commitments.yaml is missing or wrong, and no good one was ever read.
        FeedListError: feeds.yaml is missing or wrong, and no good list was ever read.
        LedgerError: The database cannot be used.
    """
    async with AsyncExitStack() as stack:
        ledger = await stack.enter_async_context(open_ledger(settings, upgrade=upgrade))
        opinion = second_opinion(
            url=settings.briefing_llm_url,
            model=settings.briefing_llm_model,
            key=settings.briefing_llm_key,
            cache=ledger.llm_cache,
            clock=clock,
        )
        core = Core(settings, clock, ledger, await stack.enter_async_context(opinion))
        await stack.enter_async_context(core.runner)
        await stack.enter_async_context(core.fetcher)
        await stack.enter_async_context(core.parser)
        await core.load(await ledger.workspaces.first())
        yield core


@asynccontextmanager
async def open_bot(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    role: Role = Role.ALL,
    every: Mapping[JobName, timedelta] | None = None,
    post_interval_s: float = 1.0,
) -> AsyncIterator[Bot]:
    """The bot with its Slack workspace known.

    `Role.ALL` also brings the database up to date; one of several processes only checks it. `every`
    holds intervals that differ from those of the jobs' table. Slack allows about one post a second
    to a channel.

    Raises:
        SettingsError: SLACK_BOT_TOKEN is not set.
        WorkspaceGoneError: Slack does not know the token.
        DeliveryError: Slack could not be reached.
    """
    from bot.services.workspaces import connected_workspace
    from bot.slack.api.client import bolt_app
    from bot.slack.api.gateway import SlackGateway

    require(settings, "SLACK_BOT_TOKEN")
    async with open_core(settings, clock=clock, upgrade=role is Role.ALL) as core:
        app = bolt_app(
            settings.slack_bot_token, settings.slack_signing_secret, settings.slack_api_url
        )
        gateway = SlackGateway(app.client, clock=clock)
        workspace = await connected_workspace(core.ledger, gateway)
        if workspace != core.workspace:
            await core.load(workspace)
        yield Bot(core, app, gateway, role=role, every=every or {}, post_interval_s=post_interval_s)
