"""The composition root: settings in, a running bot out; it makes everything and decides nothing.

`open_core` makes what the command line needs, `open_bot` adds Slack; one exit stack closes all of
it in reverse order.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from bot import services
from bot.briefing import Briefing
from bot.delivery.digests import Digests
from bot.delivery.worker import DeliveryWorker, Pacer
from bot.domain.clock import Clock, system_clock
from bot.ingest.formats.pool import ParserPool
from bot.ingest.http.client import Fetcher
from bot.jobs import Duties, JobName, Role, jobs_of
from bot.ledger import Ledger
from bot.matching.second_opinion import SecondOpinion, second_opinion
from bot.scheduler import Scheduler
from bot.services.feeds.alerts import FeedAlerts, FeedEventHandler, WeeklyReport
from bot.services.feeds.catalogue import FeedCatalogue
from bot.services.feeds.list import FeedListService
from bot.services.feeds.opml import OpmlService
from bot.services.feeds.preview import FeedPreviewer
from bot.settings import Settings, require

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from bot.domain.workspace import WorkspaceId
    from bot.slack.api.gateway import SlackGateway


class Core:
    """The bot without Slack."""

    def __init__(
        self, settings: Settings, ledger: Ledger, clock: Clock, second: SecondOpinion | None
    ) -> None:
        networks = settings.briefing_allow_networks
        fetcher = Fetcher(user_agent=settings.user_agent, allow_networks=networks, clock=clock)
        parser = ParserPool()
        packs = services.commitments.CommitmentsWatcher(ledger, settings.commitments_file, clock)
        feeds = FeedListService(ledger, settings.feeds_file, clock=clock)
        events = FeedEventHandler(ledger, feeds, clock)
        runner = services.filing.MatchRunner(
            ledger, packs, clock=clock, second_opinion=second, reader=settings.briefing_reader
        )
        self.workspace: WorkspaceId  # known when Slack or the ledger was asked
        self.settings, self.ledger, self.clock = settings, ledger, clock
        self.fetcher, self.parser, self.runner = fetcher, parser, runner
        self.commitments, self.feeds = packs, feeds
        self.poller = services.polling.Poller(ledger, runner, fetcher, parser, clock, events)
        self.reviews = services.reviews.ReviewService(ledger, packs, clock)
        self.catalogue = FeedCatalogue(ledger, feeds, clock)
        self.previewer = FeedPreviewer(ledger, fetcher, parser, runner.preview, clock)
        self.opml = OpmlService(ledger, feeds, fetcher, clock, networks)
        self.briefing = Briefing(ledger, pack=packs.pack, clock=clock)
        self.answers = services.answers.Answerer(ledger, self.briefing, packs.pack)


class Bot:
    """The bot with Slack, not yet connected; no job has started."""

    def __init__(self, core: Core, app: "AsyncApp", slack: "SlackGateway", duties: Duties) -> None:
        from handlers import Services, register

        ledger, clock, timezone = core.ledger, core.clock, core.settings.briefing_timezone
        people = services.users.People(slack, core.settings.briefing_admins, timezone)
        admins = services.alerts.AdminAlerts(ledger.outbox, people.admins, clock)
        digests = services.digests.DigestService(ledger, core.briefing, clock)
        pacer = Pacer(interval_s=duties.post_interval_s)
        self.core, self.app = core, app
        self.worker = DeliveryWorker(ledger.outbox, ledger.subscriptions, slack, admins, pacer)
        jobs = jobs_of(
            duties,
            workspace=core.workspace,
            files=services.alerts.FileWatcher(core.commitments, core.feeds, admins, clock),
            poller=core.poller,
            feed_alerts=FeedAlerts(ledger, admins, clock),
            weekly=WeeklyReport(ledger, admins, clock, timezone),
            digests=Digests(ledger.outbox, ledger.subscriptions, digests.compose, clock),
            worker=self.worker,
        )
        self.scheduler = Scheduler(jobs)
        asked = Services(
            workspace=core.workspace,
            briefing=core.briefing,
            answers=core.answers,
            feeds=core.feeds,
            catalogue=core.catalogue,
            previewer=core.previewer,
            opml=core.opml,
            subscriptions=services.subscriptions.SubscriptionService(ledger, clock),
            reviews=core.reviews,
            digests=digests,
            people=people,
            pack=core.commitments.pack,
            first_time=ledger.seen_requests.first_time,
            poll=partial(self.scheduler.nudge, JobName.POLL),
            clock=clock,
        )
        register(app, asked)


@asynccontextmanager
async def open_core(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    upgrade: bool = True,
    slack: "SlackGateway | None" = None,
) -> AsyncIterator[Core]:
    """The bot without Slack, loaded; with `upgrade` the database is brought up to date first.

    Raises:
        BriefingError: The database or Slack cannot be used, or a file never was well.
    """
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        ledger = await enter(Ledger.opened(settings.database_url.get_secret_value()))
        await (ledger.upgrade() if upgrade else ledger.check_schema())
        llm = settings.briefing_llm_url, settings.briefing_llm_model, settings.briefing_llm_key
        second = await enter(second_opinion(*llm, ledger.llm_cache, clock))
        core = Core(settings, ledger, clock, second)
        await enter(core.runner)
        await enter(core.fetcher)
        await enter(core.parser)
        core.workspace = await services.workspaces.workspace_of(ledger, slack)
        await core.commitments.load(core.workspace)
        await core.feeds.load(core.workspace)
        await core.reviews.relearn(core.workspace)
        yield core


@asynccontextmanager
async def open_bot(
    settings: Settings, duties: Duties, *, clock: Clock = system_clock
) -> AsyncIterator[Bot]:
    """The bot with its Slack workspace known; raises as `open_core`, and without a bot token."""
    from bot.slack.api.client import bolt_app
    from bot.slack.api.gateway import SlackGateway

    require(settings, "SLACK_BOT_TOKEN")
    app = bolt_app(settings.slack_bot_token, settings.slack_signing_secret, settings.slack_api_url)
    slack, upgrade = SlackGateway(app.client, clock=clock), duties.role is Role.ALL
    async with open_core(settings, clock=clock, upgrade=upgrade, slack=slack) as core:
        yield Bot(core, app, slack, duties)
