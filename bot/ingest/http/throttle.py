"""Fairness to hosts: few requests at a time, and none while a host throttles us; pure rules.

`HostQueue` hands out feeds by host, so that a slow host holds up no other. A host that cannot be
reached, or does not answer in time, three times in a row is left alone for the rest of the run: its
other feeds stay due. Of each host the feeds that went well come first, and among equals the one
whose last look is longest ago, so the next run begins with those.

`HostBackoff` keeps the hosts that throttle us. A 429 or 503 with Retry-After (RFC 9110, 10.2.3)
speaks of the client, so it holds for all of its host: until then nothing there is asked. For at
most a day, because one address may be under another's limit, and then one of them is asked again.
It is kept in the process alone: each feed's own wait is in the ledger.
"""

from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.errors import FetchError
from bot.domain.feed import Feed
from bot.domain.urls import host_of

# Feeds in hand, and requests at once, toward one host.
PER_HOST: Final = 2
GIVEN_UP_AFTER: Final = 3
# The kind of failure in which no host was asked.
THROTTLED: Final = "throttled"
LONGEST_REST: Final = timedelta(days=1)
_BUSY: Final = frozenset({429, 503})
_EVER: Final = datetime.min.replace(tzinfo=UTC)


class HostQueue:
    """Feeds still to be polled, at most `per_host` of one host at a time.

    Attributes:
        left_alone: Feeds of hosts that could not be reached.

    >>> three = [Feed(id=n, url=f"https://example.org/{n}", title="") for n in range(3)]
    >>> hosts = HostQueue(three, 2)
    >>> first, second = hosts.take(), hosts.take()
    >>> hosts.take() is None
    True
    >>> hosts.give_back(first)
    >>> hosts.take().id
    2
    """

    def __init__(self, feeds: Sequence[Feed], per_host: int) -> None:
        self._waiting: dict[str, deque[Feed]] = {}
        for feed in sorted(feeds, key=lambda feed: (feed.failures > 0, feed.checked_at or _EVER)):
            self._waiting.setdefault(host_of(feed.url), deque()).append(feed)
        self._taken = dict.fromkeys(self._waiting, 0)
        self._unreached = dict.fromkeys(self._waiting, 0)
        self._open = deque(self._waiting)  # hosts with a feed waiting and a turn left
        self._per_host = per_host
        self.left_alone: list[Feed] = []

    def take(self) -> Feed | None:
        """The next feed; None when none is left, or those left must wait for one given back."""
        if not self._open:
            return None
        host = self._open.popleft()
        feed = self._waiting[host].popleft()
        self._taken[host] += 1
        if self._waiting[host] and self._taken[host] < self._per_host:
            self._open.append(host)
        return feed

    def give_back(self, feed: Feed, *, unreached: bool = False) -> None:
        """Frees the turn of a feed that has been polled.

        Args:
            feed: The feed.
            unreached: Its host could not be reached.
        """
        host = host_of(feed.url)
        self._unreached[host] = self._unreached[host] + 1 if unreached else 0
        if self._unreached[host] >= GIVEN_UP_AFTER:
            self.left_alone += self._waiting[host]
            self._waiting[host].clear()
            if host in self._open:
                self._open.remove(host)
        was_full = self._taken[host] == self._per_host
        self._taken[host] -= 1
        if was_full and self._waiting[host]:
            self._open.append(host)


class HostBackoff:
    """Until when each host throttles us."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}

    def note(self, host: str, error: FetchError, *, now: datetime) -> None:
        """Takes in a host's refusal; what is over is forgotten."""
        self._until = {one: until for one, until in self._until.items() if until > now}
        if error.status in _BUSY and error.retry_after:
            until = now + min(error.retry_after, LONGEST_REST)
            self._until[host] = max(until, self._until.get(host, until))

    def check(self, host: str, *, url: str, now: datetime) -> None:
        """Does nothing where the host may be asked.

        Raises:
            FetchError: Of the kind `THROTTLED`, with what is left of the wait as `retry_after`.
        """
        until = self._until.get(host, now)
        if until > now:
            message = f"{host} has asked to be left alone until {until:%Y-%m-%d %H:%M} UTC"
            raise FetchError(message, url=url, kind=THROTTLED, retry_after=until - now)
