"""Socket Mode: the WebSockets over which the app gets its payloads.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import json
import logging
from dataclasses import dataclass, field
from typing import Final

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from sandbox.slack.delivery import DROPPED, TIMEOUT, Delivery, Outcome
from sandbox.slack.ids import Ids
from sandbox.slack.model import JsonObject
from sandbox.slack.waiting import Changes, Timing

logger = logging.getLogger(__name__)

MOST_CONNECTIONS: Final = 10
CONNECTION_TIME_S: Final = 3600


@dataclass(slots=True, kw_only=True, eq=False)
class Connection:
    """One open socket.

    Attributes:
        leaving: True after the app was asked to reconnect: it gets nothing new.
        deaf: True when it looks alive to TCP and answers nothing.
        waiting: Envelope id to the future of its acknowledgement.
    """

    name: str
    socket: web.WebSocketResponse
    request: web.Request
    leaving: bool = False
    deaf: bool = False
    waiting: dict[str, asyncio.Future[JsonObject]] = field(default_factory=dict)


class SocketHub:
    """All sockets of the app; each envelope goes over exactly one of them, in turn."""

    def __init__(self, *, app_id: str, ids: Ids, timing: Timing, changes: Changes) -> None:
        self._app_id = app_id
        self._ids = ids
        self._timing = timing
        self._changes = changes
        self._tickets: set[str] = set()
        self._connections: list[Connection] = []
        self._turn = 0
        self._arrived = asyncio.Event()
        # Messages from the app that acknowledge nothing that was sent.
        self.strays: list[str] = []

    @property
    def connections(self) -> list[Connection]:
        """The sockets that take envelopes."""
        return [each for each in self._connections if not each.leaving]

    @property
    def ready(self) -> bool:
        """True when at least one socket is open."""
        return bool(self.connections)

    def ticket(self) -> str:
        """A word that opens one socket, once."""
        word = self._ids.uuid()
        self._tickets.add(word)
        return word

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one socket until it closes."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=401, text="invalid ticket")
        if len(self.connections) >= MOST_CONNECTIONS:
            return web.Response(status=429, text="too_many_websockets")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=False, timeout=self._timing.close_after_s)
        await socket.prepare(request)
        name = self._ids.next("S")
        connection = Connection(name=name, socket=socket, request=request)
        self._connections.append(connection)
        try:
            await socket.send_json(self._hello())
            self._arrived.set()
            self._changes.notify()
            async for message in socket:
                await self._receive(connection, message)
        finally:
            self._forget(connection)
        return socket

    async def until_ready(self) -> None:
        """Wait until a socket is open."""
        while not self.ready:
            self._arrived.clear()
            await self._arrived.wait()

    async def attempt(
        self, delivery: Delivery, *, number: int, reason: str | None, timeout_s: float
    ) -> Outcome:
        """Send an envelope over the socket whose turn it is."""
        if not self.ready:
            return Outcome(acknowledged=False, ack_ms=0.0, reason=DROPPED)
        connection = self._next_connection()
        future = asyncio.get_running_loop().create_future()
        connection.waiting[delivery.envelope_id] = future
        began = self._timing.monotonic()
        why = None
        answer: JsonObject = {}
        try:
            async with asyncio.timeout(timeout_s):
                await connection.socket.send_json(_envelope(delivery, number, reason))
                answer = await future
        except TimeoutError:
            why = TIMEOUT
        except ConnectionError:
            why = DROPPED
        finally:
            connection.waiting.pop(delivery.envelope_id, None)
        return Outcome(
            acknowledged=why is None,
            ack_ms=(self._timing.monotonic() - began) * 1000,
            payload=answer.get("payload") if delivery.accepts_response else None,
            reason=why,
            route=connection.name,
        )

    async def drop(self) -> None:
        """Cut all sockets without a word, as a broken network does."""
        for connection in list(self._connections):
            transport = connection.request.transport
            self._forget(connection)
            if transport is not None:
                transport.abort()

    async def ask_to_reconnect(self, reason: str) -> None:
        """Send `disconnect` over each open socket and close it a little later.

        Args:
            reason: `warning`, `refresh_requested` or `link_disabled`.
        """
        leaving = self.connections
        message = {
            "type": "disconnect",
            "reason": reason,
            "debug_info": {"host": "applink-sandbox"},
        }
        for connection in leaving:
            connection.leaving = True
        for connection in leaving:
            await connection.socket.send_json(message)
        await asyncio.gather(*(self._close_later(each) for each in leaving))

    def deafen(self) -> None:
        """Make the open sockets deaf: they stay open and nothing comes over them."""
        for connection in self._connections:
            connection.deaf = True

    async def close(self) -> None:
        """Close all sockets properly."""
        leaving = list(self._connections)
        for connection in leaving:
            self._forget(connection)
        closing = (each.socket.close(code=WSCloseCode.GOING_AWAY) for each in leaving)
        await asyncio.gather(*closing)

    def _hello(self) -> JsonObject:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "connection_info": {"app_id": self._app_id},
            "debug_info": {
                "host": "applink-sandbox",
                "build_number": 1,
                "approximate_connection_time": CONNECTION_TIME_S,
            },
        }

    def _next_connection(self) -> Connection:
        open_ones = self.connections
        self._turn += 1
        return open_ones[self._turn % len(open_ones)]

    async def _receive(self, connection: Connection, message: WSMessage) -> None:
        if connection.deaf:
            return
        if message.type is WSMsgType.PING:
            await connection.socket.pong(message.data)
        elif message.type is WSMsgType.TEXT:
            self._acknowledge(connection, message.data)

    def _acknowledge(self, connection: Connection, text: str) -> None:
        try:
            answer = json.loads(text)
            envelope_id = answer["envelope_id"]
        except (ValueError, TypeError, KeyError):
            self.strays.append(text)
            return
        future = connection.waiting.get(envelope_id)
        if future is None or future.done():
            self.strays.append(text)
        else:
            future.set_result(answer)

    async def _close_later(self, connection: Connection) -> None:
        """Give what is under way a moment, then close; unacknowledged envelopes go elsewhere."""
        if connection.waiting:
            await asyncio.wait(
                list(connection.waiting.values()), timeout=self._timing.close_after_s
            )
        await connection.socket.close(code=WSCloseCode.GOING_AWAY)
        self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        if connection in self._connections:
            self._connections.remove(connection)
            logger.debug("socket closed", extra={"socket": connection.name})
        for future in connection.waiting.values():
            if not future.done():
                future.set_exception(ConnectionResetError("the socket is gone"))
        self._changes.notify()


def _envelope(delivery: Delivery, number: int, reason: str | None) -> JsonObject:
    envelope: JsonObject = {
        "envelope_id": delivery.envelope_id,
        "type": delivery.kind.value,
        "accepts_response_payload": delivery.accepts_response,
        "payload": delivery.payload,
    }
    if delivery.kind == "events_api":
        envelope |= {"retry_attempt": number, "retry_reason": reason or ""}
    return envelope
