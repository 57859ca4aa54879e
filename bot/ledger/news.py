"""Which of a document's new items are news; the others were there before we looked.

Rules on values only. What is no news is stored, matched and searchable, and never told as if it
had just come in. Digests must not flood when a feed is added, comes back, grows deeper, or
publishes its archive anew.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.item import Entry

FRESH_AT_FIRST = timedelta(hours=24)
FRESH = timedelta(days=3)
MOST_AT_FIRST = 5
MOST_LATE = 3
MOST_UNDATED = 10
_AT_ONCE = timedelta(minutes=1)


def news_at_first(new: Sequence[Entry], *, at: datetime) -> frozenset[str]:
    """Keys of the news in the first document that a feed brings.

    The newest five of the last 24 hours; none where more items than that are all dated within a
    minute: that is when the document was made, not when they were published.
    """
    dates = {e.key: e.published_at for e in new if e.published_at is not None}
    fresh = sorted(
        (key for key, date in dates.items() if date > at - FRESH_AT_FIRST),
        key=lambda key: dates[key],
        reverse=True,
    )
    if len(fresh) > MOST_AT_FIRST and dates[fresh[0]] - dates[fresh[-1]] <= _AT_ONCE:
        return frozenset()
    return frozenset(fresh[:MOST_AT_FIRST])


def news_since(
    new: Sequence[Entry], *, entries: int, looked_at: datetime, at: datetime
) -> frozenset[str]:
    """Keys of the news in a later document.

    What is dated within the last three days. Beside these, while the feed is followed without such
    a gap, up to three that are older, since some publishers come late; and what has no date, unless
    it is more than ten items and more than half of the document: then the feed has changed its
    ways, and nothing tells what is new.

    Args:
        new: The items never seen.
        entries: How many the document holds in all.
        looked_at: When the feed last answered well.
        at: Now.
    """
    fresh = [e.key for e in new if e.published_at is not None and e.published_at > at - FRESH]
    if at - looked_at > FRESH:
        return frozenset(fresh)
    late = [e.key for e in new if e.published_at is not None and e.published_at <= at - FRESH]
    undated = [e.key for e in new if e.published_at is None]
    if len(late) > MOST_LATE:
        late = []
    if len(undated) > MOST_UNDATED and 2 * len(undated) > entries:
        undated = []
    return frozenset((*fresh, *late, *undated))
