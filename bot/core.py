"""The bot without Slack: what polls, files and answers. The command line uses it as it is.

`open_core` is a context manager over one exit stack that closes everything in reverse order.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx

import bot
from bot.briefing import Briefing
from bot.briefing.answers import Digest
from bot.domain.clock import Clock, system_clock
from bot.domain.subscription import Json
from bot.domain.workspace import WorkspaceId
from bot.ingest.formats.pool import ParserPool
from bot.ingest.http.client import Fetcher
from bot.ledger import Ledger
from bot.matching.second_opinion import Endpoint, SecondOpinion
from bot.services.commitments import CommitmentsWatcher
from bot.services.digests import DigestService
from bot.services.feeds.alerts import FeedEventHandler
from bot.services.feeds.catalogue import FeedCatalogue, FeedHealthService
from bot.services.feeds.history import FeedAudit
from bot.services.feeds.list import FeedListService
from bot.services.feeds.opml import OpmlService
from bot.services.feeds.preview import FeedPreviewer
from bot.services.filing import MatchRunner
from bot.services.polling import Poller
from bot.services.reviews import ReviewService
from bot.settings import Settings
from bot.slack.messages.blocks import payloads
from bot.slack.messages.digest import digest_messages


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
    packs: CommitmentsWatcher
    feeds: FeedListService
    health: FeedHealthService
    catalogue: FeedCatalogue
    scout: FeedPreviewer
    porter: OpmlService
    historian: FeedAudit
    poller: Poller
    briefing: Briefing
    reviews: ReviewService
    digests: DigestService


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
        packs = CommitmentsWatcher(ledger, settings.commitments_file, clock=clock)
        await packs.load(workspace)
        feeds = FeedListService(ledger, settings.feeds_file, clock=clock)
        await feeds.load(workspace)
        second = await second_opinion(settings, ledger, stack, clock=clock)
        filer = await stack.enter_async_context(
            MatchRunner(ledger, packs, clock=clock, second_opinion=second)
        )
        fetcher = await stack.enter_async_context(
            Fetcher(
                user_agent=user_agent(settings),
                allow_networks=settings.briefing_allow_networks,
                clock=clock,
            )
        )
        parser = await stack.enter_async_context(ParserPool())
        poller = Poller(
            ledger,
            filer,
            fetcher=fetcher,
            parser=parser,
            clock=clock,
            listener=FeedEventHandler(ledger, feeds, clock=clock).heard,
        )
        health = FeedHealthService(ledger, clock=clock)
        briefing = Briefing(ledger, pack=lambda: packs.pack, clock=clock)
        reviews = ReviewService(ledger, packs, clock=clock)
        await reviews.relearn(workspace)
        yield Core(
            settings=settings,
            clock=clock,
            ledger=ledger,
            workspace=workspace,
            packs=packs,
            feeds=feeds,
            health=health,
            catalogue=FeedCatalogue(health, feeds, clock=clock),
            scout=FeedPreviewer(
                ledger,
                pack=lambda: packs.pack,
                matching=filer.preview,
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
            poller=poller,
            briefing=briefing,
            reviews=reviews,
            digests=DigestService(ledger, briefing, render=render_digest, clock=clock),
        )


async def second_opinion(
    settings: Settings, ledger: Ledger, stack: AsyncExitStack, *, clock: Clock
) -> SecondOpinion | None:
    """A language model's, where one is configured."""
    if settings.briefing_llm_url is None or settings.briefing_llm_model is None:
        return None
    key = settings.briefing_llm_key
    endpoint = Endpoint(
        url=settings.briefing_llm_url,
        model=settings.briefing_llm_model,
        key=key.get_secret_value() if key else None,
    )
    client = await stack.enter_async_context(httpx.AsyncClient())
    return SecondOpinion(endpoint, client=client, cache=ledger.llm_cache, clock=clock)


def user_agent(settings: Settings) -> str:
    """Who we are, as publishers read it in their logs (RFC 9110, section 10.1.5)."""
    contact = f" (+{settings.briefing_contact})" if settings.briefing_contact else ""
    return f"SummitBriefingBot/{bot.__version__}{contact}"


def render_digest(digest: Digest) -> tuple[Json, ...]:
    """A digest as the payloads of its messages: the first opens the thread."""
    return payloads(digest_messages(digest))
