"""One message a second and channel, as Slack asks (docs.slack.dev, rate limits)."""

from collections.abc import Callable

from bot.delivery.ports import Sleep

Monotonic = Callable[[], float]
"""Seconds of a clock that never goes back, like `time.monotonic`."""


class Pacer:
    """Keeps messages to one channel apart; different channels do not wait for each other."""

    def __init__(self, *, monotonic: Monotonic, sleep: Sleep, interval_s: float = 1.0) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._interval_s = interval_s
        self._free_at: dict[str, float] = {}

    async def turn(self, channel: str) -> None:
        """Returns when it is this caller's turn to post to `channel`; turns are in order."""
        now = self._monotonic()
        self._forget_before(now)
        at = max(now, self._free_at.get(channel, now))
        self._free_at[channel] = at + self._interval_s
        if at > now:
            await self._sleep(at - now)

    def _forget_before(self, now: float) -> None:
        """Drops channels that are free anyway, so that the memory does not grow."""
        for channel in [name for name, free_at in self._free_at.items() if free_at <= now]:
            del self._free_at[channel]
