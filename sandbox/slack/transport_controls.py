"""The way between the workspace and the app, in a test's hands: sockets, HTTP, retries."""

from sandbox.slack.delivery import Delivery, PayloadSender
from sandbox.slack.http_delivery import Forgery, HttpDelivery
from sandbox.slack.socket_mode import SocketHub
from sandbox.slack.world import World


class TransportControls:
    """Chooses, breaks and watches the way to the app."""

    world: World
    _hub: SocketHub
    _http: HttpDelivery
    _sender: PayloadSender

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
        """Leave the sockets open and dead: no pong, no acknowledgement is heard."""
        self._hub.deafen()

    @property
    def sockets(self) -> int:
        """How many sockets are open."""
        return len(self._hub.connections)

    @property
    def strays(self) -> list[str]:
        """What the app sent over its sockets that acknowledges nothing."""
        return list(self._hub.strays)
