"""Faults between an app and Slack, to order.

slack.faults.add(method="chat.postMessage", fault=RateLimited(retry_after_s=1), times=2)
slack.faults.add(method="chat.postMessage", fault=NoAnswer(after_processing=True))
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from aiohttp import web

from sandbox.slack.errors import RefusalError
from sandbox.slack.model import JsonObject

ANY_METHOD = "*"


@dataclass(frozen=True, kw_only=True, slots=True)
class RateLimited:
    """HTTP 429 with `Retry-After`; the call does nothing."""

    retry_after_s: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerError:
    """An HTTP error with no JSON; the call did its work before, or did nothing."""

    status: int = 500
    after_processing: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class NoAnswer:
    """The connection is closed without an answer, or kept open in silence.

    Attributes:
        after_processing: True when the call did its work: the message is there, and the app
            cannot know it.
        silent_s: Seconds of silence before the connection is closed; 0 closes it at once.
    """

    after_processing: bool = False
    silent_s: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Malformed:
    """HTTP 200 with a body that is no JSON."""

    body: str = '{"ok": tr'
    after_processing: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiError:
    """An `"ok": false` with a code of choice; the call does nothing.

    Attributes:
        error: The code.
        messages: For `response_metadata.messages`.
    """

    error: str
    messages: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SlowAnswer:
    """The right answer, late: the call works at once and answers after `delay_s` seconds."""

    delay_s: float


Fault = RateLimited | ServerError | NoAnswer | Malformed | ApiError | SlowAnswer


@dataclass(slots=True, kw_only=True)
class _Order:
    method: str
    fault: Fault
    left: int | None
    when: Callable[[Mapping[str, Any]], bool]


class Faults:
    """Faults that wait for their call, in the order in which they were added."""

    def __init__(self) -> None:
        self._orders: list[_Order] = []

    def add(
        self,
        *,
        method: str,
        fault: Fault,
        times: int | None = 1,
        when: Callable[[Mapping[str, Any]], bool] | None = None,
    ) -> None:
        """Order a fault.

        Args:
            method: A Web API method, `response_url`, `upload`, or "*" for all.
            fault: What is to go wrong.
            times: For how many calls; None for every one until `clear`.
            when: Looks at the arguments of a call; the fault waits for one that it likes.
        """
        self._orders.append(
            _Order(method=method, fault=fault, left=times, when=when or (lambda _given: True))
        )

    def take(self, method: str, given: Mapping[str, Any]) -> Fault | None:
        """The fault for this call, or None; it counts as used."""
        for order in self._orders:
            if order.method in (method, ANY_METHOD) and order.left != 0 and order.when(given):
                if order.left is not None:
                    order.left -= 1
                return order.fault
        return None

    @property
    def pending(self) -> int:
        """How many faults have not happened yet; endless ones count once."""
        return sum(1 if order.left is None else order.left for order in self._orders)

    def clear(self) -> None:
        """Forget all orders."""
        self._orders.clear()


# Makes the response of a call from its JSON, HTTP status and headers.
Reply = Callable[[JsonObject, int, dict[str, str]], web.Response]


def works_first(fault: Fault | None) -> bool:
    """Whether the call does its work although something goes wrong."""
    match fault:
        case None | SlowAnswer():
            return True
        case ServerError() | NoAnswer() | Malformed():
            return fault.after_processing
    return False


def sent_status(fault: Fault | None, status: int) -> int | None:
    """The HTTP status that the app gets to see; None when it gets no answer."""
    match fault:
        case None | SlowAnswer():
            return status
        case RateLimited():
            return HTTPStatus.TOO_MANY_REQUESTS
        case ServerError():
            return fault.status
        case NoAnswer():
            return None
    return 200


async def play(
    request: web.Request, fault: Fault, *, right: web.Response, reply: Reply, closing: asyncio.Event
) -> web.StreamResponse:
    """What the app gets in place of, or as, the right answer.

    Args:
        request: The app's request; its connection is cut for `NoAnswer`.
        fault: What is to go wrong.
        right: The answer that would have been right.
        reply: Makes a response of this kind of call.
        closing: Ends every wait when the server stops.
    """
    match fault:
        case RateLimited():
            after = {"Retry-After": str(fault.retry_after_s)}
            return reply(RefusalError("ratelimited").answer(), HTTPStatus.TOO_MANY_REQUESTS, after)
        case ApiError():
            return reply(RefusalError(fault.error, messages=fault.messages).answer(), 200, {})
        case ServerError():
            return web.Response(status=fault.status, text="error", content_type="text/html")
        case Malformed():
            return web.Response(text=fault.body, content_type="application/json")
        case SlowAnswer():
            await _wait(fault.delay_s, closing)
            return right
        case NoAnswer():
            await _wait(fault.silent_s, closing)
    if request.transport is not None:
        request.transport.abort()
    return right


async def _wait(seconds: float, closing: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(seconds):
            await closing.wait()
    except TimeoutError:
        return
