"""How each feed of the list fares.

The values are `bot.briefing.feed_health`'s, so that `bot.slack` can render them too.
"""

from bot.briefing.feed_health import by_need, health_of_feed
from bot.briefing.parts import FeedHealth, FeedState
from bot.domain.clock import Clock
from bot.domain.errors import NotFoundError
from bot.domain.feed_figures import FeedFigures
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger

__all__ = ["FeedFigures", "FeedHealth", "FeedHealthDesk", "FeedState", "by_need"]


class FeedHealthDesk:
    """Tells the health of feeds; everything is counted in the ledger at each call."""

    def __init__(self, ledger: Ledger, *, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    async def all(self, w: WorkspaceId) -> tuple[FeedHealth, ...]:
        """Every feed that the workspace lists, paused ones too, in the order of its list."""
        now = self._clock()
        figures = await self._ledger.feeds.figures(w, now=now)
        return tuple(health_of_feed(one, now=now) for one in figures)

    async def one(self, w: WorkspaceId, feed_id: int) -> FeedHealth:
        """One listed feed, by the ledger's number.

        Raises:
            NotFoundError: The list does not name it (any more).
        """
        for health in await self.all(w):
            if health.feed.id == feed_id:
                return health
        raise NotFoundError("That feed is no longer in the list.")
