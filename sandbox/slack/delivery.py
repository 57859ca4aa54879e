"""Payloads on their way to the app, over Socket Mode or HTTP, with retries as in Slack.

Events are sent again after a timeout or an error, three times. Commands and interactions are not:
the user sees that it failed. A payload whose socket closes before the acknowledgement goes over
another socket, of whatever kind it is, until its time is up.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, Protocol

from sandbox.slack.ids import Ids
from sandbox.slack.model import JsonObject
from sandbox.slack.waiting import Changes, Timing


class Kind(StrEnum):
    """The three sorts of payload, named as Socket Mode names them."""

    EVENT = "events_api"
    COMMAND = "slash_commands"
    INTERACTION = "interactive"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of one attempt.

    Attributes:
        acknowledged: True when the app said that it has the payload.
        ack_ms: Milliseconds from sending to the acknowledgement, or to giving up.
        payload: What the app sent along: JSON, text, or None.
        reason: Why it failed, in the words of `X-Slack-Retry-Reason`; None when it did not.
        status: HTTP status; None over Socket Mode or when there was no answer.
        no_retry: True when the app forbade retries (`X-Slack-No-Retry`).
        route: The socket's id, or the request URL.
    """

    acknowledged: bool
    ack_ms: float
    payload: JsonObject | str | None = None
    reason: str | None = None
    status: int | None = None
    no_retry: bool = False
    route: str = ""


@dataclass(slots=True, kw_only=True, eq=False)
class Delivery:
    """A payload with all attempts to hand it over.

    It lives on while Slack retries; `settled` is set after the last attempt.

    Attributes:
        kind: Event, command or interaction.
        payload: The JSON that the app gets.
        envelope_id: Socket Mode's id of it, the same in every attempt.
        attempts: The outcome of each attempt, in order.
        error: What the user would see: `operation_timeout` or `dispatch_failed`; None
            when all is well and while it is under way.
        on_ack: Called the moment the acknowledgement comes, before anything else that the
            app does afterwards.
    """

    kind: Kind
    payload: JsonObject
    envelope_id: str
    accepts_response: bool = False
    attempts: list[Outcome] = field(default_factory=list)
    error: str | None = None
    on_ack: Callable[["Delivery"], None] | None = field(default=None, repr=False)
    first_done: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    settled: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def acknowledged(self) -> bool:
        """True as soon as one attempt was acknowledged."""
        return any(attempt.acknowledged for attempt in self.attempts)

    @property
    def ack_ms(self) -> float | None:
        """Milliseconds until the app acknowledged, or None."""
        return next((each.ack_ms for each in self.attempts if each.acknowledged), None)

    @property
    def ack_payload(self) -> JsonObject | str | None:
        """What the app sent with its acknowledgement, or None."""
        return next((each.payload for each in self.attempts if each.acknowledged), None)

    @property
    def response_url(self) -> str | None:
        """Where the app may answer, or None."""
        return self.payload.get("response_url")

    @property
    def trigger_id(self) -> str | None:
        """For which the app may open a modal, or None."""
        return self.payload.get("trigger_id")

    @property
    def event(self) -> dict[str, Any]:
        """The event inside the wrapper; empty for commands and interactions."""
        inner: dict[str, Any] = self.payload.get("event", {})
        return inner

    @property
    def event_id(self) -> str | None:
        """The id that stays the same when Slack sends an event again."""
        return self.payload.get("event_id")


DROPPED: Final = "connection_dropped"
TIMEOUT: Final = "http_timeout"
KEPT_DELIVERIES: Final = 10_000


class Transport(Protocol):
    """A way to the app."""

    @property
    def ready(self) -> bool:
        """True when an attempt can begin at once."""
        ...

    async def until_ready(self) -> None:
        """Wait until an attempt can begin."""
        ...

    async def attempt(
        self, delivery: Delivery, *, number: int, reason: str | None, timeout_s: float
    ) -> Outcome:
        """Send once and wait for the acknowledgement.

        Args:
            delivery: What to send.
            number: 0 for the first attempt, then the number of the retry.
            reason: Why the attempt before failed.
            timeout_s: How long to wait for the acknowledgement once it is sent.
        """
        ...


class PayloadSender:
    """Carries every payload and remembers them."""

    def __init__(self, *, transport: Transport, timing: Timing, ids: Ids, changes: Changes) -> None:
        self.transport = transport
        self.sent: deque[Delivery] = deque(maxlen=KEPT_DELIVERIES)
        self._timing = timing
        self._ids = ids
        self._changes = changes
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def send(
        self,
        kind: Kind,
        payload: JsonObject,
        *,
        accepts_response: bool = False,
        on_ack: Callable[[Delivery], None] | None = None,
    ) -> Delivery:
        """Begin to hand over a payload; the delivery shows its progress."""
        delivery = Delivery(
            kind=kind,
            payload=payload,
            envelope_id=self._ids.uuid(),
            accepts_response=accepts_response,
            on_ack=on_ack,
        )
        return self._begin(delivery, number=0, reason=None)

    def send_again(self, delivery: Delivery) -> Delivery:
        """The same payload once more, as when Slack missed an acknowledgement."""
        again = replace(
            delivery,
            attempts=[],
            error=None,
            on_ack=None,
            first_done=asyncio.Event(),
            settled=asyncio.Event(),
        )
        return self._begin(again, number=1, reason=TIMEOUT)

    async def close(self) -> None:
        """Stop all deliveries that are under way and begin no more."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, delivery: Delivery, *, number: int, reason: str | None) -> Delivery:
        self.sent.append(delivery)
        if self._closed:
            delivery.error = "dispatch_failed"
            delivery.first_done.set()
            delivery.settled.set()
            return delivery
        task = asyncio.create_task(self._run(delivery, number, reason))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return delivery

    async def _run(self, delivery: Delivery, number: int, reason: str | None) -> None:
        if delivery.kind is Kind.EVENT:
            await self._hand_over_event(delivery, number, reason)
        else:
            await self._hand_over_once(delivery, number, reason)
        delivery.settled.set()
        self._changes.notify()

    async def _hand_over_event(self, delivery: Delivery, number: int, reason: str | None) -> None:
        delays = iter(self._timing.retry_delays_s)
        while True:
            await self.transport.until_ready()
            outcome = await self._attempt(delivery, number, reason, self._timing.ack_timeout_s)
            if outcome.acknowledged:
                return
            delay_s = next(delays, None)
            if outcome.no_retry or delay_s is None:
                delivery.error = outcome.reason
                return
            await asyncio.sleep(0.0 if outcome.reason == DROPPED else delay_s)
            number, reason = number + 1, outcome.reason

    async def _hand_over_once(self, delivery: Delivery, number: int, reason: str | None) -> None:
        if not self.transport.ready:
            delivery.error = "dispatch_failed"
            delivery.first_done.set()
            return
        ends_at = self._timing.monotonic() + self._timing.ack_timeout_s
        while (left_s := ends_at - self._timing.monotonic()) > 0:
            try:
                async with asyncio.timeout(left_s):
                    await self.transport.until_ready()
            except TimeoutError:
                break
            outcome = await self._attempt(delivery, number, reason, left_s)
            if outcome.acknowledged:
                return
            if outcome.reason != DROPPED:
                failed = outcome.reason == TIMEOUT
                delivery.error = "operation_timeout" if failed else "dispatch_failed"
                return
            number, reason = number + 1, outcome.reason
        delivery.error = "operation_timeout"
        delivery.first_done.set()

    async def _attempt(
        self, delivery: Delivery, number: int, reason: str | None, timeout_s: float
    ) -> Outcome:
        outcome = await self.transport.attempt(
            delivery, number=number, reason=reason, timeout_s=timeout_s
        )
        delivery.attempts.append(outcome)
        if outcome.acknowledged and delivery.on_ack is not None:
            delivery.on_ack(delivery)
        delivery.first_done.set()
        self._changes.notify()
        return outcome
