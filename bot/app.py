"""The composition root: settings in, a running bot out. The only place that knows everything.

`bot.core` makes what needs no Slack, `bot.wiring` what hangs together around Slack; `open_bot`
joins both to Bolt's app.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from slack_bolt.async_app import AsyncApp
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.core import Core, open_core
from bot.delivery.scheduler import Scheduler
from bot.delivery.sender import Sender
from bot.domain.clock import Clock, system_clock
from bot.domain.errors import DeliveryError, WorkspaceGoneError
from bot.domain.workspace import WorkspaceId
from bot.jobs import TICKS, Role
from bot.settings import Settings, require
from bot.slack.api.files import SlackFiles
from bot.slack.api.gateway import SlackGateway
from bot.wiring import Pace, Wiring
from handlers import register

logger = logging.getLogger(__name__)

_START_TRIES = 6


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
        wiring = Wiring(core, gateway, workspace, pace or Pace(), TICKS[role])
        app = AsyncApp(
            client=client,
            signing_secret=_secret(settings.slack_signing_secret),
            # Without a signing secret only Socket Mode is served, which needs none.
            request_verification_enabled=settings.slack_signing_secret is not None,
        )
        register(app, wiring.services(SlackFiles(client)))
        yield Bot(
            core=core,
            app=app,
            scheduler=wiring.scheduler,
            sender=wiring.sender,
            stopped=wiring.stopped,
            gone=wiring.gone,
        )


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


def _secret(value: object) -> str | None:
    get = getattr(value, "get_secret_value", None)
    return str(get()) if get is not None else None
