"""Runs a bot until it is stopped: over Socket Mode, or over HTTP."""

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from typing import Final

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

from bot.bootstrap import Bot
from bot.gc_tuning import tune_gc
from bot.health import DEAF, HealthCheck
from bot.http_server import http_server, slack_door
from bot.jobs import JobName
from bot.settings import Settings, require

logger = logging.getLogger(__name__)

# Supervisors kill after 10 s (Docker) or later; what is stopped needs some of it to close.
_GRACE: Final = timedelta(seconds=4)
_LAST_S: Final = 9.0
# How often the socket is looked at (slack_sdk does so by itself at each of its pings); twice as
# long after each try in vain, since Slack counts them.
_LOOK_S: Final = 0.5
_LONGEST_LOOK_S: Final = 30.0
_PING_S: Final = 5.0
_OPEN_S: Final = 60.0  # longer than the wait that Slack may ask for
_CLOSE_S: Final = 1.0


class SocketMode:
    """Slack over a WebSocket, opened again at once when it breaks.

    Attributes:
        deaf_since_s: Since when none is open, by the monotonic clock; None while one is.
    """

    def __init__(self, bot: Bot, app_token: str) -> None:
        handler = AsyncSocketModeHandler(
            bot.app, app_token, web_client=bot.app.client, ping_interval=_PING_S
        )
        self.deaf_since_s: float | None = None
        self._client = handler.client
        self._bot = bot
        self._told = False

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Connected, and kept so."""
        self.deaf_since_s = time.monotonic()
        await self._client.connect()  # type: ignore[no-untyped-call]
        self.deaf_since_s = None
        logger.info("connected over Socket Mode")
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            with suppress(TimeoutError):  # a peer that is gone says no goodbye
                async with asyncio.timeout(_CLOSE_S):
                    await self._client.close()  # type: ignore[no-untyped-call]

    async def _watch(self) -> None:
        look_s = _LOOK_S
        while True:
            await asyncio.sleep(look_s)
            if await self._client.is_connected():
                self.deaf_since_s, self._told, look_s = None, False, _LOOK_S
                continue
            self.deaf_since_s = self.deaf_since_s or time.monotonic()
            await self._tried(self._client.connect_to_new_endpoint(), "socket not opened")
            look_s = min(2 * look_s, _LONGEST_LOOK_S)
            if await self._client.is_connected():
                look_s = _LOOK_S
            else:
                await self._tried(self._tell_admins(), "admins not told of the closed socket")

    async def _tried(self, work: Awaitable[None], failed: str) -> None:
        """Waits a minute for the work; whatever goes wrong, the next look tries again."""
        try:
            async with asyncio.timeout(_OPEN_S):
                await work
        except Exception as error:  # noqa: BLE001 - Slack's library, the network, the database
            logger.warning(failed, extra={"error": type(error).__name__})

    async def _tell_admins(self) -> None:
        """Once for each time that it lasts: answers are missed, while digests still go out."""
        deaf_s = time.monotonic() - (self.deaf_since_s or 0)
        if self._told or deaf_s < DEAF.total_seconds():
            return
        core = self._bot.core
        await self._bot.admins(
            core.workspace,
            f"deaf:{core.clock().isoformat(timespec='seconds')}",
            "Slack's socket has been closed for a minute, so I hear no questions. I go on trying.",
        )
        self._told = True
        self._bot.scheduler.nudge(JobName.SEND)


@asynccontextmanager
async def connected(bot: Bot, settings: Settings, *, listen: bool = True) -> AsyncIterator[None]:
    """Slack connected with `listen`, and health served; both as the settings say.

    Slack comes over Socket Mode when SLACK_APP_TOKEN is set, else over HTTP on PORT. A process that
    needs no port for Slack serves its health where PORT is set.

    Raises:
        SettingsError: HTTP is to be served and SLACK_SIGNING_SECRET is not set.
    """
    async with AsyncExitStack() as stack:
        slack, socket = None, None
        if listen and settings.slack_app_token is not None:
            socket = SocketMode(bot, settings.slack_app_token.get_secret_value())
        elif listen:
            require(settings, "SLACK_SIGNING_SECRET")
            assert settings.slack_signing_secret is not None  # noqa: S101 - just required
            slack = slack_door(bot.app, settings.slack_signing_secret.get_secret_value())
        if slack is not None or settings.is_port_set:
            health = HealthCheck(
                bot.core.ledger,
                bot.scheduler.last_runs,
                clock=bot.core.clock,
                deaf_since_s=lambda: socket.deaf_since_s if socket else None,
            )
            await stack.enter_async_context(http_server(health, port=settings.port, slack=slack))
        if socket is not None:
            await stack.enter_async_context(socket.connected())
        yield


@asynccontextmanager
async def running(bot: Bot, settings: Settings, *, listen: bool = True) -> AsyncIterator[None]:
    """At work, and with `listen` connected.

    On the way out nothing new is taken; answers and messages that are on their way get some seconds
    to end.
    """
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(connected(bot, settings, listen=listen))
        tune_gc()
        bot.scheduler.start()
        try:
            yield
        finally:
            bot.worker.stop()
            await stack.aclose()
            await asyncio.gather(
                bot.requests.finish(grace=_GRACE), bot.scheduler.shutdown(grace=_GRACE)
            )


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
        loop.add_signal_handler(name, _stop, bot)
    async with running(bot, settings, listen=listen):
        await bot.scheduler.wait()


def _stop(bot: Bot) -> None:
    logger.info("stopping")
    last = threading.Timer(_LAST_S, _leave)
    last.daemon = True
    last.start()
    bot.scheduler.stop()


def _leave() -> None:
    """Ends the process although something hangs: safe at any point, like a crash."""
    logger.critical("not stopped in time, leaving as after a crash")
    os._exit(1)
