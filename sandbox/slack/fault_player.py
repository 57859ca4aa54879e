"""Plays the ordered faults on the wire."""

import asyncio
from collections.abc import Callable

from aiohttp import web

from sandbox.slack.errors import RefusalError
from sandbox.slack.faults import (
    ApiError,
    Fault,
    Malformed,
    NoAnswer,
    RateLimited,
    ServerError,
    SlowAnswer,
)
from sandbox.slack.model import JsonObject
from sandbox.slack.rate_limits import too_many

Reply = Callable[[JsonObject, int, dict[str, str]], web.Response]
"""Makes the response of a call from its JSON, HTTP status and headers."""


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
            return too_many(fault.retry_after_s).status
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
            refusal = too_many(fault.retry_after_s)
            return reply(refusal.answer(), refusal.status, refusal.headers)
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
