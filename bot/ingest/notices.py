"""What an admin should hear of a feed, decided from one result; pure rules.

A notice is said when something changes, not at every look: at the third failure in a row, at the
first success after that, when the feed is gone, when it has moved for good, and when a known feed
is suddenly full of items that were never seen.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.errors import FetchError
from bot.domain.feed import Feed

FAILURES_TO_WARN: Final = 3
NOT_FOUND_TO_PAUSE: Final = 5
NOT_FOUND_APART: Final = timedelta(minutes=10)
"""404s closer to the look before say nothing new: somebody polls by hand, or a site is mended."""
FLOOD_AT_LEAST: Final = 20
_GONE: Final = 410
_NOT_FOUND: Final = 404


class NoticeKind(StrEnum):
    """What has happened to a feed."""

    FAILING = "failing"
    """It failed for the third time in a row."""
    RECOVERED = "recovered"
    """It answers again after at least three failures."""
    GONE = "gone"
    """410, or 404 for at least the fifth time in a row, ten minutes apart: it should be paused."""
    MOVED = "moved"
    """It has moved for good to `url`, where a feed was read. When this comes a second time for
    the same url, the list should be changed."""
    FLOOD = "flood"
    """More than half of a known feed's document, and at least 20 items, are new at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedNotice:
    """Something that an admin should hear.

    Attributes:
        feed: As it was before the result.
        kind: What has happened.
        text: A sentence for the admin, without the feed's title.
        url: Where the feed lives now, for `MOVED`; None otherwise.
    """

    feed: Feed
    kind: NoticeKind
    text: str
    url: str | None = None


def times_not_found(feed: Feed, error: FetchError, *, now: datetime) -> int:
    """How many looks in a row found a 404, this one included when it is far enough from the last.

    Args:
        feed: As it was before.
        error: What this look came to.
        now: When it was.
    """
    if error.status != _NOT_FOUND:
        return 0
    looked = feed.checked_at
    again = feed.not_found > 0 and looked is not None and now - looked < NOT_FOUND_APART
    return feed.not_found if again else feed.not_found + 1


def of_failure(feed: Feed, error: FetchError, *, not_found: int = 0) -> FeedNotice | None:
    """What to say of a failure; None for nothing.

    Args:
        feed: As it was before.
        error: What this look came to.
        not_found: See `times_not_found`.
    """
    failures = feed.failures + 1
    if error.status == _GONE or not_found >= NOT_FOUND_TO_PAUSE:
        return FeedNotice(feed=feed, kind=NoticeKind.GONE, text=str(error))
    if failures == FAILURES_TO_WARN:
        text = f"it failed {failures} times in a row: {error}"
        return FeedNotice(feed=feed, kind=NoticeKind.FAILING, text=text)
    return None


def of_answer(
    feed: Feed, *, moved_to: str | None, entries: int = 0, new: int = 0
) -> tuple[FeedNotice, ...]:
    """What to say of a good answer, in the order in which to say it.

    Args:
        feed: As it was before.
        moved_to: Where it lives now when every redirect was permanent; None otherwise.
        entries: How many entries the document held; 0 when it was not sent again.
        new: How many of them were never seen.
    """
    notices = []
    if feed.failures >= FAILURES_TO_WARN:
        text = f"it answers again after {feed.failures} failures"
        notices.append(FeedNotice(feed=feed, kind=NoticeKind.RECOVERED, text=text))
    if moved_to is not None and moved_to != feed.url:
        text = f"it has moved for good to {moved_to}"
        notices.append(FeedNotice(feed=feed, kind=NoticeKind.MOVED, text=text, url=moved_to))
    known = feed.succeeded_at is not None
    if known and new >= FLOOD_AT_LEAST and 2 * new > entries:
        text = (
            f"{new} of its {entries} items are new at once; of these, what is older than three "
            "days is not told as news"
        )
        notices.append(FeedNotice(feed=feed, kind=NoticeKind.FLOOD, text=text))
    return tuple(notices)
