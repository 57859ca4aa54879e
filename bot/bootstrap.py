"""The composition root: settings in, a running bot out; it makes everything and decides nothing.

`open_core` makes what the command line needs, `open_bot` adds Slack; one exit stack closes all of
it in reverse order.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.briefing import Briefing
from bot.delivery.digests import Digests
from bot.delivery.worker import DeliveryWorker, Pacer
from bot.domain.clock import Clock, system_clock
from bot.domain.workspace import WorkspaceId
from bot.ingest.formats.pool import ParserPool
from bot.ingest.http.client import Fetcher
from bot.jobs import JobName, Role, jobs_of
from bot.ledger import Ledger
from bot.matching.second_opinion import SecondOpinion, second_opinion
from bot.scheduler import Scheduler
from bot.services import (
    alerts,
    answers,
    commitments,
    digests,
    filing,
    polling,
    reviews,
    subscriptions,
    users,
    workspaces,
)
from bot.services.feeds import alerts as feed_alerts
from bot.services.feeds import catalogue, opml, preview
from bot.services.feeds.list import FeedListService
from bot.settings import Settings, require

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from bot.slack.api.gateway import SlackGateway


class Core:
    """The bot without Slack."""

    workspace: WorkspaceId

    def __init__(
        self, settings: Settings, ledger: Ledger, clock: Clock, second: SecondOpinion | None
    ) -> None:
        networks, agent = settings.briefing_allow_networks, settings.user_agent
        packs = commitments.CommitmentsWatcher(ledger, settings.commitments_file, clock=clock)
        feeds = FeedListService(ledger, settings.feeds_file, clock=clock)
        runner = filing.MatchRunner(ledger, packs, clock=clock, second_opinion=second)
        fetcher = Fetcher(user_agent=agent, allow_networks=networks, clock=clock)
        parser, events = ParserPool(), feed_alerts.FeedEventHandler(ledger, feeds, clock)
        self.settings, self.ledger, self.clock = settings, ledger, clock
        self.commitments, self.feeds = packs, feeds
        self.runner, self.fetcher, self.parser = runner, fetcher, parser
        self.poller = polling.Poller(ledger, runner, fetcher, parser, clock, events.handle)
        self.reviews = reviews.ReviewService(ledger, packs, clock)
        self.catalogue = catalogue.FeedCatalogue(ledger, feeds, clock)
        self.previewer = preview.FeedPreviewer(ledger, fetcher, parser, runner.preview, clock)
        self.opml = opml.OpmlService(
            ledger, feeds, documents=fetcher, clock=clock, allow_networks=networks
        )
        self.briefing = Briefing(ledger, pack=packs.pack, clock=clock)
        self.answers = answers.Answerer(ledger, self.briefing, packs.pack)


class Bot:
    """The bot with Slack, not yet connected; no job has started."""

    def __init__(
        self,
        core: Core,
        app: "AsyncApp",
        slack: "SlackGateway",
        *,
        role: Role,
        every: Mapping[JobName, timedelta],
        pacer: Pacer,
    ) -> None:
        from bot.slack.api.files import SlackFiles
        from handlers import Services, register

        ledger, clock, timezone = core.ledger, core.clock, core.settings.briefing_timezone
        outbox, subscribed = ledger.outbox, ledger.subscriptions
        people = users.People(slack, core.settings.briefing_admins, timezone)
        admins = alerts.AdminAlerts(outbox, people.admins, clock)
        composer = digests.DigestService(ledger, core.briefing, clock)
        self.core, self.app = core, app
        self.worker = DeliveryWorker(outbox, subscribed, slack, admins, pacer)
        jobs = jobs_of(
            role,
            every,
            workspace=core.workspace,
            files=alerts.FileWatcher(core.commitments, core.feeds, admins, clock),
            poller=core.poller,
            feed_alerts=feed_alerts.FeedAlerts(ledger, admins, clock),
            weekly=feed_alerts.WeeklyReport(ledger, admins, clock, timezone),
            digests=Digests(outbox, subscribed, composer.compose, clock),
            worker=self.worker,
        )
        self.scheduler = Scheduler(jobs)
        services = Services(
            workspace=core.workspace,
            briefing=core.briefing,
            answers=core.answers,
            feeds=core.feeds,
            catalogue=core.catalogue,
            previewer=core.previewer,
            opml=core.opml,
            files=SlackFiles(app.client),
            subscriptions=subscriptions.SubscriptionService(ledger, clock),
            reviews=core.reviews,
            digests=composer,
            people=people,
            pack=core.commitments.pack,
            first_time=ledger.seen_requests.first_time,
            poll=partial(self.scheduler.nudge, JobName.POLL),
            clock=clock,
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
    settings: Settings,
    *,
    clock: Clock = system_clock,
    upgrade: bool = True,
    slack: "SlackGateway | None" = None,
) -> AsyncIterator[Core]:
    """The bot without Slack, loaded for the workspace of its token, or for the first without one.

    Raises:
        PackError: commitments.yaml is missing or wrong, and no good one was ever read.
        FeedListError: feeds.yaml is missing or wrong, and no good list was ever read.
        LedgerError: The database cannot be used.
    """
    async with AsyncExitStack() as stack:
        ledger = await stack.enter_async_context(open_ledger(settings, upgrade=upgrade))
        url, model = settings.briefing_llm_url, settings.briefing_llm_model
        asked = second_opinion(url, model, settings.briefing_llm_key, ledger.llm_cache, clock)
        second = await stack.enter_async_context(asked)
        core = Core(settings, ledger, clock, second)
        core.workspace = await workspaces.workspace_of(ledger, slack)
        await stack.enter_async_context(core.runner)
        await stack.enter_async_context(core.fetcher)
        await stack.enter_async_context(core.parser)
        await core.commitments.load(core.workspace)
        await core.feeds.load(core.workspace)
        await core.reviews.relearn(core.workspace)
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
    from bot.slack.api.client import bolt_app
    from bot.slack.api.gateway import SlackGateway

    require(settings, "SLACK_BOT_TOKEN")
    app = bolt_app(settings.slack_bot_token, settings.slack_signing_secret, settings.slack_api_url)
    slack = SlackGateway(app.client, clock=clock)
    pacer, upgrade = Pacer(interval_s=post_interval_s), role is Role.ALL
    async with open_core(settings, clock=clock, upgrade=upgrade, slack=slack) as core:
        yield Bot(core, app, slack, role=role, every=every or {}, pacer=pacer)
