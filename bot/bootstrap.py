"""The composition root: settings in, a running bot out; it makes everything and decides nothing.

`open_core` makes what the command line needs, `open_bot` adds Slack; one exit stack closes all of
it in reverse order.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import bot
from bot.briefing import Briefing
from bot.delivery.digests import Digests
from bot.delivery.sender import Sender
from bot.delivery.worker import DeliveryWorker, Pacer
from bot.domain.clock import Clock, system_clock
from bot.domain.workspace import WorkspaceId
from bot.ingest.formats.pool import ParserPool
from bot.ingest.http.client import Fetcher
from bot.jobs import JobName, JobServices, Role, jobs_of
from bot.ledger import Ledger
from bot.logs import new_reference
from bot.matching.second_opinion import second_opinion
from bot.scheduler import Scheduler
from bot.services.alerts import AdminAlerts, FileWatcher
from bot.services.answers import Answerer, outlets
from bot.services.commitments import CommitmentsWatcher
from bot.services.digests import DigestService
from bot.services.feeds.alerts import FeedAlerts, FeedEventHandler
from bot.services.feeds.catalogue import FeedCatalogue, FeedHealthService
from bot.services.feeds.history import FeedAudit
from bot.services.feeds.list import FeedListService
from bot.services.feeds.opml import OpmlService
from bot.services.feeds.preview import FeedPreviewer
from bot.services.feeds.weekly import WeeklyReport
from bot.services.filing import MatchRunner
from bot.services.polling import Poller
from bot.services.reviews import ReviewService
from bot.services.subscriptions import SubscriptionService
from bot.services.users import People
from bot.services.workspaces import connected_workspace
from bot.settings import Settings, require

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from bot.slack.api.gateway import SlackGateway

# Slack repeats an event for some minutes.
_REMEMBER_REQUESTS = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Core:
    """The bot without Slack; `workspace` is the first one until Slack has named its team."""

    settings: Settings
    clock: Clock
    ledger: Ledger
    workspace: WorkspaceId
    packs: CommitmentsWatcher
    feeds: FeedListService
    catalogue: FeedCatalogue
    scout: FeedPreviewer
    porter: OpmlService
    historian: FeedAudit
    poller: Poller
    briefing: Briefing
    reviews: ReviewService


@dataclass(frozen=True, kw_only=True, slots=True)
class Bot:
    """The whole bot, not yet connected: no job has started."""

    core: Core
    app: "AsyncApp"
    scheduler: Scheduler
    sender: Sender


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
    """The bot without Slack, with feed list and commitments loaded.

    Raises:
        PackError: commitments.yaml is missing or wrong.
        FeedListError: feeds.yaml is missing or wrong, and no good list was ever read.
        LedgerError: The database cannot be used.
    """
    async with AsyncExitStack() as stack:
        ledger = await stack.enter_async_context(open_ledger(settings, upgrade=upgrade))
        packs = CommitmentsWatcher(ledger, settings.commitments_file, clock=clock)
        feeds = FeedListService(ledger, settings.feeds_file, clock=clock)
        reviews = ReviewService(ledger, packs, clock=clock)
        key = settings.briefing_llm_key
        opinion = second_opinion(
            url=settings.briefing_llm_url,
            model=settings.briefing_llm_model,
            key=key.get_secret_value() if key else None,
            cache=ledger.opinions,
            clock=clock,
        )
        second = await stack.enter_async_context(opinion)
        runner = MatchRunner(ledger, packs, clock=clock, second_opinion=second)
        await stack.enter_async_context(runner)
        contact = f" (+{settings.briefing_contact})" if settings.briefing_contact else ""
        fetcher = Fetcher(
            # Who we are, as publishers read it in their logs (RFC 9110, section 10.1.5).
            user_agent=f"SummitBriefingBot/{bot.__version__}{contact}",
            allow_networks=settings.briefing_allow_networks,
            clock=clock,
        )
        await stack.enter_async_context(fetcher)
        parser = await stack.enter_async_context(ParserPool())
        health = FeedHealthService(ledger, clock=clock)
        core = Core(
            settings=settings,
            clock=clock,
            ledger=ledger,
            workspace=await ledger.workspaces.first(),
            packs=packs,
            feeds=feeds,
            catalogue=FeedCatalogue(health, feeds, clock=clock),
            scout=FeedPreviewer(
                ledger,
                pack=lambda: packs.pack,
                matching=runner.preview,
                documents=fetcher,
                parser=parser,
                clock=clock,
            ),
            porter=OpmlService(
                ledger,
                feeds,
                documents=fetcher,
                clock=clock,
                allow_networks=settings.briefing_allow_networks,
            ),
            historian=FeedAudit(ledger, feeds, health),
            poller=Poller(
                ledger,
                runner,
                fetcher=fetcher,
                parser=parser,
                clock=clock,
                listener=FeedEventHandler(ledger, feeds, clock=clock).heard,
            ),
            briefing=Briefing(ledger, pack=lambda: packs.pack, clock=clock),
            reviews=reviews,
        )
        yield await _loaded(core)


async def _loaded(core: Core) -> Core:
    """With both files and all reviews read for its workspace."""
    await core.packs.load(core.workspace)
    await core.feeds.load(core.workspace)
    await core.reviews.relearn(core.workspace)
    return core


async def _of_team(core: Core, gateway: "SlackGateway") -> Core:
    """For the workspace of Slack's token."""
    workspace = await connected_workspace(core.ledger, gateway)
    return (
        core if workspace == core.workspace else await _loaded(replace(core, workspace=workspace))
    )


@asynccontextmanager
async def open_bot(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    role: Role = Role.ALL,
    every: Mapping[JobName, timedelta] | None = None,
    post_interval_s: float = 1.0,
) -> AsyncIterator[Bot]:
    """The whole bot with its Slack workspace known, not yet connected.

    Args:
        settings: What was read from the environment.
        clock: The present moment.
        role: Which part of the work this process does. `Role.ALL` also brings the database up to
            date; one of several processes only checks it.
        every: Intervals that differ from those of the jobs' table.
        post_interval_s: Between two posts to one channel; Slack allows about one a second.

    Raises:
        SettingsError: SLACK_BOT_TOKEN is not set.
        WorkspaceGoneError: Slack does not know the token.
        DeliveryError: Slack could not be reached.
    """
    # Here, since Slack's libraries take a third of a second to load.
    from bot.slack.api.client import bolt_app  # noqa: PLC0415
    from bot.slack.api.files import SlackFiles  # noqa: PLC0415
    from bot.slack.api.gateway import SlackGateway  # noqa: PLC0415
    from handlers import Services, register  # noqa: PLC0415

    require(settings, "SLACK_BOT_TOKEN")
    async with open_core(settings, clock=clock, upgrade=role is Role.ALL) as opened:
        ledger, timezone = opened.ledger, settings.briefing_timezone
        token, secret = settings.slack_bot_token, settings.slack_signing_secret
        app = bolt_app(
            token=token.get_secret_value() if token else "",
            signing_secret=secret.get_secret_value() if secret else None,
            api_url=settings.slack_api_url,
        )
        gateway = SlackGateway(app.client, clock=clock)
        core = await _of_team(opened, gateway)
        people = People(gateway, admins=settings.briefing_admins, default_timezone=timezone)
        alerts = AdminAlerts(outbox=ledger.outbox, admins=people.admins, clock=clock)
        digests = DigestService(ledger, core.briefing, clock=clock)
        sender = Sender(
            DeliveryWorker(
                outbox=ledger.outbox,
                subscriptions=ledger.subscriptions,
                poster_of=lambda _workspace: gateway,
                notify_admins=alerts,
                pacer=Pacer(interval_s=post_interval_s),
            )
        )
        services = JobServices(
            workspace=core.workspace,
            files=FileWatcher(core.packs, core.feeds, alerts, clock=clock),
            poller=core.poller,
            feed_alerts=FeedAlerts(ledger, alerts, clock=clock),
            weekly=WeeklyReport(
                FeedHealthService(ledger, clock=clock), alerts, timezone=timezone, clock=clock
            ),
            digests=Digests(
                outbox=ledger.outbox,
                subscriptions=ledger.subscriptions,
                compose=digests.compose,
                clock=clock,
            ),
            sender=sender,
        )
        scheduler = Scheduler(jobs_of(role, services, every or {}), reference=new_reference)
        register(
            app,
            Services(
                briefing=core.briefing,
                answers=Answerer(core.briefing, pack=lambda: core.packs.pack),
                feeds=core.feeds,
                catalogue=core.catalogue,
                scout=core.scout,
                porter=core.porter,
                historian=core.historian,
                files=SlackFiles(app.client),
                subscriptions=SubscriptionService(ledger, clock=clock),
                reviews=core.reviews,
                digests=digests,
                people=people,
                pack=lambda: core.packs.pack,
                outlets=partial(outlets, ledger),
                # One token serves one workspace; every authenticated request is from there.
                workspace_of=lambda _team_id: core.workspace,
                first_time=lambda key: ledger.seen.first_time(
                    key, at=clock(), keep=_REMEMBER_REQUESTS
                ),
                poll=lambda: scheduler.nudge(JobName.POLL),
                clock=clock,
                reference=new_reference,
                timezone=timezone,
            ),
        )
        yield Bot(core=core, app=app, scheduler=scheduler, sender=sender)
