"""How long Slack waits, in real time, and waiting for a change instead of sleeping."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sandbox.slack.errors import WaitTimeoutError

T = TypeVar("T")


class Changes:
    """Wakes those who wait for a change in the workspace."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        """Wake all who wait, so that they look again."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    async def until(
        self, look: Callable[[], T], *, timeout_s: float, describe: Callable[[], str]
    ) -> T:
        """What `look` gives as soon as that is true, looking once after every change.

        Args:
            look: Gives something true when the wait is over.
            timeout_s: Seconds until giving up.
            describe: What the error says besides, for readers of a failed test.

        Raises:
            WaitTimeoutError: When the time is over.
        """
        try:
            async with asyncio.timeout(timeout_s):
                while not (seen := look()):
                    await self._next()
        except TimeoutError as error:
            msg = f"nothing of the kind within {timeout_s:g} s; {describe()}"
            raise WaitTimeoutError(msg) from error
        return seen

    async def _next(self) -> None:
        future = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)


# Seconds that only ever rise, for measuring.
Monotonic = Callable[[], float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """Waits of the pretend workspace, in seconds.

    Attributes:
        ack_timeout_s: An app must acknowledge within this time.
        retry_delays_s: Waits before each retry of an event. Slack's own are nearly none, one
            minute and five minutes (https://docs.slack.dev/apis/events-api/#retries).
        close_after_s: From asking a socket to reconnect until it is closed.
        monotonic: What to measure with.
    """

    ack_timeout_s: float = 3.0
    retry_delays_s: tuple[float, ...] = (0.0, 0.1, 0.2)
    close_after_s: float = 1.0
    monotonic: Monotonic = time.monotonic
