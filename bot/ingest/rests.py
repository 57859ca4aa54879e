"""Hosts that asked to be left alone for a while; pure rules with a little memory.

A 429 or 503 with Retry-After (RFC 9110, 10.2.3) speaks of the client, so it holds for everything of
its host: until then nothing there is asked. For at most a day, because one address may be under
another's limit, and then one of them is asked again. It is remembered in the process alone: each
feed's own wait is in the ledger.
"""

from datetime import datetime, timedelta
from typing import Final

from bot.domain.errors import FetchError

RESTING: Final = "resting"
"""The kind of failure in which nobody was asked."""
LONGEST_REST: Final = timedelta(days=1)
_BUSY: Final = frozenset({429, 503})


class Rests:
    """Until when each host wants to be left alone."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}

    def heard(self, host: str, error: FetchError, *, now: datetime) -> None:
        """Takes up what a host answered; what is over is forgotten."""
        self._until = {one: until for one, until in self._until.items() if until > now}
        if error.status in _BUSY and error.retry_after:
            until = now + min(error.retry_after, LONGEST_REST)
            self._until[host] = max(until, self._until.get(host, until))

    def check(self, host: str, *, url: str, now: datetime) -> None:
        """Nothing, where the host may be asked.

        Raises:
            FetchError: Of the kind `RESTING`, with what is left of the rest as `retry_after`.
        """
        until = self._until.get(host, now)
        if until > now:
            message = f"{host} has asked to be left alone until {until:%Y-%m-%d %H:%M} UTC"
            raise FetchError(message, url=url, kind=RESTING, retry_after=until - now)
