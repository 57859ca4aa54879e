"""Telling an outage of our own network from feeds that are down; pure rules with a little memory.

When nobody at all can be reached, it is hardly all of them. Failures to reach a server are held
back until somebody has answered in the same run; then they count like any others. When nobody did,
at least five hosts were asked, and one of the feeds was read within the last day, the network is
taken to be down: nothing is counted, and all are tried again in a few minutes. After a day without
any answer they count, whosever fault it is, so that admins hear of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.domain.errors import FetchError
from bot.domain.feed import Feed
from bot.ingest.feed_url import host_of

RETRY: Final = timedelta(minutes=5)
HOSTS: Final = 5
LONGEST: Final = timedelta(days=1)
UNREACHED: Final = frozenset({"dns", "timeout", "refused"})
"""Kinds of failures in which no server has said anything."""

Held = tuple[Feed, FetchError]


@dataclass(slots=True)
class Unreached:
    """The failures of one run that are held back."""

    _reached: bool = False
    _held: list[Held] = field(default_factory=list)

    def holds(self, feed: Feed, error: FetchError) -> bool:
        """Whether the failure is held back for now."""
        if self._reached or error.kind not in UNREACHED:
            return False
        self._held.append((feed, error))
        return True

    def reached(self) -> Sequence[Held]:
        """Somebody has answered: gives what was held back until now, to be counted."""
        self._reached = True
        return self.rest()

    def rest(self) -> Sequence[Held]:
        """Gives what is held back, and holds it no more."""
        held, self._held = self._held, []
        return held


def is_outage(held: Sequence[Held], *, now: datetime) -> bool:
    """Whether failures of a run in which nobody was reached are our own network's."""
    read = [feed.succeeded_at for feed, _ in held if feed.succeeded_at is not None]
    hosts = {host_of(feed.url) for feed, _ in held}
    return len(hosts) >= HOSTS and bool(read) and now - max(read) < LONGEST
