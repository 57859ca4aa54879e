"""What the ledger counts of a feed, beside how fetching it fares."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.feed import Feed
from bot.domain.rhythm import Rhythm

WEEKS: Final = 4
"""Items and matches are counted over so many weeks."""
_WEEK: Final = timedelta(weeks=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedFigures:
    """A listed feed with what the ledger counts of it.

    Attributes:
        feed: The list's line, and how fetching it fares.
        listed_at: Since when the workspace lists it; None when that was before it was noted.
        rhythm: How often it publishes; None when too few items are known.
        oldest_at: Date of its oldest item; None without items.
        items: Items published in the last `WEEKS` weeks.
        matches: Those of them that are evidence for something, whatever people said of it since.
        judged: Its evidence of all time that a person confirmed or rejected.
        rejected: The rejected part of it.
        gone: True when it was found to be gone for good (and paused), and nobody has let it go on.
        former_urls: Where it lived before it moved for good, the oldest first.
    """

    feed: Feed
    listed_at: datetime | None = None
    rhythm: Rhythm | None = None
    oldest_at: datetime | None = None
    items: int = 0
    matches: int = 0
    judged: int = 0
    rejected: int = 0
    gone: bool = False
    former_urls: tuple[str, ...] = ()


def weeks_counted(figures: FeedFigures, *, now: datetime) -> float:
    """Over how many weeks its items are known, from 1 to `WEEKS`: what a rate is a rate of.

    A new feed is known from when it was listed, or as far back as its document reaches.
    """
    begins = [moment for moment in (figures.listed_at, figures.oldest_at) if moment is not None]
    if figures.listed_at is None:
        return WEEKS
    return min(max((now - min(begins)) / _WEEK, 1.0), WEEKS)
