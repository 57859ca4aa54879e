"""Waiting for a change instead of sleeping."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sandbox.slack.errors import WaitTimeoutError

T = TypeVar("T")


class Changes:
    """Tells those who wait that something in the workspace changed."""

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
            describe: Told in the error, for whoever reads a failed test.

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
