"""Hosts in a run: fair turns for each, and outages of our own network; pure rules with memory.

`HostQueue` hands out feeds by host, so that a slow host holds up no other. A host that cannot be
reached, or does not answer in time, three times in a row is left alone for the rest of the run: its
other feeds stay due. Of each host the feeds that went well come first, and among equals the one
whose last look is longest ago, so the next run begins with those.

`OutageDetector` tells an outage of our own network from feeds that are down: when nearly no host
can be reached, it is hardly the fault of all of them. A failure to reach a server is held back at
first:

* When more than a tenth of the hosts of a run have answered, the network is well: what is held back
  counts like any other failure.
* When at least five hosts, and nine tenths of those asked, could not be reached, and one of their
  feeds was read within the last day, the network is down: nothing counts, and all are tried again
  in a few minutes. It stays down until hosts answer, however few feeds a run has.
* When a run was too small to decide, its failures are kept for the next ones, which come a few
  feeds at a time; a feed that was out of reach at two looks in a row counts in any case.

After a day without any response failures count, whatever their cause, so that admins hear of it.
What is held back is in the process alone: when it dies, its feeds are due as they were.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.errors import FetchError
from bot.domain.feed import Feed
from bot.domain.urls import host_of
from bot.ingest.http.errors import THROTTLED

GIVEN_UP_AFTER: Final = 3
RETRY: Final = timedelta(minutes=5)
HOSTS: Final = 5
LONGEST: Final = timedelta(days=1)
# Kinds of failures in which no server has said anything.
UNREACHED: Final = frozenset({"dns", "timeout", "refused"})
# Kinds of failures in which no server was asked.
_UNASKED: Final = frozenset({"blocked", "scheme", THROTTLED, "unforeseen"})
_TENTH: Final = 10
_EVER: Final = datetime.min.replace(tzinfo=UTC)

Failure = tuple[Feed, FetchError]


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
        """Frees the turn of a feed that has been polled, or whose host could not be reached."""
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What is to be done at the end of a run with the failures that were held back.

    Attributes:
        count: Failures like any others.
        later: Feeds to be tried again soon, with nothing counted against them.
        down: The network is down.
        news: It was not down before.
    """

    count: Sequence[Failure] = ()
    later: Sequence[Failure] = ()
    down: bool = False
    news: bool = False


class OutageDetector:
    """Holds back failures to reach a host until it is known whose fault they are."""

    def __init__(self) -> None:
        self._held: dict[int, Failure] = {}
        self._again: frozenset[int] = frozenset()  # held back before, and asked again
        self._answered: set[str] = set()
        self._hosts = 0
        self._well = False
        self._down = False

    def begin(self, feeds: Iterable[Feed]) -> None:
        """Starts a run over these feeds."""
        asked = {feed.id: feed for feed in feeds}
        self._again = frozenset(asked.keys() & self._held.keys())
        self._held = {n: held for n, held in self._held.items() if n not in self._again}
        earlier = [feed for feed, _ in self._held.values()]
        self._hosts = len({host_of(feed.url) for feed in (*asked.values(), *earlier)})
        self._answered, self._well = set(), False

    def note(self, feed: Feed, error: FetchError | None = None) -> Sequence[Failure]:
        """Takes in what one look came to, and gives the failures that count now."""
        silent = error is not None and error.kind in UNREACHED
        own = () if error is None else ((feed, error),)
        if error is not None and silent and not self._well:
            self._held[feed.id] = (feed, error)
            return ()
        if silent or (error is not None and error.kind in _UNASKED):
            return own
        self._answered.add(host_of(feed.url))
        self._well = self._well or len(self._answered) * _TENTH > self._hosts
        if not self._well:
            return own
        self._down = False
        return (*self._release(), *own)

    def end(self, *, now: datetime) -> Verdict:
        """Decides on what is held back at the end of the run."""
        held = list(self._held.values())
        if not held or not _read_lately(held, now):
            return Verdict(count=self._release())
        silent = {host_of(feed.url) for feed, _ in held} - self._answered
        if (self._down and not self._answered) or (
            len(silent) >= HOSTS and len(self._answered) * (_TENTH - 1) <= len(silent)
        ):
            news, self._down = not self._down, True
            return Verdict(later=self._release(), down=True, news=news)
        if self._answered:
            return Verdict(count=self._release())
        count = [self._held.pop(n) for n in self._again & self._held.keys()]
        return Verdict(count=count, later=list(self._held.values()))

    def _release(self) -> Sequence[Failure]:
        held, self._held = list(self._held.values()), {}
        return held


def _read_lately(held: Sequence[Failure], now: datetime) -> bool:
    read = [feed.succeeded_at for feed, _ in held if feed.succeeded_at is not None]
    return bool(read) and now - max(read) < LONGEST
