"""Telling an outage of our own network from feeds that are down; pure rules with a little memory.

When nearly nobody can be reached, it is hardly all of them. A failure to reach a server is held
back at first:

* When more than a tenth of the hosts of a run have answered, the network is well: what is held back
  counts like any other failure.
* When at least five hosts, and nine tenths of those asked, could not be reached, and one of their
  feeds was read within the last day, the network is down: nothing counts, and all are tried again
  in a few minutes. It stays down until hosts answer, however few feeds a run has.
* When a run was too small to tell, its failures are kept for the next ones, which come a few feeds
  at a time; a feed that was out of reach at two looks in a row counts in any case.

After a day without any answer failures count, whosever fault it is, so that admins hear of it. What
is held back is in the process alone: when it dies, its feeds are due as they were, and asked again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.errors import FetchError
from bot.domain.feed import Feed
from bot.domain.urls import host_of

RETRY: Final = timedelta(minutes=5)
HOSTS: Final = 5
LONGEST: Final = timedelta(days=1)
UNREACHED: Final = frozenset({"dns", "timeout", "refused"})
"""Kinds of failures in which no server has said anything."""
_UNASKED: Final = frozenset({"blocked", "scheme", "resting", "unforeseen"})
"""Kinds of failures that say nothing of the network."""
_TENTH: Final = 10

Held = tuple[Feed, FetchError]


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What is to be done at the end of a run with what was held back.

    Attributes:
        count: Failures like any others.
        later: Feeds to be tried again soon, with nothing held against them.
        down: The network is down.
        news: It was not down before.
    """

    count: Sequence[Held] = ()
    later: Sequence[Held] = ()
    down: bool = False
    news: bool = False


class OutageDetector:
    """Failures that are held back; for one run after the other."""

    def __init__(self) -> None:
        self._held: dict[int, Held] = {}
        self._again: frozenset[int] = frozenset()  # held back before, and asked again
        self._answered: set[str] = set()
        self._hosts = 0
        self._well = False
        self._down = False

    def begin(self, feeds: Iterable[Feed]) -> None:
        """A run over these feeds begins."""
        asked = {feed.id: feed for feed in feeds}
        self._again = frozenset(asked.keys() & self._held.keys())
        self._held = {n: held for n, held in self._held.items() if n not in self._again}
        earlier = [feed for feed, _ in self._held.values()]
        self._hosts = len({host_of(feed.url) for feed in (*asked.values(), *earlier)})
        self._answered, self._well = set(), False

    def holds(self, feed: Feed, error: FetchError) -> bool:
        """Whether the failure is held back for now."""
        if self._well or error.kind not in UNREACHED:
            return False
        self._held[feed.id] = (feed, error)
        return True

    def heard(self, feed: Feed, error: FetchError | None = None) -> Sequence[Held]:
        """A feed was read, or failed; gives what is to be counted because its host answered."""
        if error is not None and error.kind in UNREACHED | _UNASKED:
            return ()
        self._answered.add(host_of(feed.url))
        self._well = self._well or len(self._answered) * _TENTH > self._hosts
        if not self._well:
            return ()
        self._down = False
        return self._release()

    def end(self, *, now: datetime) -> Verdict:
        """Decides on what is held back at the end of the run."""
        held = list(self._held.values())
        if not held or not _read_lately(held, now):
            return Verdict(count=self._release())
        if self._is_down(held):
            news, self._down = not self._down, True
            return Verdict(later=self._release(), down=True, news=news)
        if self._answered:
            return Verdict(count=self._release())
        count = [self._held.pop(n) for n in self._again & self._held.keys()]
        return Verdict(count=count, later=list(self._held.values()))

    def _is_down(self, held: Sequence[Held]) -> bool:
        silent = {host_of(feed.url) for feed, _ in held} - self._answered
        if self._down and not self._answered:
            return True
        return len(silent) >= HOSTS and len(self._answered) * (_TENTH - 1) <= len(silent)

    def _release(self) -> Sequence[Held]:
        held, self._held = list(self._held.values()), {}
        return held


def _read_lately(held: Sequence[Held], now: datetime) -> bool:
    read = [feed.succeeded_at for feed, _ in held if feed.succeeded_at is not None]
    return bool(read) and now - max(read) < LONGEST
