"""The composition root: settings in, a running bot out; it makes everything and decides nothing.

`open_core` makes what the command line needs, `open_bot` adds Slack; one exit stack closes it all.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from bot import services
from bot.briefing import Briefing
from bot.delivery.digests import Digests
from bot.delivery.worker import DeliveryWorker, Pacer
from bot.domain.clock import Clock, SharedClock, system_clock
from bot.ingest.formats.pool import ParserPool
from bot.ingest.http.client import Fetcher
from bot.jobs import Duties, JobName, Role, jobs_of
from bot.ledger import Ledger
from bot.matching.second_opinion import SecondOpinion, second_opinion
from bot.scheduler import Scheduler
from bot.services.feeds import catalogue, opml, preview
from bot.services.feeds.alerts import FeedAlerts, FeedEventHandler, WeeklyReport
from bot.services.feeds.list import FeedListService
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
        self.shared_clock: SharedClock
        self.workspace: WorkspaceId  # known when Slack or the ledger was asked
        self.settings, self.ledger, self.clock, self.commitments = settings, ledger, clock, packs
        self.fetcher, self.parser, self.runner, self.feeds = fetcher, parser, runner, feeds
        self.poller = services.polling.Poller(ledger, runner, fetcher, parser, clock, events)
        self.reviews = services.reviews.ReviewService(ledger, packs, clock)
        self.catalogue = catalogue.FeedCatalogue(ledger, feeds, clock)
        self.previewer = preview.FeedPreviewer(ledger, fetcher, parser, runner.preview, clock)
        self.opml = opml.OpmlService(ledger, feeds, fetcher, clock, networks)
        self.briefing = Briefing(ledger, pack=packs.pack, clock=clock)
        self.articles = services.articles.ArticleService(ledger, fetcher, runner, packs, clock)
        self.answers = services.answers.Answerer(ledger, self.briefing, packs.pack)


class Bot:
    """The bot with Slack, not yet connected; no job has started."""

    def __init__(self, core: Core, app: "AsyncApp", slack: "SlackGateway", duties: Duties) -> None:
        from handlers import Services, register

        ledger, clock, people = core.ledger, core.clock, services.users.People(slack, core.settings)
        admins = services.alerts.AdminAlerts(ledger.outbox, people.admins, clock)
        digests = services.digests.DigestService(ledger, core.briefing, clock)
        self.core, self.app, self.admins = core, app, admins
        pacer = Pacer(interval_s=duties.post_interval_s)
        self.worker = DeliveryWorker(
            ledger.outbox, ledger.subscriptions, slack, admins, pacer, core.shared_clock
        )
        jobs = jobs_of(
            duties,
            workspace=core.workspace,
            files=services.alerts.FileWatcher(core.commitments, core.feeds, admins, clock),
            poller=core.poller,
            feed_alerts=FeedAlerts(ledger, admins, clock),
            weekly=WeeklyReport(ledger, admins, clock, people.timezone),
            digests=Digests(ledger.outbox, ledger.subscriptions, digests.compose, clock),
            worker=self.worker,
            clocks=services.alerts.ClockWatch(core.shared_clock, admins),
            alarm=services.alerts.LedgerAlarm(ledger.take_trouble, people.admins, slack, clock),
            identity=slack.identity,
        )
        self.scheduler = Scheduler(jobs)
        asked = Services(
            workspace=core.workspace,
            briefing=core.briefing,
            answers=core.answers,
            commitments=core.commitments,
            feeds=core.feeds,
            catalogue=core.catalogue,
            previewer=core.previewer,
            opml=core.opml,
            subscriptions=services.subscriptions.SubscriptionService(ledger, clock),
            reviews=core.reviews,
            assessments=services.assessments.AssessmentService(
                ledger, core.commitments.pack, clock
            ),
            articles=core.articles,
            audit=services.audit.AuditTrail(ledger, core.feeds),
            lines=services.reviews.PostedLines(ledger, core.briefing, slack, clock),
            digests=digests,
            people=people,
            pack=core.commitments.pack,
            first_time=ledger.seen_requests.first_time,
            poll=partial(self.scheduler.nudge, JobName.POLL),
            clock=clock,
        )
        self.requests = register(app, asked)


@asynccontextmanager
async def open_core(
    settings: Settings,
    *,
    clock: Clock | None = None,
    upgrade: bool = False,
    slack: "SlackGateway | None" = None,
) -> AsyncIterator[Core]:
    """The bot without Slack, loaded; with `upgrade` a SQLite file is brought up to date first.

    Without a `clock` it goes by the database's, or on SQLite by this machine's.

    Raises:
        BriefingError: The database or Slack cannot be used, or a file never was well.
    """
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        url, patient = settings.database_url.get_secret_value(), slack is not None
        ledger = await enter(Ledger.ready(url, may_upgrade=upgrade, patient=patient))
        shared = SharedClock(ledger.server_time)
        await shared.look()
        clock = clock or shared
        llm = settings.briefing_llm_url, settings.briefing_llm_model, settings.briefing_llm_key
        second = await enter(second_opinion(*llm, ledger.llm_cache, clock))
        core = Core(settings, ledger, clock, second)
        core.shared_clock = shared
        for part in (core.runner, core.fetcher, core.parser):
            await enter(part)
        core.workspace = await services.users.workspace_of(ledger, slack)
        await core.commitments.load(core.workspace)
        await core.feeds.load(core.workspace)
        await core.reviews.relearn(core.workspace)
        yield core


@asynccontextmanager
async def open_bot(
    settings: Settings, duties: Duties, *, clock: Clock | None = None
) -> AsyncIterator[Bot]:
    """The bot with its Slack workspace known; raises as `open_core`, and without a bot token."""
    from bot.slack.api.client import web_client
    from bot.slack.api.gateway import SlackGateway
    from handlers.middleware import bolt_app

    require(settings, "SLACK_BOT_TOKEN")
    client = web_client(settings.slack_bot_token, settings.slack_api_url)
    slack, upgrade = SlackGateway(client, clock=clock or system_clock), duties.role is Role.ALL
    async with open_core(settings, clock=clock, upgrade=upgrade, slack=slack) as core:
        yield Bot(core, bolt_app(client, slack), slack, duties)
