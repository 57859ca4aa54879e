"""The pretend workspace as tests and the demo hold it.

    async with SandboxSlack.start() as slack:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
        ...
        await slack.connected()
        await slack.command(user="analyst", channel="summit-desk", command="/briefing", text="help")
        await slack.wait_for(lambda s: s.ephemerals("analyst", "summit-desk"))

Users and channels are named by id or by name everywhere.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Self, TypeVar

from aiohttp import web

from bot.domain.clock import Clock, system_clock
from sandbox.slack.administration import Administration
from sandbox.slack.delivery import Delivery, PayloadSender
from sandbox.slack.faults import Faults
from sandbox.slack.forms import UserForms
from sandbox.slack.http_delivery import Forgery, HttpDelivery
from sandbox.slack.inspection import Inspection
from sandbox.slack.server import Server
from sandbox.slack.session import Session
from sandbox.slack.socket_mode import SocketHub
from sandbox.slack.user_actions import UserActions
from sandbox.slack.waiting import Timing
from sandbox.slack.world import World

T = TypeVar("T")
_PATIENCE_S = 10.0


class SandboxSlack(UserActions, UserForms, Inspection, Administration):
    """A Slack workspace on loopback with one app installed.

    Attributes:
        faults: Faults to play on the app's calls.
    """

    def __init__(self, *, world: World, timing: Timing, socket_root: str) -> None:
        super().__init__(world)
        self.faults = Faults()
        self._hub = SocketHub(
            app_id=world.app.id, ids=world.ids, timing=timing, changes=world.changes
        )
        self._http = HttpDelivery(secret=world.app.signing_secret, now=world.now, timing=timing)
        self._sender = PayloadSender(
            transport=self._hub, timing=timing, ids=world.ids, changes=world.changes
        )
        self._session = Session(world=world, sender=self._sender)
        self._server = Server(
            world=world,
            hub=self._hub,
            faults=self.faults,
            socket_root=socket_root,
        )
        world.emit = self._session.send_event

    @classmethod
    @asynccontextmanager
    async def start(
        cls,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        now: Clock = system_clock,
        timing: Timing | None = None,
    ) -> AsyncIterator[Self]:
        """A running workspace, closed at the end of the block.

        Args:
            host: Where to listen; loopback.
            port: 0 for any free port.
            now: The time of messages, of trigger ids (3 s) and response URLs (30 min).
            timing: Real waits for acknowledgements and retries.
        """
        async with AsyncExitStack() as stack:
            listening = stack.enter_context(socket.create_server((host, port)))
            place = f"{host}:{listening.getsockname()[1]}"
            world = World(now=now, base_url=f"http://{place}")
            slack = cls(world=world, timing=timing or Timing(), socket_root=f"ws://{place}")
            runner = web.AppRunner(
                slack._server.application(), access_log=None, shutdown_timeout=1.0
            )
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.SockSite(runner, listening).start()
            stack.push_async_callback(slack._close)
            yield slack

    async def connected(self, count: int = 1, *, timeout_s: float = _PATIENCE_S) -> None:
        """Wait until this many sockets are open.

        Raises:
            WaitTimeoutError: When they do not come.
        """
        await self.wait_for(lambda _slack: len(self._hub.connections) >= count, timeout_s=timeout_s)

    async def wait_for(self, look: Callable[[Self], T], *, timeout_s: float = _PATIENCE_S) -> T:
        """What `look` gives, as soon as that is true; it looks after every change.

        Raises:
            WaitTimeoutError: After `timeout_s` seconds; the text names the last calls.
        """
        return await self.world.changes.until(
            lambda: look(self), timeout_s=timeout_s, describe=self._describe
        )

    @property
    def delivery(self) -> str:
        """`socket` or `http`."""
        return "http" if self._sender.transport is self._http else "socket"

    @property
    def deliveries(self) -> list[Delivery]:
        """Every payload that was sent or is under way, oldest first."""
        return list(self._sender.sent)

    @property
    def forgery(self) -> Forgery:
        """How the signatures of HTTP requests are falsified."""
        return self._http.forgery

    @forgery.setter
    def forgery(self, forgery: Forgery) -> None:
        self._http.forgery = forgery

    async def use_http(self, request_url: str) -> None:
        """Send everything to this URL from now on, after the handshake.

        Raises:
            SandboxError: When the app does not give the challenge back.
        """
        await self._http.verify(
            request_url,
            token=self.world.app.verification_token,
            challenge=self.world.ids.word("challenge", 40),
        )
        self._sender.transport = self._http

    def use_socket(self) -> None:
        """Send everything over Socket Mode from now on, as in the beginning."""
        self._sender.transport = self._hub

    async def redeliver(self, delivery: Delivery) -> Delivery:
        """Send the same payload again, as when Slack missed the acknowledgement."""
        again = self._sender.send_again(delivery)
        await again.first_done.wait()
        return again

    async def drop_sockets(self) -> None:
        """Cut all sockets without a word; what was not acknowledged goes over the next ones."""
        await self._hub.drop()

    async def refresh_sockets(self, reason: str = "refresh_requested") -> None:
        """Ask the app to reconnect, as Slack does every few hours, and close the old sockets."""
        await self._hub.ask_to_reconnect(reason)

    def deafen_sockets(self) -> None:
        """Leave the sockets open and dead: pings and acknowledgements get no answer."""
        self._hub.deafen()

    @property
    def sockets(self) -> int:
        """How many sockets are open."""
        return len(self._hub.connections)

    @property
    def strays(self) -> list[str]:
        """What the app sent over its sockets that acknowledges nothing."""
        return list(self._hub.strays)

    async def _close(self) -> None:
        self._server.closing.set()
        await self._sender.close()
        await self._hub.close()
        await self._http.close()
        await asyncio.sleep(0)
