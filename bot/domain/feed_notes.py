"""Notes on feeds: what admins should hear of the feeds that they list, each thing once."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FeedNoteKind(StrEnum):
    """What has happened to a feed."""

    GONE = "gone"
    """It is gone for good, and paused."""
    FAILING = "failing"
    """It has failed for long."""
    RECOVERED = "recovered"
    """It answers again, after admins were told that it failed."""
    MOVED = "moved"
    """It has moved for good, and the list with it."""
    FLOOD = "flood"
    """It published very much at once that was never seen."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedNote:
    """One thing that admins should hear.

    Attributes:
        id: The ledger's number; greater is later.
        feed_id: The feed.
        title: What people call it.
        url: Its address now.
        kind: What has happened.
        text: One or two sentences, without the feed's title; parts may come from outside.
        at: When it was noted.
    """

    id: int
    feed_id: int
    title: str
    url: str
    kind: FeedNoteKind
    text: str
    at: datetime
