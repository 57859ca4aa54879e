"""Runs a bot until it is stopped: over Socket Mode, or over HTTP."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from bot.bootstrap import Bot
from bot.gc_tuning import tune_gc
from bot.settings import Settings, require

logger = logging.getLogger(__name__)

EVENTS_PATH = "/slack/events"
HEALTH_PATH = "/healthz"
_MAX_REQUEST_BYTES = 1024 * 1024


@asynccontextmanager
async def connected(bot: Bot, settings: Settings) -> AsyncIterator[None]:
    """Slack connected: Socket Mode when SLACK_APP_TOKEN is set, else HTTP on PORT.

    Raises:
        SettingsError: HTTP is to be served and SLACK_SIGNING_SECRET is not set.
    """
    if settings.slack_app_token is not None:
        async with _socket_mode(bot.app, settings.slack_app_token.get_secret_value()):
            yield
    else:
        require(settings, "SLACK_SIGNING_SECRET")
        async with http_server(bot.app, port=settings.port):
            yield


@asynccontextmanager
async def _socket_mode(app: AsyncApp, app_token: str) -> AsyncIterator[None]:
    handler = AsyncSocketModeHandler(app, app_token, web_client=app.client)
    try:
        await handler.connect_async()  # type: ignore[no-untyped-call]
        logger.info("connected over Socket Mode")
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def http_server(
    app: AsyncApp,
    *,
    port: int,
    host: str = "0.0.0.0",  # noqa: S104 - Slack comes from outside
) -> AsyncIterator[int]:
    """Slack's requests at `/slack/events`, a health check at `/healthz`; gives the port.

    Bolt verifies each request's signature and age before any handler sees it.
    """

    async def slack(request: web.Request) -> web.Response:
        answer: web.Response = await to_aiohttp_response(
            await app.async_dispatch(await to_bolt_request(request))
        )
        return answer

    async def healthy(_request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    server = web.Application(client_max_size=_MAX_REQUEST_BYTES)
    server.router.add_post(EVENTS_PATH, slack)
    server.router.add_get(HEALTH_PATH, healthy)
    runner = web.AppRunner(server, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        bound: int = runner.addresses[0][1]
        logger.info("serving HTTP", extra={"port": bound, "path": EVENTS_PATH})
        yield bound
    finally:
        await runner.cleanup()


@asynccontextmanager
async def running(bot: Bot, settings: Settings, *, listen: bool = True) -> AsyncIterator[None]:
    """At work, and with `listen` connected; on the way out what is being sent is finished."""
    async with connected(bot, settings) if listen else nullcontext():
        tune_gc()
        bot.scheduler.start()
        try:
            yield
        finally:
            bot.worker.stop()
            await bot.scheduler.shutdown()


async def serve(bot: Bot, settings: Settings, *, listen: bool = True) -> None:
    """Run until SIGINT or SIGTERM, or until Slack has thrown us out.

    Args:
        bot: What to run.
        settings: How Slack is connected.
        listen: False for a process that does jobs only and hears nothing from Slack.

    Raises:
        WorkspaceGoneError: Slack has thrown us out.
    """
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, bot.scheduler.stop)
    async with running(bot, settings, listen=listen):
        await bot.scheduler.wait()
