"""Time as an argument, so that a test or a time-lapse can hold it."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

# Gives the present moment as an aware datetime in UTC.
Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The present moment by this machine's clock, aware, in UTC."""
    return datetime.now(UTC)


def steady_s() -> float:
    """Seconds that no setting of the clock changes; asleep they go on where the system can."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class SharedClock:
    """The time that several machines share, carried on by this one's monotonic clock between looks.

    Until the first look, and where nothing is shared, it is the machine's own.
    """

    def __init__(
        self,
        ask: Callable[[], Awaitable[datetime | None]],
        *,
        own: Clock = system_clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Makes a clock; `ask` gives the shared time, or None where there is none."""
        self._ask, self._own, self._monotonic = ask, own, monotonic
        self._anchor: tuple[datetime, float] | None = None

    def __call__(self) -> datetime:
        """The present moment, aware, in UTC."""
        if self._anchor is None:
            return self._own()
        at, when_s = self._anchor
        return at + timedelta(seconds=self._monotonic() - when_s)

    async def look(self) -> None:
        """Asks anew, and so follows what is set right there."""
        begun_s = self._monotonic()
        if (at := await self._ask()) is not None:
            self._anchor = at, (begun_s + self._monotonic()) / 2

    def ahead(self) -> timedelta:
        """How far this machine's own clock is ahead of it."""
        return self._own() - self()
