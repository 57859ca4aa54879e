"""Whose turn it is: feeds in lanes by host, so that a slow host holds up nobody else.

A host that cannot be reached, or keeps us waiting in vain, three times in a row is left alone for
the rest of the run: its other feeds stay due. Of each host the feeds that went well come first, and
among equals the one that was not looked at for longest, so the next run begins with those.
"""

from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from bot.domain.feed import Feed
from bot.ingest.feed_url import host_of

GIVEN_UP_AFTER: Final = 3
_EVER: Final = datetime.min.replace(tzinfo=UTC)


class Lanes:
    """Feeds still to be looked at, at most `per_host` of one host at a time.

    Attributes:
        left_alone: Feeds of hosts that could not be reached.

    >>> lanes = Lanes([Feed(id=n, url=f"https://example.org/{n}", title="") for n in range(3)], 2)
    >>> first, second = lanes.take(), lanes.take()
    >>> lanes.take() is None
    True
    >>> lanes.give_back(first)
    >>> lanes.take().id
    2
    """

    def __init__(self, feeds: Sequence[Feed], per_host: int) -> None:
        self._waiting: dict[str, deque[Feed]] = {}
        for feed in sorted(feeds, key=_well_and_longest_ago):
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
        """Frees the turn of a feed that has been looked at.

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


def _well_and_longest_ago(feed: Feed) -> tuple[bool, datetime]:
    return feed.failures > 0, feed.checked_at or _EVER
